package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.store.Store;
import dev.parley.store.StoredSession;
import reactor.core.publisher.Mono;

/** Loads sessions for callers who have a right to them. */
public final class SessionGate {
    private final Store store;

    /** Sessions of a store. */
    public SessionGate(Store store) {
        this.store = store;
    }

    /** A session that the caller may read, in whatever status. */
    public Mono<StoredSession> known(Call call, String sessionId) {
        return Mono.defer(() -> store.sessions().load(sessionId)).map(session -> {
            SessionAccess.check(call.caller(), session.document());
            return session;
        });
    }

    /** A session that the caller may read and that has not expired. */
    Mono<StoredSession> readable(Call call, String sessionId) {
        return known(call, sessionId).map(session -> {
            SessionAccess.checkNotExpired(session);
            return session;
        });
    }

    /** A session that the caller may change: it is live. */
    public Mono<StoredSession> live(Call call, String sessionId) {
        return known(call, sessionId).map(session -> {
            if (session.state().status().isTerminal()) {
                throw SessionAccess.ended(session);
            }
            return session;
        });
    }

    /** What came of an operation on a session, failures as callers are told them. */
    public static <T> Mono<T> told(String sessionId, Mono<T> outcome) {
        return outcome.onErrorMap(failure -> ErrorMapper.map(failure, sessionId));
    }
}
