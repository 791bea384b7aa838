package dev.parley.store.memory;

import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.store.TaskStore;
import dev.parley.store.TaskStore.Work;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tasks of a workspace, their indexes, and how its agents stand. Guarded by {@link MemoryTasks}. */
final class TaskTable {
    private static final int MOST_BARRED = 10_000;
    private static final long BARRED_MILLIS = 600_000;

    final Map<String, TaskEntry> tasks = new HashMap<>();
    /** The finished ones, by when they finished. */
    final TreeMap<Long, TaskEntry> finished = new TreeMap<>();

    final List<TaskStore.TaskListener> listeners = new ArrayList<>();

    private final Map<String, TreeMap<Long, TaskEntry>> indexes = new HashMap<>();
    private final Map<String, Standing> standings = new HashMap<>();
    private final LinkedHashMap<String, Long> barred = new LinkedHashMap<>();
    long bytes;
    long open;

    /** How often an agent failed in a row, and until when it rests. */
    private static final class Standing {
        long failures;
        long restsUntil;
    }

    /** The tasks that an index lists, in order; empty when there are none. */
    NavigableMap<Long, TaskEntry> index(String kind, String value) {
        return indexes.getOrDefault(kind + '\n' + value, new TreeMap<>());
    }

    long openOf(String agentId) {
        return index("open", agentId).size();
    }

    Work work(String agentId, long now) {
        Standing standing = standings.get(agentId);
        if (standing == null) {
            return new Work(openOf(agentId), 0, 0);
        }
        return new Work(openOf(agentId), standing.failures, standing.restsUntil > now ? standing.restsUntil : 0);
    }

    /** Puts a task under all that it is found by. */
    void index(TaskEntry task) {
        for (String place : places(task)) {
            indexes.computeIfAbsent(place, key -> new TreeMap<>()).put(task.order, task);
        }
        open += task.isFinished() ? 0 : 1;
        bytes += task.size();
    }

    /** The contrary; before any of it changes. */
    void unindex(TaskEntry task) {
        for (String place : places(task)) {
            indexes.computeIfPresent(place, (key, index) -> {
                index.remove(task.order);
                return index.isEmpty() ? null : index;
            });
        }
        open -= task.isFinished() ? 0 : 1;
        bytes -= task.size();
    }

    private static List<String> places(TaskEntry task) {
        String session = task.given.sessionId() + '\n' + task.given.sessionKey();
        List<String> places = new ArrayList<>(List.of(
                "all\n",
                "to\n" + task.delegatee,
                "from\n" + task.given.delegator(),
                "in\n" + session,
                "is\n" + task.status));
        for (String agent : task.losers()) {
            if (!agent.equals(task.delegatee)) {
                places.add("had\n" + agent);
            }
        }
        if (!task.isFinished()) {
            places.add("open\n" + task.delegatee);
            places.add("live\n" + session);
        }
        return places;
    }

    /** No task is made any more in a session that has ended. */
    void bar(String sessionKey, long now) {
        barred.values().removeIf(until -> until <= now);
        barred.remove(sessionKey);
        barred.put(sessionKey, now + BARRED_MILLIS);
        if (barred.size() > MOST_BARRED) {
            barred.remove(barred.keySet().iterator().next());
        }
    }

    boolean isBarred(@Nullable String sessionKey, long now) {
        Long until = sessionKey == null ? null : barred.get(sessionKey);
        return until != null && until > now;
    }

    /** A turn begins now. Of an agent whose rest is over it is the trial, which nobody else gives it meanwhile. */
    void begin(TaskEntry task, long now) {
        task.attempt++;
        task.status = Task.PENDING;
        task.progress = null;
        task.result = null;
        task.nextTurnAt = TaskEntry.NONE;
        task.turnEndsAt = now + task.given.timeoutMs();
        task.updatedAt = now;
        Standing standing = standings.get(task.delegatee);
        task.trial =
                standing != null && standing.failures >= TaskStore.FAILURES_BEFORE_REST && standing.restsUntil <= now;
        if (standing != null && task.trial) {
            standing.restsUntil = task.turnEndsAt;
        }
    }

    /**
     * The turn is over without success: the next one begins, is waited for, or there is none.
     *
     * @param how failed or timeout
     * @param at when it was over
     */
    void next(TaskEntry task, String how, long at, long now) {
        failed(task.delegatee, at);
        task.lostTurns.add(new Turn(task.attempt, task.delegatee, how, Instant.ofEpochMilli(at)));
        task.turnEndsAt = TaskEntry.NONE;
        task.status = Task.PENDING;
        task.updatedAt = at;
        RetryPolicy policy = task.given.retryPolicy();
        if (task.fallbacks == 0 && task.retries < policy.maxRetries()) {
            task.retries++;
            task.progress = null;
            task.nextTurnAt = at + backoff(policy, task.retries);
            if (task.nextTurnAt <= now) {
                begin(task, now);
            }
            return;
        }
        String agent = nextFallback(task, now);
        if (agent == null) {
            finish(task, how, at);
        } else {
            task.delegatee = agent;
            begin(task, now);
        }
    }

    private @Nullable String nextFallback(TaskEntry task, long now) {
        List<String> agents = task.given.fallbackAgents();
        while (task.fallbacks < agents.size()) {
            String agent = agents.get(task.fallbacks++);
            Standing standing = standings.get(agent);
            if (standing == null || standing.restsUntil <= now) {
                return agent;
            }
        }
        return null;
    }

    void finish(TaskEntry task, String status, long at) {
        Standing standing = standings.get(task.delegatee);
        // A trial that was called off showed nothing: it is over, and the agent gets another one.
        if (status.equals(Task.CANCELLED) && task.trial && standing != null && standing.restsUntil == task.turnEndsAt) {
            standing.restsUntil = at;
        }
        task.status = status;
        task.turnEndsAt = TaskEntry.NONE;
        task.nextTurnAt = TaskEntry.NONE;
        task.endedAt = at;
        task.updatedAt = at;
        if (status.equals(Task.COMPLETED)) {
            task.progress = 100.0;
            standings.remove(task.delegatee);
        }
    }

    private void failed(String agentId, long at) {
        Standing standing = standings.computeIfAbsent(agentId, id -> new Standing());
        standing.failures++;
        long beyond = standing.failures - TaskStore.FAILURES_BEFORE_REST;
        if (beyond >= 0) {
            standing.restsUntil =
                    at + Math.min(TaskStore.REST_MILLIS << Math.min(beyond, 10), TaskStore.MAX_REST_MILLIS);
        }
    }

    private static long backoff(RetryPolicy policy, long retry) {
        double factor = policy.backoff().equals(Task.EXPONENTIAL) ? Math.pow(2, retry - 1.0) : retry;
        return (long) Math.min(policy.initialDelayMs() * factor, TaskStore.MAX_BACKOFF_MILLIS);
    }
}
