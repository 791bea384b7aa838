package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Changes the document of live sessions: loads, decides and commits, and decides again when somebody on another gateway was
 * faster. Writers here take turns. Safe for use from any thread.
 */
final class SessionEdits {
    private final Store store;
    private final SessionGate gate;
    private final ChangeOrder order = new ChangeOrder();

    SessionEdits(Store store) {
        this.store = store;
        this.gate = new SessionGate(store);
    }

    /** What becomes of a session, and what is told of that. */
    record Edit(Session document, List<NewEvent> events) {
        static Edit of(Session document, NewEvent event) {
            return new Edit(document, List.of(event));
        }
    }

    /** Decides on a change. Pure, as it may be asked again. */
    @FunctionalInterface
    interface Decision {
        /**
         * What becomes of a session.
         *
         * @param session as it is
         * @param version that the change will make
         * @return null when there is nothing to change
         */
        @Nullable Edit on(Session session, long version);
    }

    /** The session after a change that any participant may make. */
    Mono<StoredSession> edit(Call call, String sessionId, Decision decision) {
        return edit(call, sessionId, null, decision);
    }

    /**
     * The same, on condition.
     *
     * @param ifMatch the version that the session has to be at; null for none
     */
    Mono<StoredSession> edit(Call call, String sessionId, @Nullable Long ifMatch, Decision decision) {
        Mono<StoredSession> attempt = gate.live(call, sessionId).flatMap(session -> {
            long version = session.state().version();
            if (ifMatch != null && ifMatch != version) {
                throw ErrorMapper.map(new StoreException.VersionConflict(version), sessionId);
            }
            Edit edit = decision.on(session.document(), version + 1);
            if (edit == null) {
                return Mono.just(session);
            }
            return store.sessions()
                    .commit(new SessionStore.Commit(
                            sessionId, Ids.cheap(), version, edit.document(), null, null, false, edit.events()));
        });
        return order.inTurn(sessionId, Decisions.untilCurrent(store, attempt));
    }

    /** The version that a change is conditional on: bare, or quoted as an entity tag is; null for none. */
    static @Nullable Long ifMatch(@Nullable RawJson given) {
        if (given == null) {
            return null;
        }
        String text = JsonValues.isText(given) ? JsonValues.text(given) : given.toString();
        String bare = text == null ? "" : text.strip();
        if (bare.equals("*")) {
            return null;
        }
        if (bare.length() > 1 && bare.startsWith("\"") && bare.endsWith("\"")) {
            bare = bare.substring(1, bare.length() - 1);
        }
        if (!bare.matches("\\d{1,18}")) {
            throw Problems.invalid("ifMatch", JsonValues.shown(given), "a version: a whole number, bare or quoted");
        }
        return Long.parseLong(bare);
    }
}
