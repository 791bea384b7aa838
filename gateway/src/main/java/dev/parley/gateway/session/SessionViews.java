package dev.parley.gateway.session;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionCreated;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionResults.HistoryItem;
import dev.parley.protocol.session.SessionResults.SendStatus;
import dev.parley.protocol.session.SessionResults.TurnView;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.StoredSession;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the store holds, as callers see it. Pure; any thread. */
public final class SessionViews {
    private static final String AGENT_ROLE = "agent";

    private SessionViews() {}

    /**
     * The record.
     *
     * @param now epoch milliseconds, for the time that remains
     */
    public static SessionInfo info(StoredSession session, long now) {
        return info(session, now, null, null);
    }

    /**
     * The record, with what only some answers say.
     *
     * @param now epoch milliseconds
     * @param wasRenewed whether the call moved the deadline; null leaves it out
     * @param created whether the call made the session; null leaves it out
     */
    public static SessionInfo info(
            StoredSession session, long now, @Nullable Boolean wasRenewed, @Nullable Boolean created) {
        Session document = session.document();
        SessionState state = session.state();
        long remaining = remaining(session, now);
        return new SessionInfo(
                document.sessionId(),
                document.channelId(),
                document.agentId(),
                document.userId(),
                document.createdAt(),
                Instant.ofEpochMilli(state.lastActivity()),
                document.metadata(),
                Instant.ofEpochMilli(state.expiresAt()),
                document.timeoutConfig(),
                state.renewalCount(),
                remaining,
                isNear(session, remaining),
                state.status(),
                document.workspaceId(),
                document.name(),
                document.employeeId(),
                document.createdBy(),
                Instant.ofEpochMilli(state.updatedAt()),
                Instant.ofEpochMilli(state.statusChangedAt()),
                document.sharedContext(),
                document.workflowState(),
                document.participants(),
                document.workflow(),
                document.surfaces(),
                document.end(),
                document.resumedFrom(),
                state.version(),
                wasRenewed,
                created);
    }

    /**
     * The answer of a creation.
     *
     * @param now epoch milliseconds
     */
    public static SessionCreated created(StoredSession session, long now) {
        return SessionCreated.of(info(session, now));
    }

    /**
     * The session's standing after a send.
     *
     * @param now epoch milliseconds
     */
    public static SendStatus sendStatus(StoredSession session, boolean renewed, long now) {
        SessionState state = session.state();
        return new SendStatus(
                Instant.ofEpochMilli(state.expiresAt()),
                state.renewalCount(),
                renewed,
                isNear(session, remaining(session, now)));
    }

    /** A message of the log as an item of a history page. */
    public static HistoryItem historyItem(LoggedEvent event) {
        MessageBody body = BodyCodec.decode(event.body(), MessageBody.class);
        return new HistoryItem(
                body.messageId(),
                body.content(),
                body.authorId(),
                AGENT_ROLE.equals(body.role()),
                Instant.ofEpochMilli(event.at()),
                body.metadata() == null ? RawJson.EMPTY_OBJECT : body.metadata(),
                event.seq(),
                body.role(),
                body.inReplyTo(),
                body.payload());
    }

    /** A message of the log as a turn. */
    public static TurnView turn(LoggedEvent event) {
        MessageBody body = BodyCodec.decode(event.body(), MessageBody.class);
        return new TurnView(
                body.role(),
                body.content(),
                body.payload(),
                body.intentSummary(),
                body.authorId(),
                Instant.ofEpochMilli(event.at()),
                event.seq());
    }

    private static long remaining(StoredSession session, long now) {
        return session.state().status().isTerminal()
                ? 0
                : Math.max(0, session.state().expiresAt() - now);
    }

    private static boolean isNear(StoredSession session, long remaining) {
        return remaining > 0
                && remaining
                        <= TimeoutRules.millis(
                                session.document().timeoutConfig().warningThresholdMinutes());
    }
}
