package dev.parley.protocol.frame;

import dev.parley.protocol.RawJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as a tree, for what cannot be done on the bytes: members given twice, order of members, merging. A value is a {@code
 * Map<String, Object>}, a {@code List<Object>}, a {@code String}, or {@link RawJson} of a number, true, false or null.
 */
final class JsonTree {
    /** JSON's null. */
    static final RawJson NULL = RawJson.of("null");

    private static final long LARGEST_INDEX = 4_294_967_294L;

    private JsonTree() {}

    /** Reads the value that is next; of members given twice the last one counts, in the place of the first. */
    static Object read(byte[] bytes, JsonScanner scanner) {
        int kind = scanner.peek();
        switch (kind) {
            case '{' -> {
                Map<String, Object> members = new LinkedHashMap<>();
                scanner.open();
                while (scanner.nextName()) {
                    String name = scanner.text();
                    members.put(name, read(bytes, scanner));
                }
                return members;
            }
            case '[' -> {
                List<Object> elements = new ArrayList<>();
                scanner.open();
                while (scanner.nextElement()) {
                    elements.add(read(bytes, scanner));
                }
                return elements;
            }
            case '"' -> {
                scanner.string();
                return scanner.text();
            }
            default -> {
                int from = scanner.position();
                scanner.skipValue();
                return kind == 'n' ? NULL : RawJson.slice(bytes, from, scanner.position() - from);
            }
        }
    }

    /**
     * Writes a value compactly, members in the order of ECMAScript (OrdinaryOwnPropertyKeys).
     *
     * @param ecmaNumbers whether numbers are rewritten as ECMAScript's, rather than kept as they stand
     */
    static void write(Object value, boolean ecmaNumbers, JsonBuffer out) {
        if (value instanceof Map<?, ?> members) {
            out.ascii('{');
            boolean first = true;
            for (Map.Entry<?, ?> member : ordered(members).entrySet()) {
                if (!first) {
                    out.ascii(',');
                }
                first = false;
                out.string((String) member.getKey()).ascii(':');
                write(member.getValue(), ecmaNumbers, out);
            }
            out.ascii('}');
        } else if (value instanceof List<?> elements) {
            out.ascii('[');
            for (int i = 0; i < elements.size(); i++) {
                if (i > 0) {
                    out.ascii(',');
                }
                write(elements.get(i), ecmaNumbers, out);
            }
            out.ascii(']');
        } else if (value instanceof String text) {
            out.string(text);
        } else {
            RawJson raw = (RawJson) value;
            if (ecmaNumbers && isNumber(raw)) {
                out.ascii(EcmaNumbers.rewrite(raw.toString()));
            } else {
                out.raw(raw);
            }
        }
    }

    /** The UTF-16 units that {@link #write} would write with ECMAScript's numbers. */
    static int length(Object value) {
        int length = 2;
        if (value instanceof Map<?, ?> members) {
            length += Math.max(0, members.size() - 1);
            for (Map.Entry<?, ?> member : members.entrySet()) {
                length += quotedLength((String) member.getKey()) + 1 + length(member.getValue());
            }
        } else if (value instanceof List<?> elements) {
            length += Math.max(0, elements.size() - 1);
            for (Object element : elements) {
                length += length(element);
            }
        } else if (value instanceof String text) {
            length = quotedLength(text);
        } else {
            RawJson raw = (RawJson) value;
            length = isNumber(raw) ? EcmaNumbers.rewrite(raw.toString()).length() : raw.length();
        }
        return length;
    }

    private static int quotedLength(String text) {
        int length = text.length() + 2;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c == '"' || c == '\\') {
                length++;
            } else if (c < ' ') {
                length += c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t' ? 1 : 5;
            } else if (Character.isSurrogate(c)) {
                boolean paired =
                        Character.isHighSurrogate(c) && i < text.length() && Character.isLowSurrogate(text.charAt(i));
                if (paired) {
                    i++;
                } else {
                    length += 5;
                }
            }
        }
        return length;
    }

    /** Whether a leaf of a tree is a number. */
    static boolean isNumber(RawJson raw) {
        byte first = raw.array()[raw.offset()];
        return first == '-' || (first >= '0' && first <= '9');
    }

    /** Members whose names are array indexes come first, ascending; the others as they were added. */
    private static Map<?, ?> ordered(Map<?, ?> members) {
        List<Long> indexes = new ArrayList<>();
        for (Object name : members.keySet()) {
            long index = arrayIndex((String) name);
            if (index >= 0) {
                indexes.add(index);
            }
        }
        if (indexes.isEmpty()) {
            return members;
        }
        indexes.sort(null);
        Map<Object, Object> ordered = new LinkedHashMap<>();
        for (Long index : indexes) {
            String name = index.toString();
            ordered.put(name, members.get(name));
        }
        members.forEach(ordered::putIfAbsent);
        return ordered;
    }

    /** The array index that a name is (ECMA-262 section 6.1.7); -1 when it is none. */
    private static long arrayIndex(String name) {
        int length = name.length();
        if (length == 0 || length > 10 || (length > 1 && name.charAt(0) == '0')) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value <= LARGEST_INDEX ? value : -1;
    }
}
