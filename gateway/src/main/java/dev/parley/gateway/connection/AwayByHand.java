package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that the agent of one connection detached by hand, where it is said not to be there, and those that it attached
 * again afterwards, where it is counted. Confined to the connection's loop.
 */
final class AwayByHand {
    /** Of so many it is said at once; beyond that the eldest is shown again as present, as the agent is online. */
    static final int MOST = 1_000;

    private final LocalPresence presence;
    private final Caller agent;
    private final Set<String> away = new LinkedHashSet<>(2);
    private final Set<String> counted = new HashSet<>(2);

    AwayByHand(LocalPresence presence, Caller agent) {
        this.presence = presence;
        this.agent = agent;
    }

    /**
     * The agent detached.
     *
     * @param wasCounted whether its connection was counted until now
     */
    void left(String sessionId, @Nullable String surfaceId, boolean wasCounted) {
        away.remove(sessionId);
        if (away.size() == MOST) {
            Iterator<String> eldest = away.iterator();
            presence.awayNoMore(eldest.next(), agent);
            eldest.remove();
        }
        away.add(sessionId);
        presence.awayByHand(sessionId, agent, surfaceId, wasCounted);
    }

    /** The agent attached again, and is counted from now on. */
    void counts(String sessionId) {
        away.remove(sessionId);
        counted.add(sessionId);
    }

    boolean isCounted(String sessionId) {
        return counted.contains(sessionId);
    }

    /** Whether it was counted, which it is no more. */
    boolean countsNoMore(String sessionId) {
        return counted.remove(sessionId);
    }

    /** The connection is gone. */
    void close() {
        away.forEach(sessionId -> presence.awayNoMore(sessionId, agent));
        away.clear();
    }
}
