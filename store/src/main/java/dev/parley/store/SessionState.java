package dev.parley.store;

import dev.parley.protocol.session.SessionStatus;

/**
 * What lies beside a session's document: moved by append, renew and fire, and by commits as far as they say so. A value; it
 * was true at one instant of the store.
 *
 * @param status the status
 * @param statusChangedAt epoch milliseconds, as all instants here
 * @param updatedAt of the last change that raised the version
 * @param lastActivity never goes back
 * @param expiresAt the next end: idle or maximum duration, whichever is first; of an ended session when it ended
 * @param renewedAt the base of the idle deadline when activity does not renew: the last manual renewal, else the creation
 * @param renewalCount renewals that moved {@code expiresAt}
 * @param rung milliseconds of the last warning given for this {@code expiresAt}; 0 when none was
 * @param version of the document: raised by every change except messages, activity, renewals and warnings
 * @param epoch of the log
 * @param head seq of the log's last entry
 */
public record SessionState(
        SessionStatus status,
        long statusChangedAt,
        long updatedAt,
        long lastActivity,
        long expiresAt,
        long renewedAt,
        long renewalCount,
        long rung,
        long version,
        String epoch,
        long head) {}
