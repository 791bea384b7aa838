package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.routing.Push;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.protocol.task.TaskParams;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore.TaskListener;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.time.TimeSource;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Brings what becomes of tasks to those here whom it concerns: a turn to the agent whose it is, a change to the delegator and to
 * those who are attached to the session. A notice only says that there is something to be told; the task is read then, once for
 * all here, and by one read at a time for each task, so that what is told of it is never older than what was told before. Safe
 * for use from any thread.
 */
final class TaskHub implements TaskListener {
    private static final Logger LOG = LoggerFactory.getLogger(TaskHub.class);
    private static final long RETRY_MILLIS = 1_000;

    private final Connections connections;
    private final Store store;
    private final SessionRouter router;
    private final TimeSource time;
    private final PendingTasks pending;
    private final ConcurrentHashMap<String, List<Connection>> here = new ConcurrentHashMap<>();
    private final Set<String> workspaces = ConcurrentHashMap.newKeySet();
    private final Queue<AutoCloseable> feeds = new ConcurrentLinkedQueue<>();
    /** Tasks that are being read; true when there is news of one meanwhile. */
    private final ConcurrentHashMap<String, Boolean> reading = new ConcurrentHashMap<>();

    TaskHub(Connections connections, Store store, SessionRouter router, TimeSource time) {
        this.connections = connections;
        this.store = store;
        this.router = router;
        this.time = time;
        this.pending = new PendingTasks(store, time, this::read);
    }

    /** Begins to hear of a workspace; completes when nothing can be missed. */
    Mono<Void> listen(String workspaceId) {
        return Mono.defer(() -> {
            if (!workspaces.add(workspaceId)) {
                return Mono.empty();
            }
            return store.tasks()
                    .subscribe(workspaceId, this)
                    .doOnNext(feeds::add)
                    .doOnError(failure -> workspaces.remove(workspaceId))
                    .then();
        });
    }

    /** Hears nothing more. */
    void close() {
        for (AutoCloseable feed = feeds.poll(); feed != null; feed = feeds.poll()) {
            try {
                feed.close();
            } catch (Exception failure) {
                LOG.debug("close failed", failure);
            }
        }
        workspaces.clear();
    }

    /** Somebody is here: what waits for an agent is brought. */
    void connected(Connection connection, Caller caller) {
        here.merge(key(caller.workspaceId(), caller.id()), List.of(connection), (before, one) -> {
            List<Connection> all = new ArrayList<>(before);
            all.addAll(one);
            return List.copyOf(all);
        });
        listen(caller.workspaceId()).subscribe(null, failure -> {
            LOG.warn("tasks are not listened to yet cause={}", failure.toString());
            time.schedule(RETRY_MILLIS, () -> connection.onLoop(() -> listenAgain(connection, caller)));
        });
        if (caller.isAgent()) {
            pending.bring(connection, caller);
        }
    }

    void left(Connection connection, Caller caller) {
        here.computeIfPresent(key(caller.workspaceId(), caller.id()), (id, before) -> {
            List<Connection> rest = new ArrayList<>(before);
            rest.remove(connection);
            return rest.isEmpty() ? null : List.copyOf(rest);
        });
    }

    @Override
    public void onTask(TaskNotice notice) {
        EventExecutor loop = loopOfSomebody(notice);
        if (loop != null) {
            read(notice.workspaceId(), notice.taskId(), loop);
        }
    }

    private void listenAgain(Connection connection, Caller caller) {
        if (connection.isOpen()) {
            listen(caller.workspaceId())
                    .subscribe(
                            null,
                            failure -> time.schedule(
                                    RETRY_MILLIS, () -> connection.onLoop(() -> listenAgain(connection, caller))));
        }
    }

    private @Nullable EventExecutor loopOfSomebody(TaskNotice notice) {
        List<Connection> delegators = here.get(key(notice.workspaceId(), notice.delegator()));
        if (delegators != null) {
            return delegators.get(0).loop();
        }
        Connection agent = connections.holder(notice.delegatee());
        for (Iterator<String> losers = notice.losers().iterator(); agent == null && losers.hasNext(); ) {
            agent = connections.holder(losers.next());
        }
        if (agent != null) {
            return agent.loop();
        }
        return notice.sessionId() == null ? null : router.loopOf(notice.sessionId());
    }

    private void read(String workspaceId, String taskId, EventExecutor loop) {
        String key = key(workspaceId, taskId);
        boolean[] first = {false};
        reading.compute(key, (id, before) -> {
            first[0] = before == null;
            return before != null;
        });
        if (first[0]) {
            loop.execute(() -> readNow(workspaceId, taskId, loop));
        }
    }

    private void readNow(String workspaceId, String taskId, EventExecutor loop) {
        store.tasks()
                .get(workspaceId, taskId)
                .subscribe(
                        task -> {
                            tell(task);
                            readOn(workspaceId, taskId, loop);
                        },
                        failure -> {
                            if (failure instanceof StoreException.Unavailable) {
                                time.schedule(
                                        RETRY_MILLIS, () -> loop.execute(() -> readNow(workspaceId, taskId, loop)));
                            } else {
                                // Nobody is told of one that is gone.
                                readOn(workspaceId, taskId, loop);
                            }
                        });
    }

    /** There was news while it was read: once more. */
    private void readOn(String workspaceId, String taskId, EventExecutor loop) {
        boolean[] again = {false};
        reading.compute(key(workspaceId, taskId), (id, news) -> {
            again[0] = news != null && news;
            return again[0] ? Boolean.FALSE : null;
        });
        if (again[0]) {
            loop.execute(() -> readNow(workspaceId, taskId, loop));
        }
    }

    private void tell(StoredTask stored) {
        Task task = stored.task();
        tellLosers(stored);
        boolean isPending = task.status().equals(Task.PENDING);
        Connection agent = holder(stored, task.delegatee());
        if (agent != null && isPending && stored.isHeld()) {
            Push push = PendingTasks.assigned(stored);
            agent.onLoop(() -> agent.tasks().assign(stored, push));
        } else if (agent != null && task.status().equals(Task.CANCELLED)) {
            Push push = Push.of(EventTypes.TASK_CANCELLED, new TaskParams.Told(task));
            agent.onLoop(() -> agent.tasks().cancel(stored, push));
        }
        boolean isSilent = task.result() == null && task.error() == null;
        if (isPending && stored.isHeld() && task.attempt() == 1 && isSilent) {
            // As it was made; who made it has the answer.
            return;
        }
        Push push = Push.of(EventTypes.TASK_UPDATED, new TaskParams.Told(task));
        String about = "updated " + task.taskId();
        Set<String> told = new HashSet<>();
        for (Connection delegator : here.getOrDefault(key(stored.workspaceId(), task.delegator()), List.of())) {
            told.add(delegator.id());
            delegator.onLoop(() -> delegator.tasks().offer(about, push));
        }
        String sessionId = task.sessionId();
        String sessionKey = stored.sessionKey();
        if (sessionId != null && sessionKey != null) {
            router.announce(sessionId, sessionKey, about, push, told::contains);
        }
    }

    /** Those whose turns timed out are told that, each turn once. */
    private void tellLosers(StoredTask stored) {
        List<Turn> turns = stored.task().lostTurns();
        for (String id : turns.stream().map(Turn::agentId).distinct().toList()) {
            Connection agent = holder(stored, id);
            if (agent != null) {
                List<Turn> lost =
                        turns.stream().filter(turn -> turn.agentId().equals(id)).toList();
                agent.onLoop(() -> agent.tasks().lose(stored, lost, turn -> timedOut(stored, turn)));
            }
        }
    }

    private static Push timedOut(StoredTask stored, Turn turn) {
        return Push.of(EventTypes.TASK_TIMEOUT, new TaskParams.TimedOut(turn.attempt(), stored.task()));
    }

    private @Nullable Connection holder(StoredTask stored, String agentId) {
        Connection agent = connections.holder(agentId);
        Caller caller = agent == null ? null : agent.caller();
        return caller != null && caller.workspaceId().equals(stored.workspaceId()) ? agent : null;
    }

    private static String key(String workspaceId, String id) {
        return workspaceId + '\n' + id;
    }
}
