package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Merges what a request says in its path, body, query and headers into the one JSON object that an operation takes. Where
 * they name the same member, the path wins over the body and the body over the query. Values of the body are spliced as they
 * came. Stateless.
 */
final class Params {
    private Params() {}

    /**
     * The params of a request.
     *
     * @param bodyAs the one member that the whole body is; null when the body's members are params themselves
     * @throws ProtocolException {@code VALIDATION_ERROR} when the body should be an object and is not
     */
    static RawJson merge(Exchange exchange, RawJson body, @Nullable String bodyAs) {
        Map<String, String> path = exchange.parameters();
        Writer out = new Writer(body.length() + 128);
        path.forEach((name, value) -> out.member(name, Json.write(value)));
        if (bodyAs != null) {
            out.member(bodyAs, body);
        } else if (!body.isObject()) {
            throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, "Send a JSON object with named members.")
                    .with("field", "body")
                    .with("expectedFormat", "object");
        }
        Map<String, RawJson> members = bodyAs == null ? JsonMembers.of(body) : Map.of();
        members.forEach((name, value) -> {
            if (!path.containsKey(name)) {
                out.member(name, value);
            }
        });
        exchange.query().forEach((name, values) -> {
            if (!path.containsKey(name) && !members.containsKey(name) && !name.equals(bodyAs)) {
                out.member(name, Json.write(values.size() == 1 ? values.get(0) : List.copyOf(values)));
            }
        });
        String ifMatch = exchange.headers().get("If-Match");
        if (ifMatch != null && !ifMatch.strip().equals("*") && !members.containsKey("ifMatch")) {
            out.member("ifMatch", version(ifMatch.strip()));
        }
        return out.finish();
    }

    /** A version as a header gives it: bare, quoted, or marked as weak. */
    private static byte[] version(String text) {
        String bare = text.startsWith("W/") ? text.substring(2) : text;
        if (bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"")) {
            bare = bare.substring(1, bare.length() - 1);
        }
        return bare.matches("0|[1-9]\\d{0,17}") ? bare.getBytes(StandardCharsets.US_ASCII) : Json.write(bare);
    }

    private static final class Writer {
        private final ByteArrayOutputStream out;

        Writer(int capacity) {
            out = new ByteArrayOutputStream(capacity);
        }

        void member(String name, byte[] value) {
            member(name, RawJson.of(value));
        }

        void member(String name, RawJson value) {
            out.write(out.size() == 0 ? '{' : ',');
            out.writeBytes(Json.write(name));
            out.write(':');
            out.write(value.array(), value.offset(), value.length());
        }

        RawJson finish() {
            if (out.size() == 0) {
                return RawJson.EMPTY_OBJECT;
            }
            out.write('}');
            return RawJson.of(out.toByteArray());
        }
    }
}
