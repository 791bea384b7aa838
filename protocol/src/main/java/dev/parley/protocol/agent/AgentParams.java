package dev.parley.protocol.agent;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Params and results of the operations on agents and inboxes. Where an agent's own {@code id} is left out it is the caller's.
 */
public final class AgentParams {
    private AgentParams() {}

    /** One agent. */
    public record Ref(@Required String id) {}

    /** Which agents to list; all when {@code online} is left out. */
    public record Query(
            @Doc(oneOf = {"true", "false", ""}) @Nullable String online) {}

    /** A list of agents, most recently seen first. */
    public record Agents(List<Agent> agents) {}

    /**
     * What an agent says of itself; what is left out stays as it was.
     *
     * @param capabilities names, or objects {@code {name, metadata?}}
     */
    public record Register(
            @Required @Form(Kind.ID) String id,
            @Form(Kind.NAME) @Nullable String name,
            @Form(Kind.NAME) @Nullable String label,
            @Form(Kind.NAME) @Nullable String framework,
            @Doc(type = "array") @Nullable RawJson capabilities,
            @Doc(type = "object") @Nullable RawJson profile,
            @Doc(type = "object") @Nullable RawJson sessionDefaults,

            @Doc(value = "up to 100 channels", form = Kind.MESSAGE_ID, maxItems = 100) @Nullable List<String> follows,

            @Doc(type = "object") @Nullable RawJson metadata,

            @Doc(oneOf = {"healthy", "degraded", "unhealthy"}) @Nullable String health,

            @Doc(value = "0 to 1", minimum = 0, maximum = 1) @Nullable Double load) {}

    /** An agent that was taken out. */
    public record Unregistered(String id, boolean unregistered) {}

    /** The exact name of a capability. */
    public record ByCapability(@Required String name) {}

    /** Capabilities to be added, or replaced by name. */
    public record AddCapabilities(
            @Nullable String id,
            @Doc(type = "array") @Required RawJson capabilities) {}

    /** Proof of life. */
    public record Beat(
            @Nullable String id,

            @Doc(oneOf = {"healthy", "degraded", "unhealthy"}) @Nullable String health,

            @Doc(value = "0 to 1", minimum = 0, maximum = 1) @Nullable Double load) {}

    /**
     * A command to an agent.
     *
     * @param action such as restart, stop or status
     * @param params any JSON
     */
    public record Command(
            @Required String id,

            @Doc(value = "such as restart, stop or status", form = Kind.MESSAGE_ID) @Required
            String action,

            @Nullable RawJson params,
            @Form(Kind.MESSAGE_ID) @Nullable String messageId) {}

    /**
     * A message to an agent.
     *
     * @param id of the sender
     * @param payload any JSON
     * @param ttlSeconds 1 to 2,592,000, 86,400 when left out
     * @param messageId makes a repeat safe
     */
    public record Send(
            @Nullable String id,
            @Required String toAgentId,
            @Doc("any JSON value") @Required @ExplicitNull RawJson payload,
            @Doc(form = Kind.MESSAGE_ID) @Nullable String channel,

            @Doc(oneOf = {"request", "response", "event", "broadcast"}) @Nullable String type,

            @Doc(form = Kind.MESSAGE_ID) @Nullable String correlationId,

            @Doc(value = "1 to 2,592,000; 86,400 when left out", minimum = 1, maximum = 2_592_000) @Nullable Long ttlSeconds,

            @Form(Kind.MESSAGE_ID) @Nullable String messageId) {}

    /** A message to all who are online; see {@link Send}. */
    public record Broadcast(
            @Nullable String id,
            @Doc("any JSON value") @Required @ExplicitNull RawJson payload,
            @Doc(form = Kind.MESSAGE_ID) @Nullable String channel,

            @Doc(value = "1 to 2,592,000; 86,400 when left out", minimum = 1, maximum = 2_592_000) @Nullable Long ttlSeconds,

            @Form(Kind.MESSAGE_ID) @Nullable String messageId) {}

    /**
     * What was done with a message.
     *
     * @param status delivered when the agent is online, so that it is pushed; queued when it waits in the inbox
     * @param duplicate whether a repeat found it there
     */
    public record SentMessage(
            String messageId,
            @Doc(oneOf = {"delivered", "queued"}) String status,
            Instant createdAt,
            Instant expiresAt,
            boolean duplicate) {}

    /**
     * What was done with a broadcast.
     *
     * @param sent into how many inboxes it was put
     * @param full agents whose inbox had no room
     */
    public record BroadcastSent(
            String messageId, long sent, @Nullable List<String> full) {}

    /**
     * A page of an inbox.
     *
     * @param unreadOnly true when left out
     * @param limit 1 to 100, 50 when left out
     * @param before id of a message of the inbox that the page comes after, or an instant
     */
    public record InboxQuery(
            @Nullable String id,
            @Doc(form = Kind.MESSAGE_ID) @Nullable String channel,
            @Nullable Boolean unreadOnly,

            @Doc(value = "1 to 100; 50 when left out", minimum = 1, maximum = 100) @Nullable Long limit,

            @Nullable String before) {}

    /** Messages, newest first, and whether there are more. */
    public record InboxPage(List<InboxMessage> messages, boolean hasMore) {}

    /** Messages that were read; at most 1,000. */
    public record MarkRead(
            @Nullable String id,

            @Doc(value = "up to 1,000", maxItems = 1_000) @Required
            List<String> messageIds) {}

    /** Which of them are in the inbox, and how many there are unread. */
    public record MarkedRead(List<String> messageIds, long unread) {}
}
