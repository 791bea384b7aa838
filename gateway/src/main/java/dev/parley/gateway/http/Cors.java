package dev.parley.gateway.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lets pages of configured origins read answers (the CORS protocol of the Fetch standard). Immutable. */
final class Cors {
    private static final String MAX_AGE_SECONDS = "600";
    private static final String HEADERS = "Content-Type, Authorization, If-Match, Last-Event-ID, X-API-Key";
    private static final String EXPOSED =
            "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Allow";

    private final List<String> origins;

    /**
     * @param origins allowed ones; {@code *} allows all
     */
    Cors(List<String> origins) {
        this.origins = origins;
    }

    /** The headers that any answer to a request gets. */
    Map<String, String> headers(HttpHeaders request) {
        String allowed = allowed(request.get("Origin"));
        if (origins.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (!origins.contains("*")) {
            headers.put("Vary", "Origin");
        }
        if (allowed != null) {
            headers.put("Access-Control-Allow-Origin", allowed);
            headers.put("Access-Control-Expose-Headers", EXPOSED);
        }
        return headers;
    }

    /** What a preflight gets besides; nothing when the origin is not allowed. */
    Map<String, String> preflight(HttpHeaders request, List<String> methods) {
        if (allowed(request.get("Origin")) == null || !request.contains("Access-Control-Request-Method")) {
            return Map.of();
        }
        return Map.of(
                "Access-Control-Allow-Methods",
                String.join(", ", methods),
                "Access-Control-Allow-Headers",
                HEADERS,
                "Access-Control-Max-Age",
                MAX_AGE_SECONDS);
    }

    private @Nullable String allowed(@Nullable String origin) {
        if (origin == null) {
            return null;
        }
        if (origins.contains("*")) {
            return "*";
        }
        return origins.contains(origin) ? origin : null;
    }
}
