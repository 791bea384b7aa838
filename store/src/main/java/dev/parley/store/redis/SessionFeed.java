package dev.parley.store.redis;

import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one session here, each with the number of the last change it was told. The number orders what the channel
 * and what a look at the store tell: what is not newer is not told. Its monitor guards it and is held while listeners are
 * called, which only enqueue; so calls come one after another.
 */
final class SessionFeed {
    private final String sessionId;
    private List<Listening> listenings = List.of();
    /** The number of the last turn of presence that was told, or was known when somebody began to listen; −1 before that. */
    private long turn = -1;

    SessionFeed(String sessionId) {
        this.sessionId = sessionId;
    }

    String sessionId() {
        return sessionId;
    }

    /** Adds a listener that is told nothing yet: what comes is kept for it. */
    synchronized Listening add(FeedListener listener) {
        Listening added = new Listening(listener);
        List<Listening> more = new ArrayList<>(listenings);
        more.add(added);
        listenings = more;
        return added;
    }

    /**
     * Begins to tell a listener, from a change number on that it knows.
     *
     * @param turn the last number that a turn of presence may have had then
     * @return whether the session was removed meanwhile, so that the listener is gone again
     */
    synchronized boolean begin(Listening listening, long change, long turn) {
        listening.told = change;
        if (this.turn < 0) {
            this.turn = turn;
        }
        List<Runnable> kept = listening.kept;
        listening.kept = null;
        if (kept != null) {
            kept.forEach(Runnable::run);
        }
        return listening.gone && remove(listening);
    }

    /** Takes a listener away; false when it was not there any more. */
    synchronized boolean remove(Listening listening) {
        List<Listening> fewer = new ArrayList<>(listenings);
        boolean removed = fewer.remove(listening);
        listenings = fewer;
        listening.kept = null;
        return removed;
    }

    synchronized void forgetAll() {
        listenings = List.of();
    }

    synchronized int size() {
        return listenings.size();
    }

    /** The number of the last change that all listeners were told of. */
    synchronized long told() {
        long least = Long.MAX_VALUE;
        for (Listening listening : listenings) {
            if (listening.kept == null) {
                least = Math.min(least, listening.told);
            }
        }
        return least;
    }

    synchronized void entries(List<LoggedEvent> entries, SessionState state, long change) {
        for (Listening listening : listenings) {
            listening.tell(change, listener -> {
                for (LoggedEvent entry : entries) {
                    listener.onEvent(entry, Answers.withHead(state, entry.seq()));
                }
            });
        }
    }

    synchronized void state(SessionState state, long change) {
        for (Listening listening : listenings) {
            listening.tell(change, listener -> listener.onState(state));
        }
    }

    /** The number of the last change that any listener was told of. */
    synchronized long lastTold() {
        long last = 0;
        for (Listening listening : listenings) {
            last = Math.max(last, listening.told);
        }
        return last;
    }

    /**
     * Tells the state after an interruption, also when it is what was told before. An earlier one than what was told means that
     * something was lost, unless it was told after the state was asked for.
     *
     * @param toldThen {@link #lastTold} when the state was asked for
     * @return whether somebody was not told, as the state may be out of date
     */
    synchronized boolean reset(SessionState state, long change, long toldThen) {
        boolean late = false;
        for (Listening listening : listenings) {
            if (listening.kept == null && change < listening.told && listening.told > toldThen) {
                late = true;
            } else if (listening.kept == null) {
                listening.told = change;
                Telling.safely(() -> listening.listener.onReset(state));
            }
        }
        return late;
    }

    synchronized void signal(Signal signal) {
        for (Listening listening : listenings) {
            if (listening.kept == null) {
                Telling.safely(() -> listening.listener.onSignal(signal));
            }
        }
    }

    /** The number of the last turn of presence that is known here; −1 while nobody listens yet. */
    synchronized long turn() {
        return turn;
    }

    /**
     * Tells that somebody came or went, unless a later turn was told, or the one before was not: then the next look at the store
     * tells both.
     *
     * @param before number of the turn before it, at the least
     */
    synchronized void turn(Signal signal, long number, long before) {
        if (turn >= before && number > turn) {
            turn = number;
            signal(signal);
        }
    }

    /** Tells of the removal; the listeners are gone then. Returns how many. */
    synchronized int deleted(@Nullable LoggedEvent last, long change) {
        List<Listening> staying = new ArrayList<>();
        int gone = 0;
        for (Listening listening : listenings) {
            if (listening.delete(last, change)) {
                gone++;
            } else {
                staying.add(listening);
            }
        }
        listenings = staying;
        return gone;
    }

    /** What is told to a listener. */
    private interface Call {
        void to(FeedListener listener);
    }

    /** One listener. Guarded by the session's feed. */
    static final class Listening {
        private final FeedListener listener;
        private long told;

        /** What came before the listener could be told; null from then on. */
        private @Nullable List<Runnable> kept = new ArrayList<>();

        /** Whether it was told of the removal. */
        private boolean gone;

        private Listening(FeedListener listener) {
            this.listener = listener;
        }

        private void tell(long change, Call call) {
            if (kept != null) {
                kept.add(() -> tell(change, call));
            } else if (change > told && !gone) {
                told = change;
                Telling.safely(() -> call.to(listener));
            }
        }

        /** Tells of the removal unless it is that of an earlier session of the id; whether it was told. */
        private boolean delete(@Nullable LoggedEvent last, long change) {
            if (kept != null) {
                kept.add(() -> delete(last, change));
            } else if (change > told && !gone) {
                gone = true;
                Telling.safely(() -> listener.onDeleted(last));
            }
            return gone;
        }
    }
}
