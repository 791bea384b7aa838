package dev.parley.gateway.session;

import dev.parley.gateway.operation.SendOrder;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.gateway.operation.SocketChannels;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.EventLog.Subscription;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.Store;
import dev.parley.store.StoredSession;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A connection as operations see it: attached sessions, kept up to date by the real feed. */
final class TestSocket implements SocketCaller {
    private final Store store;
    private final @Nullable String surfaceId;
    private final Map<String, StoredSession> sessions = new LinkedHashMap<>();
    final Map<String, Long> attachedFrom = new LinkedHashMap<>();
    boolean frozen;

    @Nullable SendOrder order;

    TestSocket(Store store, @Nullable String surfaceId) {
        this.store = store;
        this.surfaceId = surfaceId;
    }

    @Override
    public String connectionId() {
        return "connection-1";
    }

    @Override
    public @Nullable String surfaceId() {
        return surfaceId;
    }

    @Override
    public Mono<SessionResults.Entry> attach(String sessionId, @Nullable String epoch, @Nullable Long seq) {
        return store.log()
                .subscribe(sessionId, new Listener(sessionId))
                .map(Subscription::session)
                .map(session -> {
                    sessions.put(sessionId, session);
                    attachedFrom.put(sessionId, seq == null ? -1 : seq);
                    return new SessionResults.Entry(
                            sessionId,
                            session.state().status(),
                            null,
                            null,
                            session.state().epoch(),
                            session.state().head(),
                            null,
                            null,
                            null,
                            null);
                });
    }

    /** What it hears of a session by another way than the feed's states: its document. */
    void sees(StoredSession session) {
        sessions.put(session.document().sessionId(), session);
    }

    @Override
    public void detach(String sessionId) {
        sessions.remove(sessionId);
    }

    @Override
    public @Nullable SendOrder order() {
        return order;
    }

    @Override
    public SocketChannels channels() {
        throw new UnsupportedOperationException("channels");
    }

    @Override
    public List<String> attached() {
        return List.copyOf(sessions.keySet());
    }

    @Override
    public @Nullable StoredSession attachedSession(String sessionId) {
        return sessions.get(sessionId);
    }

    private final class Listener implements FeedListener {
        private final String sessionId;

        Listener(String sessionId) {
            this.sessionId = sessionId;
        }

        @Override
        public void onEvent(LoggedEvent event, SessionState state) {
            onState(state);
        }

        @Override
        public void onState(SessionState state) {
            if (!frozen) {
                sessions.computeIfPresent(
                        sessionId, (id, session) -> new StoredSession(session.document(), session.plan(), state));
            }
        }

        @Override
        public void onSignal(Signal signal) {}

        @Override
        public void onDeleted(@Nullable LoggedEvent last) {
            sessions.remove(sessionId);
        }

        @Override
        public void onReset(SessionState state) {
            onState(state);
        }
    }
}
