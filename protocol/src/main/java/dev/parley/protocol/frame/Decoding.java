package dev.parley.protocol.frame;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Rules;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One binding of JSON to a record while it goes on: the bytes, and what was found wrong so far. One thread. */
final class Decoding {
    /** So many problems are told; a frame could hold a hundred thousand. */
    private static final int MAX_PROBLEMS = 100;

    /** So many bytes of a wrong value are given back. */
    private static final int MAX_SHOWN = 200;

    private final byte[] bytes;
    private final JsonScanner scanner;
    private final boolean lenientScalars;
    private @Nullable List<String> missing;
    private @Nullable List<Map<String, Object>> wrong;
    /** Of what is wrong, that which is too large and nothing else. */
    private final List<TooLarge> tooLarge = new ArrayList<>();

    Decoding(RawJson json, boolean lenientScalars) {
        this.bytes = json.array();
        this.scanner = new JsonScanner(bytes, json.offset(), json.length(), Json.MAX_DEPTH, false);
        this.lenientScalars = lenientScalars;
    }

    /**
     * Where in the JSON a value stands.
     *
     * @param parent null for a member of the outermost object
     * @param name of the member; null for an element
     * @param index of the element
     */
    record Place(@Nullable Place parent, @Nullable String name, int index) {
        String path() {
            String before = parent == null ? "" : parent.path();
            if (name == null) {
                return before + "[" + index + "]";
            }
            return before.isEmpty() ? name : before + "." + name;
        }
    }

    /** A value that takes more room than it may have, in bytes. */
    private record TooLarge(String field, int length, int most) {
        ProtocolException refusal() {
            return ProtocolException.tooLarge(field, length, most, "bytes");
        }
    }

    JsonScanner scanner() {
        return scanner;
    }

    boolean lenientScalars() {
        return lenientScalars;
    }

    /** Consumes the value that is next and keeps it as it is. */
    RawJson raw() {
        scanner.peek();
        int from = scanner.position();
        scanner.skipValue();
        return RawJson.slice(bytes, from, scanner.position() - from);
    }

    void missing(Place place) {
        List<String> names = missing;
        if (names == null) {
            names = new ArrayList<>();
            missing = names;
        }
        if (names.size() < MAX_PROBLEMS) {
            names.add(place.path());
        }
    }

    /** Consumes the value that is next, which is not what is wanted. */
    void wrong(Place place, String expected) {
        wrong(place, expected, raw());
    }

    void wrong(Place place, String expected, RawJson provided) {
        List<Map<String, Object>> fields = wrong;
        if (fields == null) {
            fields = new ArrayList<>();
            wrong = fields;
        }
        if (fields.size() < MAX_PROBLEMS) {
            Map<String, Object> field = new LinkedHashMap<>();
            field.put("field", place.path());
            field.put("providedValue", shown(provided));
            field.put("expectedFormat", expected);
            fields.add(field);
        }
    }

    /** Whether a record keeps its rules; what breaks them is noted. */
    boolean keeps(Rules.Check check, Map<String, Object> bound, @Nullable Place parent) {
        boolean[] kept = {true};
        check.check(bound, new Rules.Binding() {
            @Override
            public void missing(String... path) {
                kept[0] = false;
                Decoding.this.missing(place(path));
            }

            @Override
            public void wrong(RawJson provided, String expected, String... path) {
                kept[0] = false;
                Decoding.this.wrong(place(path), expected, provided);
            }

            @Override
            public void tooLarge(RawJson provided, int most, String field) {
                wrong(provided, "JSON of at most " + most + " bytes", field);
                Decoding.this.tooLarge.add(new TooLarge(place(field).path(), provided.length(), most));
            }

            @Override
            public int depth(RawJson value) {
                return JsonText.depth(value);
            }

            @Override
            public <R> R members(RawJson object, Class<R> type) {
                return BodyCodec.decode(object, type);
            }

            private Place place(String... path) {
                Place place = new Place(parent, path[0], -1);
                for (int i = 1; i < path.length; i++) {
                    place = new Place(place, path[i], -1);
                }
                return place;
            }
        });
        return kept[0];
    }

    /** The error that tells all that was found. */
    ProtocolException refusal() {
        StringBuilder message = new StringBuilder();
        List<String> names = missing;
        if (names != null) {
            message.append("Give ").append(String.join(", ", names)).append('.');
        }
        List<Map<String, Object>> fields = wrong;
        if (fields != null && names == null && fields.size() == tooLarge.size()) {
            return tooLarge.get(0).refusal().with("fields", fields);
        }
        if (fields != null) {
            for (Map<String, Object> field : fields) {
                message.append(message.isEmpty() ? "" : " ")
                        .append(field.get("field"))
                        .append(" must be ")
                        .append(field.get("expectedFormat"))
                        .append('.');
            }
        }
        ProtocolException refusal = ProtocolException.of(ErrorCode.VALIDATION_ERROR, message.toString());
        if (names != null) {
            refusal = refusal.with("missingFields", names);
        }
        if (fields != null) {
            for (Map.Entry<String, Object> detail : fields.get(0).entrySet()) {
                refusal = refusal.with(detail.getKey(), detail.getValue());
            }
            refusal = refusal.with("fields", fields);
        }
        return refusal;
    }

    private static Object shown(RawJson provided) {
        if (provided.length() <= MAX_SHOWN) {
            return provided.compact();
        }
        // The decoder puts a replacement character where the cut went through a character; it is dropped.
        String cut = new String(provided.array(), provided.offset(), MAX_SHOWN, StandardCharsets.UTF_8);
        return cut.replace("\ufffd", "") + "…";
    }
}
