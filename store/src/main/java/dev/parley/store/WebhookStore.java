package dev.parley.store;

import dev.parley.protocol.RawJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Webhooks, and what is still to be delivered to them. A workspace's lie in one lane, and each call touches one lane. A delivery
 * is claimed for {@link #LEASE_MILLIS}: in normal running one gateway has it, and when that says no more, another one gets it.
 */
public interface WebhookStore {
    /** How many webhooks a workspace may have. */
    int MOST_WEBHOOKS = 100;

    /** How many deliveries of one webhook may wait; what comes beyond is dropped, and logged as that. */
    int MOST_WAITING = 10_000;

    /** How many deliveries that are over each webhook's log keeps. */
    int MOST_LOGGED = 100;

    /** How many deliveries of one webhook may be claimed at the same time. */
    int MOST_CLAIMED = 8;

    /** How long a claim lasts, in milliseconds. */
    long LEASE_MILLIS = 30_000;

    /** How many lanes there are; fixed. */
    int lanes();

    /** The lane of a workspace. */
    int laneOf(String workspaceId);

    /**
     * Adds a webhook; a repeat succeeds. Fails with {@link StoreException.Conflict} when there is another one of that id, with
     * {@link StoreException.Full} when there are {@link #MOST_WEBHOOKS}.
     */
    Mono<Void> create(Webhook webhook);

    /** Reads one; fails with {@link StoreException.NotFound}. */
    Mono<Webhook> get(String workspaceId, String id);

    /** All of a workspace, oldest first. */
    Mono<List<Webhook>> list(String workspaceId);

    /**
     * Puts a webhook in the place of its version before; a repeat succeeds. Fails with {@link StoreException.NotFound}, and with
     * {@link StoreException.VersionConflict} when that is not the stored one.
     */
    Mono<Void> replace(Webhook webhook);

    /** Removes one with its deliveries and its log, if it is there. */
    Mono<Void> delete(String workspaceId, String id);

    /**
     * Has happenings delivered to the active webhooks of a workspace that want them; each once, however often it is called with
     * the same ones.
     *
     * @param partition of the out-box that they come from
     * @param notices in the order of the out-box
     * @return the earliest instant at which something of the lane is due; {@link Long#MAX_VALUE} when nothing is
     */
    Mono<Long> enqueue(String workspaceId, int partition, List<Notice> notices);

    /**
     * Claims deliveries of a lane that are due. Those of webhooks that are gone or not active are over, as cancelled.
     *
     * @param operationId made once; a repeat is answered as the first time
     * @param limit at most so many, 1..100
     */
    Mono<Claim> claim(int lane, String operationId, int limit);

    /**
     * Says what became of a claimed delivery; nothing when the claim had run out and another one has it.
     *
     * @return the earliest instant at which something of the lane is due; {@link Long#MAX_VALUE} when nothing is
     */
    Mono<Long> settle(Outcome outcome);

    /** What is to be delivered to a webhook, at most {@link #MOST_LOGGED}, next first; then what is over, latest first. */
    Mono<List<Delivery>> deliveries(String workspaceId, String id);

    /** A happening, and what is to be sent of it. */
    record Notice(Happening happening, RawJson payload) {}

    /** Deliveries that were claimed, and when the next of the lane is due; {@link Long#MAX_VALUE} for never. */
    record Claim(List<Attempt> attempts, long nextAt) {}

    /**
     * One claimed delivery.
     *
     * @param webhook as it is now
     * @param eventId of the happening
     * @param type its wire name
     * @param createdAt when it was enqueued, in epoch milliseconds
     * @param number 1 for the first attempt
     */
    record Attempt(Webhook webhook, String eventId, String type, RawJson payload, long createdAt, int number) {}

    /** What becomes of an attempt. */
    enum Result {
        /** It was taken. */
        DELIVERED,
        /** It is tried again. */
        RETRY,
        /** It is given up. */
        FAILED
    }

    /**
     * What became of an attempt.
     *
     * @param attempt which one
     * @param responseStatus of HTTP; null when there was no answer
     * @param error in words; null when it was taken
     * @param retryAt in epoch milliseconds; of {@link Result#RETRY} only
     */
    record Outcome(
            Attempt attempt,
            Result result,
            @Nullable Integer responseStatus,
            @Nullable String error,
            long retryAt) {}

    /** How a delivery stands. */
    enum Standing {
        /** It waits for its next attempt, or is under way. */
        PENDING,
        /** It was taken. */
        DELIVERED,
        /** It was given up. */
        FAILED,
        /** The webhook was not active any more. */
        CANCELLED,
        /** Too many waited already. */
        DROPPED
    }

    /**
     * A delivery.
     *
     * @param attempts that were made or begun
     * @param lastAt of the last attempt's end, in epoch milliseconds; null when none has ended
     * @param nextAt of the next attempt, in epoch milliseconds; null when it is over
     */
    record Delivery(
            String eventId,
            String type,
            Standing standing,
            long createdAt,
            int attempts,
            @Nullable Long lastAt,
            @Nullable Integer responseStatus,
            @Nullable String error,
            @Nullable Long nextAt) {}
}
