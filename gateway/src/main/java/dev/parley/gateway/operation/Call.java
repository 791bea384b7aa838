package dev.parley.gateway.operation;

import org.jspecify.annotations.Nullable;

/**
 * One request on its way.
 *
 * @param caller who asks
 * @param socket the connection it came on; null over HTTP
 * @param address of the peer, where that is what tells callers without credentials apart; null otherwise
 */
public record Call(
        Caller caller,
        @Nullable SocketCaller socket,
        @Nullable String address) {
    /** A request of somebody whose identity is known. */
    public Call(Caller caller, @Nullable SocketCaller socket) {
        this(caller, socket, null);
    }

    /** The id of the connection; null over HTTP. */
    public @Nullable String origin() {
        return socket == null ? null : socket.connectionId();
    }
}
