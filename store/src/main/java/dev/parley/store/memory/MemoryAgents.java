package dev.parley.store.memory;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore;
import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Agents in this process. One lock, under which listeners are told, so in order; it is taken last. */
final class MemoryAgents implements AgentStore {
    private final TimeSource time;
    private final Object lock = new Object();
    private final Map<String, Held> agents = new HashMap<>();
    private final List<AgentListener> listeners = new ArrayList<>();
    private long seenOrder;

    MemoryAgents(TimeSource time) {
        this.time = time;
    }

    @Override
    public Mono<Agent> connect(Agent agent, String connectionId) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = agents.get(agent.id());
                if (held != null && !held.agent.workspaceId().equals(agent.workspaceId())) {
                    throw new StoreException.Conflict("agent " + agent.id());
                }
                Instant now = Instant.ofEpochMilli(time.nowMillis());
                Instant before = held == null ? Instant.MIN : held.asked;
                Instant asked = Objects.requireNonNullElse(agent.connectedAt(), before);
                boolean isRepeated = held != null && connectionId.equals(held.connectionId);
                if (!isRepeated && asked.isBefore(before) && !before.isAfter(now)) {
                    throw new StoreException.Unavailable(
                            "agent " + agent.id() + " was connected by a later call that came before this one", false);
                }
                Instant registeredAt = held == null ? now : held.agent.registeredAt();
                Agent online = copy(agent, true, now, now, registeredAt, agent.health(), agent.load());
                agents.put(agent.id(), new Held(online, connectionId, asked.isAfter(now) ? now : asked, ++seenOrder));
                tell(listener -> listener.onHolder(online, connectionId));
                return online;
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
    public Mono<Void> heartbeat(String agentId, @Nullable String health, @Nullable Double load) {
        return Mono.fromRunnable(() -> {
            synchronized (lock) {
                Held held = agents.get(agentId);
                if (held == null) {
                    throw new StoreException.NotFound("agent " + agentId);
                }
                Agent was = held.agent;
                Agent seen = copy(
                        was,
                        was.isOnline(),
                        was.connectedAt(),
                        Instant.ofEpochMilli(time.nowMillis()),
                        was.registeredAt(),
                        health == null ? was.health() : health,
                        load == null ? was.load() : load);
                agents.put(agentId, new Held(seen, held.connectionId, held.asked, ++seenOrder));
            }
        });
    }

    @Override
    public Mono<Agent> get(String workspaceId, String agentId) {
        return Mono.fromSupplier(() -> {
            synchronized (lock) {
                Held held = agents.get(agentId);
                if (held == null || !held.agent.workspaceId().equals(workspaceId)) {
                    throw new StoreException.NotFound("agent " + agentId);
                }
                return held.agent;
            }
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
        }
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
