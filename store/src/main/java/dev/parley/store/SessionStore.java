package dev.parley.store;

import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Sessions. The instant decides: every call first lets a deadline that has passed by the store's clock take effect (the end
 * or the suspension, with its log entry), whether or not anything had fired it.
 */
public interface SessionStore {
    /**
     * Creates a session with its log, whose first entry is {@code session.created}. The document's {@code channelId} is the
     * operation id: a repeat is answered as the first time. Another session of that id, in whatever status and until its
     * retention is over, is {@link StoreException.Conflict}. Agents among the participants are told by their feed.
     */
    Mono<StoredSession> create(Create create);

    /**
     * A new random id for a session, as hard to guess as a random UUID and of its form. A store may make it so that it finds the
     * session by it at once; any other id that is free will do as well.
     *
     * @param workspaceId of the session
     * @param userId of the session; null when it has no user
     */
    default String newSessionId(String workspaceId, @Nullable String userId) {
        return UUID.randomUUID().toString();
    }

    /**
     * The candidates for a user's session, most recent activity first, then newest creation: those active or suspended, and
     * those created by resolve. At most 100; one with the surface is among them however old it is.
     */
    Mono<Candidates> candidates(String workspaceId, String userId, @Nullable String surfaceId);

    /** Reads a session; fails with {@link StoreException.NotFound}. */
    Mono<StoredSession> load(String sessionId);

    /**
     * Changes a document, when its version is still the one named (else {@link StoreException.VersionConflict}) and, unless
     * the commit allows it, it has not ended (else {@link StoreException.Ended}). The document, its status, the version and
     * the events become visible together. The state's activity fields are never written from the caller's snapshot. A repeat
     * of the operation id is answered as the first time.
     */
    Mono<StoredSession> commit(Commit commit);

    /** Moves activity; never the version. See {@link Renew}. Fails with NotFound, Ended. */
    Mono<Renewed> renew(Renew renew);

    /**
     * Removes a session with its log and indexes; {@code last} is told to those attached. Fails with NotFound; a repeat of an
     * operation id that removed it succeeds.
     *
     * @param operationId made once for the deletion
     * @param last a farewell event; null for an ended session, whose end was told already; not told either when the
     *     session's deadline turns out to have passed, which tells its expiry
     */
    Mono<Void> delete(String sessionId, String operationId, @Nullable NewEvent last);

    /**
     * A page of sessions: most recently active first, then newest, then the one created later. A cursor that nobody gave out
     * begins at the start.
     */
    Mono<SessionPage> find(SessionQuery query);

    /** Ids of the live sessions that an agent takes part in, in a stable order, after a cursor; see {@link AgentSessions}. */
    Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit);

    /** Counts over the whole store. */
    Mono<Counts> counts();

    /** How many partitions deadlines are divided into; fixed. */
    int partitions();

    /**
     * Does what is due in a partition by the store's clock: gives warnings, suspends, expires, removes what is past its
     * retention; each once, however many callers there are. Sessions are told by their feeds.
     *
     * @param limit at most so many sessions, 1..10,000
     */
    Mono<Fired> fire(int partition, int limit);

    /**
     * Has a listener told when the next instant of a partition becomes earlier than was answered by {@link #fire}.
     *
     * @return ends it
     */
    AutoCloseable onEarlier(EarlierListener listener);

    /** Hears that something becomes due earlier. Called on any thread; only enqueues. */
    interface EarlierListener {
        /** The partition and the new next instant, in epoch milliseconds. */
        void earlier(int partition, long at);
    }

    /**
     * A creation.
     *
     * @param document complete, in status created
     * @param plan deadlines
     * @param ifUserRevision only when the user's revision is still this one ({@link Candidates#revision()}), else {@link
     *     StoreException.VersionConflict}; null for no condition
     * @param resumed the prior session whose history goes over; null for none
     */
    record Create(
            Session document,
            DeadlinePlan plan,
            @Nullable Long ifUserRevision,
            @Nullable Resumed resumed) {}

    /**
     * What a resume takes over, in the same step. A live prior session is ended by {@code close}.
     *
     * @param priorId its messages are copied, with new numbers, but their instants, authors and ids; how far participants
     *     have seen goes over too. Fails with {@link StoreException.NotFound}
     * @param close ends the prior session when it is live, on its expected version (else {@link
     *     StoreException.VersionConflict}, and nothing is made); skipped when it has ended
     */
    record Resumed(String priorId, Commit close) {}

    /** Candidates of resolve. {@code revision} changes with every creation and change of status of the user's sessions. */
    record Candidates(List<StoredSession> sessions, long revision) {}

    /**
     * A change of a document.
     *
     * @param sessionId which session
     * @param operationId made once for the change
     * @param expectedVersion that the change was decided on
     * @param document the new one
     * @param plan new deadlines, from which {@code expiresAt} is computed anew; null leaves them
     * @param end ends the session; null leaves it live. {@code document.end()} must say the same
     * @param allowEnded whether an ended session may be changed
     * @param events in order
     * @param changes how many changes it carries, at least 1: the version rises by one for each. An end is a change alone
     */
    record Commit(
            String sessionId,
            String operationId,
            long expectedVersion,
            Session document,
            @Nullable DeadlinePlan plan,
            @Nullable SessionEnd end,
            boolean allowEnded,
            List<NewEvent> events,
            int changes) {
        /** Refuses with {@link IllegalArgumentException} what is no number of changes. */
        public Commit {
            if (changes < 1 || (end != null && changes > 1)) {
                throw new IllegalArgumentException("changes " + changes);
            }
        }

        /** One change. */
        public Commit(
                String sessionId,
                String operationId,
                long expectedVersion,
                Session document,
                @Nullable DeadlinePlan plan,
                @Nullable SessionEnd end,
                boolean allowEnded,
                List<NewEvent> events) {
            this(sessionId, operationId, expectedVersion, document, plan, end, allowEnded, events, 1);
        }
    }

    /**
     * A movement of activity.
     *
     * @param operationId made once; a repeat is answered as the first time
     * @param manual a renewal by hand: moves the deadline even where activity does not renew, and fails with {@link
     *     StoreException.NothingToGain} when the maximum duration leaves nothing to gain
     * @param minGainMillis 0 always writes; otherwise it is written only if it would move {@code expiresAt} by this or more,
     *     or activates or revives the session, or a warning was given, or one is nearer than twice this
     */
    record Renew(String sessionId, String operationId, boolean manual, long minGainMillis) {}

    /** The state after a renewal, and whether {@code expiresAt} moved. */
    record Renewed(StoredSession session, boolean renewed) {}

    /**
     * A query; filters are ANDed, null means any. Most recently active first.
     *
     * @param participantId user, second identity, creator or participant that must be concerned: what a caller may see
     * @param statuses empty means the live ones
     * @param activeAfter epoch milliseconds, strictly later
     * @param cursor of the page before
     * @param limit 1..100
     */
    record SessionQuery(
            String workspaceId,
            @Nullable String participantId,
            @Nullable String userId,
            @Nullable String agentId,
            Set<SessionStatus> statuses,
            @Nullable String surfaceId,
            @Nullable Long activeAfter,
            @Nullable String cursor,
            int limit) {}

    /** A page of sessions; {@code total} counts all matches; the counts are over what the caller may see. */
    record SessionPage(
            List<StoredSession> sessions,
            long total,
            long totalSessions,
            long activeSessions,
            long expiredSessions,
            @Nullable String nextCursor) {}

    /** Ids of an agent's live sessions; {@code next} is null on the last page. */
    record AgentSessions(List<String> sessionIds, @Nullable String next) {}

    /** How many sessions are in each status, in the order of {@link SessionStatus}, and how many near their end. */
    @SuppressWarnings("ArrayRecordComponent") // read at once by its one receiver, never compared
    record Counts(long[] byStatus, long expiringSoon) {}

    /**
     * What fire did.
     *
     * @param done how many sessions were looked at; when it equals the limit there may be more at once
     * @param latenessMillis for each warning and end that was given, by how much it was late
     * @param nextAt epoch milliseconds of the partition's next instant, or an earlier one from which activity has moved it
     *     away, never a later one; {@link Long#MAX_VALUE} when there is none. One that {@link #onEarlier} tells while fire is
     *     under way may be missing here: who waits takes the earlier of the two
     */
    @SuppressWarnings("ArrayRecordComponent") // read at once by its one receiver, never compared
    record Fired(int done, long[] latenessMillis, long nextAt) {}
}
