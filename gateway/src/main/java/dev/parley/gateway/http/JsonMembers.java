package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Finds the members of a JSON object without parsing their values. The text must be known to be well formed. */
final class JsonMembers {
    private final byte[] text;
    private final int end;
    private int at;

    private JsonMembers(RawJson object) {
        text = object.array();
        at = object.offset();
        end = object.offset() + object.length();
    }

    /**
     * The members in their order, each value a slice of the object.
     *
     * @throws ProtocolException {@code VALIDATION_ERROR} when a name is given twice
     */
    static Map<String, RawJson> of(RawJson object) {
        return new JsonMembers(object).read();
    }

    private Map<String, RawJson> read() {
        Map<String, RawJson> members = new LinkedHashMap<>();
        at++;
        skipSpace();
        while (at < end && text[at] != '}') {
            int from = at;
            skipString();
            String name = name(from, at);
            skipSpace();
            at++;
            skipSpace();
            int value = at;
            skipValue();
            if (members.put(name, RawJson.slice(text, value, at - value)) != null) {
                throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, "Give each member once.")
                        .with("field", name)
                        .with("expectedFormat", "given only once");
            }
            skipSpace();
            if (at < end && text[at] == ',') {
                at++;
                skipSpace();
            }
        }
        return members;
    }

    private String name(int from, int to) {
        for (int i = from; i < to; i++) {
            if (text[i] == '\\') {
                return Json.MAPPER.readValue(text, from, to - from, String.class);
            }
        }
        return new String(text, from + 1, to - from - 2, StandardCharsets.UTF_8);
    }

    private void skipSpace() {
        while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
            at++;
        }
    }

    private void skipString() {
        at++;
        while (text[at] != '"') {
            at += text[at] == '\\' ? 2 : 1;
        }
        at++;
    }

    private void skipValue() {
        int depth = 0;
        while (at < end) {
            switch (text[at]) {
                case '"' -> {
                    skipString();
                    if (depth == 0) {
                        return;
                    }
                    continue;
                }
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    if (depth == 0) {
                        return;
                    }
                    if (--depth == 0) {
                        at++;
                        return;
                    }
                }
                case ',', ' ', '\t', '\r', '\n' -> {
                    if (depth == 0) {
                        return;
                    }
                }
                default -> {
                    // A character of a number, a literal, or inside a structure: goes on.
                }
            }
            at++;
        }
    }
}
