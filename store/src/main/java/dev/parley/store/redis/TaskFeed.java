package dev.parley.store.redis;

import dev.parley.store.TaskStore.TaskListener;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.time.TimeSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Tells of tasks. The channel of all gateways is a hint; once a second each workspace that somebody here listens to is asked which
 * tasks changed since the number up to which it was asked before, and what was not told a moment later is told. The server notes
 * the last change of each task as long as it keeps the task, so however long a gateway did not ask, nothing is missed. Safe for
 * use from any thread.
 */
final class TaskFeed {
    /** What was found may still be on its way over the channel. */
    private static final long GRACE_MILLIS = 300;

    private static final int TOLD_KEPT = 10_000;

    private final RedisCalls calls;
    private final Partitions partitions;
    private final Everybody everybody;
    private final TimeSource time;
    private final Map<String, Followed> workspaces = new ConcurrentHashMap<>();
    private final AtomicInteger live = new AtomicInteger();

    TaskFeed(RedisCalls calls, Partitions partitions, Everybody everybody, TimeSource time) {
        this.calls = calls;
        this.partitions = partitions;
        this.everybody = everybody;
        this.time = time;
        everybody.onTasks(this::heard);
    }

    Mono<AutoCloseable> subscribe(String workspaceId, TaskListener listener) {
        return Mono.defer(() -> {
            calls.checkOpen();
            return Mono.fromCompletionStage(everybody::listen)
                    .flatMap(listening -> ask(workspaceId, ""))
                    .map(answer -> begin(workspaceId, listener, Answers.number(answer.get(1))));
        });
    }

    /** Asks each workspace that somebody listens to what changed. */
    void syncAll() {
        workspaces.forEach((workspaceId, followed) -> sync(workspaceId, followed));
    }

    /** How many listeners there are. */
    int live() {
        return live.get();
    }

    void close() {
        workspaces.clear();
        live.set(0);
    }

    private AutoCloseable begin(String workspaceId, TaskListener listener, long since) {
        live.incrementAndGet();
        workspaces.compute(workspaceId, (id, known) -> {
            Followed followed = known == null ? new Followed(since) : known;
            followed.listeners.add(listener);
            return followed;
        });
        AtomicBoolean closed = new AtomicBoolean();
        return () -> {
            if (closed.compareAndSet(false, true)) {
                workspaces.computeIfPresent(workspaceId, (id, followed) -> {
                    if (followed.listeners.remove(listener)) {
                        live.decrementAndGet();
                    }
                    return followed.listeners.isEmpty() ? null : followed;
                });
            }
        };
    }

    private void heard(byte[] packed) {
        TaskNotice notice = TaskRow.notice(packed);
        Followed followed = workspaces.get(notice.workspaceId());
        if (followed != null) {
            followed.tell(notice);
        }
    }

    private void sync(String workspaceId, Followed followed) {
        if (!followed.asking.compareAndSet(false, true)) {
            return;
        }
        ask(workspaceId, Long.toString(followed.since))
                .subscribe(
                        answer -> {
                            followed.since = Answers.number(answer.get(1));
                            List<TaskNotice> found = new ArrayList<>();
                            for (Object notice : Answers.list(answer.get(3))) {
                                found.add(TaskRow.notice((byte[]) notice));
                            }
                            if (!found.isEmpty()) {
                                time.schedule(GRACE_MILLIS, () -> found.forEach(followed::tell));
                            }
                            followed.asking.set(false);
                            if (Answers.number(answer.get(2)) == 1) {
                                sync(workspaceId, followed);
                            }
                        },
                        // The next beat asks again from where it stood.
                        failure -> followed.asking.set(false));
    }

    private Mono<List<Object>> ask(String workspaceId, @Nullable String since) {
        byte[] key = partitions.key(partitions.ofWorkspace(workspaceId));
        return calls.call(RedisFunction.TASK_SYNC, key, Args.of(workspaceId).add(since));
    }

    /** A workspace that somebody listens to, and the number of what was told last of each task. */
    private static final class Followed {
        private final List<TaskListener> listeners = new CopyOnWriteArrayList<>();
        private final AtomicBoolean asking = new AtomicBoolean();
        private final Map<String, Long> told = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > TOLD_KEPT;
            }
        };
        private volatile long since;

        Followed(long since) {
            this.since = since;
        }

        synchronized void tell(TaskNotice notice) {
            Long last = told.get(notice.taskId());
            if (last == null || last < notice.version()) {
                told.put(notice.taskId(), notice.version());
                for (TaskListener listener : listeners) {
                    Telling.safely(() -> listener.onTask(notice));
                }
            }
        }
    }
}
