package dev.parley.loadtest;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits on the main thread for something that event loops bring about. */
final class Waiting {
    private static final double LOOK_EVERY_SECONDS = 0.02;

    private Waiting() {}

    /** Waits until a condition holds, at most so long; answers whether it does. */
    static boolean atMost(double seconds, BooleanSupplier condition) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            ScenarioCommand.pause(LOOK_EVERY_SECONDS);
        }
        return true;
    }

    /**
     * Waits until a condition holds.
     *
     * @throws LoadException with what was there instead, when the time is over
     */
    static void until(double seconds, BooleanSupplier condition, Supplier<String> instead) {
        if (!atMost(seconds, condition)) {
            throw new LoadException("after " + seconds + " s " + instead.get());
        }
    }
}
