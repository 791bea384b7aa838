package dev.parley.store.redis;

import dev.parley.store.StoreException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one slot, in order. They are written to one connection as they come, without waiting for answers. When a server
 * answers that it did not do one of them and that another attempt makes sense (the slot has moved, or is on its way, or the
 * functions are missing), this one and all that come later are held until no answer is outstanding, and are then written in
 * the order in which they came. One that can only be repeated after a later one was done (another gateway has loaded the
 * functions in between) fails instead. So calls overtake each other neither on a redirect nor on a change of connection, and
 * none is written a second time unless a server has said that it did not do it. Safe for use from any thread; the lock is held for as
 * long as it takes to hand a command to the driver.
 */
final class Lane {
    /** How long to wait while a slot is on its way from one server to another, in nanoseconds. */
    private static final long MIGRATION_PAUSE_NANOS = 20_000_000L;

    private final int slot;
    private final Exchange exchange;
    private final TreeMap<Long, Call> held = new TreeMap<>();
    private long lastNumber;
    private int inFlight;
    private @Nullable ServerConnection latest;

    Lane(int slot, Exchange exchange) {
        this.slot = slot;
        this.exchange = exchange;
    }

    /** What a lane needs of the link. */
    interface Exchange {
        Topology topology();

        long nanoTime();

        /** Whether so many more bytes may be held; whoever is told yes gives them back by the negative number. */
        boolean mayHold(int bytes);

        /** Some calls are held: {@link Lane#goOn} is to be called now and then. */
        void holding(Lane lane);

        /** The functions are missing on a server; completes when they are there, or not. */
        void reload(ServerConnection connection, Runnable then);
    }

    /** Does a call, or fails it at once when there is no connection. */
    void submit(Call call) {
        StoreException failure;
        synchronized (this) {
            call.number = ++lastNumber;
            ServerConnection connection = connection();
            if (!held.isEmpty() || (inFlight > 0 && connection != latest)) {
                failure = hold(call, "the calls before it were not done in time");
            } else if (connection == null) {
                failure = unavailable(exchange.topology().problem(slot).getMessage(), false);
            } else {
                failure = send(call, connection);
            }
        }
        if (failure != null) {
            call.answer.completeExceptionally(failure);
        }
    }

    /** Fails everything that is held. */
    void close(String why) {
        List<Call> all;
        synchronized (this) {
            all = List.copyOf(held.values());
            all.forEach(this::release);
        }
        all.forEach(call -> call.answer.completeExceptionally(unavailable(why, false)));
    }

    /** Writes what is held, if its time has come; fails what has waited for too long. False when nothing is held any more. */
    boolean goOn() {
        boolean isHolding;
        int sent = 0;
        Map<Call, StoreException> failed = new LinkedHashMap<>();
        synchronized (this) {
            long now = exchange.nanoTime();
            while (inFlight == sent) {
                Map.Entry<Long, Call> first = held.firstEntry();
                if (first == null) {
                    break;
                }
                Call call = first.getValue();
                ServerConnection connection = connection();
                Node node = exchange.topology().nodeOf(slot);
                if (now - call.deadlineNanos > 0) {
                    failed.put(release(call), unavailable(call.heldBecause, false));
                } else if (connection == null && (node == null || node.failure() != null)) {
                    String why = exchange.topology().problem(slot).getMessage();
                    failed.put(release(call), unavailable(why, false));
                } else if (connection == null
                        || (call.notBeforeNanos != Long.MIN_VALUE && !isDue(call, now, sent == 0))) {
                    break;
                } else {
                    release(call);
                    StoreException failure = send(call, connection);
                    if (failure != null) {
                        failed.put(call, failure);
                    } else {
                        sent++;
                        if (call.notBeforeNanos != Long.MIN_VALUE) {
                            break; // it may be sent away again: what comes later waits for its answer
                        }
                    }
                }
            }
            isHolding = !held.isEmpty();
        }
        failed.forEach((call, failure) -> call.answer.completeExceptionally(failure));
        return isHolding;
    }

    /** The server has answered an attempt. */
    void answered(Call call, ServerConnection from, @Nullable Object result, @Nullable String error) {
        Refusals.Kind kind = error == null ? Refusals.Kind.NONE : Refusals.kindOf(error);
        StoreException failure = null;
        boolean isHeld = false;
        List<Call> overtaken = List.of();
        synchronized (this) {
            inFlight--;
            if (kind.isWorthRepeating() && !call.answer.isDone()) {
                if (kind == Refusals.Kind.MOVED) {
                    ServerAddress to = Refusals.movedTo(Objects.requireNonNull(error), from.address());
                    if (to != null) {
                        exchange.topology().moved(slot, to);
                    }
                }
                call.notBeforeNanos =
                        kind == Refusals.Kind.MOVED ? Long.MIN_VALUE : exchange.nanoTime() + MIGRATION_PAUSE_NANOS;
                failure = hold(call, from.address() + " could not do it: " + error);
                isHeld = failure == null;
            } else if (kind.isDone()) {
                overtaken = List.copyOf(held.headMap(call.number).values());
                overtaken.forEach(this::release);
            }
        }
        for (Call late : overtaken) {
            late.answer.completeExceptionally(unavailable("a later call was done before it could be repeated", false));
        }
        if (kind == Refusals.Kind.MISSING) {
            exchange.reload(from, this::goOn);
        } else if (!isHeld && failure == null) {
            Refusals.complete(call.answer, kind, from, result, error);
            if (kind.isTrouble()) {
                exchange.topology().refresh();
            }
        }
        if (failure != null) {
            call.answer.completeExceptionally(failure);
        }
        goOn();
    }

    /** The connection ended before an attempt was answered. */
    void broken(Call call, ServerConnection from, boolean written) {
        synchronized (this) {
            inFlight--;
        }
        call.answer.completeExceptionally(unavailable(from.end(), written));
        exchange.topology().refresh();
        goOn();
    }

    private @Nullable ServerConnection connection() {
        Node node = exchange.topology().nodeOf(slot);
        return node == null ? null : node.connection();
    }

    /** Under the lock. Null when it was sent. */
    private @Nullable StoreException send(Call call, ServerConnection connection) {
        String refused = connection.send(call.attemptOn(connection, this));
        if (refused != null) {
            return unavailable(refused, false);
        }
        inFlight++;
        latest = connection;
        return null;
    }

    /** Under the lock. Null when it is held. */
    private @Nullable StoreException hold(Call call, String why) {
        if (!exchange.mayHold(call.size)) {
            return unavailable("too much waits already", false);
        }
        call.heldBecause = why;
        held.put(call.number, call);
        exchange.holding(this);
        return null;
    }

    /** Under the lock. */
    private Call release(Call call) {
        held.remove(call.number);
        exchange.mayHold(-call.size);
        return call;
    }

    /** Whether a call that was sent away may be tried again: alone, and after its pause. */
    private boolean isDue(Call call, long now, boolean alone) {
        return inFlight == 0 && alone && now - call.notBeforeNanos >= 0;
    }

    private static StoreException unavailable(@Nullable String why, boolean outcomeUnknown) {
        return new StoreException.Unavailable(String.valueOf(why), outcomeUnknown);
    }
}
