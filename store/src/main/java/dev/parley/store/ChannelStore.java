package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.ChannelMessage;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Channels of a workspace, each with its last messages. One is there from its first message on, and gone {@link #IDLE_MILLIS}
 * after its last.
 *
 * <p>Each message has a number, its {@code seq}. Those of a channel are dense, so that a hole is seen, but for a jump upwards where
 * the store lost data or the channel was gone meanwhile; {@code createdAt} never falls in their order.
 */
public interface ChannelStore {
    /** How many messages of a channel are kept at most. */
    int KEPT = 100;

    /** How many bytes of them, as the store counts; the last one is kept in any case. */
    int KEPT_BYTES = 512 << 10;

    /** How long a channel is kept after its last message. */
    long IDLE_MILLIS = 24L * 3_600_000;

    /**
     * Publishes a message and tells those who listen, as one step. The message's id is the operation's: as long as the channel
     * keeps a message of that id, a repeat by the same sender is answered as the first time, and one by another sender is {@link
     * StoreException.MessageConflict}. Where it would make a new channel and there are as many as there may be, it is {@link
     * StoreException.Full}.
     */
    Mono<Published> publish(Publish publish);

    /**
     * The kept messages of a channel after a number, oldest first; none of a channel that is not there.
     *
     * @param number exclusive; 0 for all
     */
    Mono<Kept> after(String workspaceId, String channel, long number);

    /**
     * Hears of messages to a channel from now on, whether it is there or not. The answer comes once nothing can be missed: of what
     * is published after it the listener hears, at the latest some seconds later. Closing it ends the calls.
     */
    Mono<AutoCloseable> subscribe(String workspaceId, String channel, ChannelListener listener);

    /**
     * Hears that something was published. A hint: of several messages the last alone may be told, and what there is tells {@link
     * #after}. Called on any thread; only enqueues.
     */
    interface ChannelListener {
        /** A message of that number was published. */
        void onPublished(long number);

        /** Calls may have been missed: anything may have been published, or lost. */
        void onReset();
    }

    /**
     * A publication.
     *
     * @param messageId 1..128 characters
     * @param origin id of the connection that it comes from; empty when there is none
     * @param mostChannels of the workspace, at least 1. A store on several servers may count them in parts, and allow up to twice as
     *     many, or fewer where they lie unevenly
     */
    record Publish(
            String workspaceId,
            String channel,
            String messageId,
            ChannelMessage.From from,
            RawJson payload,
            String origin,
            int mostChannels) {}

    /** A published message, and whether it was there already. */
    record Published(ChannelMessage message, boolean duplicate) {}

    /** A message, and the id of the connection that it came from (empty when there was none). */
    record Entry(ChannelMessage message, String origin) {
        /** The message's number. */
        public long number() {
            return message.seq();
        }
    }

    /**
     * What is kept after a number.
     *
     * @param head number of the last message; 0 when there is none
     * @param began number of the first one, kept or not, since the channel is there; 0 when it is not
     */
    record Kept(List<Entry> entries, long head, long began) {}
}
