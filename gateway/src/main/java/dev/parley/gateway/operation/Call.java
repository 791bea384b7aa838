package dev.parley.gateway.operation;

import org.jspecify.annotations.Nullable;

/**
 * One request on its way.
 *
 * @param caller who asks
 * @param socket the connection it came on; null over HTTP
 */
public record Call(Caller caller, @Nullable SocketCaller socket) {
    /** The id of the connection; null over HTTP. */
    public @Nullable String origin() {
        return socket == null ? null : socket.connectionId();
    }
}
