package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;

/**
 * What the creator of a session knows of its expiry: what it was at first, and each renewal that was asked for. Written on
 * the creator's event loop, read after a barrier. Instants in epoch milliseconds.
 */
final class DeadlineFacts {
    /**
     * A renewal.
     *
     * @param sentAt when it was asked for
     * @param answeredAt when it was answered; {@link Long#MAX_VALUE}: it was not, or nobody knows what came of it
     * @param expiresAt what the answer told; {@link DeadlineLedger#UNKNOWN} without one
     */
    record Renewal(long sentAt, long answeredAt, long expiresAt) {
        boolean isKnown() {
            return expiresAt != DeadlineLedger.UNKNOWN;
        }
    }

    private final String sessionId;
    private final String agentId;
    private final List<Renewal> renewals = new ArrayList<>();
    private long createdBy = Long.MAX_VALUE;
    private long firstExpiry = DeadlineLedger.UNKNOWN;
    private boolean gone;

    DeadlineFacts(String sessionId, String agentId) {
        this.sessionId = sessionId;
        this.agentId = agentId;
    }

    String sessionId() {
        return sessionId;
    }

    String agentId() {
        return agentId;
    }

    /** It exists, and this is its expiry. */
    void created(long at, long expiresAt) {
        if (firstExpiry == DeadlineLedger.UNKNOWN) {
            createdBy = at;
            firstExpiry = expiresAt;
        }
    }

    /** Whether it is known to exist. */
    boolean isCreated() {
        return firstExpiry != DeadlineLedger.UNKNOWN;
    }

    /** When it was known to exist. */
    long createdBy() {
        return createdBy;
    }

    long firstExpiry() {
        return firstExpiry;
    }

    /** The store has lost it. */
    void lost() {
        gone = true;
    }

    boolean isGone() {
        return gone;
    }

    /** A renewal was asked for; answers its number. */
    int renewing(long at) {
        renewals.add(new Renewal(at, Long.MAX_VALUE, DeadlineLedger.UNKNOWN));
        return renewals.size() - 1;
    }

    /** It was granted. */
    void renewed(int number, long at, long expiresAt) {
        renewals.set(number, new Renewal(renewals.get(number).sentAt(), at, expiresAt));
    }

    List<Renewal> renewals() {
        return renewals;
    }
}
