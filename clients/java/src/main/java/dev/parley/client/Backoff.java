package dev.parley.client;

import dev.parley.protocol.ReconnectDelay;
import java.util.random.RandomGenerator;

/**
 * Counts attempts, and picks how long to wait before the next one. Not for use by several threads.
 */
final class Backoff {
    private final RandomGenerator random;
    private int attempt;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait before the next attempt, evenly spread over 0 to {@link ReconnectDelay#ceilingMillis} inclusive. */
    long nextMillis() {
        return random.nextLong(ReconnectDelay.ceilingMillis(attempt++) + 1);
    }

    /** The connection held: the next wait is a short one again. */
    void reset() {
        attempt = 0;
    }
}
