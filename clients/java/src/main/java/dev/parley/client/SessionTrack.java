package dev.parley.client;

import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionResults;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * What a client knows of one session: its position in the log, how far the program has seen it, and which messages are its
 * own. Belongs to the engine thread.
 */
final class SessionTrack {
    /** The store tells repeats within the last 1,000 messages of a session, so no more own ids are of use. */
    static final int OWN_IDS = 1000;

    private final String sessionId;
    private final LinkedHashSet<String> own = new LinkedHashSet<>();
    private boolean attached;
    private int attachedBy;
    private @Nullable String epoch;
    private long seq;
    private long seen;
    private long reported;

    SessionTrack(String sessionId) {
        this.sessionId = sessionId;
    }

    String sessionId() {
        return sessionId;
    }

    /** Whether it is to be taken up again after a reconnect. */
    boolean attached() {
        return attached;
    }

    /** The number of the connection that attached it last. */
    int attachedBy() {
        return attachedBy;
    }

    /** The life of the log that the position is in; null before anything of it is known. */
    @Nullable String epoch() {
        return epoch;
    }

    /** The position: the number of the last push, 0 for the start. */
    long seq() {
        return seq;
    }

    /** The creator of a session is attached from its start. */
    void created(int connection) {
        attached = true;
        attachedBy = connection;
    }

    /** Takes over an entry that attached the session. Pushes may have come before it. */
    void attached(SessionResults.Entry entry, int connection) {
        created(connection);
        String of = entry.epoch();
        Long from = entry.seq();
        if (of == null || from == null) {
            return;
        }
        if (epoch == null || of.equals(epoch)) {
            epoch = of;
            seq = Math.max(seq, from);
        } else {
            moveTo(of, from);
        }
    }

    /**
     * A push with a number came.
     *
     * @return whether it is new; one at or before the position was delivered already
     */
    boolean advance(@Nullable String of, long to) {
        if (of == null || epoch == null || of.equals(epoch)) {
            if (to <= seq) {
                return false;
            }
            epoch = of == null ? epoch : of;
            seq = to;
        } else {
            moveTo(of, to);
        }
        return true;
    }

    /** A hole was told: the log goes on behind it, or, where its end was lost, at its beginning. */
    void gap(SessionEvents.Gap gap) {
        String of = gap.epoch();
        if (of == null || epoch == null || of.equals(epoch)) {
            epoch = of == null ? epoch : of;
            seq = Math.max(seq, gap.to());
        } else {
            moveTo(of, "lost".equals(gap.cause()) ? gap.from() - 1 : gap.to());
        }
    }

    private void moveTo(String of, long to) {
        epoch = of;
        seq = to;
        seen = 0;
        reported = 0;
    }

    /** The program has seen everything up to a push; ignored for one of an earlier life of the log. */
    void seen(@Nullable String of, long to) {
        if (to > seen && (of == null || of.equals(epoch))) {
            seen = to;
        }
    }

    /** How far the program has seen the log. */
    long seen() {
        return seen;
    }

    /** Whether the gateway does not know yet how far the program has seen. */
    boolean seenIsNews() {
        return seen > reported;
    }

    /** The gateway was told. */
    void reported(long to) {
        reported = Math.max(reported, to);
    }

    /** Notes a message of this client's own. */
    void sent(String messageId) {
        if (own.size() >= OWN_IDS) {
            own.remove(own.iterator().next());
        }
        own.add(messageId);
    }

    /** Whether this client sent the message. */
    boolean isOwn(String messageId) {
        return own.contains(messageId);
    }
}
