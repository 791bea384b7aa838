package dev.parley.protocol.frame;

import tools.jackson.core.io.NumberOutput;

/** Numbers as ECMAScript writes them (ECMA-262, Number::toString with radix 10). Stateless. */
final class EcmaNumbers {
    private EcmaNumbers() {}

    /**
     * The text of a JSON number after {@code JSON.parse} and {@code JSON.stringify}; {@code null} for one beyond the range of
     * doubles.
     *
     * @param json a well-formed JSON number
     */
    static String rewrite(String json) {
        if (json.length() <= 15 && isPlainInteger(json)) {
            return json;
        }
        return toString(Double.parseDouble(json));
    }

    /** The text of a double; {@code null} when it is not finite, as {@code JSON.stringify} writes it. */
    static String toString(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return "null";
        }
        if (value == 0) {
            return "0";
        }
        String sign = value < 0 ? "-" : "";
        // Shortest digits that read back as the same double; the platform's own conversion is not always shortest on
        // 17.
        String text = NumberOutput.toString(Math.abs(value), true);
        int e = text.indexOf('E');
        String mantissa = e < 0 ? text : text.substring(0, e);
        int point = mantissa.indexOf('.');
        int exponent = (e < 0 ? 0 : Integer.parseInt(text.substring(e + 1))) + point;
        String digits = mantissa.substring(0, point) + mantissa.substring(point + 1);
        int leading = 0;
        while (digits.charAt(leading) == '0') {
            leading++;
        }
        int last = digits.length();
        while (digits.charAt(last - 1) == '0') {
            last--;
        }
        exponent -= leading;
        digits = digits.substring(leading, last);
        int one = digits.length() == 2 ? oneDigit(digits, exponent, Math.abs(value)) : 0;
        if (one == 10) {
            return sign + layOut("1", exponent + 1);
        }
        return sign + layOut(one == 0 ? digits : String.valueOf(one), exponent);
    }

    /**
     * The platform writes at least two digits and takes the nearest pair; ECMAScript takes one digit where one will do.
     *
     * @return that digit, or 10; 0 when it needs two
     */
    private static int oneDigit(String digits, int exponent, double value) {
        int down = digits.charAt(0) - '0';
        boolean upFirst = digits.charAt(1) >= '5';
        for (int i = 0; i < 2; i++) {
            int candidate = (i == 0) == upFirst ? down + 1 : down;
            if (Double.parseDouble(candidate + "E" + (exponent - 1)) == value) {
                return candidate;
            }
        }
        return 0;
    }

    /** @param exponent n of the standard: the value is 0.digits times ten to the n */
    private static String layOut(String digits, int exponent) {
        int k = digits.length();
        if (exponent > 21 || exponent <= -6) {
            int power = exponent - 1;
            return digits.charAt(0)
                    + (k > 1 ? "." + digits.substring(1) : "")
                    + (power < 0 ? "e-" : "e+")
                    + Math.abs(power);
        }
        if (exponent >= k) {
            return digits + "0".repeat(exponent - k);
        }
        if (exponent > 0) {
            return digits.substring(0, exponent) + "." + digits.substring(exponent);
        }
        return "0." + "0".repeat(-exponent) + digits;
    }

    private static boolean isPlainInteger(String json) {
        int from = json.charAt(0) == '-' ? 1 : 0;
        if (from == 1 && json.charAt(1) == '0') {
            return false;
        }
        for (int i = from; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return true;
    }
}
