package dev.parley.gateway.operation;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.StoreException;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Any failure as what the caller is told; the only place where that is decided. */
public final class ErrorMapper {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorMapper.class);

    private static final long FULL_RETRY_MILLIS = 5_000;

    private ErrorMapper() {}

    /**
     * The refusal for a failure.
     *
     * @param failure what happened; a defect of ours is logged with an id that the answer carries
     * @param sessionId the session it was about, or an empty string
     */
    public static ProtocolException map(Throwable failure, String sessionId) {
        if (failure instanceof ProtocolException problem) {
            return problem;
        }
        if (failure instanceof StoreException problem) {
            return ofStore(problem, sessionId);
        }
        if (failure instanceof TimeoutException) {
            return unavailable(true);
        }
        String id = UUID.randomUUID().toString();
        LOG.error("defect id={} session={}", id, sessionId, failure);
        return ProtocolException.of(
                        ErrorCode.INTERNAL_ERROR, "Something went wrong on our side; report it with the id in details.")
                .with("errorId", id);
    }

    /** The refusal for a session that is not there, or not for this caller. */
    public static ProtocolException sessionNotFound(String sessionId) {
        return ProtocolException.of(
                        ErrorCode.SESSION_NOT_FOUND,
                        "There is no session with this id; check the id, or create a session.")
                .with("sessionId", sessionId);
    }

    /** The refusal for a session whose life is over. */
    public static ProtocolException ended(String sessionId, SessionStatus status, long expiresAt) {
        if (status == SessionStatus.EXPIRED) {
            return ProtocolException.of(
                            ErrorCode.SESSION_EXPIRED, "The session has expired; resume it or create a new one.")
                    .with("sessionId", sessionId)
                    .with("expiresAt", WireTime.format(expiresAt));
        }
        return ProtocolException.of(
                        ErrorCode.SESSION_ENDED,
                        "The session is " + status.wireName() + " and can only be read; resume it to go on.")
                .with("sessionId", sessionId)
                .with("status", status.wireName());
    }

    private static ProtocolException ofStore(StoreException problem, String sessionId) {
        if (problem instanceof StoreException.NotFound) {
            return sessionNotFound(sessionId);
        }
        if (problem instanceof StoreException.Ended ended) {
            return ended(sessionId, ended.status(), ended.expiresAt());
        }
        if (problem instanceof StoreException.Conflict) {
            return ProtocolException.of(
                            ErrorCode.SESSION_CONFLICT, "A session with this id exists already; choose another id.")
                    .with("sessionId", sessionId);
        }
        if (problem instanceof StoreException.VersionConflict conflict) {
            return ProtocolException.of(
                            ErrorCode.VERSION_CONFLICT,
                            "The session has changed since; read it again and repeat with its present version.")
                    .with("version", conflict.actual());
        }
        if (problem instanceof StoreException.MessageConflict) {
            return ProtocolException.of(
                    ErrorCode.MESSAGE_CONFLICT, "This messageId is in use by another author; choose another id.");
        }
        if (problem instanceof StoreException.StaleMembership) {
            return ProtocolException.of(
                    ErrorCode.FORBIDDEN, "You do not take part in this session; ask to be added to it.");
        }
        if (problem instanceof StoreException.OutOfOrder) {
            return ProtocolException.of(
                            ErrorCode.STORE_UNAVAILABLE,
                            "What became of the message before this one is not known; send that one again, then this one.")
                    .with("outcome", "refused");
        }
        if (problem instanceof StoreException.NothingToGain gain) {
            return ProtocolException.of(
                            ErrorCode.SESSION_RENEWAL_FAILED,
                            "The maximum duration leaves nothing to gain; resume into a new session to go on.")
                    .with("expiresAt", WireTime.format(gain.expiresAt()));
        }
        if (problem instanceof StoreException.TaskFinished finished) {
            return ProtocolException.of(
                            ErrorCode.TASK_FINISHED,
                            "The task is " + finished.status()
                                    + " and cannot be changed; delegate another one to have more done.")
                    .with("status", finished.status());
        }
        if (problem instanceof StoreException.NotYourTurn turn) {
            return notYourTurn(turn);
        }
        if (problem instanceof StoreException.Resting) {
            return ProtocolException.of(
                    ErrorCode.AGENT_UNAVAILABLE,
                    "The agents that could take this rest after failures; try again later.");
        }
        if (problem instanceof StoreException.Full full) {
            return ProtocolException.of(
                            ErrorCode.RATE_LIMITED,
                            "No room is left: " + full.limit() + "; go on once some of what waits there is done.")
                    .with("limit", full.limit())
                    .with("retryAfterMs", FULL_RETRY_MILLIS);
        }
        if (problem instanceof StoreException.Unavailable unavailable) {
            return unavailable(unavailable.outcomeUnknown());
        }
        throw new IllegalStateException("unmapped store answer", problem);
    }

    private static ProtocolException notYourTurn(StoreException.NotYourTurn turn) {
        return ProtocolException.of(
                        ErrorCode.FORBIDDEN,
                        turn.isHeld()
                                ? "It is not your turn at this task any more: attempt " + turn.attempt() + " of "
                                        + turn.agentId()
                                        + " is under way; give agentId and attempt of the turn that you"
                                        + " were told of in task.assigned."
                                : "Your turn at this task is over; wait for task.assigned, if there is another one.")
                .with("delegatee", turn.agentId())
                .with("attempt", turn.attempt());
    }

    private static ProtocolException unavailable(boolean unknown) {
        return ProtocolException.of(
                        ErrorCode.STORE_UNAVAILABLE,
                        unknown
                                ? "The store did not answer in time; repeat the request, with the same messageId if it was a message."
                                : "The store is not available; repeat the request later.")
                .with("outcome", unknown ? "unknown" : "refused");
    }
}
