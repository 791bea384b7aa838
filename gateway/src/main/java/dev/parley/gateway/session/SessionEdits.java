package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.session.ChangeOrder.Carried;
import dev.parley.gateway.session.EditBatch.Waiting;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Changes the document of live sessions: loads, decides and commits, and decides again when somebody on another gateway was
 * faster. Writers here take turns, and those who wait for the same session are written together. Safe for use from any thread.
 */
final class SessionEdits implements ChangeOrder.Carrier<Waiting> {
    private final Store store;
    private final ChangeOrder<Waiting> order = new ChangeOrder<>(this);

    SessionEdits(Store store) {
        this.store = store;
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
        return Mono.create(answer -> order.add(sessionId, new Waiting(call, ifMatch, decision, answer)));
    }

    @Override
    public Mono<Carried> carry(String sessionId, List<Waiting> edits) {
        @Nullable EditBatch[] decided = new EditBatch[1];
        Mono<Carried> attempt = Mono.defer(() -> {
                    decided[0] = null;
                    return store.sessions().load(sessionId);
                })
                .flatMap(session -> {
                    EditBatch batch = EditBatch.of(session, edits);
                    decided[0] = batch;
                    SessionStore.Commit commit = batch.commit();
                    return commit == null
                            ? Mono.just(session)
                            : store.sessions().commit(commit);
                })
                .map(after -> {
                    EditBatch batch = Objects.requireNonNull(decided[0]);
                    batch.written(after);
                    return new Carried(batch.size(), false);
                });
        return Decisions.untilCurrent(store, attempt).onErrorResume(failure -> {
            EditBatch batch = decided[0];
            int count = batch == null ? edits.size() : batch.size();
            if (batch == null) {
                edits.forEach(edit -> edit.answer().error(failure));
            } else {
                batch.failed(failure);
            }
            return Mono.just(new Carried(count, failure instanceof StoreException.Unavailable));
        });
    }

    @Override
    public void refuse(Waiting edit) {
        edit.answer().error(notBegun());
    }

    /** Of an edit before this one nothing was heard, and of this one nothing was done. */
    static StoreException notBegun() {
        return new StoreException.Unavailable("the change before this one had no answer", false);
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
