package dev.parley.client;

/** Where a client is on its way to the gateway. */
public enum ConnectionState {
    /** Built, {@code connect} not called yet. */
    NEW,
    /** A socket is being opened, or the answer to {@code connect} is awaited. */
    CONNECTING,
    /** The gateway has answered {@code connect}; sessions are taken up. */
    OPEN,
    /** The connection was lost; the next attempt comes after a delay. */
    WAITING,
    /** For good: closed by the program, or by a refusal after which another attempt makes no sense. */
    CLOSED
}
