package dev.parley.gateway.session;

import dev.parley.store.SessionStore;
import dev.parley.store.SessionStore.Fired;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import java.time.Duration;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that deadlines are met on time: sleeps until the next instant of each partition, then has the store do what is
 * due. One timer per partition, no polling; at rest it does nothing. It runs on the threads of the time source and of the
 * store, never on event loops, and holds them for one batch at a time only.
 */
public final class DeadlineRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlineRunner.class);
    private static final int BATCH = 500;
    private static final long FIRST_BACK_OFF_MILLIS = 50;
    private static final long LONGEST_BACK_OFF_MILLIS = 2_000;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private final SessionStore sessions;
    private final TimeSource time;
    private final LongConsumer latenessMillis;
    private final Partition[] partitions;
    private volatile @Nullable AutoCloseable earlier;

    /**
     * @param sessions whose deadlines
     * @param time by which it sleeps
     * @param latenessMillis told for each warning and end that was given, by how much it was late; called on any thread
     */
    public DeadlineRunner(SessionStore sessions, TimeSource time, LongConsumer latenessMillis) {
        this.sessions = sessions;
        this.time = time;
        this.latenessMillis = latenessMillis;
        this.partitions = new Partition[sessions.partitions()];
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

    /** One partition: asleep until an instant, or firing. Its own lock guards it, held for a few assignments only. */
    private final class Partition {
        private final int number;
        private long wakeAt = Long.MAX_VALUE;
        private long backOff;
        private boolean firing;
        private boolean stopped;
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
            timer = time.schedule(Math.max(atLeastMillis, wakeAt - time.nowMillis()), this::wake);
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
            sessions.fire(number, BATCH)
                    .single()
                    .timeout(ANSWER_WITHIN, time.scheduler())
                    .subscribe(this::fired, this::failed);
        }

        private void fired(Fired fired) {
            for (long late : fired.latenessMillis()) {
                latenessMillis.accept(late);
            }
            synchronized (this) {
                firing = false;
                backOff = 0;
                wakeAt = Math.min(wakeAt, fired.done() >= BATCH ? 0 : fired.nextAt());
                // A timer may run a moment before its instant by the store's clock: then ask again in a millisecond.
                sleep(fired.done() == 0 ? 1 : 0);
            }
        }

        private void failed(Throwable failure) {
            long wait;
            synchronized (this) {
                firing = false;
                backOff = Math.min(Math.max(FIRST_BACK_OFF_MILLIS, backOff * 2), LONGEST_BACK_OFF_MILLIS);
                wait = backOff;
                wakeAt = 0;
                sleep(wait);
            }
            LOG.warn("deadlines: the store did not answer partition={} retryMillis={}", number, wait, failure);
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
