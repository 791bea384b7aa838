package dev.parley.store.memory;

import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.Happening;
import dev.parley.store.Outbox;
import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What waits to be told outside, in this process. There is no stream, as nobody else could read it. Safe for use from any
 * thread; put under the lock of the session that it tells of, so it calls nothing that waits for a session.
 */
final class MemoryOutbox implements Outbox {
    private static final long MILLI = 1_000_000;

    private final TimeSource time;
    private final CopyOnWriteArrayList<WaitingListener> listeners = new CopyOnWriteArrayList<>();
    private final String idPrefix = UUID.randomUUID().toString().substring(0, 8) + '-';
    private final ArrayDeque<Row> rows = new ArrayDeque<>();
    private long numbers;
    private @Nullable String holder;
    private long heldUntilNanos;
    private volatile boolean closed;

    private record Row(long number, Happening happening) {}

    MemoryOutbox(TimeSource time) {
        this.time = time;
    }

    /** Notes what happened to a session; its state is what it is right after. Under the session's lock. */
    void put(Happening.Kind kind, SessionEntry entry, long at, @Nullable String by) {
        if (closed) {
            return;
        }
        SessionStatus status = entry.status;
        synchronized (this) {
            long number = ++numbers;
            rows.add(new Row(
                    number,
                    new Happening(
                            idPrefix + number,
                            kind,
                            entry.sessionId(),
                            entry.document.workspaceId(),
                            status,
                            at,
                            by,
                            entry.expiresAt,
                            kind == Happening.Kind.EXPIRING ? entry.document.name() : null,
                            kind == Happening.Kind.CLOSED ? entry.document.channelId() : null)));
            if (rows.size() > MOST_ROWS) {
                rows.poll();
            }
        }
        for (WaitingListener listener : listeners) {
            listener.waiting(0);
        }
    }

    @Override
    public AutoCloseable onWaiting(WaitingListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Mono<Batch> take(int partition, String taker, @Nullable Happening done, int limit) {
        return Mono.fromSupplier(() -> {
            if (closed) {
                throw new StoreException.Unavailable("the store is closed", false);
            }
            return takeNow(taker, done, limit);
        });
    }

    @Override
    public Mono<Void> stream(int partition, List<Happening> happenings, long maxLength) {
        return Mono.fromRunnable(() -> {});
    }

    int live() {
        return listeners.size();
    }

    void close() {
        closed = true;
        listeners.clear();
        synchronized (this) {
            rows.clear();
        }
    }

    private synchronized Batch takeNow(String taker, @Nullable Happening done, int limit) {
        if (done != null) {
            long number = Long.parseLong(done.id().substring(idPrefix.length()));
            for (Row first = rows.peek(); first != null && first.number <= number; first = rows.peek()) {
                rows.poll();
            }
        }
        long now = time.nanoTime();
        if (holder != null && !holder.equals(taker) && heldUntilNanos - now > 0) {
            return new Batch(List.of(), (heldUntilNanos - now + MILLI - 1) / MILLI);
        }
        if (rows.isEmpty()) {
            holder = null;
            return Batch.NONE;
        }
        holder = taker;
        heldUntilNanos = now + LEASE_MILLIS * MILLI;
        List<Happening> taken = new ArrayList<>(Math.min(limit, rows.size()));
        for (Row row : rows) {
            if (taken.size() == limit) {
                break;
            }
            taken.add(row.happening);
        }
        return new Batch(taken, 0);
    }
}
