package dev.parley.protocol.session;

import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Params of the operations on sessions, one record per shape. A component of type {@link RawJson} takes any JSON value and is
 * looked at by the operation itself, where the contract is lenient or has an order of checks of its own.
 */
public final class SessionParams {
    private SessionParams() {}

    /** Params of operations that need nothing but the session. */
    public record Ref(@Required String sessionId) {}

    /**
     * Creation. Time-outs are lenient, so they arrive as raw JSON.
     *
     * @param userId needed; checked by the operation, which names it together with {@code agentId}
     * @param timeoutConfig object of numbers or numeric strings
     * @param ttlMinutes short for {@code timeoutConfig.timeoutMinutes}
     */
    public record Create(
            @Nullable RawJson agentId,
            @Nullable RawJson userId,
            @Nullable RawJson sessionId,
            @Form(Kind.NAME) @Nullable String name,
            @Form(Kind.ID) @Nullable String employeeId,
            @Nullable RawJson workspaceId,
            @Nullable RawJson metadata,
            @Nullable RawJson timeoutConfig,
            @Nullable RawJson ttlMinutes,
            @Nullable List<NewParticipant> participants,
            @Nullable RawJson workflow,
            @Nullable RawJson sharedContext,
            @Form(Kind.ID) @Nullable String surfaceId) {}

    /** A participant that is given. */
    public record NewParticipant(
            @Required @Form(Kind.ID) String id,
            @Required String kind,
            @Nullable String role,
            @Nullable String framework,
            @Nullable RawJson capabilities,
            @Nullable RawJson metadata) {}

    /** Attaching this connection, perhaps from a position. */
    public record Attach(
            @Required String sessionId,
            @Nullable String epoch,
            @Nullable Long seq) {}

    /**
     * A query; all filters are ANDed. Over HTTP each is a query parameter.
     *
     * @param status a name, a list of names with commas, or an array of names; the live ones when left out
     * @param activeAfter ISO-8601 instant or epoch milliseconds; strictly later
     * @param limit 1..100, default 50; junk falls to the default
     */
    public record Query(
            @Nullable String userId,
            @Nullable String agentId,
            @Nullable String workspaceId,
            @Nullable RawJson status,
            @Nullable String surfaceId,
            @Nullable RawJson activeAfter,
            @Nullable RawJson limit,
            @Nullable String cursor) {}

    /** New time-outs, strict; the members stand beside {@code sessionId}. A null is no number. */
    public record Timeout(
            @Required String sessionId,
            @ExplicitNull @Nullable RawJson timeoutMinutes,
            @ExplicitNull @Nullable RawJson autoRenew,
            @ExplicitNull @Nullable RawJson maxDurationMinutes,
            @ExplicitNull @Nullable RawJson warningThresholdMinutes,
            @ExplicitNull @Nullable RawJson onIdle) {}

    /** Completion. */
    public record Complete(
            @Required String sessionId,
            @Nullable String summary,
            @Nullable RawJson artifacts) {}

    /** Termination. */
    public record Terminate(
            @Required String sessionId,
            @Nullable String reason,
            @Nullable RawJson details) {}

    /** Closing with a status: completed, abandoned, error or terminated. */
    public record Close(
            @Required String sessionId,
            @Required String status,
            @Nullable String reason) {}

    /**
     * A page of the log's messages.
     *
     * @param limit 1..100, default 50; junk or out of range is clamped
     * @param before epoch milliseconds, exclusive
     * @param after epoch milliseconds, exclusive
     * @param beforeSeq exclusive
     * @param afterSeq exclusive
     */
    public record History(
            @Required String sessionId,
            @Nullable RawJson limit,
            @Nullable RawJson before,
            @Nullable RawJson after,
            @Nullable RawJson beforeSeq,
            @Nullable RawJson afterSeq) {}

    /** A JSON Merge Patch (RFC 7396) of the metadata. */
    public record MetadataPatch(
            @Required String sessionId,
            @Required RawJson patch,
            @Nullable RawJson ifMatch) {}

    /** How far the caller has seen a session's log. */
    public record Seen(@Required String sessionId, @Required Long seq) {}

    /** The user whose active session a router asks for. */
    public record Active(@Required String userId) {}

    /**
     * A message.
     *
     * @param content text of 1 to the configured limit of UTF-16 units; needed unless there is a payload
     * @param payload any JSON
     * @param messageId the sender's id of the message; makes a repeat harmless
     * @param authorId over HTTP by trusted programs only: a participant to speak for
     * @param to narrows the live delivery to one participant
     * @param report whether to tell the outcome for each surface
     */
    public record Send(
            @Required String sessionId,
            @Nullable RawJson content,
            @Nullable RawJson payload,
            @Nullable RawJson attachments,
            @Nullable RawJson metadata,
            @Nullable String intentSummary,
            @Form(Kind.MESSAGE_ID) @Nullable String messageId,
            @Form(Kind.MESSAGE_ID) @Nullable String inReplyTo,
            @Form(Kind.ID) @Nullable String authorId,
            @Form(Kind.ID) @Nullable String to,
            @Nullable Boolean report) {}

    /**
     * A piece of a message that is being written.
     *
     * @param index of the piece, from 0
     * @param chunk its text
     */
    public record Delta(
            @Required String sessionId,
            @Required @Form(Kind.MESSAGE_ID) String messageId,
            @Required Long index,
            @Required String chunk,
            @Nullable String inReplyTo) {}

    /** Whether the caller is writing. */
    public record Typing(
            @Required String sessionId, @Required Boolean on) {}

    /**
     * The first request of a socket.
     *
     * @param kind {@code user} or {@code agent}
     * @param id of the user or agent
     * @param sessions to attach to, at most 100
     * @param resolve {@code true}, or an object with what a session may be made from
     */
    public record Connect(
            @Nullable String token,
            @Required String kind,
            @Required @Form(Kind.ID) String id,
            @Form(Kind.NAME) @Nullable String name,
            @Form(Kind.ID) @Nullable String surfaceId,
            @Nullable RawJson capabilities,
            @Nullable RawJson profile,
            @Nullable List<String> follows,
            @Nullable String label,
            @Nullable String framework,
            @Nullable RawJson metadata,
            @Nullable RawJson sessionDefaults,
            @Nullable List<Attach> sessions,
            @Nullable RawJson resolve,
            @Nullable RawJson client) {}

    /**
     * Proof of life.
     *
     * @param seen how far the caller has seen each session's log
     * @param sessions which to renew; a user's all attached ones when left out
     * @param health of an agent: healthy, degraded or unhealthy
     * @param load of an agent, 0..1
     */
    public record Heartbeat(
            @Nullable Map<String, Long> seen,
            @Nullable List<String> sessions,
            @Nullable String health,
            @Nullable Double load) {}

    /** No params. */
    public record None() {}
}
