package dev.parley.gateway.routing;

import dev.parley.protocol.WireTime;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.SessionState;
import dev.parley.store.StoredSession;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is pushed of a session's expiry and renewal. Pure. */
public final class Warnings {
    private Warnings() {}

    /** Milliseconds as seconds on the wire: a whole number where it is one. */
    static Number seconds(long millis) {
        if (millis % 1000 == 0) {
            return millis / 1000;
        }
        return millis / 1000.0;
    }

    /** Which deadline a session meets next: {@code max-duration}, or {@code idle}. */
    public static String cause(StoredSession session) {
        return session.state().expiresAt() >= session.plan().maxEndAt() ? "max-duration" : "idle";
    }

    /** Whether a renewal would move a session's expiry. */
    public static boolean renewable(StoredSession session) {
        return session.state().expiresAt() < session.plan().maxEndAt();
    }

    static Push push(StoredSession session, long now) {
        SessionState state = session.state();
        // Rounded up, so that a warning given a little late still names its rung.
        long left = Math.max(0, (state.expiresAt() - now + 999) / 1000);
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("sessionId", session.document().sessionId());
        String name = session.document().name();
        if (name != null) {
            params.put("name", name);
        }
        params.put("expiresAt", WireTime.format(state.expiresAt()));
        params.put("secondsRemaining", left);
        params.put("minutesRemaining", left / 60);
        params.put("cause", cause(session));
        params.put("renewable", renewable(session));
        params.put("rung", seconds(state.rung()));
        return Push.of(EventTypes.SESSION_EXPIRING, params);
    }

    static Push renewed(String sessionId, SessionState state) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("sessionId", sessionId);
        params.put("expiresAt", WireTime.format(state.expiresAt()));
        params.put("renewalCount", state.renewalCount());
        return Push.of(EventTypes.SESSION_RENEWED, params);
    }
}
