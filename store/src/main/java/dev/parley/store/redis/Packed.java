package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the little of MessagePack that the functions on the server write: arrays, whole numbers and strings. Strings of bytes
 * are slices of what is read. For one thread.
 *
 * @see <a href="https://github.com/msgpack/msgpack/blob/master/spec.md">the format</a>
 */
final class Packed {
    private final byte[] bytes;
    private int position;

    Packed(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Begins an array; its elements are read next. */
    int array() {
        int head = next();
        if ((head & 0xf0) == 0x90) {
            return head & 0x0f;
        }
        return switch (head) {
            case 0xdc -> (int) unsigned(2);
            case 0xdd -> (int) unsigned(4);
            default -> throw unexpected(head);
        };
    }

    long number() {
        int head = next();
        if (head < 0x80) {
            return head;
        }
        if (head >= 0xe0) {
            return (byte) head;
        }
        return switch (head) {
            case 0xcc -> unsigned(1);
            case 0xcd -> unsigned(2);
            case 0xce -> unsigned(4);
            case 0xcf, 0xd3 -> unsigned(8);
            case 0xd0 -> (byte) unsigned(1);
            case 0xd1 -> (short) unsigned(2);
            case 0xd2 -> (int) unsigned(4);
            default -> throw unexpected(head);
        };
    }

    String text() {
        int length = length();
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    /** A text; null where it is empty. */
    @Nullable String optional() {
        String text = text();
        return text.isEmpty() ? null : text;
    }

    /** A string that is JSON; not copied. */
    RawJson json() {
        int length = length();
        RawJson json = RawJson.slice(bytes, position, length);
        position += length;
        return json;
    }

    byte[] copy() {
        int length = length();
        byte[] copy = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return copy;
    }

    /** An array of at most 65,535 strings. */
    static byte[] strings(byte[]... strings) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(64);
        if (strings.length < 16) {
            out.write(0x90 | strings.length);
        } else {
            out.write(0xdc);
            out.write(strings.length >>> 8);
            out.write(strings.length);
        }
        for (byte[] string : strings) {
            out.write(0xdb);
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.write(string.length >>> shift);
            }
            out.write(string, 0, string.length);
        }
        return out.toByteArray();
    }

    private int length() {
        int head = next();
        if ((head & 0xe0) == 0xa0) {
            return head & 0x1f;
        }
        return switch (head) {
            case 0xd9, 0xc4 -> (int) unsigned(1);
            case 0xda, 0xc5 -> (int) unsigned(2);
            case 0xdb, 0xc6 -> (int) unsigned(4);
            default -> throw unexpected(head);
        };
    }

    private int next() {
        return bytes[position++] & 0xff;
    }

    private long unsigned(int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = (value << 8) | next();
        }
        return value;
    }

    private IllegalStateException unexpected(int head) {
        return new IllegalStateException("not what was expected: " + head + " at " + (position - 1));
    }
}
