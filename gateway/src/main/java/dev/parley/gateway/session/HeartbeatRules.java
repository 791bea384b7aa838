package dev.parley.gateway.session;

import dev.parley.protocol.session.SessionResults.Deadline;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.DeadlineEvents;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.SessionState;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.List;

/**
 * Which heartbeats of sockets are written. Most are not: a write that moves the deadline by less than {@code g} would tell
 * nobody anything new. So a session ends no earlier than its last heartbeat + time-out − {@code g}. Pure; any thread.
 */
public final class HeartbeatRules {
    private static final long LONGEST_MILLIS = 60_000;
    private static final int PARTS_OF_TIMEOUT = 10;

    private HeartbeatRules() {}

    /** {@code g = min(60 s, timeout / 10)}, in milliseconds. */
    public static long coalescingMillis(DeadlinePlan plan) {
        return Math.min(LONGEST_MILLIS, plan.timeoutMillis() / PARTS_OF_TIMEOUT);
    }

    /**
     * Whether a heartbeat is to be written now: it would move the deadline by {@code g} or more, it activates or revives the
     * session, a warning was given, or one is nearer than {@code 2g}. Also when the deadline has passed by this clock, as only
     * the store can tell what became of the session. The store decides the same once more, on what it holds.
     *
     * @param session as last heard of
     * @param now epoch milliseconds
     */
    public static boolean mustWrite(StoredSession session, long now) {
        SessionState state = session.state();
        if (state.status() != SessionStatus.ACTIVE || state.rung() != 0 || state.expiresAt() <= now) {
            return true;
        }
        DeadlinePlan plan = session.plan();
        long g = coalescingMillis(plan);
        long moved = plan.autoRenew() ? Math.min(now + plan.timeoutMillis(), plan.maxEndAt()) - state.expiresAt() : 0;
        return (moved >= g && moved > 0) || untilNext(plan.rungMillis(), state.expiresAt() - now) < 2 * g;
    }

    /** The next end of a session, as answers of heartbeats tell it. */
    public static Deadline deadline(StoredSession session) {
        long expiresAt = session.state().expiresAt();
        String cause = DeadlineEvents.cause(expiresAt, session.plan());
        return new Deadline(
                session.document().sessionId(),
                Instant.ofEpochMilli(expiresAt),
                cause,
                cause.equals(DeadlineEvents.IDLE));
    }

    /** Milliseconds until the next warning, or the end when there is none before it, when so much time is left. */
    private static long untilNext(List<Long> rungs, long left) {
        for (long rung : rungs) {
            if (rung < left) {
                return left - rung;
            }
        }
        return left;
    }
}
