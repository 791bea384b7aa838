package dev.parley.protocol.frame;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * JSON texts as values: checked, measured, rewritten, merged. Stateless; any thread. The time is linear in the text, so texts
 * are small (limits of bodies and frames) or the work is done off the event loops.
 */
public final class JsonText {
    private static final int EMPTY_OBJECT_LENGTH = 2;

    private JsonText() {}

    /**
     * Takes bytes that came from outside, such as the body of a request, as one JSON value.
     *
     * @param bytes UTF-8, of whatever quality; not copied, not to be changed afterwards
     * @param offset of the first byte
     * @param length in bytes
     * @return the value without the white space around it
     * @throws ProtocolException {@code INVALID_JSON} when it is malformed, not UTF-8, has half a surrogate pair, or nests
     *     deeper than {@link Json#MAX_DEPTH}
     */
    public static RawJson parse(byte[] bytes, int offset, int length) {
        JsonScanner scanner = new JsonScanner(bytes, offset, length, Json.MAX_DEPTH, false);
        try {
            scanner.peek();
            int from = scanner.position();
            scanner.skipValue();
            int to = scanner.position();
            scanner.finish();
            return RawJson.slice(bytes, from, to - from);
        } catch (JsonScanner.Malformed e) {
            throw ProtocolException.of(ErrorCode.INVALID_JSON, "Send well-formed JSON: " + e.problem() + ".");
        }
    }

    /**
     * How long a value is as {@code JSON.stringify(JSON.parse(text))} would write it.
     *
     * @return UTF-16 units
     * @throws ProtocolException {@code INVALID_JSON} when the value is not well formed after all
     */
    public static int stringifyLength(RawJson value) {
        boolean empty = value.isObject() && value.length() == EMPTY_OBJECT_LENGTH;
        return empty ? EMPTY_OBJECT_LENGTH : JsonTree.length(tree(value));
    }

    /**
     * The value as {@code JSON.stringify(JSON.parse(text))} would write it: no white space, numbers as doubles, of members
     * given twice the last.
     *
     * @throws ProtocolException {@code INVALID_JSON} when the value is not well formed after all
     */
    public static RawJson compact(RawJson value) {
        return write(tree(value), true, value.length());
    }

    /**
     * Merges a patch into a value (RFC 7396). Numbers stay as they were written, whatever their size.
     *
     * @param target what is there
     * @param patch what is to change; its nulls remove
     * @return the merged value, compact; the arguments stay as they are
     * @throws ProtocolException {@code INVALID_JSON} when one of them is not well formed after all
     */
    public static RawJson mergePatch(RawJson target, RawJson patch) {
        return write(merge(tree(target), tree(patch)), false, target.length() + patch.length());
    }

    /**
     * The value in the one form that all values have which are equal to it as JSON: no white space, members sorted by name, of
     * those given twice the last, and numbers by their exact value, so that {@code 1}, {@code 1.0} and {@code 10e-1} are one.
     * It is for comparing: numbers are not written as anybody would write them.
     *
     * @throws ProtocolException {@code INVALID_JSON} when the value is not well formed after all
     */
    public static RawJson canonical(RawJson value) {
        return write(canonical(tree(value)), false, value.length());
    }

    /**
     * The names of an object's members, each once, in the order in which they are first given.
     *
     * @return empty for anything but an object
     * @throws ProtocolException {@code INVALID_JSON} when the value is not well formed after all
     */
    public static Set<String> memberNames(RawJson value) {
        Set<String> names = new LinkedHashSet<>();
        if (tree(value) instanceof Map<?, ?> members) {
            members.keySet().forEach(name -> names.add((String) name));
        }
        return names;
    }

    private static Object canonical(Object tree) {
        if (tree instanceof Map<?, ?> members) {
            Map<Object, Object> sorted = new TreeMap<>();
            members.forEach((name, member) -> sorted.put(name, canonical(member)));
            return sorted;
        }
        if (tree instanceof List<?> elements) {
            return elements.stream().map(JsonText::canonical).toList();
        }
        return tree instanceof RawJson raw && JsonTree.isNumber(raw) ? ExactNumbers.canonical(raw.toString()) : tree;
    }

    private static Object merge(Object target, Object patch) {
        if (!(patch instanceof Map<?, ?> changes)) {
            return patch;
        }
        Map<Object, Object> merged = new LinkedHashMap<>();
        if (target instanceof Map<?, ?> present) {
            merged.putAll(present);
        }
        for (Map.Entry<?, ?> change : changes.entrySet()) {
            Object name = change.getKey();
            if (JsonTree.NULL.equals(change.getValue())) {
                merged.remove(name);
            } else {
                merged.put(name, merge(merged.getOrDefault(name, JsonTree.NULL), change.getValue()));
            }
        }
        return merged;
    }

    private static Object tree(RawJson value) {
        JsonScanner scanner = new JsonScanner(value.array(), value.offset(), value.length(), Json.MAX_DEPTH, true);
        try {
            Object tree = JsonTree.read(value.array(), scanner);
            scanner.finish();
            return tree;
        } catch (JsonScanner.Malformed e) {
            throw ProtocolException.of(ErrorCode.INVALID_JSON, "Send well-formed JSON: " + e.problem() + ".");
        }
    }

    private static RawJson write(Object tree, boolean ecmaNumbers, int capacity) {
        JsonBuffer out = new JsonBuffer(capacity);
        JsonTree.write(tree, ecmaNumbers, out);
        return RawJson.of(out.toByteArray());
    }

    /** How many arrays and objects lie within each other in a well-formed value: 0 for a scalar, 1 for {@code []}. */
    public static int depth(RawJson value) {
        byte[] bytes = value.array();
        int end = value.offset() + value.length();
        int depth = 0;
        int deepest = 0;
        boolean inText = false;
        for (int i = value.offset(); i < end; i++) {
            int b = bytes[i];
            if (inText) {
                if (b == '\\') {
                    i++;
                } else if (b == '"') {
                    inText = false;
                }
            } else if (b == '"') {
                inText = true;
            } else if (b == '{' || b == '[') {
                deepest = Math.max(deepest, ++depth);
            } else if (b == '}' || b == ']') {
                depth--;
            }
        }
        return deepest;
    }
}
