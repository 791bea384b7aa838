package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.gateway.session.NewSession.Parties;
import dev.parley.gateway.session.TimeoutRules.Tier;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionCreated;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Makes sessions, and finds the one of a user. Called on event loops; keeps nothing between calls. */
public final class SessionService {
    /** For so long a session that resolve made is taken up by others who resolve at the same time. */
    private static final long SHARED_CREATION_MILLIS = 10_000;

    private final Store store;
    private final GatewayConfig config;
    private final SessionResolver resolver;
    private final SessionGate gate;
    private final NewSession rules;

    /** Takes up the most recent session of a user. */
    public SessionService(Store store, GatewayConfig config) {
        this(store, config, SessionResolver.MOST_RECENT);
    }

    /**
     * @param resolver which of a user's sessions is taken up
     */
    public SessionService(Store store, GatewayConfig config, SessionResolver resolver) {
        this.store = store;
        this.config = config;
        this.resolver = resolver;
        this.gate = new SessionGate(store);
        this.rules = new NewSession(config);
    }

    /** A session, and whether it was made just now. */
    public record Resolved(StoredSession session, boolean created) {}

    /** {@code session.create}. */
    public Mono<SessionCreated> create(Call call, SessionParams.Create params) {
        return SessionGate.told("", Mono.defer(() -> {
            Parties parties = rules.parties(call.caller(), params, true);
            return insert(call, params, parties, null, false)
                    .flatMap(session -> attached(call, session))
                    .map(session -> SessionViews.created(session, store.nowMillis()));
        }));
    }

    /** {@code session.resolve}: the answer; over a socket the caller is attached to it. */
    public Mono<SessionInfo> resolve(Call call, SessionParams.Create params) {
        return Mono.defer(() -> {
            // Asked here, on the connection's loop: what comes of the store comes on any thread.
            SocketCaller socket = call.socket();
            List<String> before = socket == null || call.caller().isAgent() ? List.of() : socket.attached();
            return find(call, params)
                    .flatMap(found -> before.contains(found.session().document().sessionId())
                            ? Mono.just(found)
                            : attached(call, found.session()).thenReturn(found))
                    .map(found -> SessionViews.info(found.session(), store.nowMillis(), null, found.created()));
        });
    }

    /** Finds or makes the session of a user (sessions.md section 6); attaches its surface, but not the connection. */
    public Mono<Resolved> find(Call call, SessionParams.Create params) {
        return SessionGate.told("", Mono.defer(() -> {
            Parties parties = rules.parties(call.caller(), params, false);
            String surfaceId = surface(call, params);
            Mono<Resolved> attempt = Mono.defer(
                            () -> store.sessions().candidates(call.caller().workspaceId(), parties.userId(), surfaceId))
                    .flatMap(candidates -> {
                        StoredSession hit = resolver.choose(usable(call, candidates.sessions()), surfaceId);
                        return hit == null
                                ? makeResolved(call, params, parties, candidates.revision())
                                : takeUp(call, hit, surfaceId).map(session -> new Resolved(session, false));
                    });
            return Decisions.until(
                    store,
                    attempt,
                    failure -> failure instanceof StoreException.VersionConflict
                            || failure instanceof StoreException.Ended
                            || failure instanceof StoreException.NotFound);
        }));
    }

    /** {@code session.resume}: goes on in a new session; a live prior one is completed in the same step. */
    public Mono<SessionCreated> resume(Call call, SessionParams.Ref params) {
        Mono<StoredSession> attempt = gate.known(call, params.sessionId()).flatMap(prior -> {
            long now = store.nowMillis();
            String by = call.caller().id();
            Session document = NewSession.resumed(
                    prior.document(),
                    freshId(prior.document().workspaceId(), prior.document().userId()),
                    by,
                    now);
            SessionEnd end =
                    new SessionEnd(SessionStatus.COMPLETED, Instant.ofEpochMilli(now), by, "resumed", null, null, null);
            SessionStore.Commit close = new SessionStore.Commit(
                    params.sessionId(),
                    Ids.cheap(),
                    prior.state().version(),
                    prior.document().withEnd(end),
                    null,
                    end,
                    false,
                    List.of(Changes.ended(end)));
            return store.sessions()
                    .create(new SessionStore.Create(
                            document,
                            plan(document.timeoutConfig(), now),
                            null,
                            new SessionStore.Resumed(params.sessionId(), close)));
        });
        return SessionGate.told(
                params.sessionId(),
                Decisions.untilCurrent(store, attempt)
                        .flatMap(session -> attached(call, session))
                        .map(session -> SessionViews.created(session, store.nowMillis())));
    }

    /** What applies to sessions that are candidates for a user: those of {@code active}, too. */
    List<StoredSession> usable(Call call, List<StoredSession> candidates) {
        long now = store.nowMillis();
        List<StoredSession> usable = new ArrayList<>(candidates.size());
        for (StoredSession candidate : candidates) {
            Session document = candidate.document();
            boolean live = switch (candidate.state().status()) {
                case ACTIVE, SUSPENDED -> true;
                case CREATED ->
                    document.byResolve() && now - document.createdAt().toEpochMilli() < SHARED_CREATION_MILLIS;
                default -> false;
            };
            if (live && SessionAccess.allowed(call.caller(), document)) {
                usable.add(candidate);
            }
        }
        return usable;
    }

    /** The one that is taken up of a user's usable sessions; null when there is none. */
    @Nullable StoredSession choose(List<StoredSession> usable) {
        return resolver.choose(usable, null);
    }

    private Mono<Resolved> makeResolved(Call call, SessionParams.Create params, Parties parties, long revision) {
        NewSession.checkAgentNamed(parties, params);
        return insert(call, params, parties, revision, true).map(session -> new Resolved(session, true));
    }

    private Mono<StoredSession> insert(
            Call call, SessionParams.Create params, Parties parties, @Nullable Long ifRevision, boolean byResolve) {
        return agentTier(call, parties.agentId()).flatMap(agentTier -> {
            long now = store.nowMillis();
            TimeoutConfig timeouts = TimeoutRules.settle(
                    config.session(), TimeoutRules.ofSession(params.timeoutConfig(), params.ttlMinutes()), agentTier);
            Session document = rules.document(
                    call.caller(),
                    params,
                    parties,
                    timeouts,
                    freshId(call.caller().workspaceId(), parties.userId()),
                    surface(call, params),
                    now,
                    byResolve);
            Mono<StoredSession> created =
                    store.sessions().create(new SessionStore.Create(document, plan(timeouts, now), ifRevision, null));
            return byResolve ? created : SessionGate.told(document.sessionId(), created);
        });
    }

    /** The store makes it, so that it can find the session by it. */
    private String freshId(String workspaceId, @Nullable String userId) {
        return store.sessions().newSessionId(workspaceId, userId);
    }

    /** What the agent says about its sessions' time-outs; fails when the agent has to be known and is not. */
    Mono<Tier> agentTier(Call call, @Nullable String agentId) {
        if (agentId == null) {
            return Mono.just(Tier.NONE);
        }
        Tier environment =
                TimeoutRules.ofEnvironment(config.session().agentDefaults().get(TimeoutRules.environmentName(agentId)));
        return store.agents()
                .get(call.caller().workspaceId(), agentId)
                .map(agent -> TimeoutRules.over(TimeoutRules.ofAgent(agent.sessionDefaults()), environment))
                .onErrorResume(StoreException.NotFound.class, unknown -> {
                    if (config.session().openAgents()) {
                        return Mono.just(environment);
                    }
                    return Mono.error(ProtocolException.of(
                                    ErrorCode.AGENT_NOT_FOUND,
                                    "There is no agent with this id; check the id, or have the agent connect first.")
                            .with("agentId", agentId));
                });
    }

    private Mono<StoredSession> takeUp(Call call, StoredSession hit, @Nullable String surfaceId) {
        return withSurface(call, hit, surfaceId).flatMap(session -> {
            if (session.state().status() == SessionStatus.CREATED) {
                return Mono.just(session);
            }
            return store.sessions()
                    .renew(new SessionStore.Renew(session.document().sessionId(), Ids.cheap(), false, 0))
                    .map(SessionStore.Renewed::session);
        });
    }

    private Mono<StoredSession> withSurface(Call call, StoredSession session, @Nullable String surfaceId) {
        Session document = session.document();
        if (surfaceId == null || document.surfaces().contains(surfaceId)) {
            return Mono.just(session);
        }
        List<String> surfaces = new ArrayList<>(document.surfaces());
        surfaces.add(surfaceId);
        long version = session.state().version();
        return store.sessions()
                .commit(new SessionStore.Commit(
                        document.sessionId(),
                        Ids.cheap(),
                        version,
                        document.withSurfaces(List.copyOf(surfaces)),
                        null,
                        null,
                        false,
                        List.of(Changes.updated(
                                version + 1, "surfaces", call.caller().id()))));
    }

    /**
     * Attaches the connection of a user, from where the session stands in the answer, so that nothing that follows is missed.
     * An agent's is attached by its being a participant.
     */
    private Mono<StoredSession> attached(Call call, StoredSession session) {
        SocketCaller socket = call.socket();
        if (socket == null || call.caller().isAgent()) {
            return Mono.just(session);
        }
        String sessionId = session.document().sessionId();
        return socket.attach(sessionId, session.state().epoch(), session.state().head())
                .thenReturn(session)
                // The session is there: a refusal would say that it is not.
                .onErrorMap(failure -> ErrorMapper.map(
                        failure instanceof StoreException.Unavailable
                                ? new StoreException.Unavailable("attaching failed", true)
                                : failure,
                        sessionId));
    }

    private DeadlinePlan plan(TimeoutConfig timeouts, long createdAt) {
        return TimeoutRules.plan(timeouts, createdAt, config.session().warningLadderSeconds());
    }

    private static @Nullable String surface(Call call, SessionParams.Create params) {
        String given = params.surfaceId();
        SocketCaller socket = call.socket();
        return given != null || socket == null ? given : socket.surfaceId();
    }
}
