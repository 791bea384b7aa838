package dev.parley.gateway.http;

/**
 * How long an HTTP connection is waited for.
 *
 * @param headMillis from the first byte of a request, or from the connection, until its head is there
 * @param bodyMillis from the head until the body is there
 * @param idleMillis between two requests of one connection
 * @param commentMillis between comments that keep an event stream alive
 */
public record HttpTimeouts(long headMillis, long bodyMillis, long idleMillis, long commentMillis) {
    /** 10 s, 30 s, 75 s, 15 s. */
    public static final HttpTimeouts DEFAULT = new HttpTimeouts(10_000, 30_000, 75_000, 15_000);
}
