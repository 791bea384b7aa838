package dev.parley.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the few fields that a scripted client needs in a JSON-RPC frame, without building a tree.
 *
 * <p>One pass over the bytes notes where the members of the outer object lie, and those of {@code params},
 * {@code result} or {@code error} inside it; deeper values are skipped as a whole and can be scanned by themselves with
 * {@link #into}. Members come in any order. The bytes are not copied: a scan is valid until its array is reused. Not
 * thread-safe; each event loop has its own.
 */
final class Scan {
    /** Answered by the finders when the member is absent. */
    static final int ABSENT = -1;

    private static final int LIMIT = 96;

    private byte[] bytes = new byte[0];
    private int end;
    private int count;
    private final int[] keyAt = new int[LIMIT];
    private final int[] keyEnd = new int[LIMIT];
    private final int[] valueAt = new int[LIMIT];
    private final int[] valueEnd = new int[LIMIT];
    private final boolean[] inner = new boolean[LIMIT];

    /** The bytes of a member name, to be kept in a constant. */
    static byte[] name(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Scans one object.
     *
     * @param source the array that holds it
     * @param from index of the first byte
     * @param to index after the last byte
     * @throws IllegalArgumentException when the bytes are not one JSON object, or have too many members
     */
    void read(byte[] source, int from, int to) {
        bytes = source;
        end = to;
        count = 0;
        int after = members(blanks(from), false);
        if (blanks(after) != to) {
            throw malformed(after);
        }
    }

    /** Scans the object that is the value of a member found here into another scan. */
    void into(int member, Scan other) {
        other.read(bytes, valueAt[member], valueEnd[member]);
    }

    /** The index of a member of the outer object, or {@link #ABSENT}. */
    int outer(byte[] name) {
        return find(name, false);
    }

    /** The index of a member of {@code params}, {@code result} or {@code error}, or {@link #ABSENT}. */
    int inner(byte[] name) {
        return find(name, true);
    }

    /** Whether a member's value is the given string, as it stands on the wire. */
    boolean is(int member, byte[] text) {
        if (member == ABSENT || bytes[valueAt[member]] != '"') {
            return false;
        }
        return Arrays.equals(bytes, valueAt[member] + 1, valueEnd[member] - 1, text, 0, text.length);
    }

    /** A member's value as a number, or {@code otherwise} when it is absent or not a whole number. */
    long number(int member, long otherwise) {
        if (member == ABSENT) {
            return otherwise;
        }
        return number(bytes, valueAt[member], valueEnd[member], otherwise);
    }

    /** A member's string without its quotes (escapes are left as they are), or any other value as it stands. */
    String text(int member) {
        if (member == ABSENT) {
            return "";
        }
        int from = valueAt[member];
        int to = valueEnd[member];
        if (bytes[from] == '"') {
            from++;
            to--;
        }
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /** Whether a member is there and is {@code true}. */
    boolean isTrue(int member) {
        return member != ABSENT && bytes[valueAt[member]] == 't';
    }

    /** Where the characters of a member's string begin in {@link #bytes()}. */
    int textAt(int member) {
        return valueAt[member] + 1;
    }

    /** How many bytes a member's string has on the wire, without its quotes. */
    int textLength(int member) {
        return valueEnd[member] - valueAt[member] - 2;
    }

    /** The scanned array. */
    byte[] bytes() {
        return bytes;
    }

    /** All that was scanned, for a message to people. */
    String all() {
        return count == 0 ? "" : new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    /** Reads decimal digits, with a leading minus allowed. */
    static long number(byte[] source, int from, int to, long otherwise) {
        int at = from;
        boolean negative = at < to && source[at] == '-';
        if (negative) {
            at++;
        }
        if (at >= to || to - at > 19) {
            return otherwise;
        }
        long value = 0;
        for (; at < to; at++) {
            int digit = source[at] - '0';
            if (digit < 0 || digit > 9) {
                return otherwise;
            }
            value = value * 10 + digit;
        }
        return negative ? -value : value;
    }

    private int find(byte[] name, boolean wanted) {
        for (int i = 0; i < count; i++) {
            if (inner[i] == wanted
                    && keyEnd[i] - keyAt[i] == name.length
                    && bytes[keyAt[i]] == name[0]
                    && Arrays.equals(bytes, keyAt[i], keyEnd[i], name, 0, name.length)) {
                return i;
            }
        }
        return ABSENT;
    }

    private int members(int from, boolean nested) {
        if (from >= end || bytes[from] != '{') {
            throw malformed(from);
        }
        int at = blanks(from + 1);
        if (at < end && bytes[at] == '}') {
            return at + 1;
        }
        while (true) {
            int keyFinish = string(at);
            int member = count++;
            if (member == LIMIT) {
                throw new IllegalArgumentException("more than " + LIMIT + " members in one frame");
            }
            keyAt[member] = at + 1;
            keyEnd[member] = keyFinish - 1;
            inner[member] = nested;
            at = blanks(keyFinish);
            if (at >= end || bytes[at] != ':') {
                throw malformed(at);
            }
            at = blanks(at + 1);
            valueAt[member] = at;
            at = !nested && descends(member, at) ? members(at, true) : value(at);
            valueEnd[member] = at;
            at = blanks(at);
            if (at >= end) {
                throw malformed(at);
            }
            if (bytes[at] == '}') {
                return at + 1;
            }
            if (bytes[at] != ',') {
                throw malformed(at);
            }
            at = blanks(at + 1);
        }
    }

    private boolean descends(int member, int at) {
        if (at >= end || bytes[at] != '{') {
            return false;
        }
        int length = keyEnd[member] - keyAt[member];
        byte first = bytes[keyAt[member]];
        return (length == 6 && (first == 'p' || first == 'r')) || (length == 5 && first == 'e');
    }

    private int value(int from) {
        if (from >= end) {
            throw malformed(from);
        }
        byte first = bytes[from];
        if (first == '"') {
            return string(from);
        }
        int at = from;
        if (first != '{' && first != '[') {
            while (at < end && bytes[at] != ',' && bytes[at] != '}' && bytes[at] != ']' && bytes[at] > ' ') {
                at++;
            }
            return at;
        }
        int depth = 0;
        while (at < end) {
            byte b = bytes[at];
            if (b == '"') {
                at = string(at);
                continue;
            }
            if (b == '{' || b == '[') {
                depth++;
            } else if ((b == '}' || b == ']') && --depth == 0) {
                return at + 1;
            }
            at++;
        }
        throw malformed(at);
    }

    private int string(int from) {
        if (from >= end || bytes[from] != '"') {
            throw malformed(from);
        }
        for (int at = from + 1; at < end; at++) {
            byte b = bytes[at];
            if (b == '"') {
                return at + 1;
            }
            if (b == '\\') {
                at++;
            }
        }
        throw malformed(end);
    }

    private int blanks(int from) {
        int at = from;
        while (at < end && bytes[at] <= ' ' && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    private IllegalArgumentException malformed(int at) {
        return new IllegalArgumentException("not a JSON object: byte " + at + " of " + end);
    }
}
