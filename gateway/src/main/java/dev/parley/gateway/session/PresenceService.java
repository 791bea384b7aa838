package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.PresenceStore.Held;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Tells who is there, over all gateways. Called on event loops; keeps nothing between calls. */
public final class PresenceService {
    /** Gateways' ideas of the store's clock differ by less. */
    private static final long CLOCKS_MILLIS = 1_000;

    private final Store store;
    private final SessionGate gate;

    /** Asks a store. */
    public PresenceService(Store store) {
        this.store = store;
        this.gate = new SessionGate(store);
    }

    /** {@code session.presence}: who is there, by when they came. Agents are there while they are online. */
    Mono<SessionResults.Presence> presence(Call call, SessionParams.Ref params) {
        String id = params.sessionId();
        Mono<SessionResults.Presence> answer = gate.readable(call, id)
                .flatMap(session ->
                        Mono.zip(store.presence().of(id), online(session).collectList(), PresenceService::merged));
        return SessionGate.told(id, answer);
    }

    /** The surfaces that have a live connection on any gateway. */
    Mono<Set<String>> surfaces(String sessionId) {
        return store.presence().of(sessionId).map(all -> {
            Set<String> live = new HashSet<>();
            all.forEach(held -> live.addAll(held.surfaces()));
            return live;
        });
    }

    /** The agents that are attached by themselves: to a live session, while they are online. */
    private Flux<SessionResults.PresentParticipant> online(StoredSession session) {
        Session document = session.document();
        if (session.state().status().isTerminal()) {
            return Flux.empty();
        }
        return Flux.fromIterable(document.participants())
                .filter(one -> one.present() && Participant.AGENT.equals(one.kind()))
                .flatMapSequential(one -> store.agents()
                        .get(document.workspaceId(), one.id())
                        .filter(agent -> agent.isOnline() && agent.connectedAt() != null)
                        .map(agent -> new SessionResults.PresentParticipant(
                                one.id(), one.kind(), List.of(), 1, later(agent.connectedAt(), one.joinedAt())))
                        .onErrorResume(StoreException.NotFound.class, unknown -> Mono.empty()));
    }

    /**
     * One entry for each participant; what gateways hold goes before what follows from being online. An agent that detached by
     * hand is not there, unless it connected anew since.
     */
    static SessionResults.Presence merged(List<Held> held, List<SessionResults.PresentParticipant> online) {
        Map<String, SessionResults.PresentParticipant> all = new LinkedHashMap<>();
        Map<String, Long> away = new HashMap<>(2);
        List<Held> inOrder = new ArrayList<>(held);
        inOrder.sort(Comparator.comparingLong(Held::since).thenComparing(Held::participantId));
        for (Held one : inOrder) {
            if (one.away()) {
                away.put(one.participantId(), one.since());
                continue;
            }
            all.merge(
                    one.participantId(),
                    new SessionResults.PresentParticipant(
                            one.participantId(),
                            one.kind(),
                            one.surfaces(),
                            one.connections(),
                            Instant.ofEpochMilli(one.since())),
                    PresenceService::both);
        }
        for (SessionResults.PresentParticipant agent : online) {
            Long since = away.get(agent.participantId());
            if (since == null || since + CLOCKS_MILLIS < agent.since().toEpochMilli()) {
                all.putIfAbsent(agent.participantId(), agent);
            }
        }
        List<SessionResults.PresentParticipant> present = new ArrayList<>(all.values());
        present.sort(Comparator.comparing(SessionResults.PresentParticipant::since));
        return new SessionResults.Presence(present);
    }

    private static SessionResults.PresentParticipant both(
            SessionResults.PresentParticipant first, SessionResults.PresentParticipant second) {
        Set<String> surfaces = new LinkedHashSet<>(first.surfaces());
        surfaces.addAll(second.surfaces());
        return new SessionResults.PresentParticipant(
                first.participantId(),
                first.kind(),
                List.copyOf(surfaces),
                first.connections() + second.connections(),
                first.since());
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
