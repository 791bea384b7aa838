package dev.parley.gateway.connection;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Connection ids: unique over all gateways, not to be guessed from one another. Safe for use from any thread. */
final class ConnectionIds {
    private final String prefix;
    private final AtomicLong next = new AtomicLong();

    ConnectionIds() {
        prefix = Long.toString(new SecureRandom().nextLong() & Long.MAX_VALUE, 36) + "-";
    }

    String next() {
        return prefix + Long.toString(next.incrementAndGet(), 36);
    }
}
