package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore;
import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Agents in this process. One lock, under which listeners are told, so in order; it is taken last. */
final class MemoryAgents implements AgentStore {
    private static final int REMEMBERED = 1_000;

    private final TimeSource time;
    private final Object lock = new Object();
    private final Map<String, Held> agents = new HashMap<>();
    private final List<AgentListener> listeners = new ArrayList<>();
    /** The last operations that unregistered something. */
    private final Map<String, String> unregistered = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** By workspace, the agents that follow any channel. */
    private final Map<String, Set<String>> following = new HashMap<>();

    private Instant unregisteredAt = Instant.EPOCH;
    /** When the last agent was unregistered, which no later registration begins at. */
    private Instant lastEnd = Instant.EPOCH;

    private long seenOrder;

    MemoryAgents(TimeSource time) {
        this.time = time;
    }

    @Override
    public Mono<Agent> register(Registration registration) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = known(registration);
                Instant now = now();
                Agent agent = merged(registration, held, now);
                index(agent);
                Agent as = held == null ? agent : copy(agent, held.agent.isOnline(), held.agent.connectedAt(), now);
                agents.put(
                        agent.id(),
                        new Held(
                                as,
                                held == null ? null : held.connectionId,
                                held == null ? Instant.MIN : held.asked,
                                ++seenOrder));
                if (held != null && held.connectionId != null) {
                    tell(listener -> listener.onHolder(as, held.connectionId));
                }
                return as;
            }
        });
    }

    @Override
    public Mono<Agent> connect(Registration registration, String connectionId) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = known(registration);
                Instant now = now();
                Instant before = held == null ? Instant.MIN : held.asked;
                Instant asked = Objects.requireNonNullElse(registration.asked(), before);
                boolean isRepeated = held != null && connectionId.equals(held.connectionId);
                if (!isRepeated && asked.isBefore(before) && !before.isAfter(now)) {
                    throw new StoreException.Unavailable(
                            "agent " + registration.id() + " was connected by a later call that came before this one",
                            false);
                }
                // Later than whatever was unregistered, which tells the connections that held it by the instant.
                Instant since = now.isAfter(unregisteredAt) ? now : unregisteredAt.plusMillis(1);
                Agent online = copy(merged(registration, held, now), true, since, now);
                index(online);
                agents.put(online.id(), new Held(online, connectionId, asked.isAfter(now) ? now : asked, ++seenOrder));
                tell(listener -> listener.onHolder(online, connectionId));
                return online;
            }
        });
    }

    @Override
    public Mono<Void> unregister(String workspaceId, String agentId, String operationId) {
        return Mono.fromRunnable(() -> {
            synchronized (lock) {
                if (unregistered.containsKey(operationId)) {
                    return;
                }
                Held held = find(workspaceId, agentId);
                agents.remove(agentId);
                unindex(workspaceId, agentId);
                Instant since = Objects.requireNonNullElse(held.agent.connectedAt(), now());
                unregisteredAt = since.isAfter(unregisteredAt) ? since : unregisteredAt;
                lastEnd = later(later(lastEnd, now()), held.agent.registeredAt());
                unregistered.put(operationId, agentId);
                tell(listener -> listener.onUnregistered(workspaceId, agentId, since));
            }
        });
    }

    @Override
    public Mono<Boolean> isStillRegistered(Agent granted) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = agents.get(granted.id());
                return held != null
                        && held.agent.workspaceId().equals(granted.workspaceId())
                        && !held.agent.registeredAt().isAfter(granted.registeredAt());
            }
        });
    }

    @Override
    public Mono<Agent> addCapabilities(String workspaceId, String agentId, List<Capability> capabilities) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = find(workspaceId, agentId);
                Map<String, Capability> byName = new LinkedHashMap<>();
                Capability.listOf(held.agent.capabilities()).forEach(each -> byName.put(each.name(), each));
                capabilities.forEach(each -> byName.put(each.name(), each));
                int bytes = 0;
                for (Capability each : byName.values()) {
                    bytes += each.json().length();
                }
                if (byName.size() > Capability.MOST || bytes > Capability.MOST_BYTES) {
                    throw new StoreException.Full("capabilities");
                }
                RawJson all = Capability.arrayOf(List.copyOf(byName.values()));
                Agent agent = withCapabilities(held.agent, all);
                agents.put(agentId, new Held(agent, held.connectionId, held.asked, held.seenOrder));
                return agent;
            }
        });
    }

    @Override
    public Mono<Void> disconnect(String agentId, String connectionId) {
        return Mono.fromRunnable(() -> {
            synchronized (lock) {
                Held held = agents.get(agentId);
                if (held == null || !connectionId.equals(held.connectionId)) {
                    return;
                }
                Agent was = held.agent;
                Instant now = Instant.ofEpochMilli(time.nowMillis());
                Agent offline = copy(was, false, null, now, was.registeredAt(), was.health(), was.load());
                agents.put(agentId, new Held(offline, null, held.asked, ++seenOrder));
                tell(listener -> listener.onHolder(offline, null));
            }
        });
    }

    @Override
    public Mono<Agent> heartbeat(String workspaceId, String agentId, @Nullable String health, @Nullable Double load) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = find(workspaceId, agentId);
                Agent was = held.agent;
                Agent seen = copy(
                        was,
                        was.isOnline(),
                        was.connectedAt(),
                        now(),
                        was.registeredAt(),
                        health == null ? was.health() : health,
                        load == null ? was.load() : load);
                agents.put(agentId, new Held(seen, held.connectionId, held.asked, ++seenOrder));
                return seen;
            }
        });
    }

    @Override
    public Mono<Agent> get(String workspaceId, String agentId) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                return find(workspaceId, agentId).agent;
            }
        });
    }

    @Override
    public Mono<List<Agent>> withCapability(String workspaceId, String capability) {
        return list(workspaceId, true)
                .map(agents -> agents.stream()
                        .filter(agent -> Capability.listOf(agent.capabilities()).stream()
                                .anyMatch(each -> each.name().equals(capability)))
                        .toList());
    }

    @Override
    public Mono<List<Agent>> followers(String workspaceId) {
        return Mono.fromSupplier(() -> {
            List<Agent> found = new ArrayList<>();
            synchronized (lock) {
                for (String id : following.getOrDefault(workspaceId, Set.of())) {
                    Agent agent = find(workspaceId, id).agent;
                    if (agent.isOnline()) {
                        found.add(agent);
                    }
                }
            }
            return found;
        });
    }

    @Override
    public Mono<List<Agent>> list(String workspaceId, @Nullable Boolean online) {
        return Mono.fromSupplier(() -> {
            List<Held> found = new ArrayList<>();
            synchronized (lock) {
                for (Held held : agents.values()) {
                    if (held.agent.workspaceId().equals(workspaceId)
                            && (online == null || online == held.agent.isOnline())) {
                        found.add(held);
                    }
                }
            }
            // The order of being seen is that of the instants, and settles equal ones.
            found.sort((a, b) -> Long.compare(b.seenOrder, a.seenOrder));
            List<Agent> list = new ArrayList<>(found.size());
            for (Held held : found) {
                list.add(held.agent);
            }
            return list;
        });
    }

    @Override
    public Mono<AutoCloseable> subscribe(AgentListener listener) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                listeners.add(listener);
            }
            return () -> {
                synchronized (lock) {
                    listeners.remove(listener);
                }
            };
        });
    }

    /** Tells that an agent became a participant. Called under the session's lock. */
    void assigned(String agentId, String sessionId) {
        synchronized (lock) {
            tell(listener -> listener.onAssigned(agentId, sessionId));
        }
    }

    /** How many listeners there are. */
    int live() {
        synchronized (lock) {
            return listeners.size();
        }
    }

    void close() {
        synchronized (lock) {
            listeners.clear();
            agents.clear();
            following.clear();
        }
    }

    private void index(Agent agent) {
        List<String> follows = agent.follows();
        if (follows == null || follows.isEmpty()) {
            unindex(agent.workspaceId(), agent.id());
        } else {
            following
                    .computeIfAbsent(agent.workspaceId(), id -> new HashSet<>())
                    .add(agent.id());
        }
    }

    private void unindex(String workspaceId, String agentId) {
        following.computeIfPresent(workspaceId, (id, all) -> all.remove(agentId) && all.isEmpty() ? null : all);
    }

    private void tell(Consumer<AgentListener> call) {
        for (AgentListener listener : listeners) {
            try {
                call.accept(listener);
            } catch (RuntimeException e) {
                // A listener's defect is neither the caller's failure nor a reason not to tell the others.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private Instant now() {
        return Instant.ofEpochMilli(time.nowMillis());
    }

    private Held find(String workspaceId, String agentId) {
        Held held = agents.get(agentId);
        if (held == null || !held.agent.workspaceId().equals(workspaceId)) {
            throw new StoreException.NotFound("agent " + agentId);
        }
        return held;
    }

    /** The agent as it is known, which must be of the same workspace. */
    private @Nullable Held known(Registration registration) {
        Held held = agents.get(registration.id());
        if (held != null && !held.agent.workspaceId().equals(registration.workspaceId())) {
            throw new StoreException.Conflict("agent " + registration.id());
        }
        return held;
    }

    private Agent merged(Registration said, @Nullable Held held, Instant now) {
        Agent was = held == null ? null : held.agent;
        return new Agent(
                said.id(),
                or(said.name(), was == null ? null : was.name()),
                Objects.requireNonNullElse(said.label(), was == null ? "default" : was.label()),
                or(said.framework(), was == null ? null : was.framework()),
                said.workspaceId(),
                said.capabilities() != null
                        ? Capability.arrayOf(said.capabilities())
                        : was == null ? RawJson.of("[]") : was.capabilities(),
                false,
                null,
                now,
                was == null ? later(now, lastEnd.plusMillis(1)) : was.registeredAt(),
                Objects.requireNonNullElse(said.health(), was == null ? "healthy" : was.health()),
                Objects.requireNonNullElse(said.load(), was == null ? 0 : was.load()),
                or(said.profile(), was == null ? null : was.profile()),
                or(said.sessionDefaults(), was == null ? null : was.sessionDefaults()),
                or(said.follows(), was == null ? null : was.follows()),
                or(said.metadata(), was == null ? null : was.metadata()));
    }

    private static <T> @Nullable T or(@Nullable T given, @Nullable T known) {
        return given == null ? known : given;
    }

    private static Agent withCapabilities(Agent agent, RawJson capabilities) {
        return new Agent(
                agent.id(),
                agent.name(),
                agent.label(),
                agent.framework(),
                agent.workspaceId(),
                capabilities,
                agent.isOnline(),
                agent.connectedAt(),
                agent.lastSeenAt(),
                agent.registeredAt(),
                agent.health(),
                agent.load(),
                agent.profile(),
                agent.sessionDefaults(),
                agent.follows(),
                agent.metadata());
    }

    private static Agent copy(Agent agent, boolean online, @Nullable Instant connectedAt, Instant lastSeenAt) {
        return copy(agent, online, connectedAt, lastSeenAt, agent.registeredAt(), agent.health(), agent.load());
    }

    private static Agent copy(
            Agent agent,
            boolean online,
            @Nullable Instant connectedAt,
            Instant lastSeenAt,
            Instant registeredAt,
            String health,
            double load) {
        return new Agent(
                agent.id(),
                agent.name(),
                agent.label(),
                agent.framework(),
                agent.workspaceId(),
                agent.capabilities(),
                online,
                connectedAt,
                lastSeenAt,
                registeredAt,
                health,
                load,
                agent.profile(),
                agent.sessionDefaults(),
                agent.follows(),
                agent.metadata());
    }

    /** An agent and the connection that holds it; {@code seenOrder} rises each time it is seen. */
    private record Held(Agent agent, @Nullable String connectionId, Instant asked, long seenOrder) {}
}
