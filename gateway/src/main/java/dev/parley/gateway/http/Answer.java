package dev.parley.gateway.http;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What a request is answered with. */
sealed interface Answer {
    String JSON = "application/json; charset=utf-8";

    /** Status and headers, the body's length and type aside. */
    int status();

    /** More headers, by name. */
    Map<String, String> headers();

    /** A whole body. */
    @SuppressWarnings("ArrayRecordComponent") // answers are written, never compared
    record Full(int status, String contentType, byte[] body, Map<String, String> headers) implements Answer {
        /** The same with one more header. */
        Full with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Full(status, contentType, body, more);
        }
    }

    /** No body at all: statuses 204 and 304. */
    record Empty(int status, Map<String, String> headers) implements Answer {
        /** The same with one more header. */
        Empty with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Empty(status, more);
        }
    }

    /**
     * Server-sent events.
     *
     * @param opened called on the connection's loop once the headers are on their way
     */
    record Events(Consumer<EventStream> opened) implements Answer {
        @Override
        public int status() {
            return 200;
        }

        @Override
        public Map<String, String> headers() {
            return Map.of("Cache-Control", "no-cache", "X-Accel-Buffering", "no");
        }
    }

    /** A value as JSON. */
    static Full json(int status, Object value) {
        return json(status, Json.write(value));
    }

    /** JSON that is there already. */
    static Full json(int status, RawJson value) {
        return json(status, value.toByteArray());
    }

    /** JSON that is there already. */
    static Full json(int status, byte[] value) {
        return new Full(status, JSON, value, Map.of());
    }
}
