package dev.parley.gateway.availability;

import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the store once a second whether it answers, and tells when it has not for too long, and when it does again. Counted from
 * when it is noticed, so that a gateway which was itself stopped for a while does not take that for the store's silence. Does
 * nothing for a store that answers on the caller's thread. Safe for use from any thread.
 */
public final class StoreWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    private static final long EVERY_MILLIS = 1_000;

    private final Store store;
    private final TimeSource time;
    private final long lostMillis;
    private final Listener listener;
    private final Object lock = new Object();
    private boolean closed;
    private boolean silent;
    private long silentSince;
    private boolean lost;
    private @Nullable Cancellable next;
    private @Nullable Cancellable patience;

    /** Hears of a store that is lost. Called on any thread, in order; only enqueues. */
    public interface Listener {
        /** The store has not answered for too long. */
        void onLost();

        /** It answers again after {@link #onLost()}. */
        void onBack();
    }

    /**
     * @param store whose calls end by themselves
     * @param lostMillis how long it may be silent, 0 or more
     */
    public StoreWatch(Store store, TimeSource time, long lostMillis, Listener listener) {
        this.store = store;
        this.time = time;
        this.lostMillis = lostMillis;
        this.listener = listener;
    }

    /** Begins to watch. Once only. */
    public void start() {
        if (!GuardedStore.answersAtOnce(store)) {
            ask();
        }
    }

    /** Stops; nothing is told any more. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            cancel(next);
            cancel(patience);
        }
    }

    private void ask() {
        store.ping().subscribe(null, this::failed, this::answered);
    }

    private void answered() {
        boolean back;
        synchronized (lock) {
            if (closed) {
                return;
            }
            if (silent) {
                LOG.info("the store answers again silentMillis={}", (time.nanoTime() - silentSince) / 1_000_000);
            }
            silent = false;
            cancel(patience);
            back = lost;
            lost = false;
            next = time.schedule(EVERY_MILLIS, this::ask);
        }
        if (back) {
            listener.onBack();
        }
    }

    private void failed(Throwable failure) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            if (!silent) {
                silent = true;
                silentSince = time.nanoTime();
                LOG.warn("the store does not answer lostAfterMillis={} cause={}", lostMillis, failure.toString());
                patience = time.schedule(lostMillis, this::impatient);
            }
            next = time.schedule(EVERY_MILLIS, this::ask);
        }
    }

    private void impatient() {
        synchronized (lock) {
            if (closed || !silent || lost) {
                return;
            }
            lost = true;
            LOG.error("the store is lost: sockets are closed until it answers again");
        }
        listener.onLost();
    }

    private static void cancel(@Nullable Cancellable scheduled) {
        if (scheduled != null) {
            scheduled.cancel();
        }
    }
}
