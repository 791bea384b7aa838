package dev.parley.store.memory;

import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.StoredSession;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the listeners of a session what happens in it. All but {@link #live} is called under the session's lock, which is
 * what puts the calls in order.
 */
final class Feed {
    private final AtomicInteger live = new AtomicInteger();

    /** How many subscriptions there are. */
    int live() {
        return live.get();
    }

    EventLog.Subscription subscribe(SessionEntry entry, FeedListener listener) {
        Listening added = new Listening(entry, listener, entry.snapshot());
        Listening[] before = entry.listeners;
        Listening[] after = before == null ? new Listening[1] : Arrays.copyOf(before, before.length + 1);
        after[after.length - 1] = added;
        entry.listeners = after;
        live.incrementAndGet();
        return added;
    }

    void event(SessionEntry entry, LoggedEvent event) {
        if (entry.listeners != null) {
            SessionState state = entry.state(event.seq());
            tell(entry, listener -> listener.onEvent(event, state));
        }
    }

    void event(SessionEntry entry, LoggedEvent event, SessionState state) {
        if (entry.listeners != null) {
            tell(entry, listener -> listener.onEvent(event, state));
        }
    }

    void state(SessionEntry entry) {
        if (entry.listeners != null) {
            SessionState state = entry.state();
            tell(entry, listener -> listener.onState(state));
        }
    }

    void signal(SessionEntry entry, Signal signal) {
        tell(entry, listener -> listener.onSignal(signal));
    }

    void deleted(SessionEntry entry, @Nullable LoggedEvent last) {
        tell(entry, listener -> listener.onDeleted(last));
        drop(entry);
    }

    /** Ends the subscriptions of a session without a call. */
    void drop(SessionEntry entry) {
        Listening[] listeners = entry.listeners;
        if (listeners != null) {
            entry.listeners = null;
            live.addAndGet(-listeners.length);
        }
    }

    private static void tell(SessionEntry entry, Consumer<FeedListener> call) {
        Listening[] listeners = entry.listeners;
        if (listeners == null) {
            return;
        }
        for (Listening listening : listeners) {
            try {
                call.accept(listening.listener);
            } catch (RuntimeException e) {
                // A listener's defect is neither the caller's failure nor a reason not to tell the others.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    private void close(Listening closed) {
        SessionEntry entry = closed.entry;
        synchronized (entry) {
            Listening @Nullable [] before = entry.listeners;
            if (before == null) {
                return;
            }
            int kept = 0;
            Listening[] after = new Listening[before.length];
            for (Listening listening : before) {
                if (listening != closed) {
                    after[kept++] = listening;
                }
            }
            if (kept < before.length) {
                entry.listeners = kept == 0 ? null : Arrays.copyOf(after, kept);
                live.decrementAndGet();
            }
        }
    }

    /** One subscription. */
    final class Listening implements EventLog.Subscription {
        private final SessionEntry entry;
        private final FeedListener listener;
        private final StoredSession session;

        private Listening(SessionEntry entry, FeedListener listener, StoredSession session) {
            this.entry = entry;
            this.listener = listener;
            this.session = session;
        }

        @Override
        public StoredSession session() {
            return session;
        }

        @Override
        public void close() {
            Feed.this.close(this);
        }
    }
}
