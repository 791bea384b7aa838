package dev.parley.gateway.routing;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When the comings and goings of a session are told: a coming soon, a going when it has lasted for five seconds, so that a reload
 * does not flicker, and all together at most once a second. Its monitor guards it; bounded by who may be attached.
 */
final class PresenceNews {
    static final long GRACE_NANOS = 5_000_000_000L;
    static final long EVERY_NANOS = 1_000_000_000L;

    /** Those who come together are told together. */
    static final long GATHER_NANOS = 50_000_000L;

    /** What was told last of each; those that nothing was told of yet are missing. */
    private final Map<String, Boolean> told = new HashMap<>(4);

    private final Map<String, Long> joining = new LinkedHashMap<>(2);
    private final Map<String, Long> leaving = new LinkedHashMap<>(2);
    private long toldAt;
    private boolean hasTold;

    /** Somebody's first connection was attached, or the last one is gone. */
    synchronized void heard(String participantId, boolean present, long now) {
        if (present) {
            boolean cameBack = leaving.remove(participantId) != null;
            if (!cameBack && !Boolean.TRUE.equals(told.get(participantId))) {
                joining.putIfAbsent(participantId, now + GATHER_NANOS);
            }
        } else if (joining.remove(participantId) == null && !Boolean.FALSE.equals(told.get(participantId))) {
            leaving.putIfAbsent(participantId, now + GRACE_NANOS);
        }
    }

    /** Somebody is there who may have been told to be away; of whom nothing else was told nothing is. */
    synchronized void isBack(String participantId, long now) {
        if (leaving.containsKey(participantId) || Boolean.FALSE.equals(told.get(participantId))) {
            heard(participantId, true, now);
        }
    }

    /** Nanoseconds until something is to be told; −1 when nothing is. */
    synchronized long due(long now) {
        long least = Long.MAX_VALUE;
        for (long due : joining.values()) {
            least = Math.min(least, due - now);
        }
        for (long due : leaving.values()) {
            least = Math.min(least, due - now);
        }
        if (least == Long.MAX_VALUE) {
            return -1;
        }
        long allowed = hasTold ? toldAt + EVERY_NANOS - now : 0;
        return Math.max(0, Math.max(least, allowed));
    }

    /** What is to be told now; null for nothing yet. */
    synchronized @Nullable PresenceChange take(long now) {
        if (due(now) != 0) {
            return null;
        }
        // A coming that is not due yet may come along: it would have to wait a second otherwise.
        Set<String> joined = new LinkedHashSet<>(joining.keySet());
        joining.clear();
        Set<String> left = new LinkedHashSet<>();
        for (Iterator<Map.Entry<String, Long>> each = leaving.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Long> next = each.next();
            if (next.getValue() - now <= 0) {
                left.add(next.getKey());
                each.remove();
            }
        }
        joined.forEach(id -> told.put(id, true));
        left.forEach(id -> told.put(id, false));
        toldAt = now;
        hasTold = true;
        return new PresenceChange(joined, left);
    }
}
