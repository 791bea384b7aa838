package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.store.TaskStore.TaskUpdate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A task and where it stands. Guarded by {@link MemoryTasks}. */
final class TaskEntry {
    private static final int OPERATIONS_KEPT = 4;

    /** Instants that are not. */
    static final long NONE = -1;

    final NewTask given;
    final long createdAt;

    /** By which tasks are listed: most urgent first, then oldest. */
    final long order;

    private final ArrayDeque<String> operations = new ArrayDeque<>();

    String delegatee;
    String status = Task.PENDING;
    long attempt;
    /** The present turn is the trial of an agent after its rest, which lasts until its end. */
    boolean trial;

    final List<Turn> lostTurns = new ArrayList<>();

    @Nullable Double progress;

    @Nullable RawJson result;

    @Nullable RawJson error;

    long updatedAt;
    long turnEndsAt = NONE;
    long nextTurnAt = NONE;
    long endedAt = NONE;
    long retries;
    int fallbacks;
    long version;

    /** When something happens to it by itself, as the queue has it. */
    long due = NONE;

    /** Its place among the finished. */
    long finished = NONE;

    TaskEntry(NewTask given, long order, long now) {
        this.given = given;
        this.order = order;
        createdAt = now;
        updatedAt = now;
        delegatee = given.delegatee();
    }

    boolean isFinished() {
        return endedAt != NONE;
    }

    boolean isHeld() {
        return turnEndsAt != NONE;
    }

    long size() {
        return given.size() + length(result) + length(error);
    }

    boolean wasDoneBy(String operationId) {
        return operations.contains(operationId);
    }

    void doneBy(String operationId) {
        operations.addLast(operationId);
        if (operations.size() > OPERATIONS_KEPT) {
            operations.removeFirst();
        }
    }

    /** What its agent says, but for the end of the turn. */
    void apply(TaskUpdate update, long now) {
        if (update.progress() != null) {
            progress = update.progress();
        }
        if (update.result() != null) {
            result = update.result();
        }
        if (update.error() != null) {
            error = update.error();
        }
        if (update.progress() != null || Task.IN_PROGRESS.equals(update.status())) {
            status = Task.IN_PROGRESS;
        }
        updatedAt = now;
    }

    /** Who lost a turn, each once. */
    List<String> losers() {
        return lostTurns.stream().map(Turn::agentId).distinct().toList();
    }

    TaskNotice notice() {
        return new TaskNotice(
                given.workspaceId(),
                given.taskId(),
                version,
                status,
                delegatee,
                given.delegator(),
                given.sessionId(),
                given.sessionKey(),
                isHeld(),
                attempt,
                losers());
    }

    StoredTask snapshot() {
        Task task = new Task(
                given.taskId(),
                given.sessionId(),
                given.delegator(),
                delegatee,
                given.taskType(),
                given.payload(),
                given.priority(),
                given.timeoutMs(),
                given.retryPolicy(),
                given.fallbackAgents(),
                status,
                attempt,
                List.copyOf(lostTurns),
                progress,
                result,
                error,
                Instant.ofEpochMilli(createdAt),
                Instant.ofEpochMilli(updatedAt),
                instant(turnEndsAt),
                instant(nextTurnAt),
                instant(endedAt));
        return new StoredTask(given.workspaceId(), task, given.sessionKey(), given.envelope(), version);
    }

    private static long length(@Nullable RawJson json) {
        return json == null ? 0 : json.length();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == NONE ? null : Instant.ofEpochMilli(millis);
    }
}
