package dev.parley.protocol.frame;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of UTF-8 that JSON is written into. Not for use by several threads. */
final class JsonBuffer {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int size;

    /** @param capacity in bytes; when it is just what is written, nothing is copied in the end */
    JsonBuffer(int capacity) {
        bytes = new byte[Math.max(capacity, 16)];
    }

    JsonBuffer raw(byte[] json) {
        return raw(json, 0, json.length);
    }

    JsonBuffer raw(RawJson json) {
        return raw(json.array(), json.offset(), json.length());
    }

    JsonBuffer raw(byte[] json, int offset, int length) {
        ensure(length);
        System.arraycopy(json, offset, bytes, size, length);
        size += length;
        return this;
    }

    JsonBuffer ascii(char c) {
        ensure(1);
        bytes[size++] = (byte) c;
        return this;
    }

    JsonBuffer ascii(String text) {
        int length = text.length();
        ensure(length);
        for (int i = 0; i < length; i++) {
            bytes[size + i] = (byte) text.charAt(i);
        }
        size += length;
        return this;
    }

    JsonBuffer number(long value) {
        if (value < 0) {
            return ascii(Long.toString(value));
        }
        int digits = digits(value);
        ensure(digits);
        long rest = value;
        for (int i = size + digits - 1; i >= size; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
        return this;
    }

    /** An instant as a JSON string. */
    JsonBuffer instant(long epochMillis) {
        ensure(26);
        bytes[size] = '"';
        WireTime.write(epochMillis, bytes, size + 1);
        bytes[size + 25] = '"';
        size += 26;
        return this;
    }

    /** A text as a JSON string, escaped as {@code JSON.stringify} does (ECMA-262, QuoteJSONString). */
    JsonBuffer string(String text) {
        int length = text.length();
        // Six bytes are the most that one UTF-16 unit takes; the common case needs its own length and two quotes.
        ensure(length + 2);
        bytes[size++] = '"';
        int i = 0;
        while (i < length) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
                break;
            }
            bytes[size++] = (byte) c;
            i++;
        }
        if (i < length) {
            escaped(text, i);
        }
        return ascii('"');
    }

    /** How many bytes have been written. */
    int size() {
        return size;
    }

    /** What was written, in an array of just its size. */
    byte[] toByteArray() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    /** How many digits a number of 0 or more has. */
    static int digits(long value) {
        int digits = 1;
        for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
            digits++;
        }
        return digits;
    }

    private void escaped(String text, int from) {
        int length = text.length();
        int i = from;
        while (i < length) {
            ensure(8);
            char c = text.charAt(i++);
            if (c < 0x80) {
                escapedAscii(c);
            } else if (c < 0x800) {
                bytes[size++] = (byte) (0xc0 | (c >> 6));
                bytes[size++] = (byte) (0x80 | (c & 0x3f));
            } else if (!Character.isSurrogate(c)) {
                bytes[size++] = (byte) (0xe0 | (c >> 12));
                bytes[size++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                bytes[size++] = (byte) (0x80 | (c & 0x3f));
            } else if (Character.isHighSurrogate(c) && i < length && Character.isLowSurrogate(text.charAt(i))) {
                int point = Character.toCodePoint(c, text.charAt(i++));
                bytes[size++] = (byte) (0xf0 | (point >> 18));
                bytes[size++] = (byte) (0x80 | ((point >> 12) & 0x3f));
                bytes[size++] = (byte) (0x80 | ((point >> 6) & 0x3f));
                bytes[size++] = (byte) (0x80 | (point & 0x3f));
            } else {
                unit(c);
            }
        }
    }

    private void escapedAscii(char c) {
        int letter = switch (c) {
            case '"', '\\' -> c;
            case '\b' -> 'b';
            case '\f' -> 'f';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> 0;
        };
        if (letter != 0) {
            bytes[size++] = '\\';
            bytes[size++] = (byte) letter;
        } else if (c < ' ') {
            unit(c);
        } else {
            bytes[size++] = (byte) c;
        }
    }

    private void unit(char c) {
        bytes[size++] = '\\';
        bytes[size++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            bytes[size++] = HEX[(c >> shift) & 0xf];
        }
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length + (bytes.length >> 1) + 64));
        }
    }
}
