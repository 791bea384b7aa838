package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.session.SessionAccess;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionState;
import dev.parley.store.StoredSession;
import org.jspecify.annotations.Nullable;

/** Whether a socket may attach to a session, or signal in it. Pure. */
final class Admission {
    private Admission() {}

    /** Why a caller may not attach; null when they may. */
    static @Nullable ProtocolException toAttach(Caller caller, StoredSession session) {
        try {
            SessionAccess.check(caller, session.document());
        } catch (ProtocolException refusal) {
            return refusal;
        }
        SessionState state = session.state();
        return state.status().isTerminal()
                ? ErrorMapper.ended(session.document().sessionId(), state.status(), state.expiresAt())
                : null;
    }

    /** Why a caller may not signal; null when they may. The instant decides, not what the store has noticed yet. */
    static @Nullable ProtocolException toSignal(Caller caller, StoredSession session, long now) {
        ProtocolException refusal = toAttach(caller, session);
        if (refusal != null) {
            return refusal;
        }
        SessionState state = session.state();
        if (now >= session.plan().maxEndAt()
                || (now >= state.expiresAt() && !session.plan().suspendOnIdle())) {
            return ErrorMapper.ended(session.document().sessionId(), SessionStatus.EXPIRED, state.expiresAt());
        }
        return session.document().hasPresent(caller.id())
                ? null
                : ProtocolException.of(
                        ErrorCode.FORBIDDEN, "You do not take part in this session; ask to be added to it.");
    }
}
