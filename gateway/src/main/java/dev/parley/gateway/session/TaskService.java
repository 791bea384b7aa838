package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.TaskParams;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import dev.parley.store.TaskStore.TaskQuery;
import dev.parley.store.TaskStore.TaskUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is done with tasks: given, listed, read, gone on with, called off. Called on event loops; keeps nothing between calls. */
public final class TaskService {
    /** A call of the store looks at a bounded number of tasks; so many make a page at most. */
    private static final int CALLS_OF_A_PAGE = 50;

    /** A page holds about so many bytes of payloads and results at most. */
    private static final long PAGE_BYTES = 1 << 20;

    private final Store store;
    private final boolean openAgents;
    private final SessionGate gate;

    /** Tasks of a store. */
    public TaskService(Store store, GatewayConfig config) {
        this.store = store;
        this.openAgents = config.session().openAgents();
        this.gate = new SessionGate(store);
    }

    /** Binds the operations on tasks. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.TASK_DELEGATE, this::delegate)
                .bind(Operations.TASK_LIST, this::list)
                .bind(Operations.TASK_GET, this::get)
                .bind(Operations.TASK_UPDATE, this::update)
                .bind(Operations.TASK_CANCEL, this::cancel);
    }

    /** {@code task.delegate}. */
    public Mono<Task> delegate(Call call, TaskParams.Delegate params) {
        Caller caller = call.caller();
        String delegator = params.delegator() == null ? caller.id() : params.delegator();
        if (!caller.trusted() && !delegator.equals(caller.id())) {
            throw Problems.forbidden("You can only delegate in your own name; leave out delegator.");
        }
        NewTask task = new NewTask(
                Ids.secret(),
                caller.workspaceId(),
                params.sessionId(),
                null,
                delegator,
                params.delegatee(),
                TaskRules.taskType(params.taskType()),
                TaskRules.payload("payload", params.payload()),
                TaskRules.priority(params.priority()),
                TaskRules.timeoutMs(params.timeoutMs()),
                TaskRules.retries(params.retryPolicy()),
                TaskRules.fallbacks(params.fallbackAgents()),
                null,
                false,
                TaskLimits.DEFAULT);
        return checkAgents(task).then(Mono.defer(() -> create(call, task))).map(StoredTask::task);
    }

    /**
     * Creates a task, once whoever calls may use its session; the agents were looked at.
     *
     * <p>Fails with {@link StoreException.Resting} as the store does.
     *
     * @param task its session's key is filled in here
     */
    public Mono<StoredTask> create(Call call, NewTask task) {
        String sessionId = task.sessionId();
        if (sessionId == null) {
            return stored(task);
        }
        Mono<StoredSession> live = SessionGate.told(sessionId, gate.live(call, sessionId));
        return live.flatMap(session -> store.tasks()
                .create(inSession(task, session))
                // It ended since it was looked at.
                .onErrorResume(
                        StoreException.NotFound.class,
                        ended -> live.then(Mono.error(ErrorMapper.sessionNotFound(sessionId))))
                .onErrorMap(failure -> restingOrNotMade(failure, task)));
    }

    /** {@code task.list}: one's own, those of a session that one takes part in, or for a trusted program any. */
    public Mono<TaskParams.Tasks> list(Call call, TaskParams.Query params) {
        Caller caller = call.caller();
        Set<String> statuses = TaskRules.statuses(params.status());
        int limit = QueryRules.limit(params.limit());
        String sessionId = params.sessionId();
        boolean isOpen = caller.trusted();
        String delegatee = params.delegatee();
        String delegator = params.delegator();
        String former = params.formerDelegatee();
        if (!isOpen && sessionId == null && delegatee == null && delegator == null && former == null) {
            delegatee = caller.isAgent() ? caller.id() : null;
            delegator = caller.isAgent() ? null : caller.id();
        }
        if (!isOpen
                && sessionId == null
                && !caller.id().equals(delegatee)
                && !caller.id().equals(delegator)
                && !caller.id().equals(former)) {
            throw Problems.forbidden(
                    "You can list the tasks that you gave, were given or had, and those of a session that you"
                            + " take part in; name yourself as delegator, delegatee or formerDelegatee, or a sessionId.");
        }
        String cursor = cursor(params.cursor());
        String to = delegatee;
        String from = delegator;
        Mono<Optional<StoredSession>> session = sessionId == null
                ? Mono.just(Optional.empty())
                : SessionGate.told(sessionId, gate.known(call, sessionId)).map(Optional::of);
        return session.flatMap(found -> {
            String key = found.map(known -> known.document().channelId()).orElse(null);
            TaskQuery query =
                    new TaskQuery(caller.workspaceId(), to, former, from, sessionId, key, statuses, cursor, limit);
            return page(query, new ArrayList<>(), 0, CALLS_OF_A_PAGE)
                    .onErrorMap(failure -> ErrorMapper.map(failure, ""));
        });
    }

    /** {@code task.get}. */
    public Mono<Task> get(Call call, TaskParams.Ref params) {
        return visible(call, params.taskId()).map(StoredTask::task);
    }

    /** {@code task.update}: in one's own name, or for a trusted program in that of an agent. */
    public Mono<Task> update(Call call, TaskParams.Update params) {
        Caller caller = call.caller();
        TaskRules.check(params);
        String agent = params.agentId();
        if (!caller.trusted()) {
            if (agent != null && !agent.equals(caller.id())) {
                throw Problems.forbidden("You can only speak in your own name; leave out agentId.");
            }
            agent = caller.id();
        }
        TaskUpdate update = new TaskUpdate(
                caller.workspaceId(),
                params.taskId(),
                Ids.cheap(),
                agent,
                params.attempt(),
                params.status(),
                params.progress(),
                TaskRules.result(params.result()),
                TaskRules.error(params.error()));
        return update(update).map(StoredTask::task);
    }

    /** An agent's word, as the store takes it; failures as callers are told them. */
    public Mono<StoredTask> update(TaskUpdate update) {
        boolean isAnonymous = update.agentId() == null && update.attempt() == null;
        return Mono.defer(() -> store.tasks().update(update))
                .onErrorMap(StoreException.NotYourTurn.class, turn -> TaskRules.notYourTurn(turn, isAnonymous))
                .onErrorMap(failure -> told(failure, update.taskId()));
    }

    /** {@code task.cancel}: by who gave it. */
    public Mono<Task> cancel(Call call, TaskParams.Ref params) {
        String workspaceId = call.caller().workspaceId();
        String operation = Ids.cheap();
        return stored(call, params.taskId()).flatMap(known -> {
            if (!call.caller().trusted()
                    && !call.caller().id().equals(known.task().delegator())) {
                return Mono.error(Problems.forbidden("Only who delegated a task can call it off."));
            }
            return store.tasks()
                    .cancel(workspaceId, params.taskId(), operation)
                    .map(StoredTask::task)
                    .onErrorMap(failure -> told(failure, params.taskId()));
        });
    }

    /** Refuses agents that are not known in the workspace, where agents have to be. */
    private Mono<Void> checkAgents(NewTask task) {
        if (openAgents) {
            return Mono.empty();
        }
        List<String> all = new ArrayList<>();
        all.add(task.delegatee());
        all.addAll(task.fallbackAgents());
        return Flux.fromIterable(all)
                .concatMap(id -> store.agents()
                        .get(task.workspaceId(), id)
                        .onErrorMap(StoreException.NotFound.class, unknown -> unknownAgent(id)))
                .then()
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    /** The refusal of an agent that is not known. */
    private static ProtocolException unknownAgent(String id) {
        return ProtocolException.of(
                        ErrorCode.AGENT_NOT_FOUND,
                        "There is no agent with this id; check the id, or have the agent connect first.")
                .with("agentId", id);
    }

    private Mono<StoredTask> stored(NewTask task) {
        return Mono.defer(() -> store.tasks().create(task)).onErrorMap(failure -> restingOrNotMade(failure, task));
    }

    /** Of one who rests its caller has to know, who can choose another. */
    private static Throwable restingOrNotMade(Throwable failure, NewTask task) {
        return failure instanceof StoreException.Resting ? failure : notMade(failure, task);
    }

    private static ProtocolException notMade(Throwable failure, NewTask task) {
        ProtocolException told = told(failure, task.taskId());
        // Whoever does not know whether it was made can look.
        return told.code() == ErrorCode.STORE_UNAVAILABLE ? told.with("taskId", task.taskId()) : told;
    }

    private Mono<StoredTask> stored(Call call, String taskId) {
        return Mono.defer(() -> store.tasks().get(call.caller().workspaceId(), taskId))
                .onErrorMap(failure -> told(failure, taskId));
    }

    private Mono<StoredTask> visible(Call call, String taskId) {
        Caller caller = call.caller();
        return stored(call, taskId).flatMap(known -> {
            Task task = known.task();
            String id = caller.id();
            String sessionId = task.sessionId();
            if (caller.trusted()
                    || id.equals(task.delegator())
                    || id.equals(task.delegatee())
                    || task.lostTurns().stream().anyMatch(turn -> turn.agentId().equals(id))
                    || task.fallbackAgents().contains(id)) {
                return Mono.just(known);
            }
            ProtocolException refusal = Problems.forbidden(
                    "Only who gave or was given a task can read it, and who takes part in its session.");
            if (sessionId == null) {
                return Mono.error(refusal);
            }
            return gate.known(call, sessionId)
                    .filter(session -> session.document().channelId().equals(known.sessionKey()))
                    .onErrorMap(failure -> failure instanceof StoreException.Unavailable
                            ? ErrorMapper.map(failure, sessionId)
                            : refusal)
                    .switchIfEmpty(Mono.error(refusal))
                    .thenReturn(known);
        });
    }

    /** Asks on until the page is full, there is no more, or enough was asked. */
    private Mono<TaskParams.Tasks> page(TaskQuery query, List<Task> found, long bytes, int calls) {
        return store.tasks().list(query).flatMap(page -> {
            long size = bytes;
            for (StoredTask task : page.tasks()) {
                found.add(task.task());
                size += task.task().payload().length();
                size += task.task().result() == null ? 0 : task.task().result().length();
            }
            String next = page.next();
            int left = query.limit() - page.tasks().size();
            if (next == null || left <= 0 || size > PAGE_BYTES || calls <= 1) {
                return Mono.just(new TaskParams.Tasks(found, next));
            }
            TaskQuery rest = new TaskQuery(
                    query.workspaceId(),
                    query.delegatee(),
                    query.formerDelegatee(),
                    query.delegator(),
                    query.sessionId(),
                    query.sessionKey(),
                    query.statuses(),
                    next,
                    left);
            return page(rest, found, size, calls - 1);
        });
    }

    private static NewTask inSession(NewTask task, StoredSession session) {
        return new NewTask(
                task.taskId(),
                task.workspaceId(),
                task.sessionId(),
                session.document().channelId(),
                task.delegator(),
                task.delegatee(),
                task.taskType(),
                task.payload(),
                task.priority(),
                task.timeoutMs(),
                task.retryPolicy(),
                task.fallbackAgents(),
                task.envelope(),
                task.chosen(),
                task.limits());
    }

    private static @Nullable String cursor(@Nullable String given) {
        if (given == null || given.isEmpty()) {
            return null;
        }
        try {
            return Long.toString(Long.parseLong(given));
        } catch (NumberFormatException e) {
            throw Problems.invalid("cursor", given, "nextCursor of the page before");
        }
    }

    /** Failures as callers are told them. */
    private static ProtocolException told(Throwable failure, String taskId) {
        if (failure instanceof StoreException.NotFound) {
            return ProtocolException.of(
                            ErrorCode.NOT_FOUND,
                            "There is no task with this id; check the id. Finished tasks are kept for a while only.")
                    .with("taskId", taskId);
        }
        if (failure instanceof StoreException.Full full) {
            TaskLimits limits = TaskLimits.DEFAULT;
            String why = switch (full.limit()) {
                case "agent" -> "The agent has " + limits.openOfAgent() + " unfinished tasks, as many as it may have";
                case "workspace" ->
                    "The workspace has " + limits.openOfWorkspace() + " unfinished tasks, as many as it may have";
                default ->
                    "The workspace's tasks take up " + (limits.bytesOfWorkspace() >> 20) + " MiB, as much as they may";
            };
            return ProtocolException.of(
                            ErrorCode.RATE_LIMITED,
                            why + "; nothing was done. Go on when some are finished, or cancel some.")
                    .with("limit", full.limit())
                    .with("retryAfterMs", 5_000L);
        }
        ProtocolException told = ErrorMapper.map(failure, "");
        return told.code() == ErrorCode.TASK_FINISHED ? told.with("taskId", taskId) : told;
    }
}
