package dev.parley.store.memory;

import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore;
import dev.parley.store.StoredSession;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One session as it is held: its fields and the arithmetic of its deadlines. All is guarded by its monitor, except what is
 * said to be otherwise. What a session at rest does not need (log, listeners, remembered answers) is null until it does.
 */
final class SessionEntry {
    /** Rises with every creation; orders sessions and makes the log's epoch. */
    final long ordinal;

    final Workspace workspace;

    Session document;
    DeadlinePlan plan;
    SessionStatus status = SessionStatus.CREATED;
    long statusChangedAt;
    long updatedAt;
    long lastActivity;
    long expiresAt;
    long renewedAt;
    long rung;
    int renewalCount;
    int version = 1;

    /** Index of the next rung to be given, among those of the plan. */
    private short nextRung;

    boolean removed;

    /** As what the session is counted in its workspace. */
    @Nullable SessionStatus countedAs;

    boolean countedNear;

    @Nullable SessionLog log;

    Feed.Listening @Nullable [] listeners;

    /** What gateways hold of participants; null while nobody holds anything. */
    @Nullable List<PresenceStore.Held> presence;

    @Nullable RecentAnswers<StoredSession> commits;

    @Nullable RecentAnswers<SessionStore.Renewed> renewals;

    /** Position in the deadline queue's heap, −1 when it is not there; guarded by the queue. */
    int queueIndex = -1;

    /** For when it is queued; written by the queue, {@link Long#MAX_VALUE} when it is not there. */
    volatile long queuedAt = Long.MAX_VALUE;

    SessionEntry(long ordinal, Workspace workspace, Session document, DeadlinePlan plan) {
        this.ordinal = ordinal;
        this.workspace = workspace;
        this.document = document;
        this.plan = plan;
        long createdAt = document.createdAt().toEpochMilli();
        statusChangedAt = createdAt;
        updatedAt = createdAt;
        lastActivity = createdAt;
        renewedAt = createdAt;
        expiresAt = idleDeadline();
        nextRung = firstRungBelow(expiresAt - createdAt);
    }

    String sessionId() {
        return document.sessionId();
    }

    boolean ended() {
        return status.isTerminal();
    }

    String epoch() {
        return log == null ? workspace.epoch(ordinal) : log.epoch();
    }

    long head() {
        return log == null ? 1 : log.head();
    }

    SessionState state() {
        return state(head());
    }

    /** The state as right after an entry of that number. */
    SessionState state(long head) {
        return new SessionState(
                status,
                statusChangedAt,
                updatedAt,
                lastActivity,
                expiresAt,
                renewedAt,
                renewalCount,
                rung,
                version,
                epoch(),
                head);
    }

    StoredSession snapshot() {
        return new StoredSession(document, plan, state());
    }

    /** Whether the first warning's time has come, given or skipped, and the end has not. */
    boolean near() {
        return !ended() && nextRung > 0;
    }

    /** Whether the deadline has passed and has not yet had its effect. */
    boolean overdue(long now) {
        return now >= expiresAt && !ended();
    }

    /** The instant at which something happens to the session if nobody does anything. */
    long nextInstant(long retentionMillis) {
        if (ended()) {
            return expiresAt + retentionMillis;
        }
        List<Long> rungs = plan.rungMillis();
        return nextRung < rungs.size() ? expiresAt - rungs.get(nextRung) : expiresAt;
    }

    /** Where the deadline would lie after activity now. */
    long deadlineAfterActivity(long now, boolean manual) {
        if (!manual && !plan.autoRenew() && status != SessionStatus.SUSPENDED) {
            return expiresAt;
        }
        long base = Math.max(plan.autoRenew() ? lastActivity : renewedAt, now);
        return Math.min(base + plan.timeoutMillis(), plan.maxEndAt());
    }

    /**
     * Notes activity: activates, revives, renews where the plan says so.
     *
     * @return whether the deadline moved
     */
    boolean activity(long now, boolean manual) {
        long deadline = deadlineAfterActivity(now, manual);
        if (manual || (status == SessionStatus.SUSPENDED && !plan.autoRenew())) {
            renewedAt = Math.max(renewedAt, now);
        }
        lastActivity = Math.max(lastActivity, now);
        if (status != SessionStatus.ACTIVE) {
            status = SessionStatus.ACTIVE;
            statusChangedAt = now;
        }
        if (deadline == expiresAt) {
            return false;
        }
        renewalCount++;
        moveDeadline(deadline, now);
        return true;
    }

    /** Computes the deadline anew from another plan; it may then lie in the past. */
    void replan(DeadlinePlan changed, long now) {
        plan = changed;
        if (ended()) {
            return;
        }
        long deadline = status == SessionStatus.SUSPENDED ? changed.maxEndAt() : idleDeadline();
        if (deadline != expiresAt) {
            moveDeadline(deadline, now);
        } else {
            // The same deadline: what was given for it stays given.
            nextRung = firstRungBelow(rung > 0 ? Math.min(rung, deadline - now) : deadline - now);
        }
    }

    /** The idle deadline suspended the session: only the maximum duration is left. */
    void suspend(long at) {
        status = SessionStatus.SUSPENDED;
        statusChangedAt = at;
        updatedAt = at;
        version++;
        moveDeadline(plan.maxEndAt(), at);
    }

    /** Ends the session; from now on {@code expiresAt} tells when. */
    void end(SessionStatus how, Session ended, long at, long now) {
        status = how;
        document = ended;
        statusChangedAt = at;
        updatedAt = now;
        expiresAt = at;
        version++;
    }

    /**
     * Gives the lowest of the rungs that have been reached, if one has been.
     *
     * @return when it was due; {@link Long#MAX_VALUE} when none was
     */
    long giveRung(long now) {
        List<Long> rungs = plan.rungMillis();
        int given = -1;
        while (nextRung < rungs.size() && now >= expiresAt - rungs.get(nextRung)) {
            given = nextRung++;
        }
        if (given < 0) {
            return Long.MAX_VALUE;
        }
        rung = rungs.get(given);
        return expiresAt - rung;
    }

    private void moveDeadline(long deadline, long now) {
        expiresAt = deadline;
        rung = 0;
        nextRung = firstRungBelow(deadline - now);
    }

    private long idleDeadline() {
        long base = plan.autoRenew() ? lastActivity : renewedAt;
        return Math.min(base + plan.timeoutMillis(), plan.maxEndAt());
    }

    private short firstRungBelow(long left) {
        List<Long> rungs = plan.rungMillis();
        short index = 0;
        while (index < rungs.size() && rungs.get(index) >= left) {
            index++;
        }
        return index;
    }
}
