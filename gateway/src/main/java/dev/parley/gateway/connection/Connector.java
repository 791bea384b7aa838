package dev.parley.gateway.connection;

import dev.parley.gateway.agent.AgentRules;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.routing.Push;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.AgentStore.Registration;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What {@code connect} does: takes down who it is, registers an agent, attaches to the sessions that were named, resolves one
 * where that was asked; afterwards attaches an agent to all its other sessions at the socket's pace. Called on the loop of the
 * connection it is about.
 */
final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
    private static final int MAX_NAMED = 100;
    private static final int AGENT_PAGE = 100;
    private static final long RETRY_MILLIS = 1_000;
    private static final long LONGEST_RETRY_MILLIS = 30_000;

    private final Connections connections;
    private final GatewayConfig config;
    private final Store store;

    Connector(Connections connections, GatewayConfig config, Store store) {
        this.connections = connections;
        this.config = config;
        this.store = store;
    }

    Mono<SessionResults.Connected> connect(Connection connection, RawJson json) {
        return Mono.defer(() -> {
            SessionParams.Connect params = BodyCodec.decode(json, SessionParams.Connect.class);
            check(params);
            Caller caller = new Caller(params.id(), params.kind(), Caller.DEFAULT_WORKSPACE, false);
            Mono<Optional<Agent>> granted = caller.isAgent()
                    ? register(connection, params)
                            .doOnError(StoreException.Unavailable.class, unknown -> letGoOf(caller.id(), connection, 0))
                            .map(Optional::of)
                    : Mono.just(Optional.empty());
            return granted.flatMap(agent -> onHome(connection, () -> {
                connection.connected(caller);
                connection.sessions().surface(params.surfaceId());
                Mono<Void> held = agent.map(grant -> hold(connection, grant)).orElseGet(Mono::empty);
                List<SessionParams.Attach> named = params.sessions() == null ? List.of() : params.sessions();
                return held.thenMany(Flux.fromIterable(named))
                        .concatMap(session -> attach(connection, session))
                        .concatWith(resolve(connection, caller, params))
                        .collectList()
                        .flatMap(entries -> inbox(connection, caller)
                                .map(inbox -> answer(connection, entries, inbox))
                                .switchIfEmpty(Mono.fromSupplier(() -> answer(connection, entries, null))));
            }));
        });
    }

    /** After the answer: an agent is attached to whatever else it takes part in. */
    void connected(Connection connection) {
        Caller caller = connection.caller();
        if (caller != null && caller.isAgent()) {
            connection.inbox().begin();
            connection.agentNews().look();
            attachAll(connection, caller, null);
        }
    }

    /**
     * Makes a connection the one that holds its agent here. Whoever unregistered the agent since it was granted told that to
     * nobody, as this connection was not there to be found: so the store is asked once it is.
     */
    private Mono<Void> hold(Connection connection, Agent granted) {
        Instant since = Objects.requireNonNullElse(granted.connectedAt(), Instant.EPOCH);
        connections.holds(granted.id(), connection, since);
        return store.agents().isStillRegistered(granted).flatMap(still -> {
            if (still) {
                return Mono.empty();
            }
            connection.onLoop(() -> connection.close(CloseCode.NOT_REGISTERED));
            return Mono.error(ProtocolException.of(
                            ErrorCode.AGENT_NOT_FOUND,
                            "The agent was unregistered while it connected; register it again before it connects.")
                    .with("agentId", granted.id()));
        });
    }

    /** What waits for an agent; what comes after it is pushed. Nothing for a user. */
    private Mono<SessionResults.Inbox> inbox(Connection connection, Caller caller) {
        if (!caller.isAgent()) {
            return Mono.empty();
        }
        return store.inbox().standing(caller.workspaceId(), caller.id()).map(standing -> {
            connection.onLoop(() -> connection.inbox().after(standing.number()));
            return new SessionResults.Inbox(standing.unread());
        });
    }

    /** A session was given to an agent that is connected here. */
    void assigned(Connection connection, String sessionId) {
        attachAndTell(connection, sessionId)
                .subscribe(
                        attached -> connection.sessions().tellPresent(sessionId),
                        away -> connections
                                .time()
                                .schedule(
                                        RETRY_MILLIS, () -> connection.onLoop(() -> assigned(connection, sessionId))));
    }

    /** The connection does not take part any more. */
    void left(Connection connection) {
        Caller caller = connection.caller();
        if (caller != null && caller.isAgent()) {
            connections.letGo(caller.id(), connection);
            disconnect(caller.id(), connection, 0);
        }
    }

    /** An agent whose connection is not here must not stay online, however long the store is away. */
    private void disconnect(String agentId, Connection connection, int attempt) {
        store.agents().disconnect(agentId, connection.id()).subscribe(null, failure -> {
            LOG.warn("agent={} is still shown online cause={}", agentId, failure.toString());
            letGoOf(agentId, connection, attempt);
        });
    }

    /** Makes it offline in a while, unless the connection has become the agent's after all. */
    private void letGoOf(String agentId, Connection connection, int attempt) {
        long ceiling = Math.min(LONGEST_RETRY_MILLIS, RETRY_MILLIS << Math.min(attempt, 5));
        long wait = RETRY_MILLIS / 2 + ThreadLocalRandom.current().nextLong(ceiling);
        connections
                .time()
                .schedule(
                        wait,
                        () -> connection.onLoop(() -> {
                            Caller now = connection.caller();
                            if (now == null || !connection.isOpen()) {
                                disconnect(agentId, connection, attempt + 1);
                            }
                        }));
    }

    private static void check(SessionParams.Connect params) {
        if (!Caller.USER.equals(params.kind()) && !Caller.AGENT.equals(params.kind())) {
            throw invalid("kind", params.kind(), "user or agent");
        }
        if (params.sessions() != null && params.sessions().size() > MAX_NAMED) {
            throw invalid("sessions", params.sessions().size(), "at most " + MAX_NAMED + " sessions");
        }
        RawJson resolve = params.resolve();
        if (resolve != null && isAsked(resolve)) {
            if (Caller.AGENT.equals(params.kind())) {
                throw invalid("resolve", resolve.toString(), "left out by agents");
            }
            if (!resolve.isObject() && !"true".equals(resolve.toString())) {
                throw invalid("resolve", resolve.toString(), "true, or an object");
            }
        }
    }

    private static boolean isAsked(RawJson resolve) {
        return !"false".equals(resolve.toString());
    }

    private static ProtocolException invalid(String field, Object value, String expected) {
        return ProtocolException.of(ErrorCode.VALIDATION_ERROR, "connect: " + field + " must be " + expected + ".")
                .with("field", field)
                .with("providedValue", value)
                .with("expectedFormat", expected);
    }

    /** Makes an agent known and online. */
    private Mono<Agent> register(Connection connection, SessionParams.Connect params) {
        Instant now = Instant.ofEpochMilli(store.nowMillis());
        Registration registration = AgentRules.registration(
                new AgentParams.Register(
                        params.id(),
                        params.name(),
                        params.label(),
                        params.framework(),
                        params.capabilities(),
                        params.profile(),
                        params.sessionDefaults(),
                        params.follows(),
                        params.metadata(),
                        AgentRules.HEALTHY,
                        0.0),
                Caller.DEFAULT_WORKSPACE,
                config.limits().maxMetadataLength(),
                now);
        return store.agents()
                .connect(registration, connection.id())
                .onErrorMap(StoreException.Conflict.class, taken -> AgentRules.taken(params.id()));
    }

    private Mono<SessionResults.Entry> attach(Connection connection, SessionParams.Attach named) {
        return connection
                .sessions()
                .attach(named.sessionId(), named.epoch(), named.seq())
                .onErrorResume(failure -> {
                    ProtocolException refusal = ErrorMapper.map(failure, named.sessionId());
                    return Mono.just(new SessionResults.Entry(
                            named.sessionId(),
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            new SessionResults.EntryError(
                                    refusal.code().name(), refusal.code().status())));
                });
    }

    private Mono<SessionResults.Entry> resolve(Connection connection, Caller caller, SessionParams.Connect params) {
        RawJson wanted = params.resolve();
        if (wanted == null || !isAsked(wanted)) {
            return Mono.empty();
        }
        Map<String, Object> request = new LinkedHashMap<>();
        if (wanted.isObject()) {
            Resolve given = BodyCodec.decode(wanted, Resolve.class);
            putUnlessNull(request, "agentId", given.agentId());
            putUnlessNull(request, "metadata", given.metadata());
            putUnlessNull(request, "timeoutConfig", given.timeoutConfig());
            putUnlessNull(request, "ttlMinutes", given.ttlMinutes());
            putUnlessNull(request, "name", given.name());
        }
        request.put("userId", caller.id());
        putUnlessNull(request, "surfaceId", params.surfaceId());
        return connections
                .dispatcher()
                .dispatch(
                        new Call(caller, connection.sessions()),
                        Operations.SESSION_RESOLVE,
                        RawJson.of(Json.write(request)),
                        false)
                .flatMap(found -> connection.sessions().attach(found.sessionId(), null, null));
    }

    /** What a session may be made from, as it came. */
    record Resolve(
            @Nullable RawJson agentId,
            @Nullable RawJson metadata,
            @Nullable RawJson timeoutConfig,
            @Nullable RawJson ttlMinutes,
            @Nullable RawJson name) {}

    private static void putUnlessNull(Map<String, Object> request, String name, @Nullable Object value) {
        if (value != null) {
            request.put(name, value);
        }
    }

    private SessionResults.Connected answer(
            Connection connection, List<SessionResults.Entry> entries, SessionResults.@Nullable Inbox inbox) {
        return new SessionResults.Connected(
                connection.id(),
                Math.max(1, config.connection().heartbeatMillis() / 1000),
                Instant.ofEpochMilli(store.nowMillis()),
                config.server().nodeName(),
                new SessionResults.Limits(
                        config.connection().maxFrameBytes(),
                        config.session().maxContentLength(),
                        config.limits().maxMetadataLength(),
                        MAX_NAMED,
                        config.connection().maxInFlight()),
                entries,
                inbox);
    }

    private void attachAll(Connection connection, Caller caller, @Nullable String cursor) {
        store.sessions()
                .ofAgent(caller.workspaceId(), caller.id(), cursor, AGENT_PAGE)
                .subscribe(
                        page -> connection.onLoop(() -> Flux.fromIterable(page.sessionIds())
                                .concatMap(id -> attachAndTell(connection, id), 1)
                                .subscribe(null, away -> attachLater(connection, caller, cursor), () -> {
                                    String next = page.next();
                                    if (next != null && connection.isOpen()) {
                                        whenWritable(connection, () -> attachAll(connection, caller, next));
                                    }
                                })),
                        failure -> {
                            LOG.warn("agent={} cannot be attached yet cause={}", caller.id(), failure.toString());
                            attachLater(connection, caller, cursor);
                        });
    }

    /** Goes on with a page when the store may be back; what is attached already is passed over. */
    private void attachLater(Connection connection, Caller caller, @Nullable String cursor) {
        connections
                .time()
                .schedule(
                        RETRY_MILLIS,
                        () -> connection.onLoop(() -> {
                            if (connection.isOpen()) {
                                attachAll(connection, caller, cursor);
                            }
                        }));
    }

    private Mono<SessionResults.Entry> attachAndTell(Connection connection, String sessionId) {
        return Mono.defer(() -> {
                    if (!connection.isOpen() || connection.sessions().isAttachedOrSoon(sessionId)) {
                        return Mono.<SessionResults.Entry>empty();
                    }
                    return connection.sessions().attach(sessionId, null, null);
                })
                .doOnNext(entry -> {
                    Map<String, Object> params = new LinkedHashMap<>();
                    params.put("entry", entry);
                    connection.tell(Push.of(EventTypes.SESSION_ATTACHED, params));
                })
                .onErrorResume(failure -> {
                    if (failure instanceof StoreException.Unavailable) {
                        LOG.warn("agent is not attached yet session={} cause={}", sessionId, failure.toString());
                        return Mono.error(failure);
                    }
                    // It ended, or the agent left it, since the list was read.
                    LOG.debug("agent is not attached session={} cause={}", sessionId, failure.toString());
                    return Mono.empty();
                });
    }

    /** Goes on when the socket has room, so that an agent's thousands of sessions do not pile up in front of it. */
    private void whenWritable(Connection connection, Runnable next) {
        if (connection.outbound().writable()) {
            connection.loop().execute(next);
        } else if (connection.isOpen()) {
            connections.time().schedule(50, () -> connection.onLoop(() -> whenWritable(connection, next)));
        }
    }

    private static <T> Mono<T> onHome(Connection connection, java.util.function.Supplier<Mono<T>> work) {
        if (connection.loop().inEventLoop()) {
            return work.get();
        }
        return Mono.create(answer ->
                connection.loop().execute(() -> work.get().subscribe(answer::success, answer::error)));
    }
}
