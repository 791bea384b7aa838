package dev.parley.store;

import org.jspecify.annotations.Nullable;

/**
 * Hears what happens in one session. Calls come one after another, in the order in which the store did things, on whatever
 * thread; a listener only enqueues and never calls the store from within. Events may be missing (a remote feed is a hint): a
 * hole is seen by {@code seq}, or by {@link #onState} whose {@code head} lies further on, within 2 s; the log fills it.
 */
public interface FeedListener {
    /** An entry was appended; {@code state} is the session's right after it. */
    void onEvent(LoggedEvent event, SessionState state);

    /** The state moved without an entry: a warning was given, a renewal, an activation. */
    void onState(SessionState state);

    /** Somebody signalled. */
    void onSignal(Signal signal);

    /**
     * The session and its log are gone. No further calls come.
     *
     * @param last tells its end to those who are attached; null when that was told already
     */
    void onDeleted(@Nullable LoggedEvent last);

    /** The log lost data, or the feed was interrupted: compare the state anew, read the log from where you are. */
    void onReset(SessionState state);
}
