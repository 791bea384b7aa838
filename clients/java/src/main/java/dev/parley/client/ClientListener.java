package dev.parley.client;

import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionResults;

/**
 * What a program wants to hear. All methods are called one after another on the client's callback thread, those of one session
 * in the order of its log; an exception thrown here is logged and changes nothing. A message counts as seen when
 * {@link #onMessage} has returned, unless the client was built with {@code manualSeen}.
 */
public interface ClientListener {
    /** A message of a session that this client is attached to; each at most once in the life of a client. */
    default void onMessage(SessionEvents.Message message) {}

    /** A piece of a message that is being written. */
    default void onDelta(SessionEvents.Delta delta) {}

    /** Somebody is writing, or stopped. */
    default void onTyping(SessionEvents.Typing typing) {}

    /**
     * A session is attached: at the first time, and again after each reconnect.
     *
     * @param entry tells the status, the deadline and whether everything since the last position comes
     */
    default void onAttached(SessionResults.Entry entry) {}

    /** A session that was attached before cannot be taken up again: it ended, is gone, or is not ours any more. */
    default void onAttachRefused(String sessionId, SessionResults.EntryError error) {}

    /** A session expires soon. */
    default void onExpiring(SessionEvents.DeadlineNotice deadline) {}

    /** A session's expiry moved. */
    default void onRenewed(SessionEvents.Renewed renewed) {}

    /** A session expired. */
    default void onExpired(SessionEvents.DeadlineNotice deadline) {}

    /** A session was suspended; activity wakes it. */
    default void onSuspended(SessionEvents.DeadlineNotice deadline) {}

    /** A session was ended by somebody. */
    default void onEnded(SessionEvents.Ended ended) {}

    /** Something will not be delivered; the only sign of loss: numbers that are left out mean nothing by themselves. */
    default void onGap(SessionEvents.Gap gap) {}

    /** The next deadlines, as each heartbeat's answer tells them. */
    default void onDeadlines(SessionResults.HeartbeatAnswer answer) {}

    /** The connection changed. */
    default void onState(StateChange change) {}

    /** Any push that has no callback of its own. */
    default void onPush(Push push) {}
}
