package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults.Deadline;
import dev.parley.protocol.session.SessionResults.HeartbeatAnswer;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The heartbeats of sockets. What the connection heard of its sessions decides which are written, so most heartbeats ask the
 * store nothing. A session that is gone, ended or not theirs is passed over: its absence from the deadlines tells it, and it is
 * no reason to let the others die. Called on event loops; keeps nothing between calls.
 */
public final class HeartbeatService {
    private static final int MAX_DEADLINES = 100;

    /** Writes of one heartbeat that are under way at once. */
    private static final int CONCURRENCY = 16;

    private static final Set<String> HEALTHS = Set.of("healthy", "degraded", "unhealthy");
    private static final Comparator<StoredSession> LATEST_FIRST = Comparator.comparingLong(
                    (StoredSession session) -> session.state().expiresAt())
            .reversed();

    private final Store store;
    private final SessionGate gate;

    /** Heartbeats for the sessions of a store. */
    public HeartbeatService(Store store) {
        this.store = store;
        this.gate = new SessionGate(store);
    }

    /** {@code heartbeat}. */
    public Mono<HeartbeatAnswer> heartbeat(Call call, SessionParams.Heartbeat params) {
        return SessionGate.told("", Mono.defer(() -> {
            check(params);
            Map<String, StoredSession> known = attached(call.socket());
            List<Mono<?>> writes = new ArrayList<>();
            Map<String, StoredSession> told = new LinkedHashMap<>(known);
            for (String sessionId : toRenew(call, params, known.keySet())) {
                StoredSession session = known.get(sessionId);
                if (session != null && session.state().status().isTerminal()) {
                    continue;
                }
                if (session == null || HeartbeatRules.mustWrite(session, store.nowMillis())) {
                    told.remove(sessionId);
                    writes.add(renew(call, sessionId, session));
                }
            }
            if (call.caller().isAgent()) {
                writes.add(agentSeen(call, params));
            }
            seen(call, params, known, writes);
            if (writes.isEmpty()) {
                return Mono.just(answer(told.values()));
            }
            return Flux.fromIterable(writes)
                    .flatMap(write -> write, CONCURRENCY)
                    .ofType(StoredSession.class)
                    .collectList()
                    .map(renewed -> {
                        renewed.forEach(session -> told.put(session.document().sessionId(), session));
                        return answer(told.values());
                    });
        }));
    }

    private HeartbeatAnswer answer(Collection<StoredSession> sessions) {
        long now = store.nowMillis();
        // Keeps the soonest: an agent may have ten thousand sessions.
        PriorityQueue<StoredSession> soonest = new PriorityQueue<>(LATEST_FIRST);
        for (StoredSession session : sessions) {
            if (session.state().status().isTerminal() || session.state().expiresAt() <= now) {
                continue;
            }
            soonest.add(session);
            if (soonest.size() > MAX_DEADLINES) {
                soonest.remove();
            }
        }
        List<Deadline> deadlines = soonest.stream()
                .sorted(LATEST_FIRST.reversed())
                .map(HeartbeatRules::deadline)
                .toList();
        return new HeartbeatAnswer(Instant.ofEpochMilli(now), deadlines);
    }

    /** A user's: those named, else all attached; an agent's: only those named, so that idle sessions end while it is up. */
    private static Collection<String> toRenew(Call call, SessionParams.Heartbeat params, Set<String> attached) {
        List<String> named = params.sessions();
        if (named != null) {
            return Set.copyOf(named);
        }
        return call.caller().isAgent() ? List.of() : List.copyOf(attached);
    }

    private Mono<StoredSession> renew(Call call, String sessionId, @Nullable StoredSession cached) {
        Mono<StoredSession> allowed = cached == null ? gate.known(call, sessionId) : Mono.just(cached);
        return allowed.flatMap(session -> store.sessions()
                        .renew(new SessionStore.Renew(
                                sessionId, Ids.cheap(), false, HeartbeatRules.coalescingMillis(session.plan()))))
                .map(SessionStore.Renewed::session)
                .onErrorResume(HeartbeatService::isOnesOwn, failure -> Mono.empty());
    }

    private void seen(
            Call call, SessionParams.Heartbeat params, Map<String, StoredSession> known, List<Mono<?>> writes) {
        Map<String, Long> seen = params.seen();
        if (seen == null) {
            return;
        }
        seen.forEach((sessionId, seq) -> {
            StoredSession session = known.get(sessionId);
            Mono<StoredSession> allowed = session == null ? gate.known(call, sessionId) : Mono.just(session);
            writes.add(allowed.flatMap(
                            there -> store.log().seen(sessionId, call.caller().id(), seq))
                    .onErrorResume(HeartbeatService::isOnesOwn, failure -> Mono.empty()));
        });
    }

    private Mono<?> agentSeen(Call call, SessionParams.Heartbeat params) {
        return store.agents()
                .heartbeat(call.caller().workspaceId(), call.caller().id(), params.health(), params.load())
                .onErrorResume(StoreException.NotFound.class, gone -> Mono.empty());
    }

    /** Whether a failure is about one session, and not about the store. */
    private static boolean isOnesOwn(Throwable failure) {
        return failure instanceof ProtocolException
                || (failure instanceof StoreException && !(failure instanceof StoreException.Unavailable));
    }

    private static Map<String, StoredSession> attached(@Nullable SocketCaller socket) {
        if (socket == null) {
            return Map.of();
        }
        Map<String, StoredSession> known = new LinkedHashMap<>();
        for (String sessionId : socket.attached()) {
            StoredSession session = socket.attachedSession(sessionId);
            if (session != null) {
                known.put(sessionId, session);
            }
        }
        return known;
    }

    private static void check(SessionParams.Heartbeat params) {
        String health = params.health();
        if (health != null && !HEALTHS.contains(health)) {
            throw Problems.invalid("health", health, "healthy, degraded or unhealthy");
        }
        Double load = params.load();
        if (load != null && !(load >= 0 && load <= 1)) {
            throw Problems.invalid("load", load, "a number from 0 to 1");
        }
        Map<String, Long> seen = params.seen();
        if (seen != null) {
            seen.forEach((sessionId, seq) -> {
                if (seq < 0) {
                    throw Problems.invalid("seen." + sessionId, seq, "0 or more");
                }
            });
        }
    }
}
