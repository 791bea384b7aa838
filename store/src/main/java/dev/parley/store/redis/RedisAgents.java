package dev.parley.store.redis;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore;
import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Agents and who holds them, by leases: this store lengthens its own with every call and every {@link #tick}; one that is not
 * lengthened runs out, and whoever calls next puts the agents that hung on it offline. Safe for use from any thread.
 */
final class RedisAgents implements AgentStore {
    /** With a tick every two seconds, an agent is told offline no more than ten seconds after its gateway was killed. */
    static final long LEASE_MILLIS = 8000;

    private final RedisCalls calls;
    private final byte[] key;
    private final Everybody everybody;
    private final RedisFinder finder;
    private final Leases leases;
    private final Map<String, Holding> held = new ConcurrentHashMap<>();
    private final AgentFeed feed;

    /** The lease and the generation under which all that is held here was connected; empty before the first tick. */
    private volatile String lease = "";

    /** What is held through this store. */
    private record Holding(Agent agent, String connectionId) {}

    RedisAgents(
            RedisCalls calls,
            Partitions partitions,
            Everybody everybody,
            RedisFinder finder,
            Leases leases,
            TimeSource time) {
        this.calls = calls;
        this.leases = leases;
        this.everybody = everybody;
        this.finder = finder;
        key = partitions.agentsKey();
        feed = new AgentFeed(calls, partitions, everybody, time, this::tellAgain);
        everybody.onRestored(this::tellAgain);
    }

    @Override
    public Mono<Agent> register(Registration registration) {
        return Mono.defer(() -> call(RedisFunction.AGENT_REGISTER, said(registration)))
                .map(answer -> agent(answer, registration.id()));
    }

    @Override
    public Mono<Agent> connect(Registration registration, String connectionId) {
        return Mono.defer(() -> {
            Instant asked = registration.asked();
            Args args = connectArgs(registration, connectionId, false).add(asked == null ? null : asked.toEpochMilli());
            return call(RedisFunction.AGENT_CONNECT, args).map(answer -> {
                Agent agent = agent(answer, registration.id());
                held.put(agent.id(), new Holding(agent, connectionId));
                return agent;
            });
        });
    }

    @Override
    public Mono<Void> unregister(String workspaceId, String agentId, String operationId) {
        return call(
                        RedisFunction.AGENT_UNREGISTER,
                        args(agentId).add(workspaceId).add(operationId))
                .doOnNext(answer -> refuse(answer, agentId))
                .then();
    }

    @Override
    public Mono<Boolean> isStillRegistered(Agent granted) {
        return Mono.defer(() -> {
            Args args = args(granted.id())
                    .add(granted.workspaceId())
                    .add(granted.registeredAt().toEpochMilli());
            return call(RedisFunction.AGENT_STILL, args)
                    .map(answer -> Answers.code(answer).equals(Answers.OK));
        });
    }

    @Override
    public Mono<Agent> addCapabilities(String workspaceId, String agentId, List<Capability> capabilities) {
        return Mono.defer(() -> {
            Args args = args(agentId)
                    .add(workspaceId)
                    .add(AgentRow.pack(capabilities))
                    .add((long) Capability.MOST)
                    .add((long) Capability.MOST_BYTES);
            return call(RedisFunction.AGENT_CAPABILITIES, args).map(answer -> agent(answer, agentId));
        });
    }

    @Override
    public Mono<Void> disconnect(String agentId, String connectionId) {
        return Mono.defer(() -> {
            held.computeIfPresent(
                    agentId, (id, holding) -> holding.connectionId().equals(connectionId) ? null : holding);
            return call(RedisFunction.AGENT_DISCONNECT, args(agentId).add(connectionId))
                    .then();
        });
    }

    @Override
    public Mono<Agent> heartbeat(String workspaceId, String agentId, @Nullable String health, @Nullable Double load) {
        return call(
                        RedisFunction.AGENT_HEARTBEAT,
                        args(agentId).add(workspaceId).add(health).add(load == null ? null : Double.toString(load)))
                .map(answer -> agent(answer, agentId));
    }

    @Override
    public Mono<Agent> get(String workspaceId, String agentId) {
        return call(RedisFunction.AGENT_GET, args(agentId).add(workspaceId)).map(answer -> agent(answer, agentId));
    }

    @Override
    public Mono<List<Agent>> list(String workspaceId, @Nullable Boolean online) {
        return listed(workspaceId, "", online);
    }

    @Override
    public Mono<List<Agent>> withCapability(String workspaceId, String capability) {
        return listed(workspaceId, capability, true);
    }

    private Mono<List<Agent>> listed(String workspaceId, String capability, @Nullable Boolean online) {
        return call(RedisFunction.AGENT_LIST, args(workspaceId).add(capability)).map(answer -> agents(answer, online));
    }

    @Override
    public Mono<List<Agent>> followers(String workspaceId) {
        return call(RedisFunction.AGENT_FOLLOWERS, args(workspaceId)).map(answer -> agents(answer, true));
    }

    private static List<Agent> agents(List<Object> answer, @Nullable Boolean online) {
        List<Agent> agents = new ArrayList<>();
        for (Object row : Answers.list(answer.get(1))) {
            Agent agent = AgentRow.read((byte[]) row).present();
            if (online == null || online == agent.isOnline()) {
                agents.add(agent);
            }
        }
        return agents;
    }

    @Override
    public Mono<AutoCloseable> subscribe(AgentListener listener) {
        return Mono.fromCompletionStage(everybody::listen).map(ready -> everybody.onAgents(listener));
    }

    /**
     * Lengthens the lease of this store. When it had run out, or the server may have lost something, what is held here and by
     * nobody else is connected again; when that fails, the next tick does it. What the channel lost is looked for.
     */
    Mono<Void> tick() {
        if (held.isEmpty()) {
            feed.forgetAssignments();
        } else {
            feed.lookForAssignments();
        }
        return call(RedisFunction.AGENT_SYNC, args(feed.holdersSince())).flatMap(answer -> {
            feed.holders(answer);
            leases.heard(answer);
            String present = Answers.text(answer.get(1));
            return present.equals(lease) ? Mono.empty() : connectAgain().then(Mono.fromRunnable(() -> lease = present));
        });
    }

    /** Connects what nobody holds; of what somebody else holds, its holder is told again. */
    private Mono<Void> connectAgain() {
        return Flux.fromIterable(List.copyOf(held.values()))
                .concatMap(this::connectAgain)
                .then();
    }

    /**
     * One whose connection is closed meanwhile is taken back, as the call may come after that of its end. One that was
     * unregistered is told once more, as that may have been missed.
     */
    private Mono<Void> connectAgain(Holding holding) {
        Agent agent = holding.agent();
        return call(
                        RedisFunction.AGENT_CONNECT,
                        connectArgs(Registration.of(agent), holding.connectionId(), true)
                                .add((Long) null))
                .flatMap(answer -> {
                    if (Answers.code(answer).equals("GONE")) {
                        held.remove(agent.id(), holding);
                        everybody.tellGone(AgentRow.read((byte[]) answer.get(1)));
                        return Mono.<Void>empty();
                    }
                    return holding.equals(held.get(agent.id()))
                            ? Mono.<Void>empty()
                            : call(
                                            RedisFunction.AGENT_DISCONNECT,
                                            args(agent.id()).add(holding.connectionId()))
                                    .then();
                });
    }

    /** What was told while the channel was interrupted is made up for: who holds what was held here, and all its sessions. */
    private void tellAgain() {
        connectAgain()
                .thenMany(Flux.fromIterable(List.copyOf(held.values())))
                .concatMap(holding -> pages(holding.agent(), null)
                        .doOnNext(id -> everybody.tellAssigned(holding.agent().id(), id)))
                .subscribe(id -> {}, failure -> {
                    // The next interruption, or the agent's own return, tells it again.
                });
    }

    private Flux<String> pages(Agent agent, @Nullable String cursor) {
        return finder.ofAgent(agent.workspaceId(), agent.id(), cursor, 500).flatMapMany(page -> {
            Flux<String> ids = Flux.fromIterable(page.sessionIds());
            return page.next() == null ? ids : ids.concatWith(pages(agent, page.next()));
        });
    }

    private Args connectArgs(Registration registration, String connectionId, boolean ifUnheld) {
        return said(registration).add(connectionId).add(ifUnheld);
    }

    private Args said(Registration registration) {
        Args args = args(registration.id()).add(registration.workspaceId()).add(AgentRow.pack(registration));
        List<Capability> capabilities = registration.capabilities();
        if (capabilities == null) {
            args.add((String) null);
        } else {
            args.add(AgentRow.pack(capabilities));
        }
        Double load = registration.load();
        return args.add(registration.health()).add(load == null ? null : Double.toString(load));
    }

    private Args args(String first) {
        return Args.of(leases.own(), Long.toString(LEASE_MILLIS), first);
    }

    private Mono<List<Object>> call(RedisFunction function, Args args) {
        return calls.call(function, key, args);
    }

    private static Agent agent(List<Object> answer, String agentId) {
        refuse(answer, agentId);
        return AgentRow.read((byte[]) answer.get(1)).present();
    }

    private static void refuse(List<Object> answer, String agentId) {
        StoreException refusal = Answers.refusal(answer, "agent " + agentId);
        if (refusal != null) {
            throw refusal;
        }
    }
}
