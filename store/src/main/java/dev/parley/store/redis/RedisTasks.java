package dev.parley.store.redis;

import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.store.StoreException;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Tasks: each call is one function in the partition of the workspace. Safe for use from any thread. */
final class RedisTasks implements TaskStore {
    private final RedisCalls calls;
    private final Partitions partitions;
    private final TaskFeed feed;

    RedisTasks(RedisCalls calls, Partitions partitions, TaskFeed feed) {
        this.calls = calls;
        this.partitions = partitions;
        this.feed = feed;
    }

    @Override
    public Mono<StoredTask> create(NewTask task) {
        RetryPolicy policy = task.retryPolicy();
        TaskLimits limits = task.limits();
        Args args = Args.of(task.workspaceId(), task.taskId(), task.delegatee(), task.delegator())
                .add(task.sessionId())
                .add(task.sessionKey())
                .add(task.taskType())
                .add(Task.PRIORITIES.indexOf(task.priority()))
                .add(task.timeoutMs())
                .add(policy.maxRetries())
                .add(policy.backoff().equals(Task.EXPONENTIAL) ? 2 : 1)
                .add(policy.initialDelayMs())
                .add(task.payload());
        if (task.envelope() == null) {
            args.add((String) null);
        } else {
            args.add(task.envelope());
        }
        args.add(limits.openOfAgent())
                .add(limits.openOfWorkspace())
                .add(limits.keptOfWorkspace())
                .add(limits.bytesOfWorkspace())
                .add(task.chosen() ? 1 : 0);
        task.fallbackAgents().forEach(args::add);
        return one(RedisFunction.TASK_CREATE, task.workspaceId(), task.taskId(), args);
    }

    @Override
    public Mono<StoredTask> get(String workspaceId, String taskId) {
        return one(RedisFunction.TASK_GET, workspaceId, taskId, Args.of(workspaceId, taskId));
    }

    @Override
    public Mono<TaskPage> list(TaskQuery query) {
        StringBuilder statuses = new StringBuilder();
        query.statuses().forEach(status -> statuses.append(Task.STATUSES.indexOf(status)));
        Args args = Args.of(query.workspaceId())
                .addAll(index(query))
                .add(query.cursor())
                .add(query.limit())
                .add(query.delegatee())
                .add(query.delegator())
                .add(query.sessionId())
                .add(query.sessionKey())
                .add(statuses.toString())
                .add(query.formerDelegatee());
        return call(RedisFunction.TASK_LIST, query.workspaceId(), args).map(answer -> {
            List<StoredTask> tasks = new ArrayList<>();
            for (Object row : Answers.list(answer.get(1))) {
                tasks.add(TaskRow.read(query.workspaceId(), Answers.list(row)));
            }
            String next = Answers.text(answer.get(2));
            return new TaskPage(tasks, next.isEmpty() ? null : next);
        });
    }

    @Override
    public Mono<StoredTask> update(TaskUpdate update) {
        String status = update.status();
        Args args = Args.of(update.workspaceId(), update.taskId(), update.operationId())
                .add(update.agentId())
                .add(update.attempt())
                .add(status == null ? null : Long.valueOf(Task.STATUSES.indexOf(status)))
                .add(update.progress() == null ? null : update.progress().toString());
        if (update.result() == null) {
            args.add((String) null);
        } else {
            args.add(update.result());
        }
        if (update.error() == null) {
            args.add((String) null);
        } else {
            args.add(update.error());
        }
        return one(RedisFunction.TASK_UPDATE, update.workspaceId(), update.taskId(), args);
    }

    @Override
    public Mono<StoredTask> cancel(String workspaceId, String taskId, String operationId) {
        return one(RedisFunction.TASK_CANCEL, workspaceId, taskId, Args.of(workspaceId, taskId, operationId));
    }

    @Override
    public Mono<Integer> endSessions(String workspaceId, List<EndedSession> sessions) {
        Args args = Args.of(workspaceId);
        for (EndedSession session : sessions) {
            args.add(session.sessionId()).add(session.sessionKey()).add(session.why());
        }
        return call(RedisFunction.TASK_END_SESSIONS, workspaceId, args)
                .map(answer -> (int) Answers.number(answer.get(1)));
    }

    @Override
    public Mono<Map<String, Work>> work(String workspaceId, List<String> agentIds) {
        Args args = Args.of(workspaceId);
        agentIds.forEach(args::add);
        return call(RedisFunction.TASK_WORK, workspaceId, args).map(answer -> {
            List<Object> numbers = Answers.list(answer.get(1));
            Map<String, Work> work = new LinkedHashMap<>();
            for (int i = 0; i < agentIds.size(); i++) {
                work.put(
                        agentIds.get(i),
                        new Work(
                                Answers.number(numbers.get(3 * i)),
                                Answers.number(numbers.get(3 * i + 1)),
                                Answers.number(numbers.get(3 * i + 2))));
            }
            return work;
        });
    }

    @Override
    public Mono<AutoCloseable> subscribe(String workspaceId, TaskListener listener) {
        return feed.subscribe(workspaceId, listener);
    }

    /** The index that holds the least, as far as the filters tell. */
    private static Args index(TaskQuery query) {
        Set<String> statuses = query.statuses();
        if (query.sessionId() != null) {
            return Args.of("in", query.sessionId() + '\n' + query.sessionKey());
        }
        if (query.delegatee() != null) {
            boolean isOpen = !statuses.isEmpty()
                    && Set.of(Task.PENDING, Task.IN_PROGRESS).containsAll(statuses);
            return Args.of(isOpen ? "open" : "to", query.delegatee());
        }
        if (query.formerDelegatee() != null) {
            return Args.of("had", query.formerDelegatee());
        }
        if (query.delegator() != null) {
            return Args.of("from", query.delegator());
        }
        return statuses.size() == 1
                ? Args.of(
                        "is",
                        Integer.toString(
                                Task.STATUSES.indexOf(statuses.iterator().next())))
                : Args.of("all", "");
    }

    private Mono<StoredTask> one(RedisFunction function, String workspaceId, String taskId, Args args) {
        return call(function, workspaceId, args).map(answer -> {
            @Nullable StoreException refusal = Answers.refusal(answer, "task " + taskId);
            if (refusal != null) {
                throw refusal;
            }
            return TaskRow.read(workspaceId, Answers.list(answer.get(1)));
        });
    }

    private Mono<List<Object>> call(RedisFunction function, String workspaceId, Args args) {
        return calls.call(function, partitions.key(partitions.ofWorkspace(workspaceId)), args);
    }
}
