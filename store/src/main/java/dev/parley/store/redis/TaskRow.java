package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore.TaskNotice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads tasks as the server keeps them; see tasks.lua. Pure; any thread. */
final class TaskRow {
    private TaskRow() {}

    /**
     * A task.
     *
     * @param row id, numbers and texts, payload, envelope, result, error
     */
    static StoredTask read(String workspaceId, List<Object> row) {
        Packed packed = new Packed((byte[]) row.get(1));
        packed.array();
        String status = Task.STATUSES.get((int) packed.number());
        String delegatee = packed.text();
        String delegator = packed.text();
        String sessionId = packed.optional();
        String sessionKey = packed.optional();
        String taskType = packed.text();
        String priority = Task.PRIORITIES.get((int) packed.number());
        long timeoutMs = packed.number();
        long maxRetries = packed.number();
        String backoff = packed.number() == 2 ? Task.EXPONENTIAL : Task.LINEAR;
        RetryPolicy policy = new RetryPolicy(maxRetries, backoff, packed.number());
        List<String> fallbackAgents = texts(packed);
        long attempt = packed.number();
        String progress = packed.optional();
        Instant createdAt = Instant.ofEpochMilli(packed.number());
        Instant updatedAt = Instant.ofEpochMilli(packed.number());
        Instant turnEndsAt = instant(packed.number());
        Instant nextTurnAt = instant(packed.number());
        Instant endedAt = instant(packed.number());
        long version = packed.number();
        boolean hasResult = packed.number() == 1;
        boolean hasError = packed.number() == 1;
        boolean hasEnvelope = packed.number() == 1;
        List<Turn> lost = new ArrayList<>();
        for (int left = packed.array(); left > 0; left -= 4) {
            lost.add(new Turn(
                    packed.number(),
                    packed.text(),
                    Task.STATUSES.get((int) packed.number()),
                    Instant.ofEpochMilli(packed.number())));
        }
        Task task = new Task(
                Answers.text(row.get(0)),
                sessionId,
                delegator,
                delegatee,
                taskType,
                RawJson.of((byte[]) row.get(2)),
                priority,
                timeoutMs,
                policy,
                fallbackAgents,
                status,
                attempt,
                List.copyOf(lost),
                progress == null ? null : Double.valueOf(progress),
                hasResult ? RawJson.of((byte[]) row.get(4)) : null,
                hasError ? RawJson.of((byte[]) row.get(5)) : null,
                createdAt,
                updatedAt,
                turnEndsAt,
                nextTurnAt,
                endedAt);
        RawJson envelope = hasEnvelope ? RawJson.of((byte[]) row.get(3)) : null;
        return new StoredTask(workspaceId, task, sessionKey, envelope, version);
    }

    static TaskNotice notice(byte[] notice) {
        Packed packed = new Packed(notice);
        packed.array();
        return new TaskNotice(
                packed.text(),
                packed.text(),
                packed.number(),
                Task.STATUSES.get((int) packed.number()),
                packed.text(),
                packed.text(),
                packed.optional(),
                packed.optional(),
                packed.number() == 1,
                packed.number(),
                texts(packed));
    }

    private static List<String> texts(Packed packed) {
        List<String> texts = new ArrayList<>();
        for (int left = packed.array(); left > 0; left--) {
            texts.add(packed.text());
        }
        return List.copyOf(texts);
    }

    private static @Nullable Instant instant(long millis) {
        return millis < 0 ? null : Instant.ofEpochMilli(millis);
    }
}
