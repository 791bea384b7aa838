package dev.parley.gateway.session;

import dev.parley.store.StoredSession;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of a user's sessions is taken up again. A program that embeds the gateway may bring another preference. */
@FunctionalInterface
public interface SessionResolver {
    /** The session where the surface is attached, be it suspended or older; else the one most recently active. */
    SessionResolver MOST_RECENT = (candidates, surfaceId) -> {
        if (surfaceId != null) {
            for (StoredSession candidate : candidates) {
                if (candidate.document().surfaces().contains(surfaceId)) {
                    return candidate;
                }
            }
        }
        return candidates.isEmpty() ? null : candidates.get(0);
    };

    /**
     * Chooses.
     *
     * @param candidates live sessions of the user, most recent activity first, then newest creation
     * @param surfaceId that the user is at; null when not told
     * @return one of them; null to have a new session made
     */
    @Nullable StoredSession choose(List<StoredSession> candidates, @Nullable String surfaceId);
}
