package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.LoggedEvent;
import dev.parley.store.StoredSession;
import org.jspecify.annotations.Nullable;

/** Who may do what with a session. Pure; any thread. */
public final class SessionAccess {
    private SessionAccess() {}

    /**
     * Whether a caller may read and change a session: it takes part; or it never took part, and the session is its own or of
     * its making; or it is trusted.
     */
    public static boolean allowed(Caller caller, Session session) {
        if (!caller.workspaceId().equals(session.workspaceId())) {
            return false;
        }
        if (caller.trusted()) {
            return true;
        }
        String id = caller.id();
        Participant participant = session.participant(id);
        if (participant != null) {
            // Whoever was taken out has no other right to it, were it theirs or not.
            return participant.present();
        }
        return id.equals(session.userId()) || id.equals(session.employeeId()) || id.equals(session.createdBy());
    }

    /**
     * Refuses a caller who may not.
     *
     * @throws ProtocolException {@code SESSION_NOT_FOUND} for sessions of other workspaces, {@code FORBIDDEN} for others
     */
    public static void check(Caller caller, Session session) {
        if (!caller.workspaceId().equals(session.workspaceId())) {
            throw ErrorMapper.sessionNotFound(session.sessionId());
        }
        if (!allowed(caller, session)) {
            throw Problems.forbidden("You do not take part in this session; ask to be added to it.");
        }
    }

    /**
     * Refuses an expired session, for reads as for writes.
     *
     * @throws ProtocolException {@code SESSION_EXPIRED}
     */
    public static void checkNotExpired(StoredSession session) {
        if (session.state().status() == SessionStatus.EXPIRED) {
            throw ended(session);
        }
    }

    /** The refusal of a session whose life is over. */
    static ProtocolException ended(StoredSession session) {
        return ErrorMapper.ended(
                session.document().sessionId(),
                session.state().status(),
                session.state().expiresAt());
    }

    /** The participant whose eyes a caller reads a log with; null sees everything. */
    public static @Nullable String viewer(Caller caller) {
        return caller.trusted() ? null : caller.id();
    }

    /** Whether an entry is for a caller: it is for all, from them, or to them. */
    public static boolean sees(Caller caller, LoggedEvent event) {
        String to = event.to();
        return to == null
                || caller.trusted()
                || caller.id().equals(to)
                || caller.id().equals(event.authorId());
    }

    /**
     * Whose message a send is: the caller's, or, for a trusted program, that of the participant it names, else of the
     * session's user.
     *
     * @throws ProtocolException {@code FORBIDDEN} when that is nobody who takes part now
     */
    static String author(Call call, @Nullable String named, Session session) {
        Caller caller = call.caller();
        String author = caller.id();
        if (caller.trusted()) {
            author = named != null ? named : session.userId();
        } else if (named != null && !named.equals(author)) {
            throw Problems.forbidden("You can only send in your own name; leave out authorId.");
        }
        if (author == null || !session.hasPresent(author)) {
            throw Problems.forbidden("Only those who take part in the session can send to it; "
                    + (caller.trusted() ? "name one of them in authorId." : "ask to be added to it."));
        }
        return author;
    }
}
