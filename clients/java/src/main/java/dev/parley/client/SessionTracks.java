package dev.parley.client;

import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sessions that a client has to do with, in the order in which they came up. Belongs to the engine thread. */
final class SessionTracks {
    /** Positions told in one heartbeat, at most, so that its frame stays far below the limit; the rest goes with the next. */
    static final int SEEN_PER_HEARTBEAT = 2000;

    private final Map<String, SessionTrack> bySession = new LinkedHashMap<>();

    /** The track of a session, made when there is none. */
    SessionTrack of(String sessionId) {
        return bySession.computeIfAbsent(sessionId, SessionTrack::new);
    }

    /** The track of a session; null when there is none. */
    @Nullable SessionTrack find(String sessionId) {
        return bySession.get(sessionId);
    }

    /** The session is over, or is none of ours any more. */
    void forget(String sessionId) {
        bySession.remove(sessionId);
    }

    /** Where to go on from in every attached session, for {@code connect} and {@code session.attach}. */
    List<SessionParams.Attach> positions() {
        List<SessionParams.Attach> positions = new ArrayList<>();
        for (SessionTrack track : bySession.values()) {
            if (track.attached()) {
                positions.add(new SessionParams.Attach(track.sessionId(), track.epoch(), track.seq()));
            }
        }
        return positions;
    }

    /**
     * Drops what is of no use any more: sessions that are not attached, and for an agent those that neither of the last two
     * connections brought up, so that a client that lives long does not grow.
     *
     * @param connection the number of the connection that begins now
     * @param agent whether the gateway attaches by itself
     */
    void prune(int connection, boolean agent) {
        bySession.values().removeIf(track -> !track.attached() || (agent && track.attachedBy() < connection - 2));
    }

    /** The entry that a session was attached by. */
    void attached(SessionResults.Entry entry, int connection) {
        of(entry.sessionId()).attached(entry, connection);
    }

    /** How far each session has been seen, where the gateway does not know yet. */
    Map<String, Long> seenNews() {
        Map<String, Long> news = new LinkedHashMap<>();
        for (SessionTrack track : bySession.values()) {
            if (track.attached() && track.seenIsNews()) {
                news.put(track.sessionId(), track.seen());
                if (news.size() == SEEN_PER_HEARTBEAT) {
                    break;
                }
            }
        }
        return news;
    }

    /** The gateway has taken these. */
    void reported(Map<String, Long> seen) {
        seen.forEach((sessionId, to) -> {
            SessionTrack track = bySession.get(sessionId);
            if (track != null) {
                track.reported(to);
            }
        });
    }
}
