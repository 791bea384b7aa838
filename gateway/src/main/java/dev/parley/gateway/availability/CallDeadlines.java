package dev.parley.gateway.availability;

import dev.parley.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls that are out, oldest first, and the one timer that waits for the deadline of the oldest. As all have the same
 * time, a call is added at the end and taken out where it is, without a timer of its own: with thousands of calls a second
 * the timer runs about once per time-out. Safe for use from any thread.
 */
final class CallDeadlines {
    private final TimeSource time;
    private final long millis;
    private final Object lock = new Object();
    private @Nullable Call oldest;
    private @Nullable Call newest;
    private boolean armed;

    /**
     * @param millis that each call has, more than 0
     */
    CallDeadlines(TimeSource time, long millis) {
        this.time = time;
        this.millis = millis;
    }

    long millis() {
        return millis;
    }

    /** A call is out. */
    void add(Call call) {
        boolean arm;
        call.dueAt = time.nanoTime() + millis * 1_000_000;
        synchronized (lock) {
            call.older = newest;
            if (newest == null) {
                oldest = call;
            } else {
                newest.newer = call;
            }
            newest = call;
            call.out = true;
            arm = !armed;
            armed = true;
        }
        if (arm) {
            time.schedule(millis, this::wake);
        }
    }

    /** A call is over; without effect when it was already. */
    void remove(Call call) {
        synchronized (lock) {
            unlink(call);
        }
    }

    private void wake() {
        List<Call> due = new ArrayList<>();
        long wait = -1;
        synchronized (lock) {
            long now = time.nanoTime();
            for (Call call = oldest; call != null && call.dueAt - now <= 0; call = oldest) {
                unlink(call);
                due.add(call);
            }
            if (oldest == null) {
                armed = false;
            } else {
                wait = (oldest.dueAt - now + 999_999) / 1_000_000;
            }
        }
        if (wait >= 0) {
            time.schedule(wait, this::wake);
        }
        due.forEach(Call::expire);
    }

    private void unlink(Call call) {
        if (!call.out) {
            return;
        }
        call.out = false;
        if (call.older == null) {
            oldest = call.newer;
        } else {
            call.older.newer = call.newer;
        }
        if (call.newer == null) {
            newest = call.older;
        } else {
            call.newer.older = call.older;
        }
        call.older = null;
        call.newer = null;
    }

    /** A call that is out. Its fields belong to the list. */
    abstract static class Call {
        private @Nullable Call older;
        private @Nullable Call newer;
        private long dueAt;
        private boolean out;

        /** Its time is over; called on the thread of the time source. */
        abstract void expire();
    }
}
