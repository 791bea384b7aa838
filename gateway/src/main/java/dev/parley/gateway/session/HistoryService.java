package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.SessionResults.ActiveContext;
import dev.parley.protocol.session.SessionResults.HistoryItem;
import dev.parley.store.EventLog;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoredSession;
import java.util.List;
import reactor.core.publisher.Mono;

/** Reads sessions and their logs; nothing here renews. Called on event loops; keeps nothing between calls. */
public final class HistoryService {
    private final Store store;
    private final GatewayConfig config;
    private final SessionService sessions;
    private final TurnService turns;
    private final SessionGate gate;

    /**
     * @param store where the sessions are
     * @param config limits
     * @param sessions which knows the session of a user
     * @param turns which knows the latest turns
     */
    HistoryService(Store store, GatewayConfig config, SessionService sessions, TurnService turns) {
        this.store = store;
        this.config = config;
        this.sessions = sessions;
        this.turns = turns;
        this.gate = new SessionGate(store);
    }

    /** {@code session.get}. */
    public Mono<SessionInfo> get(Call call, SessionParams.Ref params) {
        return SessionGate.told(
                params.sessionId(),
                gate.readable(call, params.sessionId()).map(session -> SessionViews.info(session, store.nowMillis())));
    }

    /** {@code session.list}: the caller's own, or for a trusted one all of the workspace. */
    public Mono<SessionResults.SessionPage> list(Call call, SessionParams.Query params) {
        return SessionGate.told("", Mono.defer(() -> store.sessions().find(QueryRules.sessions(call.caller(), params))))
                .map(this::page);
    }

    /** {@code session.history}. */
    public Mono<SessionResults.HistoryPage> history(Call call, SessionParams.History params) {
        return SessionGate.told(params.sessionId(), Mono.defer(() -> {
            EventLog.HistoryQuery query = QueryRules.history(call.caller(), params);
            return gate.readable(call, params.sessionId())
                    .flatMap(session -> store.log().history(query))
                    .map(HistoryService::page);
        }));
    }

    /** {@code session.active}: what a router needs to skip classification; of nothing when there is no such session. */
    public Mono<ActiveContext> active(Call call, SessionParams.Active params) {
        return SessionGate.told("", Mono.defer(() -> {
            String userId = params.userId();
            if (!call.caller().trusted()
                    && !call.caller().isAgent()
                    && !call.caller().id().equals(userId)) {
                throw Problems.forbidden("You can only ask for your own active session; give your own id as userId.");
            }
            return store.sessions()
                    .candidates(call.caller().workspaceId(), userId, null)
                    .flatMap(candidates -> {
                        StoredSession hit = sessions.choose(sessions.usable(call, candidates.sessions()));
                        return hit == null
                                ? Mono.just(new ActiveContext("", "", false, List.of(), RawJson.EMPTY_OBJECT))
                                : context(call, hit.document());
                    });
        }));
    }

    /** {@code session.seen}. */
    public Mono<SessionResults.Done> seen(Call call, SessionParams.Seen params) {
        String sessionId = params.sessionId();
        return SessionGate.told(sessionId, Mono.defer(() -> {
            long seq = params.seq();
            if (seq < 0) {
                throw Problems.invalid("seq", seq, "0 or more");
            }
            SocketCaller socket = call.socket();
            StoredSession known = socket == null ? null : socket.attachedSession(sessionId);
            Mono<StoredSession> allowed =
                    known != null && isLive(known) ? Mono.just(known) : gate.readable(call, sessionId);
            return allowed.flatMap(
                            session -> store.log().seen(sessionId, call.caller().id(), seq))
                    .thenReturn(new SessionResults.Done(true));
        }));
    }

    private boolean isLive(StoredSession session) {
        return !session.state().status().isTerminal() && session.state().expiresAt() > store.nowMillis();
    }

    private Mono<ActiveContext> context(Call call, Session document) {
        String agentId = document.agentId();
        return turns.latest(call, document.sessionId())
                .map(turns -> new ActiveContext(
                        document.sessionId(),
                        agentId == null ? "" : agentId,
                        agentId != null && config.session().sessionBypass(),
                        turns,
                        document.workflowState()));
    }

    private SessionResults.SessionPage page(SessionStore.SessionPage found) {
        long now = store.nowMillis();
        return new SessionResults.SessionPage(
                found.sessions().stream()
                        .map(session -> SessionViews.info(session, now))
                        .toList(),
                found.total(),
                new SessionResults.Stats(found.totalSessions(), found.activeSessions(), found.expiredSessions()),
                found.nextCursor());
    }

    private static SessionResults.HistoryPage page(EventLog.HistoryPage found) {
        List<LoggedEvent> messages = found.messages();
        List<HistoryItem> items =
                messages.stream().map(SessionViews::historyItem).toList();
        SessionResults.Cursors cursors = messages.isEmpty()
                ? null
                : new SessionResults.Cursors(
                        messages.get(messages.size() - 1).at(), messages.get(0).at());
        return new SessionResults.HistoryPage(items, found.hasMore(), cursors);
    }
}
