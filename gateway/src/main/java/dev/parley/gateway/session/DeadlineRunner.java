package dev.parley.gateway.session;

import dev.parley.store.SessionStore;
import dev.parley.store.SessionStore.Fired;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that deadlines are met on time: sleeps until the next instant of each partition, by the store's clock, then has
 * the store do what is due. One timer per partition that has an instant, no polling; at rest it does nothing. Few partitions
 * are asked for at the same time, and only one while the store is away. Where only a part of it is away, as one master of a
 * cluster, the partitions of that part are tried one after another beside the others, which they do not hold up. It runs on
 * the threads of the time source and of the store, never on event loops, and holds them for one batch at a time only.
 *
 * <p>Every gateway does this for all partitions. Firing is one step of the store, so whoever comes second, or wakes up late,
 * finds nothing left to do; and nobody has to notice that another one is gone.
 */
public final class DeadlineRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlineRunner.class);
    private static final int BATCH = 500;
    private static final long FIRST_BACK_OFF_MILLIS = 50;
    private static final long LONGEST_BACK_OFF_MILLIS = 2_000;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final int MOST_UNDER_WAY = 16;
    /** Of many partitions each is asked for at most once in this time, so that what is due within it costs one call. */
    private static final long SPACING_MILLIS = 100;

    private final SessionStore sessions;
    private final TimeSource time;
    private final LongSupplier storesClock;
    private final LongConsumer latenessMillis;
    private final Partition[] partitions;
    private final long spacingMillis;
    private final ArrayDeque<Partition> due = new ArrayDeque<>();
    /** Due, and not answered the last time. Guarded by the queue. */
    private final ArrayDeque<Partition> unanswered = new ArrayDeque<>();

    private final Turns asks = new Turns();
    private final Turns repeats = new Turns();
    private final AtomicInteger rounds = new AtomicInteger();
    private volatile boolean closed;
    private volatile @Nullable AutoCloseable earlier;

    /**
     * @param sessions whose deadlines
     * @param time by which it sleeps
     * @param storesClock milliseconds since 1970 by the store's clock
     * @param latenessMillis told for each warning and end that was given, by how much it was late; called on any thread
     */
    public DeadlineRunner(
            SessionStore sessions, TimeSource time, LongSupplier storesClock, LongConsumer latenessMillis) {
        this.sessions = sessions;
        this.time = time;
        this.storesClock = storesClock;
        this.latenessMillis = latenessMillis;
        this.partitions = new Partition[sessions.partitions()];
        this.spacingMillis = partitions.length > 1 ? SPACING_MILLIS : 0;
        for (int i = 0; i < partitions.length; i++) {
            partitions[i] = new Partition(i);
        }
    }

    /** Starts with what is due already. Once only. */
    public void start() {
        earlier = sessions.onEarlier((partition, at) -> partitions[partition].earlier(at));
        for (Partition partition : partitions) {
            partition.earlier(0);
        }
    }

    /** Stops; what is under way is finished by the store. */
    @Override
    public void close() {
        closed = true;
        for (Partition partition : partitions) {
            partition.stop();
        }
        AutoCloseable listening = earlier;
        if (listening == null) {
            return;
        }
        try {
            listening.close();
        } catch (Exception e) {
            LOG.warn("deadlines: could not stop listening", e);
        }
    }

    private void isDue(Partition partition) {
        synchronized (due) {
            due.add(partition);
        }
        next();
    }

    /** Takes from the queue what may be under way; one thread at a time, others have it look once more. */
    private void next() {
        if (rounds.getAndIncrement() != 0) {
            return;
        }
        int round = 1;
        while (round != 0) {
            for (Partition partition = take(); partition != null; partition = take()) {
                partition.fire();
            }
            round = rounds.addAndGet(-round);
        }
    }

    private @Nullable Partition take() {
        synchronized (due) {
            if (closed) {
                return null;
            }
            boolean mayAsk = !asks.paused && asks.underWay < (asks.failed ? 1 : MOST_UNDER_WAY);
            Partition first = mayAsk ? due.poll() : null;
            if (first != null) {
                asks.underWay++;
                first.turn = asks;
                return first;
            }
            // While nothing is answered, those that are due for the first time ask for all.
            boolean mayRepeat = !repeats.paused && repeats.underWay == 0 && (!asks.failed || due.isEmpty());
            first = mayRepeat ? unanswered.poll() : null;
            if (first != null) {
                repeats.underWay++;
                first.turn = repeats;
            }
            return first;
        }
    }

    private void answered(Partition partition) {
        synchronized (due) {
            Turns turn = partition.turn;
            turn.underWay--;
            turn.backOff = 0;
            turn.failed = false;
            if (turn == repeats) {
                asks.failed = false;
                due.addAll(unanswered);
                unanswered.clear();
            }
        }
        next();
    }

    /** The store, or the part of it that has the partition, is away: the partition waits for its turn again. */
    private void unanswered(Partition partition, Throwable failure) {
        synchronized (due) {
            Turns turn = partition.turn;
            turn.underWay--;
            turn.failed = true;
            unanswered.add(partition);
            pause(repeats, failure);
            pause(turn, failure);
        }
        next();
    }

    private void pause(Turns turn, Throwable failure) {
        if (turn.paused || closed) {
            return;
        }
        turn.paused = true;
        turn.backOff = Math.min(Math.max(FIRST_BACK_OFF_MILLIS, turn.backOff * 2), LONGEST_BACK_OFF_MILLIS);
        LOG.warn("deadlines: the store did not answer retryMillis={} cause={}", turn.backOff, failure.toString());
        time.schedule(turn.backOff, () -> {
            synchronized (due) {
                turn.paused = false;
            }
            next();
        });
    }

    /** How it goes with calls of one kind. Guarded by the queue. */
    private static final class Turns {
        private int underWay;
        /** Whether the last that was heard is a failure. */
        private boolean failed;

        private boolean paused;
        private long backOff;
    }

    /** One partition: asleep until an instant, or firing. Its own lock guards it, held for a few assignments only. */
    private final class Partition {
        private final int number;
        private long wakeAt = Long.MAX_VALUE;
        private boolean firing;
        private boolean stopped;
        /** As what it was asked for last. Guarded by the queue. */
        private Turns turn = asks;

        private @Nullable Cancellable timer;

        Partition(int number) {
            this.number = number;
        }

        /** Something becomes due at an instant; while firing it is only noted. */
        synchronized void earlier(long at) {
            if (at < wakeAt) {
                wakeAt = at;
                sleep(0);
            }
        }

        synchronized void stop() {
            stopped = true;
            cancel();
        }

        private synchronized void sleep(long atLeastMillis) {
            if (firing || stopped || wakeAt == Long.MAX_VALUE) {
                return;
            }
            cancel();
            timer = time.schedule(Math.max(atLeastMillis, wakeAt - storesClock.getAsLong()), this::wake);
        }

        private void wake() {
            synchronized (this) {
                if (firing || stopped) {
                    return;
                }
                firing = true;
                timer = null;
                wakeAt = Long.MAX_VALUE;
            }
            isDue(this);
        }

        private void fire() {
            sessions.fire(number, BATCH)
                    .single()
                    .timeout(ANSWER_WITHIN, time.scheduler())
                    .subscribe(this::fired, failure -> unanswered(this, failure));
        }

        private void fired(Fired fired) {
            for (long late : fired.latenessMillis()) {
                latenessMillis.accept(late);
            }
            synchronized (this) {
                firing = false;
                boolean more = fired.done() >= BATCH;
                wakeAt = Math.min(wakeAt, more ? 0 : fired.nextAt());
                // A timer may run a moment before its instant by the store's clock: then ask again in a millisecond.
                sleep(more ? 0 : Math.max(spacingMillis, fired.done() == 0 ? 1 : 0));
            }
            answered(this);
        }

        private void cancel() {
            Cancellable armed = timer;
            if (armed != null) {
                armed.cancel();
                timer = null;
            }
        }
    }
}
