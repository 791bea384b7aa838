package dev.parley.loadtest;

/** The clock of the machine, which generator and server share: lateness is measured against instants that the server told. */
final class WallClock {
    private WallClock() {}

    /** Epoch milliseconds. */
    static long millis() {
        return System.currentTimeMillis();
    }
}
