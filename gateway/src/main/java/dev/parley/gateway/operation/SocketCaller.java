package dev.parley.gateway.operation;

import dev.parley.protocol.session.SessionResults;
import dev.parley.store.StoredSession;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What operations may ask of the connection that a request came on. All methods are called on its event loop. */
public interface SocketCaller {
    /** The connection's id, unique over all gateways. */
    String connectionId();

    /** The surface that the connection said it is; null when it said none. */
    @Nullable String surfaceId();

    /**
     * Attaches the connection.
     *
     * @param epoch of the position; null for the present one
     * @param seq of the position; null for none
     */
    Mono<SessionResults.Entry> attach(String sessionId, @Nullable String epoch, @Nullable Long seq);

    /** Detaches the connection; without effect when it was not attached. */
    void detach(String sessionId);

    /** Ids of the sessions that it is attached to. */
    List<String> attached();

    /** Keeps what the connection sends in order; null where the store answers at once, and nothing can get out of order. */
    @Nullable SendOrder order();

    /** What the connection is subscribed to. */
    SocketChannels channels();

    /** The session as this connection last heard of it; null when it is not attached. */
    @Nullable StoredSession attachedSession(String sessionId);
}
