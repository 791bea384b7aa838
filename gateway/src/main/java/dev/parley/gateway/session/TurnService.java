package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.SessionResults.TurnView;
import dev.parley.store.EventLog;
import dev.parley.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Turns: the messages of a session, as routers and agents look back on them (sessions.md section 5). Called on event loops. */
public final class TurnService {
    private final Store store;
    private final GatewayConfig config;
    private final MessageService messages;
    private final SessionGate gate;

    TurnService(Store store, GatewayConfig config, MessageService messages) {
        this.store = store;
        this.config = config;
        this.messages = messages;
        this.gate = new SessionGate(store);
    }

    /** {@code session.turns.list}. */
    public Mono<SessionResults.Turns> list(Call call, SessionParams.Ref params) {
        return SessionGate.told(
                params.sessionId(),
                gate.readable(call, params.sessionId())
                        .flatMap(session -> latest(call, params.sessionId()))
                        .map(SessionResults.Turns::new));
    }

    /**
     * {@code session.turns.append}: a message of the session's user or agent, or of the participant that is named. Over a
     * socket it is the caller's own, and sent at once, in its order among the messages of the connection.
     */
    public Mono<SessionResults.AppendedTurn> append(Call call, SessionParams.TurnAppend params) {
        String sessionId = params.sessionId();
        return SessionGate.told(sessionId, Mono.defer(() -> {
            Caller caller = call.caller();
            checkRole(params.role());
            Mono<MessageService.SendOutcome> sending;
            if (caller.trusted()) {
                sending = gate.live(call, sessionId)
                        .flatMap(session -> messages.send(call, message(params, author(params, session.document()))));
            } else {
                checkKind(params.role(), caller.isAgent() ? Participant.AGENT : Participant.USER);
                sending = messages.send(call, message(params, params.authorId()));
            }
            return sending.flatMap(sent -> latest(call, sessionId)
                    .map(turns -> appended(sent, turns.size()))
                    // It is said: whoever was told otherwise would say it again.
                    .onErrorReturn(appended(sent, null)));
        }));
    }

    private static SessionResults.AppendedTurn appended(MessageService.SendOutcome sent, @Nullable Integer count) {
        return new SessionResults.AppendedTurn(
                SessionViews.turn(sent.event()),
                count,
                Instant.ofEpochMilli(sent.session().state().expiresAt()));
    }

    private static SessionParams.Send message(SessionParams.TurnAppend params, @Nullable String author) {
        return new SessionParams.Send(
                params.sessionId(),
                params.content(),
                params.payload(),
                null,
                null,
                params.intentSummary(),
                null,
                null,
                author,
                null,
                null);
    }

    /** Whose turn it is that a trusted program appends: a participant of the kind that the role says. */
    private static String author(SessionParams.TurnAppend params, Session session) {
        String author = params.authorId();
        if (author == null) {
            author = Participant.AGENT.equals(params.role()) ? session.agentId() : session.userId();
        }
        if (author == null) {
            throw Problems.missing(List.of("authorId"), "the session has no active agent; name a participant");
        }
        Participant participant = session.participant(author);
        if (participant != null) {
            checkKind(params.role(), participant.kind());
        }
        return author;
    }

    private static void checkRole(String role) {
        if (!Participant.AGENT.equals(role) && !Participant.USER.equals(role)) {
            throw Problems.invalid("role", role, "user or agent");
        }
    }

    private static void checkKind(String role, String kind) {
        if (!kind.equals(role)) {
            throw Problems.invalid("role", role, kind + ", as the author is one");
        }
    }

    /** The latest turns that a caller may see, oldest first. */
    Mono<List<TurnView>> latest(Call call, String sessionId) {
        EventLog.HistoryQuery latest = new EventLog.HistoryQuery(
                sessionId,
                SessionAccess.viewer(call.caller()),
                null,
                null,
                null,
                null,
                config.session().maxTurns());
        return store.log().history(latest).map(page -> {
            List<TurnView> turns = new ArrayList<>(page.messages().size());
            for (int i = page.messages().size() - 1; i >= 0; i--) {
                turns.add(SessionViews.turn(page.messages().get(i)));
            }
            return turns;
        });
    }
}
