package dev.parley.client;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionParams;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client was built with.
 *
 * @param renewOnHeartbeat whether heartbeats renew all attached sessions of a user
 * @param manualSeen whether the program says itself what it has seen
 * @param outboxLimit messages that may be unsettled at once
 * @param requestTimeoutMillis how long to wait for an answer
 */
record ClientOptions(
        URI uri,
        boolean agent,
        String id,
        @Nullable String token,
        @Nullable String name,
        @Nullable String surfaceId,
        @Nullable RawJson capabilities,
        @Nullable RawJson profile,
        @Nullable List<String> follows,
        @Nullable String framework,
        @Nullable RawJson metadata,
        boolean renewOnHeartbeat,
        boolean manualSeen,
        int outboxLimit,
        long requestTimeoutMillis) {
    private static final RawJson CLIENT = RawJson.of("{\"name\":\"parley-client-java\",\"version\":\"0.1\"}");

    /** Sessions that {@code connect} may name. */
    static final int MAX_NAMED = 100;

    /** The params of {@code connect}; no more sessions than it may name. */
    SessionParams.Connect connect(List<SessionParams.Attach> sessions) {
        return new SessionParams.Connect(
                token,
                agent ? "agent" : "user",
                id,
                name,
                surfaceId,
                capabilities,
                profile,
                follows,
                null,
                framework,
                metadata,
                null,
                sessions.isEmpty() ? null : sessions,
                null,
                CLIENT);
    }
}
