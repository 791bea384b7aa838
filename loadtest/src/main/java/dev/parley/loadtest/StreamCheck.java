package dev.parley.loadtest;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one receiver got of the messages that one sender numbered 0, 1, 2 …: the arithmetic behind a verdict.
 *
 * <p>A number that was skipped is missing until it comes; coming late it counts as out of order, never coming as lost. A
 * number that comes again is doubled. Used by one thread at a time.
 */
final class StreamCheck {
    private long next;
    private long got;
    private long doubled;
    private long misordered;
    private @Nullable Set<Long> missing;

    /**
     * Notes the arrival of a message.
     *
     * @return whether it is new: false for one that was doubled
     */
    boolean accept(long number) {
        if (number == next) {
            next++;
            got++;
            return true;
        }
        if (number > next) {
            Set<Long> holes = missing == null ? new HashSet<>() : missing;
            for (long hole = next; hole < number; hole++) {
                holes.add(hole);
            }
            missing = holes;
            next = number + 1;
            got++;
            return true;
        }
        if (missing != null && missing.remove(number)) {
            misordered++;
            got++;
            return true;
        }
        doubled++;
        return false;
    }

    /** Whether a message has arrived. */
    boolean has(long number) {
        return number < next && (missing == null || !missing.contains(number));
    }

    /** How many different messages arrived. */
    long got() {
        return got;
    }

    /** How many arrivals were repetitions. */
    long doubled() {
        return doubled;
    }

    /** How many messages came after one with a higher number. */
    long misordered() {
        return misordered;
    }

    /**
     * How many of the messages below {@code sent} have not arrived.
     *
     * @param sent how many the sender numbered
     * @param excused numbers that were refused, so that nobody waits for them
     */
    long lost(long sent, Set<Long> excused) {
        long lost = Math.max(0, sent - next);
        for (long number : excused) {
            if (number >= next && number < sent) {
                lost--;
            }
        }
        if (missing != null) {
            for (long number : missing) {
                if (number < sent && !excused.contains(number)) {
                    lost++;
                }
            }
        }
        return lost;
    }
}
