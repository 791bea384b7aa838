package dev.parley.gateway.routing;

import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.session.SessionEvents;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who came to a session and who left it, since it was told last. Immutable.
 *
 * @param joined ids of participants
 * @param left ids of participants
 */
record PresenceChange(Set<String> joined, Set<String> left) {
    /** This, and then another one: who came and left again, or the other way round, is in neither. */
    PresenceChange and(PresenceChange later) {
        Set<String> came = new LinkedHashSet<>(joined);
        Set<String> went = new LinkedHashSet<>(left);
        for (String id : later.joined) {
            if (!went.remove(id)) {
                came.add(id);
            }
        }
        for (String id : later.left) {
            if (!came.remove(id)) {
                went.add(id);
            }
        }
        return new PresenceChange(came, went);
    }

    /** Whether it is news to a participant: nobody is told of themselves alone. */
    boolean isNewsTo(@Nullable String viewer) {
        return tellsOfOthers(joined, viewer) || tellsOfOthers(left, viewer);
    }

    Push push(String sessionId) {
        return Push.of(
                EventTypes.PRESENCE_CHANGED,
                new SessionEvents.PresenceChanged(sessionId, List.copyOf(joined), List.copyOf(left)));
    }

    private static boolean tellsOfOthers(Set<String> ids, @Nullable String viewer) {
        return ids.size() > 1 || (ids.size() == 1 && (viewer == null || !ids.contains(viewer)));
    }
}
