package dev.parley.loadtest;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Sends at a steady rate whatever became of the messages before: each message has an instant at which it is due, and that
 * instant, not the one of the write, is what latency counts from. Runs as a frequent task of one event loop.
 */
final class OpenLoop implements Runnable {
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Lane> lanes;
    private final double interval;
    private final BooleanSupplier measuring;
    private final LoadWindow window;
    private final long startedAt = System.nanoTime();
    private long sent;

    /**
     * Spreads a rate over some lanes, in turn.
     *
     * @param lanes lanes whose sender lives on this event loop
     * @param rate messages per second for all of them together
     * @param measuring whether lateness is recorded now
     * @param window where to
     */
    OpenLoop(List<Lane> lanes, double rate, BooleanSupplier measuring, LoadWindow window) {
        this.lanes = lanes;
        this.interval = NANOS_PER_SECOND / rate;
        this.measuring = measuring;
        this.window = window;
    }

    @Override
    public void run() {
        long now = System.nanoTime();
        long due = startedAt + (long) (sent * interval);
        boolean record = measuring.getAsBoolean();
        while (due <= now) {
            Lane lane = lanes.get((int) (sent % lanes.size()));
            if (lane.from.isOpen()) {
                lane.send(due, now);
                lane.from.flush();
                if (record) {
                    window.lateness.recordValue(now - due);
                }
            }
            sent++;
            due = startedAt + (long) (sent * interval);
        }
    }
}
