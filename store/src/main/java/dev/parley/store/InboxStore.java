package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.InboxMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The inboxes of agents. An inbox belongs to an agent's id in a workspace, and is there as soon as something is sent to it;
 * whether there is such an agent is the caller's business. What has expired is as if it had never been sent. Every inbox is
 * bounded by {@link Bounds}, in number and in bytes.
 *
 * <p>Each message has a number, which rises in the order in which messages were accepted; {@code createdAt} never falls in that
 * order.
 */
public interface InboxStore {
    /** The longest that a message is kept, in milliseconds. */
    long LONGEST_TTL_MILLIS = 30L * 24 * 3_600_000;

    /** A page ends before the message with which it would have more than this many bytes; the first one always comes. */
    int PAGE_BYTES = 1 << 20;

    /**
     * Puts a message into an inbox and tells those who listen, as one step. The message's id is the operation's: as long as the
     * inbox holds a message of that id, a repeat by the same sender is answered as the first time, whatever else it says, and
     * one by another sender is {@link StoreException.MessageConflict}. When the unread messages leave no room it is {@link
     * StoreException.Full}, and nothing was changed; otherwise the oldest read ones make room.
     */
    Mono<Sent> send(Send send);

    /**
     * A page of an inbox, newest first, of equal instants the later accepted first. Marks nothing. Fails with {@link
     * StoreException.NotFound} when {@link Query#beforeId} is not in the inbox.
     */
    Mono<Page> list(Query query);

    /**
     * Marks messages as read. Those that are read keep the instant of the first time; those that are not in the inbox are passed
     * over.
     *
     * @param messageIds at most 1,000
     */
    Mono<Marked> markRead(String workspaceId, String agentId, List<String> messageIds);

    /** How many are unread, and a number after which everything that is accepted from now on comes. */
    Mono<Standing> standing(String workspaceId, String agentId);

    /**
     * Unread messages after a number, in the order in which they were accepted.
     *
     * @param number exclusive
     * @param limit 1..100
     */
    Mono<List<Entry>> after(String workspaceId, String agentId, long number, int limit);

    /** Hears of messages to all agents from now on; the answer comes once nothing can be missed. Closing it ends the calls. */
    Mono<AutoCloseable> subscribe(InboxListener listener);

    /**
     * Hears that inboxes got something. A hint: calls may be missing or come late, what there is tells {@link #after}. Called
     * on any thread; only enqueues.
     */
    interface InboxListener {
        /** A message was put into an inbox. */
        void onMessage(String workspaceId, String agentId);

        /** Calls may have been missed: any inbox may have got something. */
        void onReset();
    }

    /**
     * What an inbox may hold: that many messages and bytes unread, and so many altogether.
     *
     * @param messages at least 1
     * @param bytes of payloads and what goes with them, as the store counts
     */
    record Bounds(int messages, long bytes) {
        /** What holds in earnest. */
        public static final Bounds DEFAULT = new Bounds(10_000, 16 << 20);
    }

    /**
     * A message to be sent.
     *
     * @param workspaceId of sender and agent
     * @param agentId to whom
     * @param messageId 1 to 128 characters, without control characters
     * @param from who sends
     * @param channel at most 128 characters
     * @param type one of those that {@link InboxMessage} names
     * @param payload any JSON, kept as it is
     * @param correlationId null for none
     * @param ttlMillis 1..{@link #LONGEST_TTL_MILLIS}
     * @param bounds of the inbox
     */
    record Send(
            String workspaceId,
            String agentId,
            String messageId,
            InboxMessage.From from,
            String channel,
            String type,
            RawJson payload,
            @Nullable String correlationId,
            long ttlMillis,
            Bounds bounds) {}

    /** The message as the inbox has it, and whether it was there already. */
    record Sent(InboxMessage message, boolean duplicate) {}

    /**
     * Which messages of an inbox; filters are ANDed.
     *
     * @param channel null for all
     * @param unreadOnly whether those that were read are left out
     * @param beforeId a message of this inbox that the page comes after; null for none
     * @param beforeMillis epoch milliseconds that messages are older than; null for no bound
     * @param limit 1..100
     */
    record Query(
            String workspaceId,
            String agentId,
            @Nullable String channel,
            boolean unreadOnly,
            @Nullable String beforeId,
            @Nullable Long beforeMillis,
            int limit) {}

    /** A page, and whether there is more after it. */
    record Page(List<InboxMessage> messages, boolean hasMore) {}

    /** Which of the named messages are in the inbox, all read now, and how many are unread. */
    record Marked(List<String> messageIds, long unread) {}

    /** How many are unread, and a number that is lower than all to come. */
    record Standing(long unread, long number) {}

    /** A message and its number. */
    record Entry(InboxMessage message, long number) {}
}
