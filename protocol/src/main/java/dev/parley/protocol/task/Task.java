package dev.parley.protocol.task;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that somebody gave to an agent.
 *
 * @param sessionId the session that it belongs to; null for none
 * @param delegator who gave it
 * @param delegatee whose turn it is, or was last: the agent that it was given to, later one of the fallback agents
 * @param payload any JSON
 * @param priority one of {@link #PRIORITIES}
 * @param timeoutMs how long each turn lasts, from its beginning; progress does not prolong it
 * @param fallbackAgents who get a turn each, in this order, when the delegatee's are used up
 * @param status one of {@link #STATUSES}
 * @param attempt number of the present or the last turn, from 1
 * @param lostTurns those that timed out or failed, the first one first
 * @param progress 0..100, of the present turn
 * @param result any JSON
 * @param error any JSON: why the last turn failed, or why it was called off by the end of its session
 * @param turnEndsAt when the present turn times out; null between turns and once it has finished
 * @param nextTurnAt when the next turn begins; null but between turns
 * @param endedAt when it finished; null while it has not
 */
public record Task(
        String taskId,
        @Nullable String sessionId,
        String delegator,
        String delegatee,
        String taskType,
        @Doc("any JSON value") @ExplicitNull RawJson payload,
        @Doc(oneOf = {"low", "medium", "high", "critical"}) String priority,
        long timeoutMs,
        RetryPolicy retryPolicy,
        List<String> fallbackAgents,

        @Doc(oneOf = {"pending", "in_progress", "completed", "failed", "timeout", "cancelled"})
        String status,

        long attempt,
        List<Turn> lostTurns,
        @Nullable Double progress,
        @Doc("any JSON value") @Nullable RawJson result,
        @Doc("any JSON value") @Nullable RawJson error,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant turnEndsAt,
        @Nullable Instant nextTurnAt,
        @Nullable Instant endedAt) {
    /** Waits for its agent to begin, or for its next turn. */
    public static final String PENDING = "pending";

    /** Its agent works on it. */
    public static final String IN_PROGRESS = "in_progress";

    /** Done; final. */
    public static final String COMPLETED = "completed";

    /** The agent of the last turn answered an error; final. */
    public static final String FAILED = "failed";

    /** The agent of the last turn did not answer in time; final. */
    public static final String TIMEOUT = "timeout";

    /** Called off by the delegator, or by the end of its session; final. */
    public static final String CANCELLED = "cancelled";

    /** All that a task can be; the last four are final. */
    public static final List<String> STATUSES = List.of(PENDING, IN_PROGRESS, COMPLETED, FAILED, TIMEOUT, CANCELLED);

    /** Most urgent first. */
    public static final List<String> PRIORITIES = List.of("critical", "high", "medium", "low");

    /** Back-off that grows by the initial delay each time. */
    public static final String LINEAR = "linear";

    /** Back-off that doubles each time. */
    public static final String EXPONENTIAL = "exponential";

    /** Whether it has finished. */
    public boolean isFinished() {
        return endedAt != null;
    }

    /**
     * A turn that was lost.
     *
     * @param attempt its number
     * @param agentId whose it was
     * @param outcome timeout or failed
     */
    public record Turn(
            long attempt,
            String agentId,
            @Doc(oneOf = {"timeout", "failed"}) String outcome,
            Instant endedAt) {}

    /**
     * How often the first agent gets another turn, and after how long.
     *
     * @param maxRetries 0 or more turns after the first
     * @param backoff before the k-th of them: linear {@code k * initialDelayMs}, exponential {@code 2^(k-1) * initialDelayMs},
     *     an hour at most
     * @param initialDelayMs 0 or more
     */
    public record RetryPolicy(
            long maxRetries,
            @Doc(oneOf = {"linear", "exponential"}) String backoff,
            long initialDelayMs) {}
}
