package dev.parley.protocol.frame;

import dev.parley.protocol.RawJson;
import java.math.BigInteger;

/** JSON numbers by their exact value, of whatever size: their exponent may have more digits than any number type. Stateless. */
final class ExactNumbers {
    private ExactNumbers() {}

    /**
     * The one text of a number's value: all its digits as a whole number that neither begins nor ends with a zero, and the
     * power of ten it is multiplied with.
     *
     * @param json a well-formed JSON number
     */
    static RawJson canonical(String json) {
        int e = Math.max(json.indexOf('e'), json.indexOf('E'));
        String mantissa = e < 0 ? json : json.substring(0, e);
        boolean negative = mantissa.charAt(0) == '-';
        int point = mantissa.indexOf('.');
        int fraction = point < 0 ? 0 : mantissa.length() - point - 1;
        String digits = mantissa.replace("-", "").replace(".", "");
        int first = 0;
        while (first < digits.length() && digits.charAt(first) == '0') {
            first++;
        }
        if (first == digits.length()) {
            return RawJson.of("0");
        }
        int last = digits.length();
        while (digits.charAt(last - 1) == '0') {
            last--;
        }
        BigInteger written = e < 0 ? BigInteger.ZERO : new BigInteger(json.substring(e + 1));
        BigInteger exponent = written.add(BigInteger.valueOf((long) digits.length() - last - fraction));
        return RawJson.of((negative ? "-" : "") + digits.substring(first, last) + "e" + exponent);
    }
}
