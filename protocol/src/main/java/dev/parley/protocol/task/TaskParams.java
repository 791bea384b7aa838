package dev.parley.protocol.task;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.NeedsOneOf;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Params and results of the operations on tasks, and what their pushes hold. */
public final class TaskParams {
    private TaskParams() {}

    /** One task. */
    public record Ref(@Required @Form(Kind.ID) String taskId) {}

    /**
     * A delegation.
     *
     * @param sessionId a live session that the caller takes part in
     * @param timeoutMs of each turn, 1 to 86,400,000
     * @param fallbackAgents at most 10
     * @param delegator in whose name, for a trusted program; the caller when left out
     */
    public record Delegate(
            @Doc("a live session that the caller takes part in") @Form(Kind.ID) @Nullable String sessionId,

            @Required @Form(Kind.ID) String delegatee,

            @Doc(value = "not blank", pattern = Doc.NOT_BLANK) @Required @Form(Kind.NAME)
            String taskType,

            @Doc("any JSON value, up to 64 KiB") @Required @ExplicitNull
            RawJson payload,

            @Doc(oneOf = {"low", "medium", "high", "critical"}) @Nullable String priority,

            @Doc(value = "of each turn, 1 to 86,400,000; 300,000 when left out", minimum = 1, maximum = 86_400_000)
            @Nullable Long timeoutMs,

            @Nullable Retries retryPolicy,

            @Doc(
                    value = "up to 10; each gets a turn, in this order, when the delegatee's are used up",
                    form = Kind.ID,
                    maxItems = 10)
            @Nullable List<String> fallbackAgents,

            @Doc("in whose name, for trusted programs; the caller when left out") @Form(Kind.ID) @Nullable String delegator) {}

    /** How often the delegatee gets another turn; what is left out is 0, exponential, 1,000. */
    public record Retries(
            @Doc(value = "0 to 10", minimum = 0, maximum = 10) @Nullable Long maxRetries,

            @Doc(oneOf = {"linear", "exponential"}) @Nullable String backoff,

            @Doc(value = "0 to 3,600,000", minimum = 0, maximum = 3_600_000) @Nullable Long initialDelayMs) {}

    /** Which tasks; filters are ANDed. */
    public record Query(
            @Form(Kind.ID) @Nullable String delegatee,

            @Doc("who lost a turn at it, and has it no more") @Form(Kind.ID) @Nullable String formerDelegatee,

            @Form(Kind.ID) @Nullable String delegator,
            @Form(Kind.ID) @Nullable String sessionId,

            @Doc(
                    value = "a status, several with commas, or an array of them; any when left out",
                    type = {"string", "array"})
            @Nullable RawJson status,

            @Doc(
                    value = "1 to 100, 50 when left out",
                    type = {"number", "string"})
            @Nullable RawJson limit,

            @Doc("nextCursor of the page before") @Nullable String cursor) {}

    /** Tasks, most urgent first, then oldest; {@code nextCursor} is there when there may be more. */
    public record Tasks(List<Task> tasks, @Nullable String nextCursor) {}

    /**
     * What the agent that has the turn says.
     *
     * @param agentId who speaks, where that does not follow from the credential
     * @param attempt of the turn that it is about, as {@code task.assigned} told it
     */
    @NeedsOneOf({"status", "progress", "result", "error"})
    public record Update(
            @Required @Form(Kind.ID) String taskId,

            @Doc("who speaks, where that does not follow from the credential") @Form(Kind.ID) @Nullable String agentId,

            @Doc(value = "number of the turn that it is about, as task.assigned told it", minimum = 1) @Nullable Long attempt,

            @Doc(oneOf = {"in_progress", "completed", "failed"}) @Nullable String status,

            @Doc(value = "0 to 100", minimum = 0, maximum = 100) @Nullable Double progress,

            @Doc("any JSON value, up to 64 KiB") @Nullable RawJson result,
            @Doc("any JSON value, up to 16 KiB") @Nullable RawJson error) {}

    /** A task, in a push. */
    public record Told(Task task) {}

    /**
     * That a turn timed out, in a push to the agent whose it was.
     *
     * @param attempt number of the turn
     * @param task as it is now
     */
    public record TimedOut(long attempt, Task task) {}
}
