package dev.parley.gateway.envelope;

import dev.parley.protocol.envelope.EnvelopeAnswer;
import dev.parley.protocol.task.Task;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.time.TimeSource;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Waits for what comes of a task, without holding a thread. Safe for use from any thread. */
final class ResponseWait {
    private static final Logger LOG = LoggerFactory.getLogger(ResponseWait.class);

    /** Nobody waits longer, whatever the time-out: what holds a connection open has to end. */
    private static final long LONGEST_MILLIS = 600_000;

    /** A task that times out with the wait is looked at right after it did. */
    private static final long GRACE_MILLIS = 100;

    private static final List<String> UNFINISHED = List.of(Task.PENDING, Task.IN_PROGRESS);

    private final Store store;
    private final TimeSource time;
    /** Completes when nobody is to wait any longer. */
    private final Sinks.Empty<Void> end = Sinks.empty();

    ResponseWait(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /**
     * What came of a task, or the given answer when nothing did in time, or when nothing can be heard of it: the task goes on.
     * The wait is over when the time-out has passed since the task was made, however long ago that was.
     *
     * @param taken what the sender is told otherwise
     */
    Mono<EnvelopeAnswer> of(String workspaceId, Task task, EnvelopeAnswer taken) {
        String taskId = task.taskId();
        long until = task.createdAt().toEpochMilli() + Math.min(task.timeoutMs(), LONGEST_MILLIS) + GRACE_MILLIS;
        Sinks.Empty<Void> news = Sinks.empty();
        Mono<EnvelopeAnswer> settled = settled(workspaceId, taskId, taken);
        Mono<Void> told = Mono.firstWithSignal(news.asMono(), end.asMono(), Mono.defer(() -> passed(until)));
        return Mono.usingWhen(
                        store.tasks().subscribe(workspaceId, notice -> hear(notice, taskId, news)),
                        feed -> settled.switchIfEmpty(told.then(settled)),
                        feed -> Mono.fromRunnable(() -> close(feed)))
                .onErrorResume(StoreException.class, away -> Mono.empty())
                .defaultIfEmpty(taken);
    }

    /** Whoever waits, now or later, is told what is known: the gateway is going away. */
    void giveUp() {
        end.tryEmitEmpty();
    }

    /** Completes at an instant by the store's clock. */
    private Mono<Void> passed(long until) {
        long left = until - store.nowMillis();
        return left <= 0
                ? Mono.empty()
                : Mono.delay(Duration.ofMillis(left), time.scheduler()).then();
    }

    /** Whoever is told only enqueues. */
    private void hear(TaskNotice notice, String taskId, Sinks.Empty<Void> news) {
        if (notice.taskId().equals(taskId) && !UNFINISHED.contains(notice.status())) {
            time.schedule(0, news::tryEmitEmpty);
        }
    }

    /** What came of the task; empty as long as nothing did. */
    private Mono<EnvelopeAnswer> settled(String workspaceId, String taskId, EnvelopeAnswer taken) {
        return Mono.defer(() -> store.tasks().get(workspaceId, taskId))
                .filter(stored -> stored.task().isFinished())
                .map(stored -> {
                    Task task = stored.task();
                    boolean isDone = task.status().equals(Task.COMPLETED);
                    return new EnvelopeAnswer(
                            isDone,
                            isDone ? EnvelopeAnswer.RESPONDED : task.status(),
                            taskId,
                            task.delegatee(),
                            taken.routingReason(),
                            task.result(),
                            isDone ? null : task.error());
                });
    }

    private static void close(AutoCloseable feed) {
        try {
            feed.close();
        } catch (Exception failure) {
            LOG.debug("close failed", failure);
        }
    }
}
