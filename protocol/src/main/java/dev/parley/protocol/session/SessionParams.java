package dev.parley.protocol.session;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.NeedsOneOf;
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
    static final String WHOLE = "^-?[0-9]{1,15}$";
    static final String STATUS = "(created|active|suspended|expired|completed|abandoned|error|terminated)";
    static final String INSTANT =
            "^([0-9]{1,15}|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z)$";

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
            @Doc(value = "needed unless participants are given", type = "string", form = Kind.ID) @Nullable RawJson agentId,

            @Doc(value = "the person", type = "string", form = Kind.ID, needed = true) @Nullable RawJson userId,

            @Doc("an id of the caller's choice: 1 to 128 of A-Z a-z 0-9 . _ : ~ -; overridden by resolve") @Nullable RawJson sessionId,

            @Form(Kind.NAME) @Nullable String name,
            @Form(Kind.ID) @Nullable String employeeId,

            @Doc(value = "equal to that of the credential", type = "string") @Nullable RawJson workspaceId,

            @Doc(value = "up to 10,240 UTF-16 units as compact JSON", type = "object") @Nullable RawJson metadata,

            @Doc("an object of numbers or numeric strings of minutes; what is no number is passed over") @Nullable RawJson timeoutConfig,

            @Doc("short for timeoutConfig.timeoutMinutes") @Nullable RawJson ttlMinutes,

            @Nullable List<NewParticipant> participants,
            @Doc(type = "object") @Nullable RawJson workflow,

            @Doc(value = "up to 256 KiB as compact JSON", type = "object") @Nullable RawJson sharedContext,

            @Form(Kind.ID) @Nullable String surfaceId) {}

    /** A participant that is given. */
    public record NewParticipant(
            @Required @Form(Kind.ID) String id,
            @Doc(oneOf = {"user", "agent"}) @Required String kind,
            @Form(Kind.NAME) @Nullable String role,
            @Form(Kind.NAME) @Nullable String framework,
            @Doc(type = "array") @Nullable RawJson capabilities,
            @Doc(type = "object") @Nullable RawJson metadata) {}

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

            @Doc(
                    value = "a status, several with commas, or an array of them; the live ones when left out",
                    type = {"string", "array"},
                    pattern = "^" + STATUS + "(," + STATUS + ")*$",
                    items = {
                        "created",
                        "active",
                        "suspended",
                        "expired",
                        "completed",
                        "abandoned",
                        "error",
                        "terminated"
                    })
            @Nullable RawJson status,

            @Nullable String surfaceId,

            @Doc(
                    value = "ISO-8601 instant or epoch milliseconds; strictly later",
                    type = {"string", "integer"},
                    pattern = INSTANT)
            @Nullable RawJson activeAfter,

            @Doc("1 to 100, 50 when left out; what is out of range is moved into it") @Nullable RawJson limit,

            @Nullable String cursor) {}

    /** New time-outs, strict; the members stand beside {@code sessionId}. A null is no number. */
    public record Timeout(
            @Required String sessionId,

            @Doc(type = {"number", "string"}) @ExplicitNull @Nullable RawJson timeoutMinutes,

            @Doc(type = "boolean") @ExplicitNull @Nullable RawJson autoRenew,

            @Doc(type = {"number", "string"}) @ExplicitNull @Nullable RawJson maxDurationMinutes,

            @Doc(type = {"number", "string"}) @ExplicitNull @Nullable RawJson warningThresholdMinutes,

            @Doc(
                    type = "string",
                    oneOf = {"expire", "suspend"})
            @ExplicitNull
            @Nullable RawJson onIdle) {}

    /** Completion. */
    public record Complete(
            @Required String sessionId,
            @Nullable String summary,
            @Doc(type = "array") @Nullable RawJson artifacts) {}

    /** Termination. */
    public record Terminate(
            @Required String sessionId,
            @Nullable String reason,
            @Doc(type = "object") @Nullable RawJson details) {}

    /** Closing with a status: completed, abandoned, error or terminated. */
    public record Close(
            @Required String sessionId,

            @Doc(oneOf = {"completed", "abandoned", "error", "terminated"}) @Required
            String status,

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

            @Doc("1 to 100, 50 when left out; what is out of range is moved into it") @Nullable RawJson limit,

            @Doc(
                    value = "epoch milliseconds, exclusive",
                    type = {"integer", "string"},
                    pattern = WHOLE)
            @Nullable RawJson before,

            @Doc(
                    value = "epoch milliseconds, exclusive",
                    type = {"integer", "string"},
                    pattern = WHOLE)
            @Nullable RawJson after,

            @Doc(
                    value = "exclusive",
                    type = {"integer", "string"},
                    pattern = WHOLE)
            @Nullable RawJson beforeSeq,

            @Doc(
                    value = "exclusive",
                    type = {"integer", "string"},
                    pattern = WHOLE)
            @Nullable RawJson afterSeq) {}

    /** A JSON Merge Patch (RFC 7396) of the metadata. */
    public record MetadataPatch(
            @Required String sessionId,

            @Doc(value = "JSON Merge Patch (RFC 7396)", type = "object") @Required
            RawJson patch,

            @Doc(
                    value = "only when the session is at this version",
                    type = {"number", "string"})
            @Nullable RawJson ifMatch) {}

    /** Replacement of the shared context. */
    public record ContextPut(
            @Required String sessionId,

            @Doc(value = "up to 256 KiB as compact JSON", type = "object") @Required
            RawJson context,

            @Doc(
                    value = "only when the session is at this version",
                    type = {"number", "string"})
            @Nullable RawJson ifMatch) {}

    /** A JSON Merge Patch (RFC 7396) of the shared context. */
    public record ContextPatch(
            @Required String sessionId,

            @Doc(value = "JSON Merge Patch (RFC 7396)", type = "object") @Required
            RawJson patch,

            @Doc(
                    value = "only when the session is at this version",
                    type = {"number", "string"})
            @Nullable RawJson ifMatch) {}

    /** Replacement of the workflow state. */
    public record WorkflowStatePut(
            @Required String sessionId,

            @Doc(value = "up to 256 KiB as compact JSON", type = "object") @Required
            RawJson workflowState,

            @Doc(
                    value = "only when the session is at this version",
                    type = {"number", "string"})
            @Nullable RawJson ifMatch) {}

    /**
     * A workflow: its steps, or its position as a whole, or both.
     *
     * @param steps replace those that there are; without a position the first one is current then
     * @param currentStep name of a step, or {@code completed}
     * @param completedSteps names of steps
     * @param pendingSteps names of steps
     */
    public record NewWorkflow(
            @Nullable List<Workflow.Step> steps,
            @Nullable String currentStep,
            @Nullable List<String> completedSteps,
            @Nullable List<String> pendingSteps) {}

    /** The workflow of a session: as {@link NewWorkflow}. */
    public record WorkflowSet(
            @Required String sessionId,

            @Doc(value = "1 to 200", minItems = 1, maxItems = 200) @Nullable List<Workflow.Step> steps,

            @Doc("the name of a step, or completed") @Nullable String currentStep,

            @Doc(value = "names of steps, each once", maxItems = 200) @Nullable List<String> completedSteps,

            @Doc(value = "names of steps, each once", maxItems = 200) @Nullable List<String> pendingSteps) {
        /** Without the session. */
        public NewWorkflow workflow() {
            return new NewWorkflow(steps, currentStep, completedSteps, pendingSteps);
        }
    }

    /**
     * Completion of the current step.
     *
     * @param to name of the step to go to; the first pending one when left out
     */
    public record WorkflowAdvance(
            @Required String sessionId, @Nullable String to) {}

    /** Somebody who is to take part. */
    public record ParticipantAdd(
            @Required String sessionId,
            @Required @Form(Kind.ID) String id,
            @Doc(oneOf = {"user", "agent"}) @Required String kind,

            @Doc("what they are when left out") @Form(Kind.NAME) @Nullable String role,

            @Form(Kind.NAME) @Nullable String framework,
            @Doc(type = "array") @Nullable RawJson capabilities,
            @Doc(type = "object") @Nullable RawJson metadata) {}

    /** Somebody who takes part. */
    public record ParticipantRef(
            @Required String sessionId, @Required String participantId) {}

    /** A surface of a session. */
    public record SurfaceRef(
            @Required String sessionId,
            @Required @Form(Kind.ID) String surfaceId) {}

    /**
     * A turn: a message for the history of turns.
     *
     * @param role {@code user} or {@code agent}
     * @param authorId a participant of that kind; the session's user, or its agent, when left out
     */
    @NeedsOneOf({"content", "payload"})
    public record TurnAppend(
            @Required String sessionId,
            @Doc(oneOf = {"user", "agent"}) @Required String role,

            @Doc(
                    value = "text of 1 to 4,000 UTF-16 units; needed unless there is a payload",
                    type = "string",
                    minLength = 1)
            @Nullable RawJson content,

            @Doc("any JSON value") @Nullable RawJson payload,
            @Nullable String intentSummary,
            @Form(Kind.ID) @Nullable String authorId) {}

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
    @NeedsOneOf({"content", "payload"})
    public record Send(
            @Required String sessionId,

            @Doc(
                    value = "text of 1 to 4,000 UTF-16 units; needed unless there is a payload",
                    type = "string",
                    minLength = 1)
            @Nullable RawJson content,

            @Doc("any JSON value") @Nullable RawJson payload,
            @Doc("any JSON value") @Nullable RawJson attachments,

            @Doc(value = "up to 10,240 UTF-16 units as compact JSON", type = "object") @Nullable RawJson metadata,

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
            @Doc(value = "0 or more", minimum = 0) @Required Long index,

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
            @Doc(oneOf = {"user", "agent"}) @Required String kind,
            @Required @Form(Kind.ID) String id,
            @Form(Kind.NAME) @Nullable String name,
            @Form(Kind.ID) @Nullable String surfaceId,
            @Doc(type = "array") @Nullable RawJson capabilities,
            @Doc(type = "object") @Nullable RawJson profile,

            @Doc(value = "up to 100 channels", form = Kind.MESSAGE_ID, maxItems = 100) @Nullable List<String> follows,

            @Doc(form = Kind.NAME) @Nullable String label,
            @Doc(form = Kind.NAME) @Nullable String framework,
            @Doc(type = "object") @Nullable RawJson metadata,
            @Doc(type = "object") @Nullable RawJson sessionDefaults,

            @Doc(value = "up to 100", maxItems = 100) @Nullable List<Attach> sessions,

            @Doc(
                    value = "true, or what a session may be made from",
                    type = {"boolean", "object"})
            @Nullable RawJson resolve,

            @Doc(value = "name and version of the program", type = "object") @Nullable RawJson client) {}

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

            @Doc(oneOf = {"healthy", "degraded", "unhealthy"}) @Nullable String health,

            @Doc(value = "0 to 1", minimum = 0, maximum = 1) @Nullable Double load) {}

    /** No params. */
    public record None() {}
}
