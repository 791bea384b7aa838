package dev.parley.gateway.connection;

import dev.parley.gateway.session.LiveSurfaces;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How many connections of each surface are attached to a session. Safe for use from any thread. */
public final class SurfacePresence implements LiveSurfaces {
    private final ConcurrentHashMap<String, Map<String, Integer>> bySession = new ConcurrentHashMap<>();

    @Override
    public Set<String> of(String sessionId) {
        Map<String, Integer> counts = bySession.get(sessionId);
        return counts == null ? Set.of() : counts.keySet();
    }

    void attached(String sessionId, String surfaceId) {
        bySession.compute(sessionId, (id, counts) -> {
            Map<String, Integer> now = counts == null ? Map.of() : counts;
            return with(now, surfaceId, now.getOrDefault(surfaceId, 0) + 1);
        });
    }

    void detached(String sessionId, String surfaceId) {
        bySession.computeIfPresent(sessionId, (id, counts) -> {
            Map<String, Integer> rest = with(counts, surfaceId, counts.getOrDefault(surfaceId, 1) - 1);
            return rest.isEmpty() ? null : rest;
        });
    }

    /** Copies, so that whoever reads the old one is not disturbed; there are few surfaces to a session. */
    private static Map<String, Integer> with(Map<String, Integer> counts, String surfaceId, int count) {
        Map<String, Integer> changed = new java.util.HashMap<>(counts);
        if (count > 0) {
            changed.put(surfaceId, count);
        } else {
            changed.remove(surfaceId);
        }
        return changed;
    }
}
