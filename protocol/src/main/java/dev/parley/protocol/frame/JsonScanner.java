package dev.parley.protocol.frame;

import dev.parley.protocol.Json;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks over JSON (RFC 8259) in a byte array: checks form, UTF-8 and paired surrogates in one pass and makes no garbage. A
 * general parser would need a second pass for the last two, tables of its own for each frame, and does not tell where a
 * value ends; a test holds this one against such a parser. One value per scanner; not for use by several threads.
 *
 * <p>Long for a file, as the grammar is one thing: strings, numbers and structure share the position and are only fast together.
 */
final class JsonScanner {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;

    private final byte[] in;
    private final int start;
    private final int end;
    private final int maxDepth;
    private final boolean halfSurrogates;
    private int at;
    private int depth;
    private boolean fresh;
    private int textStart;
    private int textEnd;
    private boolean textEscaped;

    /**
     * @param in UTF-8
     * @param offset of the first byte
     * @param length in bytes
     * @param maxDepth objects and arrays may nest this deep
     * @param halfSurrogates whether an escape may stand for one half of a surrogate pair, as JSON's grammar allows; what comes
     *     from callers may not, as no UTF-8 can carry it on
     */
    JsonScanner(byte[] in, int offset, int length, int maxDepth, boolean halfSurrogates) {
        this.in = in;
        this.start = offset;
        this.end = offset + length;
        this.at = offset;
        this.maxDepth = maxDepth;
        this.halfSurrogates = halfSurrogates;
    }

    /** What is wrong with the bytes. It carries no stack trace: it speaks about a caller's bytes. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Malformed(String problem) {
            super(problem, null, false, false);
        }

        /** The problem and where it is, for people. */
        String problem() {
            return String.valueOf(getMessage());
        }
    }

    /** Whether a text is one JSON number and nothing else. */
    static boolean isNumber(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        JsonScanner scanner = new JsonScanner(bytes, 0, bytes.length, 1, false);
        if (bytes.length == 0 || (bytes[0] != '-' && (bytes[0] < '0' || bytes[0] > '9'))) {
            return false;
        }
        try {
            scanner.number();
            return scanner.at == bytes.length;
        } catch (Malformed e) {
            return false;
        }
    }

    /** Index in the array of the next byte. */
    int position() {
        return at;
    }

    /** The next byte that is not white space, 0 to 255, not consumed; -1 at the end. */
    int peek() {
        int i = at;
        while (i < end) {
            byte b = in[i];
            if (b > ' ' || b < 0) {
                at = i;
                return b & 0xff;
            }
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                at = i;
                return b;
            }
            i++;
        }
        at = end;
        return -1;
    }

    /** Enters the object or array whose opening bracket is next. */
    void open() {
        if (++depth > maxDepth) {
            throw bad("objects and arrays nest deeper than " + maxDepth);
        }
        at++;
        fresh = true;
    }

    /**
     * Goes to the next member of the object that was entered: its name is the text then, its value comes next.
     *
     * @return false when the object ended
     */
    boolean nextName() {
        int next = peek();
        if (next == '}') {
            return close();
        }
        if (!fresh) {
            if (next != ',') {
                throw unexpected(next, "a comma or a closing brace");
            }
            at++;
            next = peek();
        }
        fresh = false;
        if (next != '"') {
            throw unexpected(next, "a member name in double quotes");
        }
        string();
        next = peek();
        if (next != ':') {
            throw unexpected(next, "a colon");
        }
        at++;
        return true;
    }

    /**
     * Goes to the next element of the array that was entered.
     *
     * @return false when the array ended
     */
    boolean nextElement() {
        int next = peek();
        if (next == ']') {
            return close();
        }
        if (!fresh) {
            if (next != ',') {
                throw unexpected(next, "a comma or a closing bracket");
            }
            at++;
        }
        fresh = false;
        return true;
    }

    /** Skips one whole value; the position is then right behind it. */
    void skipValue() {
        int next = peek();
        switch (next) {
            case '"' -> string();
            case '{' -> {
                open();
                while (nextName()) {
                    skipValue();
                }
            }
            case '[' -> {
                open();
                while (nextElement()) {
                    skipValue();
                }
            }
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> throw unexpected(next, "a value");
        }
    }

    /** Nothing but white space may follow. */
    void finish() {
        int next = peek();
        if (next != -1) {
            throw unexpected(next, "nothing after the value");
        }
    }

    /** Scans the string whose opening quote is next; it is the text then. */
    void string() {
        int i = at + 1;
        textStart = i;
        textEscaped = false;
        while (true) {
            // Eight bytes at once while none is a quote, a backslash, a control character or outside ASCII.
            while (i <= end - 8) {
                long v = (long) EIGHT.get(in, i);
                long quote = v ^ (ONES * '"');
                long backslash = v ^ (ONES * '\\');
                if (((v | (quote - ONES) | (backslash - ONES) | (v - ONES * ' ')) & HIGHS) != 0) {
                    break;
                }
                i += 8;
            }
            byte b = 0;
            while (i < end && (b = in[i]) >= ' ' && b != '"' && b != '\\') {
                i++;
            }
            if (i >= end) {
                at = end;
                throw bad("a string is not closed");
            }
            if (b == '"') {
                textEnd = i;
                at = i + 1;
                return;
            }
            at = i;
            if (b == '\\') {
                textEscaped = true;
                i = escape(i);
            } else if (b < 0) {
                i = multiByte(i);
            } else {
                throw bad("a control character in a string must be escaped");
            }
        }
    }

    /** Whether the text is the same as a name of printable ASCII. */
    boolean textIs(byte[] name) {
        if (textEscaped) {
            return text().equals(new String(name, StandardCharsets.ISO_8859_1));
        }
        int length = textEnd - textStart;
        if (length != name.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (in[textStart + i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    /** The text of the string or name that was scanned last, its escapes resolved. */
    String text() {
        if (!textEscaped) {
            return new String(in, textStart, textEnd - textStart, StandardCharsets.UTF_8);
        }
        StringBuilder out = new StringBuilder(textEnd - textStart);
        int plain = textStart;
        int i = textStart;
        while (i < textEnd) {
            if (in[i] != '\\') {
                i++;
                continue;
            }
            out.append(new String(in, plain, i - plain, StandardCharsets.UTF_8));
            byte letter = in[i + 1];
            i += 2;
            switch (letter) {
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'u' -> {
                    out.append((char) unit(i));
                    i += 4;
                }
                default -> out.append((char) letter);
            }
            plain = i;
        }
        return out.append(new String(in, plain, textEnd - plain, StandardCharsets.UTF_8))
                .toString();
    }

    /** Whether the text has escapes, so that its bytes are not its characters. */
    boolean textEscaped() {
        return textEscaped;
    }

    /** Index of the first byte of the text. */
    int textStart() {
        return textStart;
    }

    /** Index after the last byte of the text. */
    int textEnd() {
        return textEnd;
    }

    private boolean close() {
        at++;
        depth--;
        fresh = false;
        return false;
    }

    private void literal(String word) {
        int length = word.length();
        for (int i = 0; i < length; i++) {
            if (at + i >= end || in[at + i] != word.charAt(i)) {
                throw bad("expected " + word);
            }
        }
        at += length;
    }

    private void number() {
        int first = at;
        int i = at;
        if (in[i] == '-') {
            i++;
        }
        if (i < end && in[i] == '0') {
            i++;
        } else {
            i = digits(i);
        }
        if (i < end && in[i] == '.') {
            i = digits(i + 1);
        }
        if (i < end && (in[i] | 0x20) == 'e') {
            i++;
            if (i < end && (in[i] == '+' || in[i] == '-')) {
                i++;
            }
            i = digits(i);
        }
        if (i - first > Json.MAX_NUMBER_LENGTH) {
            throw bad("a number is longer than " + Json.MAX_NUMBER_LENGTH + " characters");
        }
        at = i;
    }

    private int digits(int from) {
        int i = from;
        while (i < end && in[i] >= '0' && in[i] <= '9') {
            i++;
        }
        if (i == from) {
            at = i;
            throw unexpected(i < end ? in[i] & 0xff : -1, "a digit");
        }
        return i;
    }

    /** Checks the escape whose backslash is at an index; returns the index after it. */
    private int escape(int backslash) {
        if (backslash + 1 >= end) {
            throw bad("a string is not closed");
        }
        switch (in[backslash + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return backslash + 2;
            }
            case 'u' -> {
                int unit = unit(backslash + 2);
                if (halfSurrogates || !Character.isSurrogate((char) unit)) {
                    return backslash + 6;
                }
                boolean paired = Character.isHighSurrogate((char) unit)
                        && backslash + 8 < end
                        && in[backslash + 6] == '\\'
                        && in[backslash + 7] == 'u'
                        && Character.isLowSurrogate((char) unit(backslash + 8));
                if (!paired) {
                    throw bad("a surrogate escape stands without its other half");
                }
                return backslash + 12;
            }
            default -> throw bad("no such escape in a string");
        }
    }

    private int unit(int from) {
        if (from + 4 > end) {
            throw bad("four hexadecimal digits must follow \\u");
        }
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(in[i], 16);
            if (digit < 0) {
                throw bad("four hexadecimal digits must follow \\u");
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    /** Checks one character outside ASCII (RFC 3629 section 4); returns the index after it. */
    private int multiByte(int first) {
        int lead = in[first] & 0xff;
        int more = lead >= 0xc2 && lead <= 0xdf ? 1 : (lead & 0xf0) == 0xe0 ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
        if (more == 0 || first + more >= end) {
            throw bad("the text is not UTF-8");
        }
        int second = in[first + 1] & 0xff;
        int least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) {
            throw bad("the text is not UTF-8");
        }
        for (int i = first + 2; i <= first + more; i++) {
            if ((in[i] & 0xc0) != 0x80) {
                throw bad("the text is not UTF-8");
            }
        }
        return first + more + 1;
    }

    private Malformed unexpected(int found, String wanted) {
        String what = found == -1
                ? "the end"
                : found > ' ' && found < 0x7f ? "'" + (char) found + "'" : String.format("byte 0x%02x", found);
        return bad("expected " + wanted + ", found " + what);
    }

    private Malformed bad(String problem) {
        return new Malformed(problem + " (at byte " + (at - start) + ")");
    }
}
