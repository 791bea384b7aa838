package dev.parley.gateway.session;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The refusals that the rules share, each with what to do about it. */
public final class Problems {
    private Problems() {}

    /** Members that are needed and were not given, all at once. */
    static ProtocolException missing(List<String> fields, String expectation) {
        return ProtocolException.of(
                        ErrorCode.VALIDATION_ERROR,
                        "Missing or not text: " + String.join(", ", fields) + "; " + expectation + ".")
                .with("missingFields", List.copyOf(fields));
    }

    /** A member whose value will not do. */
    public static ProtocolException invalid(String field, @Nullable Object provided, String expected) {
        return invalid(List.of(new Wrong(field, provided, expected)));
    }

    /** Members whose values will not do; the first is told by itself, too. */
    public static ProtocolException invalid(List<Wrong> wrongs) {
        Wrong first = wrongs.get(0);
        List<Map<String, @Nullable Object>> fields = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (Wrong wrong : wrongs) {
            fields.add(wrong.asMap());
            texts.add(wrong.field() + " must be " + wrong.expected());
        }
        return ProtocolException.of(ErrorCode.VALIDATION_ERROR, "Not acceptable: " + String.join("; ", texts) + ".")
                .with("field", first.field())
                .with("providedValue", first.provided())
                .with("expectedFormat", first.expected())
                .with("fields", fields);
    }

    /** A value that is larger than allowed. */
    static ProtocolException tooLong(String field, long length, long max, String unit) {
        return ProtocolException.of(
                        ErrorCode.VALIDATION_ERROR,
                        field + " is too long: " + length + " " + unit + ", at most " + max + " are allowed.")
                .with("field", field)
                .with("length", length)
                .with("maxLength", max);
    }

    /** A value that takes more room than it may have in a record. */
    public static ProtocolException tooLarge(String field, long bytes, long max) {
        return ProtocolException.tooLarge(field, bytes, max, "bytes of compact JSON");
    }

    /** Something that this caller has no right to. */
    public static ProtocolException forbidden(String message) {
        return ProtocolException.of(ErrorCode.FORBIDDEN, message);
    }

    /** A member, what was given for it, and what would do. */
    public record Wrong(String field, @Nullable Object provided, String expected) {
        private Map<String, @Nullable Object> asMap() {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("field", field);
            map.put("providedValue", provided);
            map.put("expectedFormat", expected);
            return map;
        }
    }
}
