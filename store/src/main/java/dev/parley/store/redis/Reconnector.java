package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one connection to one server: makes it, and makes another when it ends, after a pause that doubles from {@value
 * #FIRST_PAUSE_MILLIS} to {@value #LONGEST_PAUSE_MILLIS} ms, of which a random half, so that many gateways do not come back in
 * the same instant. Nothing is queued meanwhile. Safe for use from any thread.
 *
 * @param <C> the connection
 */
final class Reconnector<C> {
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 2000;
    /** A connection that lived as long as this was a good one: the pauses begin anew. */
    private static final long PROVEN_NANOS = 1_000_000_000L;

    private final TimeSource time;
    private final Supplier<CompletionStage<C>> connect;
    private final Listener<C> listener;
    private volatile @Nullable C current;
    private volatile @Nullable LinkFailure failure;
    private volatile boolean stopped;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private long connectedNanos;

    Reconnector(TimeSource time, Supplier<CompletionStage<C>> connect, Listener<C> listener) {
        this.time = time;
        this.connect = connect;
        this.listener = listener;
    }

    /** Hears about the connection, on a thread that must not be blocked. */
    interface Listener<C> {
        /** A connection is there. */
        void connected(C connection);

        /** There is none: the attempt failed, or it ended. Another attempt follows by itself. */
        void failed(LinkFailure why);

        /** A connection came when it was no longer wanted. */
        void unwanted(C connection);
    }

    /** Makes the first attempt. */
    void start() {
        attempt();
    }

    /** The connection; null when there is none. */
    @Nullable C current() {
        return current;
    }

    /** Why there is no connection; null when there is one or the first attempt is under way. */
    @Nullable LinkFailure failure() {
        return failure;
    }

    /** The connection has ended; called once for each. */
    void ended(String why) {
        synchronized (this) {
            current = null;
            if (time.nanoTime() - connectedNanos > PROVEN_NANOS) {
                pauseMillis = FIRST_PAUSE_MILLIS;
            }
        }
        failed(new LinkFailure(why, false));
    }

    /** Makes no more attempts. The present connection is the caller's to close. */
    void stop() {
        stopped = true;
    }

    private void attempt() {
        if (stopped) {
            return;
        }
        connect.get().whenComplete((connection, problem) -> {
            if (problem != null) {
                failed(failureOf(problem));
            } else if (stopped) {
                listener.unwanted(connection);
            } else {
                synchronized (this) {
                    connectedNanos = time.nanoTime();
                    failure = null;
                    current = connection;
                }
                listener.connected(connection);
            }
        });
    }

    private void failed(LinkFailure why) {
        failure = why;
        if (stopped) {
            return;
        }
        time.schedule(nextPause(), this::attempt);
        listener.failed(why);
    }

    private synchronized long nextPause() {
        long pause = pauseMillis / 2 + ThreadLocalRandom.current().nextLong(pauseMillis / 2 + 1);
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
        return pause;
    }

    private static LinkFailure failureOf(Throwable problem) {
        Throwable cause =
                problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
        return cause instanceof LinkFailure known ? known : new LinkFailure(String.valueOf(cause.getMessage()), false);
    }
}
