package dev.parley.store.redis;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore.AgentListener;
import dev.parley.store.InboxStore.InboxListener;
import dev.parley.store.SessionStore.EarlierListener;
import dev.parley.time.TimeSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The channel that every gateway hears: partitions in which something becomes due earlier, who holds an agent, which
 * session one came to take part in, that a task changed, whose inbox got something. What is told of agents has a number, so that the channel and the look for what it lost
 * ({@link AgentFeed}) may come in any order, and nothing is told twice. Safe for use from any thread; listeners are called on the
 * link's.
 */
final class Everybody implements RedisLink.ChannelListener {
    /** Longer than a look for what was lost goes back. */
    private static final long REMEMBERED_NANOS = 15_000_000_000L;

    private final RedisLink link;
    private final Partitions partitions;
    private final TimeSource time;
    private final List<EarlierListener> earlier = new CopyOnWriteArrayList<>();
    private final List<AgentListener> agents = new CopyOnWriteArrayList<>();
    private final List<Consumer<byte[]>> tasks = new CopyOnWriteArrayList<>();
    private final List<InboxListener> inboxes = new CopyOnWriteArrayList<>();
    private final List<Runnable> restored = new CopyOnWriteArrayList<>();
    /** The number of what was told last of each agent. */
    private final Map<String, Long> holderTold = new HashMap<>();
    /** The assignments told lately, with their numbers. */
    private Set<String> assignedTold = new HashSet<>();
    /** Those told before. */
    private Set<String> assignedToldBefore = new HashSet<>();

    private long assignedSinceNanos;
    private @Nullable CompletableFuture<AutoCloseable> subscribed;

    Everybody(RedisLink link, Partitions partitions, TimeSource time) {
        this.link = link;
        this.partitions = partitions;
        this.time = time;
        assignedSinceNanos = time.nanoTime();
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

    /** Has somebody told each notice of a task, packed. */
    void onTasks(Consumer<byte[]> listener) {
        tasks.add(listener);
    }

    AutoCloseable onInboxes(InboxListener listener) {
        inboxes.add(listener);
        return () -> inboxes.remove(listener);
    }

    /** Has something done each time the channel was interrupted. */
    void onRestored(Runnable task) {
        restored.add(task);
    }

    /** Tells that something in a partition is due or overdue. */
    void tellEarlier(int partition, long at) {
        each(earlier, listener -> listener.earlier(partition, at));
    }

    /** Tells an assignment, whether it was told before or not. */
    void tellAssigned(String agentId, String sessionId) {
        each(agents, listener -> listener.onAssigned(agentId, sessionId));
    }

    /**
     * Tells an assignment that was not told yet.
     *
     * @param number by which it was noted in its partition
     */
    void tellAssigned(String agentId, String sessionId, String number) {
        if (isNews(agentId + '\n' + sessionId + '\n' + number)) {
            tellAssigned(agentId, sessionId);
        }
    }

    /**
     * Tells who holds an agent, unless something newer was told.
     *
     * @param number of what is told; of one agent it rises
     */
    synchronized void tellHolder(AgentRow row, long number) {
        Long told = holderTold.get(row.id());
        if (told == null || told < number) {
            holderTold.put(row.id(), number);
            Agent agent = row.agent();
            if (agent == null) {
                tellGone(row);
            } else {
                each(agents, listener -> listener.onHolder(agent, row.connectionId()));
            }
        }
    }

    /** Tells that an agent was unregistered, whether it was told before or not. */
    void tellGone(AgentRow row) {
        each(agents, listener -> listener.onUnregistered(row.workspaceId(), row.id(), row.since()));
    }

    /** How many listen to agents and inboxes. */
    int live() {
        return agents.size() + inboxes.size();
    }

    void close() {
        earlier.clear();
        agents.clear();
        tasks.clear();
        inboxes.clear();
        restored.clear();
    }

    @Override
    public void onMessage(byte[] payload) {
        Packed packed = new Packed(payload);
        packed.array();
        switch (packed.text()) {
            case "earlier" -> tellEarlier(partitions.ofTag(packed.text()), Long.parseLong(packed.text()));
            case "assigned" -> tellAssigned(packed.text(), packed.text(), packed.text());
            case "holder" -> tellHolder(AgentRow.read(packed.copy()), Long.parseLong(packed.text()));
            case "task" -> {
                byte[] notice = packed.copy();
                each(tasks, listener -> listener.accept(notice));
            }
            case "inbox" -> tellInbox(packed.text());
            default -> {
                // Of a newer version of the gateway, for its own.
            }
        }
    }

    @Override
    public void restored() {
        restored.forEach(Runnable::run);
        each(inboxes, InboxListener::onReset);
    }

    private void tellInbox(String owner) {
        int end = owner.indexOf('\n');
        each(inboxes, listener -> listener.onMessage(owner.substring(0, end), owner.substring(end + 1)));
    }

    private synchronized boolean isNews(String assignment) {
        long now = time.nanoTime();
        if (now - assignedSinceNanos > REMEMBERED_NANOS) {
            assignedSinceNanos = now;
            assignedToldBefore = assignedTold;
            assignedTold = new HashSet<>();
        }
        return !assignedToldBefore.contains(assignment) && assignedTold.add(assignment);
    }

    private static <T> void each(List<T> listeners, Consumer<T> call) {
        for (T listener : listeners) {
            Telling.safely(() -> call.accept(listener));
        }
    }
}
