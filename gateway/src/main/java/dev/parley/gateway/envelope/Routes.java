package dev.parley.gateway.envelope;

import dev.parley.gateway.envelope.EnvelopeRules.Wants;
import dev.parley.gateway.envelope.RecipientChoice.Candidate;
import dev.parley.gateway.envelope.RecipientChoice.Chosen;
import dev.parley.gateway.operation.Call;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.envelope.Envelope;
import dev.parley.protocol.envelope.Envelope.Recipient;
import dev.parley.protocol.envelope.Envelope.Strategy;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Finds whom a request goes to: whom it names, or whom the gateway chooses. Safe for use from any thread. */
final class Routes {
    private static final int REMEMBERED = 1_000;

    private final Store store;
    private final Strategy preset;
    /** Whom a round robin chose last, by workspace and by what was wanted. */
    private final Map<String, String> last = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    Routes(Store store, Strategy preset) {
        this.store = store;
        this.preset = preset;
    }

    /**
     * Where a request goes.
     *
     * @param fallbacks those who are known, in the order in which they were given
     * @param reason why this one; null where the sender named it
     */
    record Route(
            Agent agent, List<String> fallbacks, @Nullable String reason) {}

    /** The way of a request; fails with {@code AGENT_NOT_FOUND} and {@code AGENT_UNAVAILABLE}. */
    Mono<Route> of(Call call, Envelope envelope) {
        String workspaceId = call.caller().workspaceId();
        Recipient recipient = envelope.recipient();
        String named = recipient == null ? null : recipient.agent_id();
        return known(workspaceId, EnvelopeRules.fallbacks(envelope)).flatMap(fallbacks -> {
            if (named == null) {
                return chosen(workspaceId, envelope, fallbacks);
            }
            return agent(workspaceId, named)
                    .map(agent -> new Route(agent, ids(fallbacks), null))
                    .switchIfEmpty(Mono.defer(() -> instead(workspaceId, named, fallbacks)));
        });
    }

    /** The first fallback agent who does not rest, in place of one that is not known. */
    private Mono<Route> instead(String workspaceId, String named, List<Agent> fallbacks) {
        if (fallbacks.isEmpty()) {
            throw ProtocolException.of(
                            ErrorCode.AGENT_NOT_FOUND,
                            "There is no agent with this id, and none of its fallback agents is known; check the ids, or"
                                    + " have the agent connect first.")
                    .with("agentId", named);
        }
        return awake(workspaceId, fallbacks).map(awake -> {
            if (awake.isEmpty()) {
                throw unavailable("All fallback agents rest after failures; try again later.");
            }
            Agent first = awake.get(0).agent();
            List<String> rest = ids(fallbacks);
            rest.subList(0, rest.indexOf(first.id()) + 1).clear();
            return new Route(first, rest, "first fallback agent, as " + named + " is not known");
        });
    }

    private Mono<Route> chosen(String workspaceId, Envelope envelope, List<Agent> fallbacks) {
        Wants wants = EnvelopeRules.wants(envelope);
        Strategy strategy = envelope.routing() == null || envelope.routing().strategy() == null
                ? preset
                : envelope.routing().strategy();
        String sender = envelope.sender().agent_id();
        return candidates(workspaceId, wants, sender, true)
                .flatMap(found -> found.isEmpty() && EnvelopeRules.mayWait(envelope)
                        ? candidates(workspaceId, wants, sender, false)
                        : Mono.just(found))
                .map(found -> {
                    if (found.isEmpty()) {
                        throw unavailable(
                                "No agent is there that could take this; ask for less, give routing.timeout to"
                                        + " have it wait for one that is away, or try again later.");
                    }
                    Chosen chosen = choose(workspaceId, found, wants, strategy);
                    List<String> rest = ids(fallbacks);
                    rest.remove(chosen.agent().id());
                    return new Route(chosen.agent(), rest, chosen.reason());
                });
    }

    private Chosen choose(String workspaceId, List<Candidate> found, Wants wants, Strategy strategy) {
        String key = workspaceId + '\n' + wants;
        synchronized (last) {
            Chosen chosen = RecipientChoice.choose(
                    found,
                    wants,
                    strategy,
                    last.get(key),
                    bound -> ThreadLocalRandom.current().nextInt(bound));
            if (strategy == Strategy.ROUND_ROBIN) {
                last.put(key, chosen.agent().id());
            }
            return chosen;
        }
    }

    /**
     * Those who could take a request.
     *
     * @param now only those who are online and not unhealthy; else all who are known
     */
    private Mono<List<Candidate>> candidates(String workspaceId, Wants wants, String sender, boolean now) {
        return store.agents().list(workspaceId, now ? Boolean.TRUE : null).flatMap(agents -> {
            List<Agent> able = new ArrayList<>();
            for (Agent agent : agents) {
                if (!agent.id().equals(sender) && (!now || !agent.health().equals("unhealthy"))) {
                    able.add(agent);
                }
            }
            return awake(workspaceId, RecipientChoice.narrowed(able, wants));
        });
    }

    /** Those of agents who do not rest, with how they stand, in the same order. */
    private Mono<List<Candidate>> awake(String workspaceId, List<Agent> agents) {
        if (agents.isEmpty()) {
            return Mono.just(List.of());
        }
        return store.tasks().work(workspaceId, ids(agents)).map(work -> {
            long now = store.nowMillis();
            List<Candidate> awake = new ArrayList<>();
            for (Agent agent : agents) {
                Candidate candidate = new Candidate(agent, Objects.requireNonNull(work.get(agent.id())));
                if (candidate.work().restsUntil() <= now) {
                    awake.add(candidate);
                }
            }
            return awake;
        });
    }

    /** Those of the ids who are known, in order, each once. */
    private Mono<List<Agent>> known(String workspaceId, List<String> ids) {
        return Flux.fromIterable(ids)
                .distinct()
                .concatMap(id -> agent(workspaceId, id))
                .collectList();
    }

    /** An agent; empty when it is not known. */
    private Mono<Agent> agent(String workspaceId, String id) {
        return store.agents()
                .get(workspaceId, id)
                .map(Optional::of)
                .onErrorReturn(StoreException.NotFound.class, Optional.empty())
                .flatMap(Mono::justOrEmpty);
    }

    private static List<String> ids(List<Agent> agents) {
        List<String> ids = new ArrayList<>();
        agents.forEach(agent -> ids.add(agent.id()));
        return ids;
    }

    private static ProtocolException unavailable(String message) {
        return ProtocolException.of(ErrorCode.AGENT_UNAVAILABLE, message);
    }
}
