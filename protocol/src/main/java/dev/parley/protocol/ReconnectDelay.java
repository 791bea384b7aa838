package dev.parley.protocol;

/**
 * How long clients wait before they connect again: exponential with full jitter, so that clients that were cut together do not
 * come back together. A client picks its wait evenly from 0 to the ceiling; what {@code server.draining} told goes before.
 */
public final class ReconnectDelay {
    /** Ceiling of the first wait, in milliseconds. */
    public static final long BASE_MILLIS = 500;

    /** Ceiling of the longest wait, in milliseconds. */
    public static final long CAP_MILLIS = 30_000;

    private ReconnectDelay() {}

    /**
     * The longest wait before an attempt.
     *
     * @param attempt how many attempts failed since the connection last held, 0 or more
     * @return milliseconds, {@link #BASE_MILLIS} to {@link #CAP_MILLIS}
     */
    public static long ceilingMillis(int attempt) {
        // 500 ms doubled six times is beyond the cap; the comparison keeps the shift from overflowing.
        return attempt >= 6 ? CAP_MILLIS : Math.min(CAP_MILLIS, BASE_MILLIS << attempt);
    }
}
