package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;

/**
 * What one client was told of the deadlines of one session. Written on the client's event loop, read after a barrier.
 */
final class DeadlineLedger {
    /** Stands for the expiry among the rungs. */
    static final long EXPIRED = 0;

    /** An instant that was not told. */
    static final long UNKNOWN = -1;

    /**
     * Something that was told.
     *
     * @param rung seconds of the rung, or {@link #EXPIRED}
     * @param expiresAt the expiry that it is about, epoch milliseconds, or {@link #UNKNOWN}
     * @param at when it came, epoch milliseconds
     * @param pushed whether it came by itself; else as part of an answer
     * @param connection number of the connection
     */
    record Told(long rung, long expiresAt, long at, boolean pushed, int connection) {}

    private final String sessionId;
    private final List<Told> told = new ArrayList<>();
    private long attachedAt;

    DeadlineLedger(String sessionId) {
        this.sessionId = sessionId;
    }

    String sessionId() {
        return sessionId;
    }

    /** The client takes part from now on, if it did not before. */
    void attached(long at) {
        if (attachedAt == 0) {
            attachedAt = at;
        }
    }

    /** When it was first attached; 0: never. */
    long attachedAt() {
        return attachedAt;
    }

    void add(Told what) {
        told.add(what);
    }

    List<Told> told() {
        return told;
    }

    /** Whether the end was told, or that the session is not there. */
    boolean isOver() {
        return told.stream().anyMatch(each -> each.rung() == EXPIRED);
    }
}
