package dev.parley.store;

import dev.parley.protocol.RawJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The logs of sessions and the feed of what is appended. */
public interface EventLog {
    /**
     * Appends a message. A repeat of the same {@code messageId} by the same author, within the last messages kept, is
     * answered first, whatever became of the session since. Otherwise, atomically: the session is live at this instant
     * (else {@link StoreException.Ended}), the membership revision is the one named (else {@link
     * StoreException.StaleMembership}), the id is not another author's (else {@link StoreException.MessageConflict}), the
     * message that it was sent after is there (else {@link StoreException.OutOfOrder}); the entry gets the next seq; activity is noted, created and suspended sessions become active, the deadline slides where
     * the plan renews, and rungs are cleared by a renewal; the feed tells it.
     */
    Mono<Appended> append(Append append);

    /**
     * Entries after a position, oldest first, at most {@code limit}; trimmed ones are left out, so a caller sees a hole by
     * the numbers. Fails with {@link StoreException.NotFound} when the session is gone.
     *
     * @param afterSeq exclusive; 0 from the start
     * @param limit 1..1000
     */
    Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit);

    /**
     * A page of messages, without life-cycle entries, newest first.
     *
     * @see HistoryQuery
     */
    Mono<HistoryPage> history(HistoryQuery query);

    /**
     * Subscribes to a session's feed. The answer comes once nothing that happens from then on can be missed, and its state
     * was read after that. Fails with {@link StoreException.NotFound}.
     */
    Mono<Subscription> subscribe(String sessionId, FeedListener listener);

    /**
     * How much of a log's earlier life is left: for a position that was had in an epoch which may not be the present one. Fails
     * with {@link StoreException.NotFound}.
     *
     * @param epoch of the position
     */
    Mono<Survived> survived(String sessionId, String epoch);

    /** Tells those who are subscribed, on any node; completes when it is on its way. Unknown sessions are ignored. */
    Mono<Void> signal(Signal signal);

    /**
     * Notes how far a participant has seen; never goes back, and never beyond the head. Fails with {@link
     * StoreException.NotFound}.
     *
     * @param seq of the last entry seen
     */
    Mono<Void> seen(String sessionId, String participantId, long seq);

    /**
     * Where a participant stands: how far they have seen, and their highest acknowledged send that is still there (0 when
     * there is none).
     */
    Mono<Standing> standing(String sessionId, String participantId);

    /**
     * A message to append.
     *
     * @param sessionId which session
     * @param messageId 1..128 characters, unique among the session's last messages
     * @param authorId participant who speaks
     * @param to narrows the delivery; null for all
     * @param origin id of the sending connection; null when there is none
     * @param body see {@link LoggedEvent#body()}
     * @param membershipRevision the one that the author's right was checked against; −1 when it was not
     * @param after id of the message that the same sender sent before it and whose answer is still out, so that the store
     *     takes them in this order or this one not at all, whatever became of the other on the way; null when there is none
     */
    record Append(
            String sessionId,
            String messageId,
            String authorId,
            @Nullable String to,
            @Nullable String origin,
            RawJson body,
            int membershipRevision,
            @Nullable String after) {
        /** A message that was not sent after one whose answer is still out. */
        public Append(
                String sessionId,
                String messageId,
                String authorId,
                @Nullable String to,
                @Nullable String origin,
                RawJson body,
                int membershipRevision) {
            this(sessionId, messageId, authorId, to, origin, body, membershipRevision, null);
        }
    }

    /**
     * An appended message.
     *
     * @param event the entry; the first one, when this was a repeat
     * @param duplicate whether it was there already
     * @param renewed whether {@code expiresAt} moved
     * @param state right after it; of a repeat, now
     */
    record Appended(LoggedEvent event, boolean duplicate, boolean renewed, SessionState state) {}

    /**
     * Which messages; at most one of {@code beforeSeq} and {@code afterSeq}, or of the instants, is usually given. All
     * exclusive. With an {@code after…} and no {@code before…} the page walks forward from the oldest newer message, still
     * shown newest first; otherwise it is the newest.
     *
     * @param viewer sees messages to all, and those from or to them; null sees everything
     * @param limit 1..1000
     */
    record HistoryQuery(
            String sessionId,
            @Nullable String viewer,
            @Nullable Long beforeSeq,
            @Nullable Long afterSeq,
            @Nullable Long beforeMillis,
            @Nullable Long afterMillis,
            int limit) {}

    /** A page of messages, newest first; {@code hasMore} tells exactly whether there are more in the page's direction. */
    record HistoryPage(List<LoggedEvent> messages, boolean hasMore) {}

    /**
     * What is left of a log's earlier life.
     *
     * @param epoch the present one
     * @param seq entries up to here are still what they were in the epoch that was asked about: the head when that is the
     *     present one, or nothing was lost since; 0 when nothing is known of it
     */
    record Survived(String epoch, long seq) {}

    /** Where a participant stands in a log. */
    record Standing(long seen, long acked) {}

    /** A live subscription. */
    interface Subscription {
        /** The session at an instant after the subscription took effect. */
        StoredSession session();

        /** Ends it; no call comes after this returns to the thread that the listener was called on. Idempotent. */
        void close();
    }
}
