package dev.parley.gateway.availability;

import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import reactor.core.publisher.Mono;

/** The tasks of a {@link GuardedStore}. Safe for use from any thread. */
final class GuardedTasks implements TaskStore {
    private final TaskStore target;
    private final CallDeadlines deadlines;

    GuardedTasks(TaskStore target, CallDeadlines deadlines) {
        this.target = target;
        this.deadlines = deadlines;
    }

    @Override
    public Mono<StoredTask> create(NewTask task) {
        return timed(target.create(task), true);
    }

    @Override
    public Mono<StoredTask> get(String workspaceId, String taskId) {
        return timed(target.get(workspaceId, taskId), false);
    }

    @Override
    public Mono<TaskPage> list(TaskQuery query) {
        return timed(target.list(query), false);
    }

    @Override
    public Mono<StoredTask> update(TaskUpdate update) {
        return timed(target.update(update), true);
    }

    @Override
    public Mono<StoredTask> cancel(String workspaceId, String taskId, String operationId) {
        return timed(target.cancel(workspaceId, taskId, operationId), true);
    }

    @Override
    public Mono<Integer> endSessions(String workspaceId, List<EndedSession> sessions) {
        return timed(target.endSessions(workspaceId, sessions), true);
    }

    @Override
    public Mono<Map<String, Work>> work(String workspaceId, List<String> agentIds) {
        return timed(target.work(workspaceId, agentIds), false);
    }

    @Override
    public Mono<AutoCloseable> subscribe(String workspaceId, TaskListener listener) {
        Mono<AutoCloseable> call = target.subscribe(workspaceId, listener);
        return call instanceof Callable ? call : new TimedCall<>(call, deadlines, false, GuardedStore::close);
    }

    private <T> Mono<T> timed(Mono<T> call, boolean isWrite) {
        return call instanceof Callable ? call : new TimedCall<>(call, deadlines, isWrite, null);
    }
}
