package dev.parley.gateway.connection;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the sends of one connection in their order: while one of them has to look its session up first, those behind it wait.
 * Confined to the connection's loop.
 */
final class SendOrder {
    private @Nullable ArrayDeque<Runnable> waiting;
    private boolean held;

    /** Whether a send has to wait. */
    boolean isHeld() {
        return held;
    }

    /** Has those that come from now on wait. */
    void hold() {
        held = true;
    }

    /** Adds one that waits. */
    void add(Runnable send) {
        ArrayDeque<Runnable> all = waiting;
        if (all == null) {
            all = new ArrayDeque<>();
            waiting = all;
        }
        all.add(send);
    }

    /** Lets those that waited go, until one of them holds the others up again. */
    void release() {
        held = false;
        ArrayDeque<Runnable> all = waiting;
        while (all != null && !held && !all.isEmpty()) {
            all.poll().run();
        }
    }
}
