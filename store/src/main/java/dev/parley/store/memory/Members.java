package dev.parley.store.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that one identity has to do with, in the order of their creation. Most identities have one session, some have
 * a million; so one is held without an array, and removal from many leaves a hole that is closed later. Guarded by its
 * monitor; added to and removed from only inside an atomic step of the map that holds it.
 */
final class Members {
    /** The identity; other places share this string. */
    final String id;

    /** Of the identity as a user: changes with every creation and change of status. */
    private long revision;

    private @Nullable SessionEntry single;
    private @Nullable SessionEntry @Nullable [] entries;
    private long[] ordinals = NONE;
    private int used;
    private int holes;

    private static final long[] NONE = {};

    Members(String id) {
        this.id = id;
    }

    synchronized long revision() {
        return revision;
    }

    synchronized void revise(long to) {
        revision = to;
    }

    synchronized int size() {
        return single != null ? 1 : used - holes;
    }

    synchronized void add(SessionEntry entry) {
        if (single == entry) {
            return;
        }
        if (entries == null && single == null) {
            single = entry;
            return;
        }
        @Nullable SessionEntry[] array = entries;
        if (array == null) {
            array = new SessionEntry[4];
            ordinals = new long[4];
            entries = array;
            SessionEntry first = Objects.requireNonNull(single);
            array[0] = first;
            ordinals[0] = first.ordinal;
            used = 1;
            single = null;
        }
        int at = used == 0 || ordinals[used - 1] < entry.ordinal ? used : position(entry.ordinal);
        if (at < used && ordinals[at] == entry.ordinal) {
            if (array[at] == null) {
                array[at] = entry;
                holes--;
            }
            return;
        }
        if (used == array.length) {
            array = Arrays.copyOf(array, used + (used >> 1));
            ordinals = Arrays.copyOf(ordinals, array.length);
            entries = array;
        }
        System.arraycopy(array, at, array, at + 1, used - at);
        System.arraycopy(ordinals, at, ordinals, at + 1, used - at);
        array[at] = entry;
        ordinals[at] = entry.ordinal;
        used++;
    }

    /** Removes a session. @return whether nothing is left */
    synchronized boolean remove(SessionEntry entry) {
        if (single == entry) {
            single = null;
        }
        @Nullable SessionEntry[] array = entries;
        if (array != null) {
            int at = position(entry.ordinal);
            if (at < used && array[at] == entry) {
                array[at] = null;
                holes++;
            }
            if (holes > used / 2) {
                close(array);
            }
        }
        return single == null && used == holes;
    }

    /** All sessions, oldest first. */
    List<SessionEntry> all() {
        return after(-1, Integer.MAX_VALUE);
    }

    /** The sessions created after the one of that ordinal, oldest first. */
    synchronized List<SessionEntry> after(long ordinal, int limit) {
        if (single != null) {
            return single.ordinal > ordinal ? List.of(single) : List.of();
        }
        @Nullable SessionEntry[] array = entries;
        List<SessionEntry> page = new ArrayList<>(Math.min(limit, used));
        for (int i = position(ordinal + 1); array != null && i < used && page.size() < limit; i++) {
            SessionEntry entry = array[i];
            if (entry != null) {
                page.add(entry);
            }
        }
        return page;
    }

    private void close(@Nullable SessionEntry[] array) {
        int kept = 0;
        int live = used - holes;
        @Nullable SessionEntry[] closed = new SessionEntry[Math.max(4, live + (live >> 1))];
        long[] closedOrdinals = new long[closed.length];
        for (int i = 0; i < used; i++) {
            if (array[i] != null) {
                closed[kept] = array[i];
                closedOrdinals[kept++] = ordinals[i];
            }
        }
        entries = closed;
        ordinals = closedOrdinals;
        used = kept;
        holes = 0;
    }

    /** Index of the first ordinal that is not less. */
    private int position(long ordinal) {
        int found = Arrays.binarySearch(ordinals, 0, used, ordinal);
        return found >= 0 ? found : -found - 1;
    }
}
