package dev.parley.gateway.envelope;

import dev.parley.protocol.envelope.EnvelopeAnswer;
import dev.parley.protocol.task.Task;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
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

    ResponseWait(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /**
     * What came of a task, or the given answer when nothing did in time, or when nothing can be heard of it: the task goes on.
     *
     * @param taken what the sender is told otherwise
     */
    Mono<EnvelopeAnswer> of(String workspaceId, String taskId, EnvelopeAnswer taken, long millis) {
        Sinks.Empty<Void> news = Sinks.empty();
        Duration atMost = Duration.ofMillis(Math.min(millis, LONGEST_MILLIS) + GRACE_MILLIS);
        Mono<EnvelopeAnswer> settled = settled(workspaceId, taskId, taken);
        Mono<Void> told = news.asMono().timeout(atMost, time.scheduler()).onErrorComplete(TimeoutException.class);
        return Mono.usingWhen(
                        store.tasks().subscribe(workspaceId, notice -> hear(notice, taskId, news)),
                        feed -> settled.switchIfEmpty(told.then(settled)),
                        feed -> Mono.fromRunnable(() -> close(feed)))
                .onErrorResume(StoreException.class, away -> Mono.empty())
                .defaultIfEmpty(taken);
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
