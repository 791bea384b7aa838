package dev.parley.store;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What happened in sessions' lives and is still to be told outside: {@link Happening}s, each written in the same atomic step as
 * what it tells of, in the order of each partition ({@link SessionStore#partitions()}). Whoever takes them tells them on and
 * then says so; each is told at least once, and in normal running once, as a partition is taken by one holder at a time. Of a
 * partition at most {@value #MOST_ROWS} wait; beyond that the oldest are lost.
 */
public interface Outbox {
    /** How many happenings of one partition wait at most. */
    int MOST_ROWS = 10_000;

    /** How long a holder that says nothing more keeps others away, in milliseconds. */
    long LEASE_MILLIS = 10_000;

    /**
     * Has a listener told of partitions in which something waits that came by a call through this store. What came by others'
     * is theirs; should they be gone, whoever takes from a partition finds it.
     *
     * @return ends it
     */
    AutoCloseable onWaiting(WaitingListener listener);

    /**
     * The first happenings of a partition that wait, which from now on, for {@link #LEASE_MILLIS}, only this holder can take. An
     * answer without any gives the partition free.
     *
     * @param holder who takes them; another one than any other gateway's
     * @param done the last that was told on: it and all before it are forgotten, whoever holds the partition. Null for none
     * @param limit at most so many, 1..1,000
     */
    Mono<Batch> take(int partition, String holder, @Nullable Happening done, int limit);

    /**
     * Appends to the stream that other systems read, in order and each once, however often it is called with the same ones of
     * the same partition. A store that has no such stream does nothing.
     *
     * @param maxLength about how many entries the stream keeps, 1 or more
     */
    Mono<Void> stream(int partition, List<Happening> happenings, long maxLength);

    /** Hears that something waits. Called on any thread; only enqueues. */
    interface WaitingListener {
        /** Something waits in a partition. */
        void waiting(int partition);
    }

    /**
     * What waits.
     *
     * @param happenings in order
     * @param busyMillis for how long another holder has the partition, and nothing is answered; 0 when this one has it
     */
    record Batch(List<Happening> happenings, long busyMillis) {
        /** Nothing. */
        public static final Batch NONE = new Batch(List.of(), 0);
    }
}
