package dev.parley.store.memory;

import dev.parley.store.AgentStore;
import dev.parley.store.AggregationStore;
import dev.parley.store.ChannelStore;
import dev.parley.store.EventLog;
import dev.parley.store.InboxStore;
import dev.parley.store.Outbox;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreSettings;
import dev.parley.store.TaskStore;
import dev.parley.store.WebhookStore;
import dev.parley.time.TimeSource;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * The embedded store. Several gateways in one process may share one. It starts no thread and no timer: deadlines take effect
 * when a session is touched, or when {@link SessionStore#fire} is called. Safe for use from any thread.
 */
public final class MemoryStore implements Store {
    private final SessionTable table;
    private final MemorySessions sessions;
    private final MemoryLog log;
    private final MemoryChannels channels;
    private final MemoryWebhooks webhooks;
    private final MemoryAgents agents;
    private final MemoryAggregations aggregations;
    private final MemoryTasks tasks;
    private final MemoryInboxes inboxes;
    private final MemoryPresence presence;

    /**
     * @param time the clock that decides about deadlines
     * @param settings what is kept, and how long
     */
    public MemoryStore(TimeSource time, StoreSettings settings) {
        table = new SessionTable(time, settings);
        agents = new MemoryAgents(time);
        aggregations = new MemoryAggregations(time);
        tasks = new MemoryTasks(table);
        sessions = new MemorySessions(table, agents, tasks);
        inboxes = new MemoryInboxes(table);
        log = new MemoryLog(table);
        channels = new MemoryChannels(table);
        webhooks = new MemoryWebhooks(time);
        presence = new MemoryPresence(table);
    }

    @Override
    public SessionStore sessions() {
        return sessions;
    }

    @Override
    public EventLog log() {
        return log;
    }

    @Override
    public ChannelStore channels() {
        return channels;
    }

    @Override
    public AgentStore agents() {
        return agents;
    }

    @Override
    public Outbox outbox() {
        return table.outbox;
    }

    @Override
    public TaskStore tasks() {
        return tasks;
    }

    @Override
    public InboxStore inbox() {
        return inboxes;
    }

    @Override
    public WebhookStore webhooks() {
        return webhooks;
    }

    @Override
    public PresenceStore presence() {
        return presence;
    }

    @Override
    public AggregationStore aggregations() {
        return aggregations;
    }

    @Override
    public long nowMillis() {
        return table.now();
    }

    @Override
    public Mono<Void> ping() {
        return Mono.fromRunnable(table::checkOpen);
    }

    @Override
    public Mono<Void> close() {
        return Mono.fromRunnable(() -> {
            table.close();
            agents.close();
            aggregations.close();
            webhooks.close();
            tasks.close();
            channels.close();
            inboxes.close();
        });
    }

    /** How many subscriptions to sessions, agents, tasks and inboxes there are: 0 when everybody has let go. */
    public int liveSubscriptions() {
        return table.feed.live()
                + agents.live()
                + table.outbox.live()
                + tasks.live()
                + inboxes.live()
                + channels.live();
    }

    /** How many sessions, places in the queue of deadlines and identities are held: all 0 when the last session is gone. */
    List<Integer> sizes() {
        return table.sizes();
    }
}
