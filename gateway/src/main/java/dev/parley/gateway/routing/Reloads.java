package dev.parley.gateway.routing;

import dev.parley.store.SessionStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.time.TimeSource;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads sessions again whose document changed, or of which the feed may have missed something: each at most once at a time,
 * few at the same time, as after an interruption it is all of them. What the store does not answer waits for its turn again.
 * Safe for use from any thread.
 */
final class Reloads {
    private static final int MOST_UNDER_WAY = 64;
    private static final long RETRY_MILLIS = 500;
    /** A session that is not found is looked for once more after this: its feed may be about to tell how it ended. */
    private static final long GONE_MILLIS = 1_000;

    private final SessionStore store;
    private final TimeSource time;
    private final ConcurrentLinkedQueue<LocalSession> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicBoolean resting = new AtomicBoolean();

    Reloads(SessionStore store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /** Has a session read again, now or soon. */
    void add(LocalSession session) {
        if (session.reload.want()) {
            waiting.add(session);
            begin();
        }
    }

    /** One at a time takes from the queue; who comes meanwhile, an answer at once too, has it look once more. */
    private void begin() {
        if (rounds.getAndIncrement() != 0) {
            return;
        }
        int round = 1;
        while (round != 0) {
            while (!resting.get() && underWay.get() < MOST_UNDER_WAY) {
                LocalSession session = waiting.poll();
                if (session == null) {
                    break;
                }
                if (!session.isClosed() && !session.isDeleted()) {
                    underWay.incrementAndGet();
                    session.reload.begin();
                    store.load(session.id())
                            .subscribe(read -> done(session, read), failure -> failed(session, failure));
                }
            }
            round = rounds.addAndGet(-round);
        }
    }

    private void done(LocalSession session, StoredSession read) {
        session.refreshed(read);
        session.reload.missing = false;
        over(session);
    }

    private void failed(LocalSession session, Throwable failure) {
        if (!(failure instanceof StoreException.NotFound)) {
            session.reload.again();
            rest();
            over(session);
        } else if (session.reload.missing) {
            session.vanished();
            over(session);
        } else {
            session.reload.missing = true;
            over(session);
            time.schedule(GONE_MILLIS, () -> add(session));
        }
    }

    private void over(LocalSession session) {
        underWay.decrementAndGet();
        if (session.reload.end()) {
            waiting.add(session);
        }
        begin();
    }

    /** The store is away: nobody asks it for a while. */
    private void rest() {
        if (resting.compareAndSet(false, true)) {
            time.schedule(RETRY_MILLIS, () -> {
                resting.set(false);
                begin();
            });
        }
    }

    /** What is to be read of one session. */
    static final class Need {
        private boolean wanted;
        private boolean underWay;
        /** Whether it was not found the last time. */
        private volatile boolean missing;

        /** True when nobody else is about to read it. */
        private synchronized boolean want() {
            boolean first = !wanted && !underWay;
            wanted = true;
            return first;
        }

        private synchronized void begin() {
            wanted = false;
            underWay = true;
        }

        private synchronized void again() {
            wanted = true;
        }

        /** True when it has to be read once more. */
        private synchronized boolean end() {
            underWay = false;
            return wanted;
        }
    }
}
