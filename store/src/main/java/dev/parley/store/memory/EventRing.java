package dev.parley.store.memory;

import dev.parley.store.LoggedEvent;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The last life-cycle entries of a session, rising in seq; grows by doubling up to its limit, then drops the oldest. */
final class EventRing {
    private final int limit;
    private @Nullable LoggedEvent[] slots = new LoggedEvent[2];
    private int first;
    private int size;

    EventRing(int limit) {
        this.limit = limit;
    }

    int size() {
        return size;
    }

    /** The entry at a position, 0 being the oldest. */
    LoggedEvent get(int index) {
        return Objects.requireNonNull(slots[(first + index) & (slots.length - 1)]);
    }

    /** Appends an entry; drops the oldest when there are as many as may be. */
    void add(LoggedEvent event) {
        if (size >= limit) {
            if (limit == 0) {
                return;
            }
            slots[first] = null;
            first = (first + 1) & (slots.length - 1);
            size--;
        } else if (size == slots.length) {
            @Nullable LoggedEvent[] larger = new LoggedEvent[slots.length * 2];
            for (int i = 0; i < size; i++) {
                larger[i] = get(i);
            }
            slots = larger;
            first = 0;
        }
        slots[(first + size) & (slots.length - 1)] = event;
        size++;
    }

    /** Position of the oldest entry with a greater seq; the size when there is none. */
    int firstAfterSeq(long seq) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (get(middle).seq() > seq) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
