package dev.parley.gateway.connection;

import dev.parley.time.TimeSource;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the connections of one event loop share: one tick a second for their time-outs, and one flush per turn for their
 * writes. So no connection has a timer or a flush of its own. Confined to the loop, but for its making.
 */
final class LoopTicker {
    private static final long TICK_MILLIS = 1_000;

    private final EventLoop loop;
    private final TimeSource time;
    private final Set<Connection> connections = new LinkedHashSet<>();
    private final Outbound.Dirty dirty;
    private long now;
    private boolean ticking;

    LoopTicker(EventLoop loop, TimeSource time) {
        this.loop = loop;
        this.dirty = new Outbound.Dirty(loop, time);
        this.time = time;
        this.now = time.nanoTime();
    }

    /** Nanoseconds of the time source as of the last tick; precise to a second, and free. */
    long now() {
        return now;
    }

    void add(Connection connection) {
        connections.add(connection);
        now = time.nanoTime();
        if (!ticking) {
            ticking = true;
            next();
        }
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    /** What was written to on this loop and waits to be flushed. */
    Outbound.Dirty dirty() {
        return dirty;
    }

    private void next() {
        time.schedule(TICK_MILLIS, () -> loop.execute(this::tick));
    }

    private void tick() {
        now = time.nanoTime();
        try {
            // Closing takes connections out of the set that is walked over.
            List<Connection> toClose = new ArrayList<>();
            for (Connection connection : connections) {
                if (!connection.tick(now)) {
                    toClose.add(connection);
                }
            }
            toClose.forEach(connection -> connection.expire(now));
        } finally {
            // A defect in one connection must not stop the clock of all.
            if (connections.isEmpty()) {
                ticking = false;
            } else {
                next();
            }
        }
    }
}
