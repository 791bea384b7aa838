package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The clock of the store, as far as it can be known from here: the {@code TIME} of one server, the same for all gateways,
 * carried on by this host's monotonic clock, so that the host's own idea of the time does not matter. Of the latest
 * measurements the one counts whose answer came fastest, since half of its round trip bounds its error. One that contradicts
 * it by more than both bounds begins anew: the server's clock was set, or another server took over, or this host slept. Safe
 * for use from any thread.
 */
final class ServerClock {
    private static final int KEPT = 8;
    private static final long CALM_NANOS = 2_000_000_000L;
    private static final long BURST_NANOS = 50_000_000L;
    /** How far apart two clocks may drift between measurements, as a fraction. */
    private static final double DRIFT = 200e-6;

    private static final long TOLERANCE_MICROS = 5000;

    private final TimeSource time;
    private final @Nullable Sample[] samples = new @Nullable Sample[KEPT];
    private int taken;
    private long askedNanos;
    private byte[] runId = new byte[0];
    private volatile @Nullable Sample best;

    ServerClock(TimeSource time) {
        this.time = time;
        askedNanos = time.nanoTime() - CALM_NANOS;
    }

    /**
     * One measurement.
     *
     * @param micros since 1970, by the server, when this host's clock stood in the middle of the round trip
     * @param nanos this host's clock then
     * @param roundTripNanos between asking and hearing
     */
    private record Sample(long micros, long nanos, long roundTripNanos) {
        long at(long now) {
            return micros + (now - nanos) / 1000;
        }

        /** By how much it may be wrong, in microseconds. */
        double bound(long now) {
            return roundTripNanos / 2000.0 + (now - nanos) / 1000.0 * DRIFT;
        }
    }

    /** Whether there is a measurement. */
    boolean isKnown() {
        return best != null;
    }

    /** Milliseconds since 1970 by the store's clock; by this host's as long as there is no measurement. */
    long nowMillis() {
        Sample known = best;
        return known == null ? time.nowMillis() : Math.floorDiv(known.at(time.nanoTime()), 1000L);
    }

    /** Called often, on the timer: measures when it is time to. */
    void tick(@Nullable ServerConnection server) {
        if (server == null) {
            return;
        }
        long now = time.nanoTime();
        synchronized (this) {
            boolean isOther = !Arrays.equals(runId, server.runId());
            long pause = isOther ? 0 : taken < KEPT ? BURST_NANOS : CALM_NANOS;
            if (now - askedNanos < pause) {
                return;
            }
            if (isOther) {
                runId = server.runId();
                forget();
            }
            askedNanos = now;
        }
        server.ask(CommandType.TIME).thenAccept(answer -> measured(server.runId(), now, answer));
    }

    private synchronized void measured(byte[] of, long asked, @Nullable Object answer) {
        long heard = time.nanoTime();
        if (!Arrays.equals(of, runId) || !(answer instanceof List<?> parts) || parts.size() < 2) {
            return;
        }
        Sample sample = new Sample(
                number(parts.get(0)) * 1_000_000 + number(parts.get(1)), asked + (heard - asked) / 2, heard - asked);
        Sample known = best;
        if (known != null
                && Math.abs(known.at(heard) - sample.at(heard))
                        > known.bound(heard) + sample.bound(heard) + TOLERANCE_MICROS) {
            forget();
        }
        samples[taken++ % KEPT] = sample;
        Sample closest = sample;
        for (Sample other : samples) {
            if (other != null && other.bound(heard) < closest.bound(heard)) {
                closest = other;
            }
        }
        best = closest;
    }

    /** The best estimate stays until there is another. */
    private void forget() {
        Arrays.fill(samples, null);
        taken = 0;
    }

    private static long number(@Nullable Object digits) {
        return digits instanceof byte[] bytes ? Long.parseLong(new String(bytes, StandardCharsets.US_ASCII)) : 0;
    }
}
