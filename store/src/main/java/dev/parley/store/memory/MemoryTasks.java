package dev.parley.store.memory;

import dev.parley.protocol.task.Task;
import dev.parley.store.StoreException;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** Tasks in this process. One lock, under which listeners are told, so in order; it is taken last. */
final class MemoryTasks implements TaskStore {
    /** A call of list looks at no more. */
    private static final int SCANNED = 200;

    /** Beyond the numbers that creations count, so that priority goes first. */
    private static final long RANK = 1L << 60;

    private final SessionTable sessions;
    private final Object lock = new Object();
    private final Map<String, TaskTable> tables = new HashMap<>();
    private final TreeSet<TaskEntry> queue =
            new TreeSet<>(Comparator.<TaskEntry>comparingLong(task -> task.due).thenComparingLong(task -> task.order));
    private long numbers;
    private long told = Long.MAX_VALUE;
    private int live;

    MemoryTasks(SessionTable sessions) {
        this.sessions = sessions;
    }

    @Override
    public Mono<StoredTask> create(NewTask task) {
        return locked(() -> {
            TaskTable table = tables.computeIfAbsent(task.workspaceId(), id -> new TaskTable());
            long now = sessions.now();
            TaskEntry known = table.tasks.get(task.taskId());
            if (known != null && settle(table, known, now, late -> {})) {
                return known.snapshot();
            }
            if (table.isBarred(task.sessionKey(), now)) {
                throw new StoreException.NotFound("session");
            }
            if (task.chosen() && table.work(task.delegatee(), now).restsUntil() > 0) {
                throw new StoreException.Resting(task.delegatee());
            }
            makeRoom(table, task);
            long order = Task.PRIORITIES.indexOf(task.priority()) * RANK + ++numbers;
            TaskEntry entry = new TaskEntry(task, order, now);
            table.tasks.put(task.taskId(), entry);
            table.begin(entry, now);
            table.index(entry);
            changed(table, entry);
            return entry.snapshot();
        });
    }

    @Override
    public Mono<StoredTask> get(String workspaceId, String taskId) {
        return locked(() -> of(workspaceId, taskId).snapshot());
    }

    @Override
    public Mono<TaskPage> list(TaskQuery query) {
        return locked(() -> {
            TaskTable table = tables.get(query.workspaceId());
            if (table == null) {
                return new TaskPage(List.of(), null);
            }
            fire(SCANNED, late -> {});
            long after = query.cursor() == null ? Long.MIN_VALUE : Long.parseLong(query.cursor());
            long now = sessions.now();
            List<StoredTask> found = new ArrayList<>();
            int scanned = 0;
            for (TaskEntry task : List.copyOf(
                    TaskFilter.index(table, query).tailMap(after, false).values())) {
                if (found.size() == query.limit() || scanned == SCANNED) {
                    return new TaskPage(found, Long.toString(after));
                }
                scanned++;
                after = task.order;
                if (settle(table, task, now, late -> {}) && TaskFilter.matches(query, task)) {
                    found.add(task.snapshot());
                }
            }
            return new TaskPage(found, null);
        });
    }

    @Override
    public Mono<StoredTask> update(TaskUpdate update) {
        return locked(() -> {
            TaskEntry task = of(update.workspaceId(), update.taskId());
            if (task.wasDoneBy(update.operationId())) {
                return task.snapshot();
            }
            if (task.isFinished()) {
                throw new StoreException.TaskFinished(task.status);
            }
            String agent = update.agentId();
            Long attempt = update.attempt();
            boolean isTurn = attempt != null ? attempt == task.attempt : agent != null || task.attempt == 1;
            if (!task.isHeld() || !isTurn || (agent != null && !agent.equals(task.delegatee))) {
                throw new StoreException.NotYourTurn(task.delegatee, task.attempt, task.isHeld());
            }
            TaskTable table = table(update.workspaceId());
            long now = sessions.now();
            table.unindex(task);
            task.doneBy(update.operationId());
            task.apply(update, now);
            if (Task.COMPLETED.equals(update.status())) {
                table.finish(task, Task.COMPLETED, now);
            } else if (Task.FAILED.equals(update.status())) {
                table.next(task, Task.FAILED, now, now);
            }
            table.index(task);
            changed(table, task);
            return task.snapshot();
        });
    }

    @Override
    public Mono<StoredTask> cancel(String workspaceId, String taskId, String operationId) {
        return locked(() -> {
            TaskEntry task = of(workspaceId, taskId);
            if (task.wasDoneBy(operationId)) {
                return task.snapshot();
            }
            if (task.isFinished()) {
                throw new StoreException.TaskFinished(task.status);
            }
            TaskTable table = table(workspaceId);
            table.unindex(task);
            task.doneBy(operationId);
            table.finish(task, Task.CANCELLED, sessions.now());
            table.index(task);
            changed(table, task);
            return task.snapshot();
        });
    }

    @Override
    public Mono<Integer> endSessions(String workspaceId, List<EndedSession> ended) {
        return locked(() -> {
            TaskTable table = tables.computeIfAbsent(workspaceId, id -> new TaskTable());
            long now = sessions.now();
            int left = SCANNED;
            int done = 0;
            for (EndedSession session : ended) {
                table.bar(session.sessionKey(), now);
                List<TaskEntry> live =
                        List.copyOf(table.index("live", session.sessionId() + '\n' + session.sessionKey())
                                .values());
                for (TaskEntry task : live.subList(0, Math.min(left, live.size()))) {
                    if (settle(table, task, now, late -> {}) && !task.isFinished()) {
                        table.unindex(task);
                        task.error = session.why();
                        table.finish(task, Task.CANCELLED, now);
                        table.index(task);
                        changed(table, task);
                    }
                }
                left -= live.size();
                if (left < 0) {
                    break;
                }
                done++;
            }
            return done;
        });
    }

    @Override
    public Mono<Map<String, Work>> work(String workspaceId, List<String> agentIds) {
        return locked(() -> {
            TaskTable table = tables.get(workspaceId);
            Map<String, Work> work = new LinkedHashMap<>();
            for (String agent : agentIds) {
                work.put(agent, table == null ? new Work(0, 0, 0) : table.work(agent, sessions.now()));
            }
            return work;
        });
    }

    @Override
    public Mono<AutoCloseable> subscribe(String workspaceId, TaskListener listener) {
        return locked(() -> {
            tables.computeIfAbsent(workspaceId, id -> new TaskTable()).listeners.add(listener);
            live++;
            return () -> {
                synchronized (lock) {
                    TaskTable table = tables.get(workspaceId);
                    if (table != null && table.listeners.remove(listener)) {
                        live--;
                    }
                }
            };
        });
    }

    /**
     * Lets what is due take effect.
     *
     * @param lateness told for each time-out
     * @return how many tasks were looked at, at most {@code limit}
     */
    int fire(int limit, LongConsumer lateness) {
        synchronized (lock) {
            long now = sessions.now();
            int done = 0;
            while (done < limit && !queue.isEmpty() && queue.first().due <= now) {
                TaskEntry task = queue.first();
                settle(table(task.given.workspaceId()), task, now, lateness);
                done++;
            }
            return done;
        }
    }

    /** Tells the next instant; {@link Long#MAX_VALUE} when there is none. */
    long tellNext() {
        synchronized (lock) {
            told = queue.isEmpty() ? Long.MAX_VALUE : queue.first().due;
            return told;
        }
    }

    /** How many listeners there are. */
    int live() {
        synchronized (lock) {
            return live;
        }
    }

    void close() {
        synchronized (lock) {
            tables.clear();
            queue.clear();
            live = 0;
        }
    }

    private <T> Mono<T> locked(Supplier<T> call) {
        return Mono.fromSupplier(() -> {
            sessions.checkOpen();
            synchronized (lock) {
                return call.get();
            }
        });
    }

    private TaskTable table(String workspaceId) {
        TaskTable table = tables.get(workspaceId);
        if (table == null) {
            throw new StoreException.NotFound("task");
        }
        return table;
    }

    /** A task, what has passed settled. */
    private TaskEntry of(String workspaceId, String taskId) {
        TaskTable table = tables.get(workspaceId);
        TaskEntry task = table == null ? null : table.tasks.get(taskId);
        if (table == null || task == null || !settle(table, task, sessions.now(), late -> {})) {
            throw new StoreException.NotFound("task " + taskId);
        }
        return task;
    }

    /** Lets a passed time-out take effect, or the end of a back-off, or of the retention; false when the task is gone. */
    private boolean settle(TaskTable table, TaskEntry task, long now, LongConsumer lateness) {
        if (now < task.due) {
            return true;
        }
        if (task.isFinished()) {
            remove(table, task);
            return false;
        }
        table.unindex(task);
        if (task.isHeld()) {
            lateness.accept(now - task.turnEndsAt);
            table.next(task, Task.TIMEOUT, task.turnEndsAt, now);
        } else {
            table.begin(task, now);
        }
        table.index(task);
        changed(table, task);
        return true;
    }

    private void remove(TaskTable table, TaskEntry task) {
        table.unindex(task);
        table.tasks.remove(task.given.taskId());
        table.finished.remove(task.finished);
        queue.remove(task);
    }

    /** After each change: a number for it, its place in the queue, and those who listen. */
    private void changed(TaskTable table, TaskEntry task) {
        long now = sessions.now();
        task.version = ++numbers;
        queue.remove(task);
        if (task.isFinished()) {
            long until = task.endedAt + sessions.settings.endedRetentionMillis();
            task.due = Math.max(until, now + LEAST_RETENTION_MILLIS);
            task.finished = task.version;
            table.finished.put(task.finished, task);
        } else {
            task.due = task.isHeld() ? task.turnEndsAt : task.nextTurnAt;
        }
        queue.add(task);
        if (task.due < told) {
            told = task.due;
            sessions.tellEarlier(told);
        }
        TaskNotice notice = task.notice();
        // A copy, as one that has heard what it waited for may go at once.
        for (TaskListener listener : List.copyOf(table.listeners)) {
            try {
                listener.onTask(notice);
            } catch (RuntimeException e) {
                // A listener's defect is neither the caller's failure nor a reason not to tell the others.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    private void makeRoom(TaskTable table, NewTask task) {
        TaskLimits limits = task.limits();
        if (table.openOf(task.delegatee()) >= limits.openOfAgent()) {
            throw new StoreException.Full("agent");
        }
        if (table.open >= limits.openOfWorkspace()) {
            throw new StoreException.Full("workspace");
        }
        BiPredicate<Long, Integer> fits =
                (bytes, kept) -> bytes + task.size() <= limits.bytesOfWorkspace() && kept < limits.keptOfWorkspace();
        while (!table.finished.isEmpty() && !fits.test(table.bytes, table.tasks.size())) {
            remove(table, table.finished.firstEntry().getValue());
        }
        if (!fits.test(table.bytes, table.tasks.size())) {
            throw new StoreException.Full("bytes");
        }
    }
}
