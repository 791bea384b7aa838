package dev.parley.store;

import dev.parley.protocol.session.SessionStatus;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened in the life of a session, as it is told to those outside it.
 *
 * @param id the same each time it is told; of no other happening
 * @param kind what happened
 * @param sessionId of which session
 * @param workspaceId of the session
 * @param status the session's, right after it
 * @param at when, in epoch milliseconds
 * @param by identity of who caused it, {@code system} for a deadline; null where nobody is known
 * @param expiresAt the session's deadline right after it, in epoch milliseconds; of a closed one, when it ended
 * @param name of the session; only where it is {@link Kind#EXPIRING} and has one
 * @param sessionKey of one that is {@link Kind#CLOSED}: what tells it from others that had the same id, its {@code channelId}
 */
public record Happening(
        String id,
        Kind kind,
        String sessionId,
        String workspaceId,
        SessionStatus status,
        long at,
        @Nullable String by,
        long expiresAt,
        @Nullable String name,
        @Nullable String sessionKey) {

    /** What can happen. */
    public enum Kind {
        /** A session was created. */
        CREATED("session.created"),
        /** A warning was given: the session ends soon. */
        EXPIRING("session.expiring"),
        /** The idle deadline passed, and activity can revive the session. */
        SUSPENDED("session.suspended"),
        /** It ended, whatever the way: each session's end is this once, deletion of a live one included. */
        CLOSED("session.closed"),
        /** It was deleted before its retention was over. */
        DELETED("session.deleted");

        private final String wireName;

        Kind(String wireName) {
            this.wireName = wireName;
        }

        /** As others are told it. */
        public String wireName() {
            return wireName;
        }

        /** The kind of a name; null when there is none. */
        public static @Nullable Kind ofWireName(String name) {
            for (Kind kind : values()) {
                if (kind.wireName.equals(name)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /** Whole minutes that were left then; a warning that was given by less than a second late still names its own. */
    public long minutesRemaining() {
        return Math.max(0, (expiresAt - at + 999) / 1000 / 60);
    }
}
