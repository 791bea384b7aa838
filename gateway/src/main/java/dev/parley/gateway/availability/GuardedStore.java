package dev.parley.gateway.availability;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore;
import dev.parley.store.AggregationStore;
import dev.parley.store.ChannelStore;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.Happening;
import dev.parley.store.InboxStore;
import dev.parley.store.LoggedEvent;
import dev.parley.store.NewEvent;
import dev.parley.store.Outbox;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionStore;
import dev.parley.store.Signal;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.store.TaskStore;
import dev.parley.store.Webhook;
import dev.parley.store.WebhookStore;
import dev.parley.time.TimeSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A store every call of which answers within a time, or fails with {@link StoreException.Unavailable}: outcome unknown for
 * what writes, refused for what only reads. Calls that answer on the caller's thread, as all of the embedded store's do, are
 * passed on as they are. Safe for use from any thread.
 */
public final class GuardedStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedStore.class);

    private final Store store;
    private final CallDeadlines deadlines;
    private final SessionStore sessions;
    private final EventLog log;
    private final ChannelStore channels;
    private final AgentStore agents;
    private final AggregationStore aggregations;
    private final Outbox outbox;
    private final WebhookStore webhooks;
    private final TaskStore tasks;
    private final InboxStore inbox;
    private final PresenceStore presence;

    /**
     * @param timeoutMillis that each call has, more than 0
     */
    public GuardedStore(Store store, TimeSource time, long timeoutMillis) {
        this.store = store;
        this.deadlines = new CallDeadlines(time, timeoutMillis);
        this.sessions = new Sessions(store.sessions());
        this.log = new Log(store.log());
        this.channels = new Channels(store.channels());
        this.agents = new Agents(store.agents());
        this.aggregations = new GuardedAggregations(store.aggregations(), deadlines);
        this.outbox = new Waiting(store.outbox());
        this.webhooks = new Webhooks(store.webhooks());
        this.tasks = new GuardedTasks(store.tasks(), deadlines);
        this.inbox = new Inbox(store.inbox());
        this.presence = new Presence(store.presence());
    }

    /** Whether a store answers on the caller's thread: then nothing is ever under way, and it cannot be away. */
    public static boolean answersAtOnce(Store store) {
        return store.ping() instanceof Callable;
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
        return outbox;
    }

    @Override
    public TaskStore tasks() {
        return tasks;
    }

    @Override
    public InboxStore inbox() {
        return inbox;
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
        return store.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return read(store.ping());
    }

    @Override
    public Mono<Void> close() {
        return store.close();
    }

    private <T> Mono<T> read(Mono<T> call) {
        return call instanceof Callable ? call : new TimedCall<>(call, deadlines, false, null);
    }

    private <T> Mono<T> write(Mono<T> call) {
        return call instanceof Callable ? call : new TimedCall<>(call, deadlines, true, null);
    }

    /** Closes a subscription that nobody waits for any more. */
    static void close(AutoCloseable late) {
        try {
            late.close();
        } catch (Exception failure) {
            LOG.warn("a subscription that came too late could not be closed", failure);
        }
    }

    private final class Sessions implements SessionStore {
        private final SessionStore target;

        Sessions(SessionStore target) {
            this.target = target;
        }

        @Override
        public Mono<StoredSession> create(Create create) {
            return write(target.create(create));
        }

        @Override
        public String newSessionId(String workspaceId, @Nullable String userId) {
            return target.newSessionId(workspaceId, userId);
        }

        @Override
        public Mono<Candidates> candidates(String workspaceId, String userId, @Nullable String surfaceId) {
            return read(target.candidates(workspaceId, userId, surfaceId));
        }

        @Override
        public Mono<StoredSession> load(String sessionId) {
            return read(target.load(sessionId));
        }

        @Override
        public Mono<StoredSession> commit(Commit commit) {
            return write(target.commit(commit));
        }

        @Override
        public Mono<Renewed> renew(Renew renew) {
            return write(target.renew(renew));
        }

        @Override
        public Mono<Void> delete(String sessionId, String operationId, @Nullable NewEvent last) {
            return write(target.delete(sessionId, operationId, last));
        }

        @Override
        public Mono<SessionPage> find(SessionQuery query) {
            return read(target.find(query));
        }

        @Override
        public Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
            return read(target.ofAgent(workspaceId, agentId, cursor, limit));
        }

        @Override
        public Mono<Counts> counts() {
            return read(target.counts());
        }

        @Override
        public int partitions() {
            return target.partitions();
        }

        @Override
        public Mono<Fired> fire(int partition, int limit) {
            return write(target.fire(partition, limit));
        }

        @Override
        public AutoCloseable onEarlier(EarlierListener listener) {
            return target.onEarlier(listener);
        }
    }

    private final class Log implements EventLog {
        private final EventLog target;

        Log(EventLog target) {
            this.target = target;
        }

        @Override
        public Mono<Appended> append(Append append) {
            return write(target.append(append));
        }

        @Override
        public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
            return GuardedStore.this.read(target.read(sessionId, afterSeq, limit));
        }

        @Override
        public Mono<HistoryPage> history(HistoryQuery query) {
            return GuardedStore.this.read(target.history(query));
        }

        @Override
        public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
            Mono<Subscription> call = target.subscribe(sessionId, listener);
            return call instanceof Callable ? call : new TimedCall<>(call, deadlines, false, Subscription::close);
        }

        @Override
        public Mono<Survived> survived(String sessionId, String epoch) {
            return GuardedStore.this.read(target.survived(sessionId, epoch));
        }

        @Override
        public Mono<Void> signal(Signal signal) {
            return write(target.signal(signal));
        }

        @Override
        public Mono<Void> seen(String sessionId, String participantId, long seq) {
            return write(target.seen(sessionId, participantId, seq));
        }

        @Override
        public Mono<EventLog.Standing> standing(String sessionId, String participantId) {
            return GuardedStore.this.read(target.standing(sessionId, participantId));
        }
    }

    private final class Webhooks implements WebhookStore {
        private final WebhookStore target;

        Webhooks(WebhookStore target) {
            this.target = target;
        }

        @Override
        public int lanes() {
            return target.lanes();
        }

        @Override
        public int laneOf(String workspaceId) {
            return target.laneOf(workspaceId);
        }

        @Override
        public Mono<Void> create(Webhook webhook) {
            return write(target.create(webhook));
        }

        @Override
        public Mono<Webhook> get(String workspaceId, String id) {
            return read(target.get(workspaceId, id));
        }

        @Override
        public Mono<List<Webhook>> list(String workspaceId) {
            return read(target.list(workspaceId));
        }

        @Override
        public Mono<Void> replace(Webhook webhook) {
            return write(target.replace(webhook));
        }

        @Override
        public Mono<Void> delete(String workspaceId, String id) {
            return write(target.delete(workspaceId, id));
        }

        @Override
        public Mono<Long> enqueue(String workspaceId, int partition, List<Notice> notices) {
            return write(target.enqueue(workspaceId, partition, notices));
        }

        @Override
        public Mono<Claim> claim(int lane, String operationId, int limit) {
            return write(target.claim(lane, operationId, limit));
        }

        @Override
        public Mono<Long> settle(Outcome outcome) {
            return write(target.settle(outcome));
        }

        @Override
        public Mono<List<Delivery>> deliveries(String workspaceId, String id) {
            return read(target.deliveries(workspaceId, id));
        }
    }

    private final class Waiting implements Outbox {
        private final Outbox target;

        Waiting(Outbox target) {
            this.target = target;
        }

        @Override
        public AutoCloseable onWaiting(WaitingListener listener) {
            return target.onWaiting(listener);
        }

        @Override
        public Mono<Batch> take(int partition, String holder, @Nullable Happening done, int limit) {
            return write(target.take(partition, holder, done, limit));
        }

        @Override
        public Mono<Void> stream(int partition, List<Happening> happenings, long maxLength) {
            return write(target.stream(partition, happenings, maxLength));
        }
    }

    private final class Agents implements AgentStore {
        private final AgentStore target;

        Agents(AgentStore target) {
            this.target = target;
        }

        @Override
        public Mono<Agent> register(Registration registration) {
            return write(target.register(registration));
        }

        @Override
        public Mono<Agent> connect(Registration registration, String connectionId) {
            return write(target.connect(registration, connectionId));
        }

        @Override
        public Mono<Void> unregister(String workspaceId, String agentId, String operationId) {
            return write(target.unregister(workspaceId, agentId, operationId));
        }

        @Override
        public Mono<Boolean> isStillRegistered(Agent granted) {
            return read(target.isStillRegistered(granted));
        }

        @Override
        public Mono<Agent> addCapabilities(String workspaceId, String agentId, List<Capability> capabilities) {
            return write(target.addCapabilities(workspaceId, agentId, capabilities));
        }

        @Override
        public Mono<List<Agent>> withCapability(String workspaceId, String capability) {
            return read(target.withCapability(workspaceId, capability));
        }

        @Override
        public Mono<List<Agent>> followers(String workspaceId) {
            return read(target.followers(workspaceId));
        }

        @Override
        public Mono<Void> disconnect(String agentId, String connectionId) {
            return write(target.disconnect(agentId, connectionId));
        }

        @Override
        public Mono<Agent> heartbeat(
                String workspaceId, String agentId, @Nullable String health, @Nullable Double load) {
            return write(target.heartbeat(workspaceId, agentId, health, load));
        }

        @Override
        public Mono<Agent> get(String workspaceId, String agentId) {
            return read(target.get(workspaceId, agentId));
        }

        @Override
        public Mono<List<Agent>> list(String workspaceId, @Nullable Boolean online) {
            return read(target.list(workspaceId, online));
        }

        @Override
        public Mono<AutoCloseable> subscribe(AgentListener listener) {
            Mono<AutoCloseable> call = target.subscribe(listener);
            return call instanceof Callable ? call : new TimedCall<>(call, deadlines, false, GuardedStore::close);
        }
    }

    private final class Inbox implements InboxStore {
        private final InboxStore target;

        Inbox(InboxStore target) {
            this.target = target;
        }

        @Override
        public Mono<Sent> send(Send send) {
            return write(target.send(send));
        }

        @Override
        public Mono<Page> list(Query query) {
            return read(target.list(query));
        }

        @Override
        public Mono<Marked> markRead(String workspaceId, String agentId, List<String> messageIds) {
            return write(target.markRead(workspaceId, agentId, messageIds));
        }

        @Override
        public Mono<InboxStore.Standing> standing(String workspaceId, String agentId) {
            return read(target.standing(workspaceId, agentId));
        }

        @Override
        public Mono<List<Entry>> after(String workspaceId, String agentId, long number, int limit) {
            return read(target.after(workspaceId, agentId, number, limit));
        }

        @Override
        public Mono<AutoCloseable> subscribe(InboxListener listener) {
            Mono<AutoCloseable> call = target.subscribe(listener);
            return call instanceof Callable ? call : new TimedCall<>(call, deadlines, false, GuardedStore::close);
        }
    }

    private final class Channels implements ChannelStore {
        private final ChannelStore target;

        Channels(ChannelStore target) {
            this.target = target;
        }

        @Override
        public Mono<Published> publish(Publish publish) {
            return write(target.publish(publish));
        }

        @Override
        public Mono<Kept> after(String workspaceId, String channel, long number) {
            return read(target.after(workspaceId, channel, number));
        }

        @Override
        public Mono<AutoCloseable> subscribe(String workspaceId, String channel, ChannelListener listener) {
            Mono<AutoCloseable> call = target.subscribe(workspaceId, channel, listener);
            return call instanceof Callable ? call : new TimedCall<>(call, deadlines, false, GuardedStore::close);
        }
    }

    private final class Presence implements PresenceStore {
        private final PresenceStore target;

        Presence(PresenceStore target) {
            this.target = target;
        }

        @Override
        public Mono<Void> put(Held held) {
            return write(target.put(held));
        }

        @Override
        public Mono<List<Held>> of(String sessionId) {
            return read(target.of(sessionId));
        }
    }
}
