package dev.parley.gateway.connection;

/** Counts what a connection did wrong within a minute. Confined to the connection's loop. */
final class FloodGuard {
    private static final int RATE_WARNINGS = 100;
    private static final long MINUTE = 60_000_000_000L;

    private final int badFramesAllowed;
    private int badFrames;
    private int rateRefusals;
    private long windowAt;

    /**
     * @param badFramesAllowed in a minute
     * @param now nanoseconds, as everywhere here
     */
    FloodGuard(int badFramesAllowed, long now) {
        this.badFramesAllowed = badFramesAllowed;
        this.windowAt = now;
    }

    /** A frame was no request; true when there were too many of them. */
    boolean badFrame(long now) {
        roll(now);
        return ++badFrames > badFramesAllowed;
    }

    /** A request came too soon; true when that was told too often. */
    boolean rateRefusal(long now) {
        roll(now);
        return ++rateRefusals > RATE_WARNINGS;
    }

    private void roll(long now) {
        if (now - windowAt > MINUTE) {
            windowAt = now;
            badFrames = 0;
            rateRefusals = 0;
        }
    }
}
