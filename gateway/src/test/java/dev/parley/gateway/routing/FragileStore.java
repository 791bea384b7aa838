package dev.parley.gateway.routing;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.AgentStore;
import dev.parley.store.AggregationStore;
import dev.parley.store.ChannelStore;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.InboxStore;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Outbox;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore;
import dev.parley.store.Signal;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.store.TaskStore;
import dev.parley.store.WebhookStore;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/** A store of one session, whose log loses its last entries when a test says so: then its epoch is another one. */
final class FragileStore implements Store, EventLog {
    private final Store real;
    private final StoredSession made;
    private final List<LoggedEvent> entries = new ArrayList<>();
    /** By epoch, how much of what was there before was left when it began. */
    private final List<Long> left = new ArrayList<>(List.of(0L));

    private final List<FeedListener> listeners = new ArrayList<>();
    private boolean behind;
    private boolean vanished;

    FragileStore(Store real, StoredSession made) {
        this.real = real;
        this.made = made;
        append("created");
    }

    /** Appends an entry and tells it. */
    void append(String messageId) {
        if (behind) {
            behind = false;
            left.add((long) entries.size());
        }
        LoggedEvent event = new LoggedEvent(
                made.document().sessionId(),
                epoch(),
                entries.size() + 1L,
                0,
                "message",
                "a",
                null,
                messageId,
                null,
                RawJson.of("{\"messageId\":\"" + messageId + "\"}"));
        entries.add(event);
        listeners.forEach(listener -> listener.onEvent(event, state()));
    }

    /** Another server takes over, which lacks the last entries; nobody is told. */
    void lose(int last) {
        entries.subList(Math.max(1, entries.size() - last), entries.size()).clear();
        left.add((long) entries.size());
    }

    /** As {@link #lose}, but the epoch stays what it was until something is written. */
    void loseUnwritten(int last) {
        lose(last);
        left.remove(left.size() - 1);
        behind = true;
    }

    /** The feed notices. */
    void reset() {
        listeners.forEach(listener -> listener.onReset(state()));
    }

    /** The feed notices, with a state that was read a while ago. */
    void reset(SessionState read) {
        listeners.forEach(listener -> listener.onReset(read));
    }

    /** The feed tells a state. */
    void state(SessionState state) {
        listeners.forEach(listener -> listener.onState(state));
    }

    /** The session expires. */
    void expire() {
        SessionState s = state();
        LoggedEvent event = new LoggedEvent(
                made.document().sessionId(),
                epoch(),
                entries.size() + 1L,
                0,
                "session.expired",
                null,
                null,
                null,
                null,
                RawJson.EMPTY_OBJECT);
        entries.add(event);
        SessionState expired = new SessionState(
                SessionStatus.EXPIRED,
                0,
                0,
                s.lastActivity(),
                s.expiresAt(),
                s.renewedAt(),
                0,
                0,
                s.version() + 1,
                s.epoch(),
                event.seq());
        listeners.forEach(listener -> listener.onEvent(event, expired));
    }

    /** The session itself is lost. */
    void vanish() {
        vanished = true;
    }

    List<String> messages() {
        return entries.stream().map(LoggedEvent::messageId).toList();
    }

    int size() {
        return entries.size();
    }

    SessionState state() {
        SessionState s = made.state();
        return new SessionState(
                s.status(), 0, 0, s.lastActivity(), s.expiresAt(), s.renewedAt(), 0, 0, 1, epoch(), entries.size());
    }

    String epoch() {
        return "e" + left.size();
    }

    @Override
    public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
        return Mono.fromSupplier(() -> {
            check();
            return entries.stream()
                    .filter(event -> event.seq() > afterSeq)
                    .limit(limit)
                    .map(event -> new LoggedEvent(
                            event.sessionId(),
                            epoch(),
                            event.seq(),
                            0,
                            event.type(),
                            event.authorId(),
                            null,
                            event.messageId(),
                            null,
                            event.body()))
                    .toList();
        });
    }

    @Override
    public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
        return Mono.fromSupplier(() -> {
            check();
            listeners.add(listener);
            StoredSession session = new StoredSession(made.document(), made.plan(), state());
            return new Subscription() {
                @Override
                public StoredSession session() {
                    return session;
                }

                @Override
                public void close() {
                    listeners.remove(listener);
                }
            };
        });
    }

    @Override
    public Mono<Survived> survived(String sessionId, String epoch) {
        return Mono.fromSupplier(() -> {
            check();
            long whole = entries.size();
            for (int later = Integer.parseInt(epoch.substring(1)); later < left.size(); later++) {
                whole = Math.min(whole, left.get(later));
            }
            return new Survived(epoch(), whole);
        });
    }

    private void check() {
        if (vanished) {
            throw new StoreException.NotFound("the session");
        }
    }

    @Override
    public Mono<Standing> standing(String sessionId, String participantId) {
        return Mono.just(new Standing(0, 0));
    }

    @Override
    public Mono<Appended> append(Append append) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<HistoryPage> history(HistoryQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Void> signal(Signal signal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Void> seen(String sessionId, String participantId, long seq) {
        throw new UnsupportedOperationException();
    }

    /** Sessions can be loaded, and nothing else. */
    @Override
    public SessionStore sessions() {
        return (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(),
                new Class<?>[] {SessionStore.class},
                (proxy, method, arguments) -> {
                    if (!method.getName().equals("load")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return load();
                });
    }

    private Mono<StoredSession> load() {
        return Mono.fromSupplier(() -> {
            check();
            return new StoredSession(made.document(), made.plan(), state());
        });
    }

    @Override
    public EventLog log() {
        return this;
    }

    @Override
    public AgentStore agents() {
        return real.agents();
    }

    @Override
    public Outbox outbox() {
        return real.outbox();
    }

    @Override
    public TaskStore tasks() {
        return real.tasks();
    }

    @Override
    public InboxStore inbox() {
        return real.inbox();
    }

    @Override
    public WebhookStore webhooks() {
        return real.webhooks();
    }

    @Override
    public ChannelStore channels() {
        return real.channels();
    }

    @Override
    public PresenceStore presence() {
        return real.presence();
    }

    @Override
    public AggregationStore aggregations() {
        return real.aggregations();
    }

    @Override
    public long nowMillis() {
        return real.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return Mono.empty();
    }

    @Override
    public Mono<Void> close() {
        return real.close();
    }
}
