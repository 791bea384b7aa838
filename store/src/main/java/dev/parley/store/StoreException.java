package dev.parley.store;

import dev.parley.protocol.session.SessionStatus;

/**
 * Why a store call did not do what was asked. Stackless, as these are answers. Except for {@link Unavailable} with an unknown
 * outcome, nothing was changed.
 */
public abstract sealed class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private StoreException(String message) {
        super(message, null, false, false);
    }

    /** There is no such thing. */
    public static final class NotFound extends StoreException {
        private static final long serialVersionUID = 1L;

        public NotFound(String what) {
            super(what + " is not known");
        }
    }

    /** The id is taken. */
    public static final class Conflict extends StoreException {
        private static final long serialVersionUID = 1L;

        public Conflict(String what) {
            super(what + " exists already");
        }
    }

    /** The version, or the user's revision, has moved on. */
    public static final class VersionConflict extends StoreException {
        private static final long serialVersionUID = 1L;

        private final long actual;

        public VersionConflict(long actual) {
            super("the version is " + actual);
            this.actual = actual;
        }

        /** The version now. */
        public long actual() {
            return actual;
        }
    }

    /** The session has ended, or its deadline has passed. */
    public static final class Ended extends StoreException {
        private static final long serialVersionUID = 1L;

        private final SessionStatus status;
        private final long expiresAt;

        public Ended(SessionStatus status, long expiresAt) {
            super("the session is " + status.wireName());
            this.status = status;
            this.expiresAt = expiresAt;
        }

        /** The terminal status. */
        public SessionStatus status() {
            return status;
        }

        /** When it ended or was to end, in epoch milliseconds. */
        public long expiresAt() {
            return expiresAt;
        }
    }

    /** The participants have changed since the caller looked: look again. */
    public static final class StaleMembership extends StoreException {
        private static final long serialVersionUID = 1L;

        public StaleMembership() {
            super("the participants have changed");
        }
    }

    /** The message id is in use by another author. */
    public static final class MessageConflict extends StoreException {
        private static final long serialVersionUID = 1L;

        public MessageConflict(String messageId) {
            super("message id " + messageId + " is in use by another author");
        }
    }

    /** The message that this one was to come after is not there: send that one first. */
    public static final class OutOfOrder extends StoreException {
        private static final long serialVersionUID = 1L;

        public OutOfOrder(String after) {
            super("message " + after + " is not there yet");
        }
    }

    /** A renewal by hand could not move the deadline. */
    public static final class NothingToGain extends StoreException {
        private static final long serialVersionUID = 1L;

        private final long expiresAt;

        public NothingToGain(long expiresAt) {
            super("the maximum duration leaves nothing to gain");
            this.expiresAt = expiresAt;
        }

        /** The end as it stands, in epoch milliseconds. */
        public long expiresAt() {
            return expiresAt;
        }
    }

    /** The task has finished and cannot be changed. */
    public static final class TaskFinished extends StoreException {
        private static final long serialVersionUID = 1L;

        private final String status;

        public TaskFinished(String status) {
            super("the task is " + status);
            this.status = status;
        }

        /** How it ended. */
        public String status() {
            return status;
        }
    }

    /** The task is in another agent's hands, in another turn, or between two turns. */
    public static final class NotYourTurn extends StoreException {
        private static final long serialVersionUID = 1L;

        private final String agentId;
        private final long attempt;
        private final boolean isHeld;

        public NotYourTurn(String agentId, long attempt, boolean isHeld) {
            super("the turn is attempt " + attempt + " of " + agentId + (isHeld ? "" : ", which is over"));
            this.agentId = agentId;
            this.attempt = attempt;
            this.isHeld = isHeld;
        }

        /** Whose turn it is, or was last. */
        public String agentId() {
            return agentId;
        }

        /** Number of that turn. */
        public long attempt() {
            return attempt;
        }

        /** Whether the turn goes on. */
        public boolean isHeld() {
            return isHeld;
        }
    }

    /** The agent that was chosen rests after failures: choose another one. */
    public static final class Resting extends StoreException {
        private static final long serialVersionUID = 1L;

        public Resting(String agentId) {
            super(agentId + " rests");
        }
    }

    /** A limit of what may be kept would be passed. */
    public static final class Full extends StoreException {
        private static final long serialVersionUID = 1L;

        private final String limit;

        public Full(String limit) {
            super("no room is left: " + limit);
            this.limit = limit;
        }

        /** Which limit, in the words of the one who has it. */
        public String limit() {
            return limit;
        }
    }

    /** The store did not answer. */
    public static final class Unavailable extends StoreException {
        private static final long serialVersionUID = 1L;

        private final boolean outcomeUnknown;

        /**
         * @param outcomeUnknown whether the call may have been done all the same; false when it surely was not
         */
        public Unavailable(String why, boolean outcomeUnknown) {
            super(why);
            this.outcomeUnknown = outcomeUnknown;
        }

        /** Whether the call may have been done. */
        public boolean outcomeUnknown() {
            return outcomeUnknown;
        }
    }
}
