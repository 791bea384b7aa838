package dev.parley.gateway.metrics;

import dev.parley.store.AgentStore;
import dev.parley.store.AggregationStore;
import dev.parley.store.ChannelStore;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.InboxStore;
import dev.parley.store.LoggedEvent;
import dev.parley.store.NewEvent;
import dev.parley.store.Outbox;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionStore;
import dev.parley.store.Signal;
import dev.parley.store.Store;
import dev.parley.store.StoredSession;
import dev.parley.store.TaskStore;
import dev.parley.store.WebhookStore;
import dev.parley.time.TimeSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A store with its calls timed. Of the frequent calls one in {@value #SAMPLE} is timed, so that the others cost a counter's
 * increment and nothing else; signals, seen marks, subscriptions, agents and tasks are
 * passed on untimed. Safe for use from any thread.
 */
public final class MeteredStore implements Store {
    private static final int SAMPLE = 64;

    private final Store store;
    private final TimeSource time;
    private final SessionStore sessions;
    private final EventLog log;

    /** Times the calls of a store. */
    public MeteredStore(Store store, GatewayMetrics metrics, TimeSource time) {
        this.store = store;
        this.time = time;
        this.sessions = new Sessions(store.sessions(), metrics);
        this.log = new Log(store.log(), metrics);
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
        return store.channels();
    }

    @Override
    public AgentStore agents() {
        return store.agents();
    }

    @Override
    public Outbox outbox() {
        return store.outbox();
    }

    @Override
    public TaskStore tasks() {
        return store.tasks();
    }

    @Override
    public InboxStore inbox() {
        return store.inbox();
    }

    @Override
    public WebhookStore webhooks() {
        return store.webhooks();
    }

    @Override
    public PresenceStore presence() {
        return store.presence();
    }

    @Override
    public AggregationStore aggregations() {
        return store.aggregations();
    }

    @Override
    public long nowMillis() {
        return store.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return store.ping();
    }

    @Override
    public Mono<Void> close() {
        return store.close();
    }

    /** Times one kind of call. */
    private final class Meter {
        private final io.micrometer.core.instrument.Timer timer;
        private final int mask;
        /** Raced for on purpose: a lost increment only moves the sample. */
        private int calls;

        Meter(GatewayMetrics metrics, String name, int oneIn) {
            this.timer = metrics.storeTimer(name);
            this.mask = oneIn - 1;
        }

        <T> Mono<T> time(Mono<T> call) {
            if ((calls++ & mask) != 0) {
                return call;
            }
            return Mono.defer(() -> {
                long start = time.nanoTime();
                return call.doOnTerminate(() -> timer.record(time.nanoTime() - start, TimeUnit.NANOSECONDS));
            });
        }
    }

    private final class Sessions implements SessionStore {
        private final SessionStore target;
        private final Meter create;
        private final Meter candidates;
        private final Meter load;
        private final Meter commit;
        private final Meter renew;
        private final Meter delete;
        private final Meter find;
        private final Meter fire;

        Sessions(SessionStore target, GatewayMetrics metrics) {
            this.target = target;
            create = new Meter(metrics, "create", 1);
            candidates = new Meter(metrics, "candidates", 1);
            load = new Meter(metrics, "load", SAMPLE);
            commit = new Meter(metrics, "commit", 1);
            renew = new Meter(metrics, "renew", SAMPLE);
            delete = new Meter(metrics, "delete", 1);
            find = new Meter(metrics, "find", 1);
            fire = new Meter(metrics, "fire", 1);
        }

        @Override
        public Mono<StoredSession> create(Create what) {
            return create.time(target.create(what));
        }

        @Override
        public String newSessionId(String workspaceId, @Nullable String userId) {
            return target.newSessionId(workspaceId, userId);
        }

        @Override
        public Mono<Candidates> candidates(String workspaceId, String userId, @Nullable String surfaceId) {
            return candidates.time(target.candidates(workspaceId, userId, surfaceId));
        }

        @Override
        public Mono<StoredSession> load(String sessionId) {
            return load.time(target.load(sessionId));
        }

        @Override
        public Mono<StoredSession> commit(Commit what) {
            return commit.time(target.commit(what));
        }

        @Override
        public Mono<Renewed> renew(Renew what) {
            return renew.time(target.renew(what));
        }

        @Override
        public Mono<Void> delete(String sessionId, String operationId, @Nullable NewEvent last) {
            return delete.time(target.delete(sessionId, operationId, last));
        }

        @Override
        public Mono<SessionPage> find(SessionQuery query) {
            return find.time(target.find(query));
        }

        @Override
        public Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
            return target.ofAgent(workspaceId, agentId, cursor, limit);
        }

        @Override
        public Mono<Counts> counts() {
            return target.counts();
        }

        @Override
        public int partitions() {
            return target.partitions();
        }

        @Override
        public Mono<Fired> fire(int partition, int limit) {
            return fire.time(target.fire(partition, limit));
        }

        @Override
        public AutoCloseable onEarlier(EarlierListener listener) {
            return target.onEarlier(listener);
        }
    }

    private final class Log implements EventLog {
        private final EventLog target;
        private final GatewayMetrics metrics;
        private final Meter append;
        private final Meter read;
        private final Meter history;

        Log(EventLog target, GatewayMetrics metrics) {
            this.target = target;
            this.metrics = metrics;
            append = new Meter(metrics, "append", SAMPLE);
            read = new Meter(metrics, "read", SAMPLE);
            history = new Meter(metrics, "history", 1);
        }

        @Override
        public Mono<Appended> append(Append what) {
            Mono<Appended> appending = target.append(what);
            return append.time(
                    appending instanceof Callable<?>
                            // Stays what it is: whoever looks for it saves the operators.
                            ? Mono.fromCallable(() -> counted((Appended) ((Callable<?>) appending).call()))
                            : appending.doOnNext(this::counted));
        }

        private Appended counted(Appended stored) {
            if (!stored.duplicate()) {
                metrics.messageStored();
            }
            return stored;
        }

        @Override
        public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
            return read.time(target.read(sessionId, afterSeq, limit));
        }

        @Override
        public Mono<HistoryPage> history(HistoryQuery query) {
            return history.time(target.history(query));
        }

        @Override
        public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
            return target.subscribe(sessionId, listener);
        }

        @Override
        public Mono<Survived> survived(String sessionId, String epoch) {
            return target.survived(sessionId, epoch);
        }

        @Override
        public Mono<Void> signal(Signal signal) {
            return target.signal(signal);
        }

        @Override
        public Mono<Void> seen(String sessionId, String participantId, long seq) {
            return target.seen(sessionId, participantId, seq);
        }

        @Override
        public Mono<Standing> standing(String sessionId, String participantId) {
            return target.standing(sessionId, participantId);
        }
    }
}
