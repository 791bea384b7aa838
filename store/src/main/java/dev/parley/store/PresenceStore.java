package dev.parley.store;

import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Who has connections that are attached to a session, over all gateways. Each gateway says of each participant how many it
 * holds; what a gateway said holds as long as it lives, and is gone with it. Agents that are attached by themselves are not in
 * here: they are there while they are online, unless a gateway says that one detached by hand.
 */
public interface PresenceStore {
    /** Type of the signal that tells of a participant's first connection, or of the last one's end. */
    String CHANGED = "presence.changed";

    /**
     * Says what a gateway holds of one participant, in place of what it said of them before; 0 connections take that away. When
     * that makes them present or absent over all gateways, the feed tells it by a {@link Signal} of type {@link #CHANGED}, whose
     * author is the participant and whose body {@code {"present":true|false}}; so it does when an agent is away that was not.
     * One that is away no more, without a connection, is told by nothing: whether it is there follows from its being online.
     * What the feed loses of these signals it makes up for within 2 s by the last one of each participant. The same once more
     * changes nothing and tells nothing. Fails with {@link StoreException.NotFound}.
     */
    Mono<Void> put(Held held);

    /** What living gateways hold, in no order. Fails with {@link StoreException.NotFound}. */
    Mono<List<Held>> of(String sessionId);

    /** The signal that tells of a participant's coming or going. */
    static Signal signal(String sessionId, String participantId, boolean present) {
        return new Signal(
                sessionId, CHANGED, participantId, null, present ? PresenceBodies.PRESENT : PresenceBodies.ABSENT);
    }

    /** Whether a signal of type {@link #CHANGED} tells of a coming. */
    static boolean isPresent(Signal signal) {
        return signal.body().toString().equals(PresenceBodies.PRESENT.toString());
    }

    /**
     * What one gateway holds of one participant in one session.
     *
     * @param sessionId which session
     * @param holder the gateway
     * @param participantId whose connections
     * @param kind user or agent
     * @param connections how many, 0 or more
     * @param since when the first of those that are there now was attached, in epoch milliseconds
     * @param surfaces that they said they are, unique, in order of attachment
     * @param away that this is an agent which detached by hand, at {@code since}, and holds no connection; so it is not there
     *     though it may be online
     */
    record Held(
            String sessionId,
            String holder,
            String participantId,
            String kind,
            int connections,
            long since,
            List<String> surfaces,
            boolean away) {
        /** Whether another one is about the same gateway and participant. */
        public boolean replaces(Held other) {
            return holder.equals(other.holder) && participantId.equals(other.participantId);
        }
    }
}
