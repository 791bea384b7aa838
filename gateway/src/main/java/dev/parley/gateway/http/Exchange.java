package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.JsonText;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request, read whole.
 *
 * @param method in upper case; HEAD counts as GET
 * @param path of the request, split and decoded
 * @param parameters of the path, by name
 * @param query each parameter's values, in their order
 * @param headers of the request
 * @param body empty when there was none
 * @param channel the connection
 */
@SuppressWarnings("ArrayRecordComponent") // requests are read, never compared
record Exchange(
        String method,
        List<String> path,
        Map<String, String> parameters,
        Map<String, List<String>> query,
        HttpHeaders headers,
        byte[] body,
        Channel channel) {

    /** A parameter of the path. */
    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the path has no parameter " + name);
        }
        return value;
    }

    /** The first value of a query parameter; null when there is none. */
    @Nullable String queryParameter(String name) {
        List<String> values = query.get(name);
        return values == null ? null : values.get(0);
    }

    /**
     * The body as JSON; an empty one counts as {@code {}}.
     *
     * @throws ProtocolException {@code INVALID_CONTENT_TYPE} or {@code INVALID_JSON}
     */
    RawJson json() {
        if (isBlank(body)) {
            return RawJson.EMPTY_OBJECT;
        }
        String type = headers.get("Content-Type", "");
        if (!isJson(type)) {
            throw ProtocolException.of(
                            ErrorCode.INVALID_CONTENT_TYPE,
                            "Send the body as JSON, with Content-Type: application/json.")
                    .with("contentType", type);
        }
        return JsonText.parse(body, 0, body.length);
    }

    private static boolean isBlank(byte[] body) {
        for (byte b : body) {
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return false;
            }
        }
        return true;
    }

    /** RFC 8259 and, for merge patches, RFC 7396 types; JSON is UTF-8, so another charset is no JSON. */
    private static boolean isJson(String type) {
        String[] parts = type.toLowerCase(Locale.ROOT).split(";", -1);
        String media = parts[0].strip();
        if (!media.equals("application/json") && !(media.startsWith("application/") && media.endsWith("+json"))) {
            return false;
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("charset=") && !parameter.matches("charset=\"?utf-?8\"?")) {
                return false;
            }
        }
        return true;
    }
}
