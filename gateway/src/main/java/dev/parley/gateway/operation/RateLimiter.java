package dev.parley.gateway.operation;

import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.protocol.Cost;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.time.TimeSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Token buckets per identity and class of operation; callers without credentials are told apart by their address. A bucket holds two seconds' worth, so that a burst after a pause passes.
 * Safe for use from any thread; buckets that are full again are dropped, so that the memory is bounded by who was here lately.
 */
public final class RateLimiter {
    private static final double BURST_SECONDS = 2;
    private static final int SWEEP_AT = 10_000;
    private static final long SWEEP_EVERY_NANOS = 1_000_000_000L;

    private final LimitsConfig limits;
    private final TimeSource time;
    private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();
    private final AtomicLong sweptAt;

    /** Limits by the settings; a rate of 0 limits nothing. */
    public RateLimiter(LimitsConfig limits, TimeSource time) {
        this.limits = limits;
        this.time = time;
        this.sweptAt = new AtomicLong(time.nanoTime());
    }

    /** Takes a token; answers the refusal when there is none, null when the request may pass. */
    @Nullable ProtocolException refusal(Call call, Cost cost) {
        double rate = rate(cost);
        if (rate <= 0) {
            return null;
        }
        String origin = call.origin();
        long now = time.nanoTime();
        String identity = call.caller().kind() + " " + call.caller().id();
        String address = call.address();
        double wait = take(cost.name() + " " + identity + (address == null ? "" : " " + address), rate, now);
        if (wait <= 0 && origin != null) {
            wait = take(cost.name() + " " + origin, rate, now);
        }
        if (wait <= 0) {
            return null;
        }
        return ProtocolException.of(
                        ErrorCode.RATE_LIMITED, "Too many requests; wait as long as details say, then go on.")
                .with("retryAfterMs", (long) Math.ceil(wait * 1000))
                .with("limitPerSecond", rate);
    }

    private double rate(Cost cost) {
        return switch (cost) {
            case FREE -> 0;
            case READ -> limits.readsPerSecond();
            case MESSAGE -> limits.messagesPerSecond();
            case WRITE -> limits.writesPerSecond();
            case HEAVY -> limits.heavyPerSecond();
        };
    }

    private double take(String key, double rate, long now) {
        long last = sweptAt.get();
        if (now - last >= SWEEP_EVERY_NANOS && buckets.size() > SWEEP_AT && sweptAt.compareAndSet(last, now)) {
            buckets.values().removeIf(bucket -> bucket.isFull(now));
        }
        return buckets.computeIfAbsent(key, k -> new Bucket(rate, now)).take(now);
    }

    private static final class Bucket {
        private final double rate;
        private final double capacity;
        private double tokens;
        private long filledAt;

        Bucket(double rate, long now) {
            this.rate = rate;
            this.capacity = Math.max(1, rate * BURST_SECONDS);
            this.tokens = capacity;
            this.filledAt = now;
        }

        /** Seconds until a token is there; 0 when one was taken. */
        synchronized double take(long now) {
            tokens = Math.min(capacity, tokens + (now - filledAt) * 1e-9 * rate);
            filledAt = now;
            if (tokens >= 1) {
                tokens -= 1;
                return 0;
            }
            return (1 - tokens) / rate;
        }

        synchronized boolean isFull(long now) {
            return tokens + (now - filledAt) * 1e-9 * rate >= capacity;
        }
    }
}
