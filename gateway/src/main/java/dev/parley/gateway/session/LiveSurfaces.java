package dev.parley.gateway.session;

import java.util.Set;

/** Which surfaces of a session have a live connection; asked when a sender wants to be told what became of a message. */
@FunctionalInterface
public interface LiveSurfaces {
    /** Where there are no connections at all. */
    LiveSurfaces NONE = sessionId -> Set.of();

    /** Surfaces with a live connection that is attached to the session. Called on any thread; never blocks. */
    Set<String> of(String sessionId);
}
