package dev.parley.protocol.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message in an agent's inbox.
 *
 * @param id of the message, unique within the inbox
 * @param from who sent it
 * @param to id of the agent whose inbox it is in
 * @param channel what it is about, {@code default} when not given
 * @param type {@link #REQUEST}, {@link #RESPONSE}, {@link #EVENT} or {@link #BROADCAST}
 * @param payload any JSON, as it came
 * @param correlationId of the sender's own, to tell answers by
 * @param createdAt when it was accepted
 * @param expiresAt when it is gone
 * @param readAt when it was marked as read
 * @param isRead whether it was marked as read
 */
public record InboxMessage(
        String id,
        From from,
        String to,
        String channel,
        @Doc(oneOf = {REQUEST, RESPONSE, EVENT, BROADCAST}) String type,
        @ExplicitNull RawJson payload,
        @Nullable String correlationId,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant readAt,
        @JsonProperty("isRead") boolean isRead) {
    /** Something to be done or answered. */
    public static final String REQUEST = "request";

    /** The answer to a request. */
    public static final String RESPONSE = "response";

    /** Something that happened. */
    public static final String EVENT = "event";

    /** Sent to many at once. */
    public static final String BROADCAST = "broadcast";

    /** The channel of messages that name none. */
    public static final String DEFAULT_CHANNEL = "default";

    /**
     * A sender, as it was when it sent.
     *
     * @param id of the agent or program
     * @param name for people
     * @param label of the agent
     */
    public record From(
            String id, @Nullable String name, @Nullable String label) {}
}
