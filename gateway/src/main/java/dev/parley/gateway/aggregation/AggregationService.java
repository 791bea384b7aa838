package dev.parley.gateway.aggregation;

import dev.parley.gateway.aggregation.Aggregator.Outcome;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.session.Decisions;
import dev.parley.gateway.session.Problems;
import dev.parley.gateway.session.SessionGate;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.aggregation.AgentResult;
import dev.parley.protocol.aggregation.Aggregation;
import dev.parley.protocol.aggregation.AggregationMethod;
import dev.parley.protocol.aggregation.AggregationParams;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.store.AggregationStore.AggregationLimits;
import dev.parley.store.AggregationStore.NewAggregation;
import dev.parley.store.AggregationStore.Replacement;
import dev.parley.store.AggregationStore.StoredAggregation;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Aggregations. One that belongs to a session is for those who may read that session, and is added to only while it lives; any
 * other is for all of its workspace who know its id. Called on event loops; keeps nothing between calls.
 */
public final class AggregationService {
    /** How long one is kept after its creation. */
    static final long KEPT_MILLIS = 24 * 3_600_000L;

    /** What is kept of a workspace: 10,000, and 64 MiB. */
    static final AggregationLimits LIMITS = new AggregationLimits(10_000, 64L << 20);

    private final Store store;
    private final SessionGate gate;
    private final int maxBytes;

    /** Aggregations of a store; one may be as large as a shared context. */
    public AggregationService(Store store, GatewayConfig config) {
        this.store = store;
        this.gate = new SessionGate(store);
        this.maxBytes = config.limits().maxContextBytes();
    }

    /** Binds the operations on aggregations. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.AGGREGATION_CREATE, this::create)
                .bind(Operations.AGGREGATION_GET, this::get)
                .bind(Operations.AGGREGATION_ADD, this::add);
    }

    /** {@code aggregation.create}. */
    public Mono<Aggregation> create(Call call, AggregationParams.Create params) {
        ResultRules.check(params);
        String sessionId = params.sessionId();
        return live(call, sessionId)
                .then(Mono.defer(() -> {
                    Instant now = Instant.ofEpochMilli(store.nowMillis());
                    Aggregation made = made(
                            new Aggregation(
                                    UUID.randomUUID().toString(),
                                    sessionId,
                                    params.taskType(),
                                    params.method(),
                                    null,
                                    0,
                                    List.of(),
                                    false,
                                    List.of(),
                                    List.of(),
                                    params.weights(),
                                    params.specialists(),
                                    now,
                                    now),
                            params.results(),
                            now);
                    return store.aggregations()
                            .create(new NewAggregation(
                                    call.caller().workspaceId(),
                                    made.aggregationId(),
                                    document(made),
                                    KEPT_MILLIS,
                                    LIMITS))
                            .thenReturn(made);
                }))
                .onErrorMap(failure -> ErrorMapper.map(failure, sessionId == null ? "" : sessionId));
    }

    /** {@code aggregation.get}. */
    public Mono<Aggregation> get(Call call, AggregationParams.Ref params) {
        return stored(call, params.aggregationId())
                .map(AggregationService::read)
                .flatMap(known -> known.sessionId() == null
                        ? Mono.just(known)
                        : gate.known(call, known.sessionId()).thenReturn(known))
                .onErrorMap(failure -> mapped(failure, params.aggregationId()));
    }

    /** {@code aggregation.add}: decides anew when somebody else added meanwhile. */
    public Mono<Aggregation> add(Call call, AggregationParams.Add params) {
        String id = params.aggregationId();
        String operationId = UUID.randomUUID().toString();
        Mono<Aggregation> attempt = stored(call, id).flatMap(stored -> {
            Aggregation known = read(stored);
            return live(call, known.sessionId()).then(Mono.defer(() -> {
                List<AgentResult> added = ResultRules.added(params, known.method());
                Aggregation made = made(known, added, Instant.ofEpochMilli(store.nowMillis()));
                return store.aggregations()
                        .replace(new Replacement(
                                call.caller().workspaceId(), id, operationId, stored.version(), document(made), LIMITS))
                        .thenReturn(made);
            }));
        });
        return Decisions.untilCurrent(store, attempt).onErrorMap(failure -> mapped(failure, id));
    }

    private Mono<StoredAggregation> stored(Call call, String aggregationId) {
        return Mono.defer(() -> store.aggregations().get(call.caller().workspaceId(), aggregationId))
                .onErrorMap(StoreException.NotFound.class, failure -> unknown(aggregationId));
    }

    /** Refuses a caller who may not change the session; nothing without one. */
    private Mono<Void> live(Call call, @Nullable String sessionId) {
        return sessionId == null ? Mono.empty() : gate.live(call, sessionId).then();
    }

    /** With more results, of which those of agents that gave one already replace theirs, and what comes of all. */
    private static Aggregation made(Aggregation known, List<AgentResult> added, Instant now) {
        Map<String, AgentResult> byAgent = new LinkedHashMap<>();
        known.results().forEach(result -> byAgent.put(result.agentId(), result));
        added.forEach(result -> byAgent.put(result.agentId(), result));
        List<AgentResult> results = List.copyOf(byAgent.values());
        ResultRules.checkCount(results.size());
        AggregationMethod method = known.method();
        Outcome outcome = Aggregator.aggregate(method, results, known.weights(), known.specialists());
        return new Aggregation(
                known.aggregationId(),
                known.sessionId(),
                known.taskType(),
                method,
                outcome.result(),
                outcome.confidence(),
                outcome.conflicts(),
                outcome.requiresReview(),
                outcome.recommendations(),
                results,
                known.weights(),
                known.specialists(),
                known.createdAt(),
                now);
    }

    private static Aggregation read(StoredAggregation stored) {
        return BodyCodec.decode(stored.document(), Aggregation.class);
    }

    private RawJson document(Aggregation aggregation) {
        RawJson document = BodyCodec.encode(aggregation);
        if (document.length() > maxBytes) {
            throw Problems.tooLarge("results", document.length(), maxBytes);
        }
        return document;
    }

    private static ProtocolException mapped(Throwable failure, String aggregationId) {
        return failure instanceof StoreException.NotFound
                ? unknown(aggregationId)
                : ErrorMapper.map(failure, aggregationId);
    }

    private static ProtocolException unknown(String aggregationId) {
        return ProtocolException.of(
                        ErrorCode.NOT_FOUND,
                        "There is no aggregation with this id, or not any more; check the id, or create one.")
                .with("aggregationId", aggregationId);
    }
}
