package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.routing.Push;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.envelope.HeldEnvelope;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.TaskParams;
import dev.parley.store.Store;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore.TaskPage;
import dev.parley.store.TaskStore.TaskQuery;
import dev.parley.time.TimeSource;
import io.netty.util.concurrent.EventExecutor;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings an agent that connects what is pending for it. Safe for use from any thread. */
final class PendingTasks {
    private static final Logger LOG = LoggerFactory.getLogger(PendingTasks.class);
    private static final long RETRY_MILLIS = 1_000;
    private static final int PAGE = 20;
    private static final Set<String> UNFINISHED = Set.of(Task.PENDING, Task.IN_PROGRESS);

    private final Store store;
    private final TimeSource time;
    private final Reader reader;

    /** Reads a task once more, and tells of it. */
    @FunctionalInterface
    interface Reader {
        void read(String workspaceId, String taskId, EventExecutor loop);
    }

    PendingTasks(Store store, TimeSource time, Reader reader) {
        this.store = store;
        this.time = time;
        this.reader = reader;
    }

    /** How an agent is told of its turn. */
    static Push assigned(StoredTask stored) {
        RawJson held = stored.envelope();
        if (held != null) {
            return Push.of(
                    EventTypes.ENVELOPE,
                    BodyCodec.decode(held, HeldEnvelope.class)
                            .whole(stored.task().payload()));
        }
        return Push.of(EventTypes.TASK_ASSIGNED, new TaskParams.Told(stored.task()));
    }

    /** Begins to bring, most urgent first, page by page, the next when there is room. */
    void bring(Connection connection, Caller caller) {
        bring(connection, caller, null);
    }

    private void bring(Connection connection, Caller caller, @Nullable String cursor) {
        TaskQuery query =
                new TaskQuery(caller.workspaceId(), caller.id(), null, null, null, null, UNFINISHED, cursor, PAGE);
        store.tasks()
                .list(query)
                .subscribe(page -> connection.onLoop(() -> brought(connection, caller, page)), failure -> {
                    LOG.warn("agent={} is not told of its tasks yet cause={}", caller.id(), failure.toString());
                    later(connection, () -> bring(connection, caller, cursor));
                });
    }

    private void brought(Connection connection, Caller caller, TaskPage page) {
        for (StoredTask stored : page.tasks()) {
            Task task = stored.task();
            if (stored.isHeld() && task.status().equals(Task.PENDING)) {
                connection.tasks().assign(stored, assigned(stored));
            } else if (stored.isHeld() && !connection.tasks().hold(stored)) {
                // The turn ended while the page was on its way, and the agent has to be told of that.
                reader.read(caller.workspaceId(), task.taskId(), connection.loop());
            }
        }
        String next = page.next();
        if (next != null) {
            connection.tasks().whenThereIsRoom(() -> {
                if (connection.isOpen()) {
                    bring(connection, caller, next);
                }
            });
        }
    }

    private void later(Connection connection, Runnable task) {
        time.schedule(
                RETRY_MILLIS,
                () -> connection.onLoop(() -> {
                    if (connection.isOpen()) {
                        task.run();
                    }
                }));
    }
}
