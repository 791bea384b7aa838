package dev.parley.store.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sessions by their next instant: a binary heap on two arrays, at most one place per session. Lazy: an instant that moves
 * away leaves the place as it is, and whoever takes the session out too early puts it back; only one that comes nearer moves
 * it. So a message costs the queue nothing. Safe for use from any thread; calls nothing under its lock.
 */
final class DeadlineQueue {
    private long[] instants = new long[16];
    private @Nullable SessionEntry[] entries = new SessionEntry[16];
    private int size;

    /** The next instant that was told last; an earlier one has to be told anew. */
    private long told = Long.MAX_VALUE;

    /**
     * Makes sure that a session is taken out no later than an instant. Called under the session's lock.
     *
     * @return whether this is earlier than what was told last, so that it has to be told
     */
    synchronized boolean offer(SessionEntry entry, long at) {
        if (entry.queueIndex < 0) {
            if (size == instants.length) {
                // By a half: doubling would leave a large queue half empty.
                instants = Arrays.copyOf(instants, size + (size >> 1));
                entries = Arrays.copyOf(entries, instants.length);
            }
            size++;
            up(size - 1, entry, at);
        } else if (at < instants[entry.queueIndex]) {
            up(entry.queueIndex, entry, at);
        }
        if (at < told) {
            told = at;
            return true;
        }
        return false;
    }

    /** Takes out the first session that is due; null when none is. */
    synchronized @Nullable SessionEntry poll(long now) {
        if (size == 0 || instants[0] > now) {
            return null;
        }
        SessionEntry first = Objects.requireNonNull(entries[0]);
        removeAt(0);
        return first;
    }

    /** The sessions whose place is due, left where they are. */
    synchronized List<SessionEntry> due(long now) {
        List<SessionEntry> due = new ArrayList<>();
        collect(0, now, due);
        return due;
    }

    synchronized void remove(SessionEntry entry) {
        if (entry.queueIndex >= 0) {
            removeAt(entry.queueIndex);
        }
    }

    /** Tells the next instant; {@link Long#MAX_VALUE} when there is none. */
    synchronized long tellNext() {
        told = size == 0 ? Long.MAX_VALUE : instants[0];
        return told;
    }

    synchronized int size() {
        return size;
    }

    private void collect(int index, long now, List<SessionEntry> due) {
        if (index < size && instants[index] <= now) {
            due.add(Objects.requireNonNull(entries[index]));
            collect(2 * index + 1, now, due);
            collect(2 * index + 2, now, due);
        }
    }

    private void removeAt(int index) {
        SessionEntry gone = Objects.requireNonNull(entries[index]);
        gone.queueIndex = -1;
        gone.queuedAt = Long.MAX_VALUE;
        size--;
        SessionEntry last = Objects.requireNonNull(entries[size]);
        long lastAt = instants[size];
        entries[size] = null;
        if (index < size) {
            if (index > 0 && lastAt < instants[(index - 1) / 2]) {
                up(index, last, lastAt);
            } else {
                down(index, last, lastAt);
            }
        }
        if (size > 16 && size < instants.length / 4) {
            instants = Arrays.copyOf(instants, instants.length / 2);
            entries = Arrays.copyOf(entries, instants.length);
        }
    }

    private void up(int index, SessionEntry entry, long at) {
        int hole = index;
        while (hole > 0 && instants[(hole - 1) / 2] > at) {
            int parent = (hole - 1) / 2;
            place(hole, Objects.requireNonNull(entries[parent]), instants[parent]);
            hole = parent;
        }
        place(hole, entry, at);
    }

    private void down(int index, SessionEntry entry, long at) {
        int hole = index;
        while (2 * hole + 1 < size) {
            int child = 2 * hole + 1;
            if (child + 1 < size && instants[child + 1] < instants[child]) {
                child++;
            }
            if (instants[child] >= at) {
                break;
            }
            place(hole, Objects.requireNonNull(entries[child]), instants[child]);
            hole = child;
        }
        place(hole, entry, at);
    }

    private void place(int index, SessionEntry entry, long at) {
        entries[index] = entry;
        instants[index] = at;
        entry.queueIndex = index;
        entry.queuedAt = at;
    }
}
