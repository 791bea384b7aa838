package dev.parley.gateway.envelope;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.envelope.EnvelopeRules.About;
import dev.parley.gateway.envelope.EnvelopeRules.Beat;
import dev.parley.gateway.envelope.Routes.Route;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.session.Problems;
import dev.parley.gateway.session.TaskService;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.envelope.Envelope;
import dev.parley.protocol.envelope.Envelope.Recipient;
import dev.parley.protocol.envelope.EnvelopeAnswer;
import dev.parley.protocol.envelope.HeldEnvelope;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.task.Task;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredTask;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import dev.parley.store.TaskStore.TaskUpdate;
import dev.parley.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Takes envelopes. A request makes a task, whose id follows from workspace, sender and {@code message_id}, so that a repeat finds
 * what the first one made; the others say something of a task, or of their sender. Called on event loops.
 */
public final class EnvelopeService {
    /** So often another recipient is chosen when the one before turned out to rest. */
    private static final int CHOICES = 5;

    private final Store store;
    private final TaskService tasks;
    private final Routes routes;
    private final ResponseWait responses;
    private final boolean openAgents;

    /**
     * Envelopes of a store.
     *
     * @param tasks of the same store
     * @param time for how long responses are waited for
     */
    public EnvelopeService(Store store, GatewayConfig config, TaskService tasks, TimeSource time) {
        this.store = store;
        this.tasks = tasks;
        this.routes = new Routes(store, config.routing().strategy());
        this.responses = new ResponseWait(store, time);
        this.openAgents = config.session().openAgents();
    }

    /** Binds the operation on envelopes. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.ENVELOPE_SEND, this::send);
    }

    /** Tells all who wait for a response what is known of it: the gateway is going away. */
    public void giveUp() {
        responses.giveUp();
    }

    /** {@code envelope.send}. */
    public Mono<EnvelopeAnswer> send(Call call, Envelope envelope) {
        String sender = envelope.sender().agent_id();
        if (!call.caller().trusted() && !sender.equals(call.caller().id())) {
            throw Problems.forbidden("You can only send in your own name; give your own id in sender.agent_id.");
        }
        return checkSender(call, sender)
                .then(Mono.defer(() -> switch (envelope.message_type()) {
                    case TASK_REQUEST -> request(call, envelope);
                    case TASK_RESPONSE -> update(call, envelope, Task.COMPLETED, null, envelope.payload(), null);
                    case ERROR -> update(call, envelope, Task.FAILED, null, null, envelope.payload());
                    case STATUS_UPDATE ->
                        update(call, envelope, Task.IN_PROGRESS, EnvelopeRules.progress(envelope), null, null);
                    case HEARTBEAT -> beat(call, envelope);
                }))
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    private Mono<EnvelopeAnswer> request(Call call, Envelope envelope) {
        String workspaceId = call.caller().workspaceId();
        String taskId = id(workspaceId, envelope);
        // Who was chosen may rest by then, as another gateway gave it its trial: that is known when choosing again.
        Mono<StoredTask> made = Mono.defer(() -> routes.of(call, envelope))
                .flatMap(route -> tasks.create(call, task(workspaceId, taskId, envelope, route)))
                .retryWhen(Retry.max(CHOICES)
                        .filter(StoreException.Resting.class::isInstance)
                        .onRetryExhaustedThrow((spec, last) -> last.failure()));
        return store.tasks()
                .get(workspaceId, taskId)
                .onErrorResume(StoreException.NotFound.class, first -> made)
                .flatMap(stored -> {
                    EnvelopeAnswer taken = answer(stored);
                    return EnvelopeRules.isSync(envelope)
                            ? responses.of(workspaceId, stored.task(), taken)
                            : Mono.just(taken);
                });
    }

    private static NewTask task(String workspaceId, String taskId, Envelope envelope, Route route) {
        Agent agent = route.agent();
        Recipient given = envelope.recipient();
        String framework = given != null && given.framework() != null ? given.framework() : agent.framework();
        RawJson metadata = JsonText.mergePatch(
                Objects.requireNonNullElse(envelope.metadata(), RawJson.EMPTY_OBJECT),
                BodyCodec.encode(Map.of("task_id", taskId)));
        HeldEnvelope held = new HeldEnvelope(
                BodyCodec.encode(envelope.to(new Recipient(agent.id(), framework), metadata)),
                agent.isOnline() ? EnvelopeAnswer.DELIVERED : EnvelopeAnswer.QUEUED,
                agent.id(),
                route.reason());
        return new NewTask(
                taskId,
                workspaceId,
                envelope.sender().session_id(),
                null,
                envelope.sender().agent_id(),
                agent.id(),
                EnvelopeRules.taskType(envelope),
                envelope.payload().compact(),
                EnvelopeRules.priority(envelope),
                EnvelopeRules.timeoutMillis(envelope),
                EnvelopeRules.retries(envelope),
                route.fallbacks(),
                BodyCodec.encode(held),
                route.reason() != null,
                TaskLimits.DEFAULT);
    }

    private Mono<EnvelopeAnswer> update(
            Call call,
            Envelope envelope,
            String status,
            @Nullable Double progress,
            @Nullable RawJson result,
            @Nullable RawJson error) {
        String workspaceId = call.caller().workspaceId();
        About about = EnvelopeRules.about(envelope);
        String taskId = Objects.requireNonNull(about.task_id());
        return tasks.update(new TaskUpdate(
                        workspaceId,
                        taskId,
                        id(workspaceId, envelope),
                        envelope.sender().agent_id(),
                        about.attempt(),
                        status,
                        progress,
                        result == null ? null : result.compact(),
                        error == null ? null : error.compact()))
                .map(stored -> taken(taskId));
    }

    private Mono<EnvelopeAnswer> beat(Call call, Envelope envelope) {
        Beat beat = EnvelopeRules.beat(envelope);
        String sender = envelope.sender().agent_id();
        return store.agents()
                .get(call.caller().workspaceId(), sender)
                .then(Mono.defer(() ->
                        store.agents().heartbeat(call.caller().workspaceId(), sender, beat.health(), beat.load())))
                .onErrorMap(StoreException.NotFound.class, unknown -> unknownSender(sender))
                .then(Mono.fromSupplier(() -> taken(null)));
    }

    /** Where agents have to be known, senders have to be. */
    private Mono<Void> checkSender(Call call, String sender) {
        return openAgents
                ? Mono.empty()
                : store.agents()
                        .get(call.caller().workspaceId(), sender)
                        .onErrorMap(StoreException.NotFound.class, unknown -> unknownSender(sender))
                        .then();
    }

    private static EnvelopeAnswer answer(StoredTask stored) {
        HeldEnvelope held = BodyCodec.decode(Objects.requireNonNull(stored.envelope()), HeldEnvelope.class);
        return new EnvelopeAnswer(
                true, held.status(), stored.task().taskId(), held.recipient(), held.routingReason(), null, null);
    }

    private static EnvelopeAnswer taken(@Nullable String taskId) {
        return new EnvelopeAnswer(true, EnvelopeAnswer.DELIVERED, taskId, null, null, null, null);
    }

    /** The same for each repeat of an envelope, and for no other. */
    private static String id(String workspaceId, Envelope envelope) {
        String text = workspaceId + '\n' + envelope.sender().agent_id() + '\n' + envelope.message_id();
        return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private static ProtocolException unknownSender(String id) {
        return ProtocolException.of(
                        ErrorCode.AGENT_NOT_FOUND,
                        "There is no agent with the id of the sender; check the id, or register it first.")
                .with("agentId", id);
    }
}
