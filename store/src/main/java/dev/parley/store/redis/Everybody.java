package dev.parley.store.redis;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore.AgentListener;
import dev.parley.store.SessionStore.EarlierListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The channel that every gateway hears: partitions in which something becomes due earlier, who holds an agent, and which
 * session one came to take part in. Safe for use from any thread; listeners are called on the link's.
 */
final class Everybody implements RedisLink.ChannelListener {
    private final RedisLink link;
    private final Partitions partitions;
    private final List<EarlierListener> earlier = new CopyOnWriteArrayList<>();
    private final List<AgentListener> agents = new CopyOnWriteArrayList<>();
    private final List<Runnable> restored = new CopyOnWriteArrayList<>();
    private @Nullable CompletableFuture<AutoCloseable> subscribed;

    Everybody(RedisLink link, Partitions partitions) {
        this.link = link;
        this.partitions = partitions;
    }

    /** Completes when nothing can be missed any more. Tries again when that failed the last time. */
    synchronized CompletionStage<AutoCloseable> listen() {
        CompletableFuture<AutoCloseable> known = subscribed;
        if (known == null || known.isCompletedExceptionally()) {
            known = link.subscribe(partitions.everybody(), this).toCompletableFuture();
            subscribed = known;
        }
        return known;
    }

    AutoCloseable onEarlier(EarlierListener listener) {
        earlier.add(listener);
        listen();
        return () -> earlier.remove(listener);
    }

    AutoCloseable onAgents(AgentListener listener) {
        agents.add(listener);
        return () -> agents.remove(listener);
    }

    /** Has something done each time the channel was interrupted. */
    void onRestored(Runnable task) {
        restored.add(task);
    }

    /** Tells that something in a partition is due or overdue. */
    void tellEarlier(int partition, long at) {
        each(earlier, listener -> listener.earlier(partition, at));
    }

    void tellAssigned(String agentId, String sessionId) {
        each(agents, listener -> listener.onAssigned(agentId, sessionId));
    }

    void tellHolder(Agent agent, @Nullable String connectionId) {
        each(agents, listener -> listener.onHolder(agent, connectionId));
    }

    /** How many listen to agents. */
    int live() {
        return agents.size();
    }

    void close() {
        earlier.clear();
        agents.clear();
        restored.clear();
    }

    @Override
    public void onMessage(byte[] payload) {
        Packed packed = new Packed(payload);
        packed.array();
        switch (packed.text()) {
            case "earlier" -> tellEarlier(partitions.ofTag(packed.text()), Long.parseLong(packed.text()));
            case "assigned" -> tellAssigned(packed.text(), packed.text());
            case "holder" -> {
                AgentRow row = AgentRow.read(packed.copy());
                tellHolder(row.agent(), row.connectionId());
            }
            default -> {
                // Of a newer version of the gateway, for its own.
            }
        }
    }

    @Override
    public void restored() {
        restored.forEach(Runnable::run);
    }

    private static <T> void each(List<T> listeners, Consumer<T> call) {
        for (T listener : listeners) {
            Telling.safely(() -> call.accept(listener));
        }
    }
}
