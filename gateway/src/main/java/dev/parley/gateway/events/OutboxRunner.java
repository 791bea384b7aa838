package dev.parley.gateway.events;

import dev.parley.store.Happening;
import dev.parley.store.Outbox;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tells on what waits in the store's out-box. What a call through this gateway wrote is gathered for a moment and told in
 * batches; whatever a gateway left behind that is gone is found by a slow round over all partitions, half a minute long. A few
 * partitions are worked on at a time; one whose listeners do not take it waits, longer each time, and holds up no other, nor
 * does any of this hold up deadlines.
 */
public final class OutboxRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxRunner.class);
    private static final int BATCH = 100;
    private static final int MOST_UNDER_WAY = 8;
    private static final long GATHER_MILLIS = 20;
    private static final long ROUND_MILLIS = 30_000;
    /** The first round is shorter, as a gateway often starts in place of one that is gone. */
    private static final long FIRST_ROUND_MILLIS = 4_000;

    private static final long STEP_MILLIS = 1_000;
    private static final long FIRST_BACK_OFF_MILLIS = 500;
    private static final long LONGEST_BACK_OFF_MILLIS = 30_000;
    /** Shorter than a lease, so that nobody else has the partition while this one still tells. */
    private static final Duration TOLD_WITHIN = Duration.ofMillis(Outbox.LEASE_MILLIS * 4 / 5);

    private final Outbox outbox;
    private final TimeSource time;
    private final String holder;
    private final List<HappeningConsumer> consumers;
    private final Partition[] partitions;
    private final ArrayDeque<Partition> due = new ArrayDeque<>();
    private int underWay;
    private int nextOfRound;
    private boolean hasGoneRound;
    private @Nullable Cancellable round;
    private @Nullable AutoCloseable listening;
    private volatile boolean closed;

    /**
     * @param holder names this gateway, and no other
     * @param consumers all of whom are told of everything
     */
    public OutboxRunner(Store store, TimeSource time, String holder, List<HappeningConsumer> consumers) {
        this.outbox = store.outbox();
        this.time = time;
        this.holder = holder;
        this.consumers = List.copyOf(consumers);
        partitions = new Partition[store.sessions().partitions()];
        for (int i = 0; i < partitions.length; i++) {
            partitions[i] = new Partition(i);
        }
    }

    /** Begins to listen, and to look after what others left. Once only. */
    public synchronized void start() {
        listening = outbox.onWaiting(partition -> partitions[partition].waiting());
        if (partitions.length > 1) {
            goRound();
        } else {
            partitions[0].waiting();
        }
    }

    /** Stops; what was not told on stays, for others. */
    @Override
    public void close() {
        AutoCloseable ended;
        synchronized (this) {
            closed = true;
            ended = listening;
            if (round != null) {
                round.cancel();
            }
        }
        for (Partition partition : partitions) {
            partition.stop();
        }
        if (ended != null) {
            try {
                ended.close();
            } catch (Exception failure) {
                LOG.warn("events: could not stop listening", failure);
            }
        }
    }

    private synchronized void goRound() {
        if (closed) {
            return;
        }
        long steps = (hasGoneRound ? ROUND_MILLIS : FIRST_ROUND_MILLIS) / STEP_MILLIS;
        for (long i = (partitions.length + steps - 1) / steps; i > 0; i--) {
            partitions[nextOfRound].waiting();
            nextOfRound = (nextOfRound + 1) % partitions.length;
            hasGoneRound |= nextOfRound == 0;
        }
        round = time.schedule(STEP_MILLIS, this::goRound);
    }

    private void isDue(Partition partition) {
        synchronized (due) {
            due.add(partition);
        }
        next();
    }

    private void next() {
        while (true) {
            Partition first;
            synchronized (due) {
                first = closed || underWay >= MOST_UNDER_WAY ? null : due.poll();
                if (first == null) {
                    return;
                }
                underWay++;
            }
            first.run();
        }
    }

    private void left() {
        synchronized (due) {
            underWay--;
        }
        next();
    }

    private Mono<Void> tell(int partition, List<Happening> happenings) {
        return happenings.isEmpty()
                ? Mono.empty()
                : Flux.fromIterable(consumers)
                        .flatMapDelayError(consumer -> consumer.tell(partition, happenings), consumers.size(), 1)
                        .then();
    }

    /** One partition: nothing to do, about to, or under way. Its own lock guards it, held for a few assignments only. */
    private final class Partition {
        private final int number;
        private boolean busy;
        private boolean again;
        private long backOff;
        /** How many are taken at once: fewer after failures, so that many listeners are told of few in time. */
        private int limit = BATCH;

        private @Nullable Happening done;
        private @Nullable Cancellable timer;

        Partition(int number) {
            this.number = number;
        }

        synchronized void waiting() {
            if (busy) {
                again = true;
            } else {
                inMillis(GATHER_MILLIS);
            }
        }

        synchronized void stop() {
            if (timer != null) {
                timer.cancel();
            }
        }

        private synchronized void inMillis(long delay) {
            if (!closed) {
                busy = true;
                timer = time.schedule(delay, () -> isDue(this));
            }
        }

        /** Takes and tells until nothing is left. */
        private void run() {
            @Nullable Happening told;
            int most;
            synchronized (this) {
                again = false;
                told = done;
                most = limit;
            }
            outbox.take(number, holder, told, most)
                    .flatMap(batch -> tell(number, batch.happenings()).thenReturn(batch))
                    .timeout(TOLD_WITHIN, time.scheduler())
                    .subscribe(this::told, this::failed);
        }

        private void told(Outbox.Batch batch) {
            List<Happening> happenings = batch.happenings();
            synchronized (this) {
                backOff = 0;
                limit = Math.min(BATCH, limit * 2);
                done = happenings.isEmpty() ? null : happenings.get(happenings.size() - 1);
            }
            if (!happenings.isEmpty() && !closed) {
                // To the end of the queue, so that no partition keeps others from their turn.
                isDue(this);
            } else {
                rest(batch.busyMillis());
            }
            left();
        }

        private synchronized void rest(long busyMillis) {
            if (busyMillis > 0) {
                inMillis(busyMillis);
            } else if (again) {
                inMillis(GATHER_MILLIS);
            } else {
                busy = false;
                timer = null;
            }
        }

        private void failed(Throwable failure) {
            synchronized (this) {
                limit = Math.max(1, limit / 4);
                backOff = Math.min(Math.max(FIRST_BACK_OFF_MILLIS, backOff * 2), LONGEST_BACK_OFF_MILLIS);
                inMillis(backOff);
            }
            LOG.warn("events: not told partition={} retryMillis={} cause={}", number, backOff, failure.toString());
            left();
        }
    }
}
