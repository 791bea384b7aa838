package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task.RetryPolicy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Tasks. All of a workspace lie together, so that each call is one step.
 *
 * <p>A task goes from turn to turn. A turn begins with the creation, or when {@link SessionStore#fire} meets its time; it ends
 * with an answer or with the time-out, by the store's clock. After a turn that timed out or failed the first agent gets another
 * one until its retries are used up, each after its back-off; then each fallback agent gets one, at once, in order, those that
 * {@linkplain Work rest} left out; then the task ends as the last turn did. The instant decides: every call first lets the
 * time-outs that have passed take effect on what it looks at.
 */
public interface TaskStore {
    /** A finished task is kept at least so long, however short the retention is, so that its end can be told. */
    long LEAST_RETENTION_MILLIS = 30_000;

    /** The longest back-off. */
    long MAX_BACKOFF_MILLIS = 3_600_000;

    /** So many turns that failed or timed out in a row make an agent rest. */
    int FAILURES_BEFORE_REST = 5;

    /** The first rest; it doubles with each further failure, up to {@link #MAX_REST_MILLIS}. */
    long REST_MILLIS = 30_000;

    /** The longest rest. */
    long MAX_REST_MILLIS = 960_000;

    /**
     * Creates a task, whose first turn begins at once. A repeat of the id in the same workspace is answered with the task as it
     * is now. Fails with {@link StoreException.Full} when a limit would be passed; finished tasks of the workspace give way
     * before that, the oldest first. Fails with {@link StoreException.NotFound} when the end of its session was told ({@link
     * #endSessions}), and with {@link StoreException.Resting} when the delegatee was chosen and rests, so that
     * of several who choose it after its rest only one gives it the trial.
     */
    Mono<StoredTask> create(NewTask task);

    /** Reads a task; fails with {@link StoreException.NotFound}, for one of another workspace too. */
    Mono<StoredTask> get(String workspaceId, String taskId);

    /**
     * A page of tasks, most urgent first, then oldest. One call looks at a bounded number of tasks, so a page may be short, or
     * empty, and still have a next one.
     */
    Mono<TaskPage> list(TaskQuery query);

    /**
     * What the agent that has the turn says. A repeat of the operation id is answered with the task as it is now. Fails with
     * {@link StoreException.NotFound}, {@link StoreException.TaskFinished}, and {@link StoreException.NotYourTurn} when the turn
     * is another agent's or another attempt.
     */
    Mono<StoredTask> update(TaskUpdate update);

    /**
     * Calls a task off. A repeat of the operation id is answered with the task as it is now. Fails with {@link
     * StoreException.NotFound}, {@link StoreException.TaskFinished}.
     */
    Mono<StoredTask> cancel(String workspaceId, String taskId, String operationId);

    /**
     * Cancels what is unfinished of sessions that have ended, and for ten minutes lets nothing more be made in them (in the last
     * 10,000 of a workspace). One call cancels a bounded number of tasks, session by session; a repeat does the rest, if any.
     *
     * @return how many of the sessions, from the first on, have no unfinished task left
     */
    Mono<Integer> endSessions(String workspaceId, List<EndedSession> sessions);

    /** How busy and how reliable agents are, by their ids, each of those asked for. */
    Mono<Map<String, Work>> work(String workspaceId, List<String> agentIds);

    /**
     * Hears about all tasks of a workspace from now on; the answer comes once nothing can be missed for longer than two seconds.
     * Closing it ends the calls.
     */
    Mono<AutoCloseable> subscribe(String workspaceId, TaskListener listener);

    /** Hears about tasks. Called on any thread; only enqueues. */
    interface TaskListener {
        /** A task changed; of several changes close together only the last may be told. */
        void onTask(TaskNotice notice);
    }

    /**
     * A new task.
     *
     * @param taskId made once for the creation, unique
     * @param sessionKey see {@link StoredTask#sessionKey()}
     * @param timeoutMs of each turn, 1 or more
     * @param envelope see {@link StoredTask#envelope()}
     * @param chosen whether the delegatee was chosen for whoever gives the task, who did not name it
     */
    record NewTask(
            String taskId,
            String workspaceId,
            @Nullable String sessionId,
            @Nullable String sessionKey,
            String delegator,
            String delegatee,
            String taskType,
            RawJson payload,
            String priority,
            long timeoutMs,
            RetryPolicy retryPolicy,
            List<String> fallbackAgents,
            @Nullable RawJson envelope,
            boolean chosen,
            TaskLimits limits) {
        /** Bytes that count for the limit: payload and envelope. */
        public long size() {
            return payload.length() + (envelope == null ? 0L : envelope.length());
        }
    }

    /**
     * What may be kept.
     *
     * @param openOfAgent unfinished tasks of one agent
     * @param openOfWorkspace unfinished tasks of a workspace
     * @param keptOfWorkspace tasks of a workspace, finished ones too
     * @param bytesOfWorkspace payloads, results and errors of a workspace's tasks, finished ones too
     */
    record TaskLimits(int openOfAgent, int openOfWorkspace, int keptOfWorkspace, long bytesOfWorkspace) {
        /** 1,000 of an agent, 10,000 of a workspace, 20,000 kept, 128 MiB. */
        public static final TaskLimits DEFAULT = new TaskLimits(1_000, 10_000, 20_000, 128L << 20);
    }

    /**
     * Which tasks; filters are ANDed, null means any.
     *
     * @param formerDelegatee who lost a turn at it, and has it no more
     * @param sessionKey with {@code sessionId}
     * @param statuses empty means any
     * @param cursor {@link TaskPage#next} of the page before
     * @param limit 1..100
     */
    record TaskQuery(
            String workspaceId,
            @Nullable String delegatee,
            @Nullable String formerDelegatee,
            @Nullable String delegator,
            @Nullable String sessionId,
            @Nullable String sessionKey,
            Set<String> statuses,
            @Nullable String cursor,
            int limit) {}

    /** Tasks; {@code next} is null on the last page. */
    record TaskPage(List<StoredTask> tasks, @Nullable String next) {}

    /**
     * An agent's word.
     *
     * @param operationId made once for the update
     * @param agentId who speaks; null when that was not to be shown
     * @param attempt the turn that it is about; null for the present one when the agent is named, else for the first
     * @param status in_progress, completed or failed; null leaves it, but that a pending task with progress is in progress
     * @param progress 0..100; null leaves it
     * @param result null leaves it
     * @param error null leaves it
     */
    record TaskUpdate(
            String workspaceId,
            String taskId,
            String operationId,
            @Nullable String agentId,
            @Nullable Long attempt,
            @Nullable String status,
            @Nullable Double progress,
            @Nullable RawJson result,
            @Nullable RawJson error) {}

    /**
     * A session that has ended.
     *
     * @param sessionKey see {@link StoredTask#sessionKey()}
     * @param why becomes the error of its tasks
     */
    record EndedSession(String sessionId, String sessionKey, RawJson why) {}

    /**
     * How an agent stands.
     *
     * @param open its unfinished tasks
     * @param failures turns in a row that failed or timed out
     * @param restsUntil epoch milliseconds before which it is not to be chosen; 0 when it does not rest
     */
    record Work(long open, long failures, long restsUntil) {}

    /**
     * That a task changed, and whom it concerns.
     *
     * @param isHeld see {@link StoredTask#isHeld()}
     * @param version see {@link StoredTask#version()}
     * @param losers agents that lost a turn at it, each once
     */
    record TaskNotice(
            String workspaceId,
            String taskId,
            long version,
            String status,
            String delegatee,
            String delegator,
            @Nullable String sessionId,
            @Nullable String sessionKey,
            boolean isHeld,
            long attempt,
            List<String> losers) {}
}
