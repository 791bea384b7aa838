package dev.parley.loadtest;

import java.util.concurrent.CompletableFuture;

/** The set-up steps that several scenarios share; none of them blocks. */
final class Clients {
    private Clients() {}

    /**
     * Opens a WebSocket and says {@code connect}.
     *
     * @param params the params of {@code connect}
     * @return the connection and what it was answered; fails when it was refused
     */
    static CompletableFuture<Connected> connect(
            Generator generator, Target target, int index, LoadConnection.Listener listener, String params) {
        return generator
                .connect(target, index, listener)
                .thenCompose(connection -> connection.call("connect", params).thenApply(reply -> {
                    if (!reply.ok()) {
                        throw new LoadException("connect was refused: " + reply.json());
                    }
                    return new Connected(connection, reply);
                }));
    }

    /** The params of {@code connect} for a client of the given kind ({@code user} or {@code agent}). */
    static String identity(String kind, String id) {
        return "{\"kind\":\"" + kind + "\",\"id\":\"" + id + "\"}";
    }

    /** The params of {@code session.create}. */
    static String session(String sessionId, String agentId, String userId) {
        return "{\"sessionId\":\"" + sessionId + "\",\"agentId\":\"" + agentId + "\",\"userId\":\"" + userId + "\"}";
    }

    /**
     * A connection that is let in.
     *
     * @param connection it
     * @param reply the answer to {@code connect}
     */
    record Connected(LoadConnection connection, Reply reply) {}
}
