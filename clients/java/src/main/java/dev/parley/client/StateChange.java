package dev.parley.client;

/**
 * A change of the connection.
 *
 * @param state the state from now on
 * @param closeCode why the previous connection ended: the WebSocket close code (RFC 6455 section 7.4), 1006 when it was cut
 *     without one, 0 when there is nothing to tell
 * @param reason for people; empty when there is nothing to tell
 * @param retryInMillis until the next attempt, of {@link ConnectionState#WAITING}; else 0
 */
public record StateChange(ConnectionState state, int closeCode, String reason, long retryInMillis) {}
