package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
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

    /** {@code session.turns.append}: a message of the session's user or agent, or of the participant that is named. */
    public Mono<SessionResults.AppendedTurn> append(Call call, SessionParams.TurnAppend params) {
        String sessionId = params.sessionId();
        return SessionGate.told(
                sessionId,
                gate.live(call, sessionId)
                        .flatMap(session -> messages.send(
                                call,
                                new SessionParams.Send(
                                        sessionId,
                                        params.content(),
                                        params.payload(),
                                        null,
                                        null,
                                        params.intentSummary(),
                                        null,
                                        null,
                                        author(call, params, session.document()),
                                        null,
                                        null)))
                        .flatMap(sent -> latest(call, sessionId)
                                .map(turns -> new SessionResults.AppendedTurn(
                                        SessionViews.turn(sent.event()),
                                        turns.size(),
                                        Instant.ofEpochMilli(
                                                sent.session().state().expiresAt())))));
    }

    /** Whose turn it is: a participant of the kind that the role says. */
    private static String author(Call call, SessionParams.TurnAppend params, Session session) {
        boolean isAgents = Participant.AGENT.equals(params.role());
        if (!isAgents && !Participant.USER.equals(params.role())) {
            throw Problems.invalid("role", params.role(), "user or agent");
        }
        String author = params.authorId();
        if (author == null && call.caller().trusted()) {
            author = isAgents ? session.agentId() : session.userId();
        } else if (author == null) {
            author = call.caller().id();
        }
        if (author == null) {
            throw Problems.missing(List.of("authorId"), "the session has no active agent; name a participant");
        }
        Participant participant = session.participant(author);
        if (participant != null && !participant.kind().equals(params.role())) {
            throw Problems.invalid("role", params.role(), participant.kind() + ", as the author is one");
        }
        return author;
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
