package dev.parley.gateway.session;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.protocol.session.Session;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * Edits that wait for the same session, decided one after the other, each on what those before it made, and written as one
 * commit. Each raises the version by one, so each has a version, an event and an answer of its own, as if it had been written
 * alone; one that is refused fails alone. For use by one thread at a time.
 */
final class EditBatch {
    /** Of events and the document together, in bytes; one edit may be larger. */
    static final int MOST_BYTES = 512 << 10;

    /** Of documents that edits are decided on in one turn of the event loop, in bytes. */
    static final int MOST_DECIDED = 2 << 20;

    private final StoredSession session;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<NewEvent> events = new ArrayList<>();
    private Session document;
    private int changes;
    private long eventBytes;
    private long decidedBytes;

    /**
     * An edit that waits for its turn.
     *
     * @param ifMatch the version that the session has to be at; null for none
     * @param answer gets the session after this edit and no later one
     */
    record Waiting(Call call, @Nullable Long ifMatch, SessionEdits.Decision decision, MonoSink<StoredSession> answer) {}

    /**
     * What was decided on an edit.
     *
     * @param document after it
     * @param changes of the batch up to and including it
     * @param changed whether it is one of them
     */
    private record Outcome(
            Waiting edit,
            Session document,
            int changes,
            boolean changed,
            @Nullable RuntimeException refusal) {}

    private EditBatch(StoredSession session) {
        this.session = session;
        this.document = session.document();
    }

    /** Decides on edits, from the first on, as many as go into one commit; at least on one. */
    static EditBatch of(StoredSession session, List<Waiting> edits) {
        EditBatch batch = new EditBatch(session);
        for (Waiting edit : edits) {
            if (!batch.take(edit)) {
                break;
            }
        }
        return batch;
    }

    /** How many edits were decided on. */
    int size() {
        return outcomes.size();
    }

    /** What is to be written; null when nothing changes. */
    @Nullable Commit commit() {
        return changes == 0
                ? null
                : new Commit(
                        document.sessionId(),
                        Ids.cheap(),
                        session.state().version(),
                        document,
                        null,
                        null,
                        false,
                        List.copyOf(events),
                        changes);
    }

    /**
     * Answers all that were decided on.
     *
     * @param after the session with all changes
     */
    void written(StoredSession after) {
        for (Outcome outcome : outcomes) {
            if (outcome.refusal != null) {
                outcome.edit.answer().error(outcome.refusal);
            } else if (outcome.changes == 0) {
                outcome.edit.answer().success(session);
            } else {
                boolean isLast = outcome.changes == changes;
                outcome.edit.answer().success(isLast ? after : seen(after, outcome.document, outcome.changes));
            }
        }
    }

    /** Answers all that were decided on, when the changes were not written. Those before the first change do not depend on it. */
    void failed(Throwable failure) {
        for (Outcome outcome : outcomes) {
            if (outcome.changes > 0) {
                boolean notBegun = failure instanceof StoreException.Unavailable && !outcome.changed;
                outcome.edit.answer().error(notBegun ? SessionEdits.notBegun() : failure);
            } else if (outcome.refusal != null) {
                outcome.edit.answer().error(outcome.refusal);
            } else {
                outcome.edit.answer().success(session);
            }
        }
    }

    /** Decides on one more edit; false when no more of them go into this batch. */
    private boolean take(Waiting edit) {
        SessionEdits.Edit made;
        try {
            made = decide(edit);
        } catch (RuntimeException refusal) {
            outcomes.add(new Outcome(edit, document, changes, false, refusal));
            return goesOn();
        }
        if (made == null) {
            outcomes.add(new Outcome(edit, document, changes, false, null));
            return goesOn();
        }
        long bytes = eventBytes;
        for (NewEvent event : made.events()) {
            bytes += event.body().length();
        }
        if (changes > 0 && bytes + size(made.document()) > MOST_BYTES) {
            return false;
        }
        // Whoever leaves and comes back is told of both, by what the store finds changed in one commit each.
        boolean sameMembers = made.document().membershipRevision() == document.membershipRevision();
        eventBytes = bytes;
        document = made.document();
        events.addAll(made.events());
        changes++;
        outcomes.add(new Outcome(edit, document, changes, true, null));
        return sameMembers && goesOn();
    }

    private SessionEdits.@Nullable Edit decide(Waiting edit) {
        SessionAccess.check(edit.call().caller(), document);
        if (session.state().status().isTerminal()) {
            throw SessionAccess.ended(session);
        }
        long version = session.state().version() + changes;
        if (edit.ifMatch() != null && edit.ifMatch() != version) {
            throw ErrorMapper.map(new StoreException.VersionConflict(version), document.sessionId());
        }
        return edit.decision().on(document, version + 1);
    }

    private boolean goesOn() {
        decidedBytes += size(document);
        return decidedBytes < MOST_DECIDED;
    }

    /** About how large a document is: what is large in it. */
    private static long size(Session document) {
        return (long) document.sharedContext().length()
                + document.metadata().length()
                + document.workflowState().length();
    }

    /** The session as it was at the version that a change made; what activity moves is as the whole commit found it. */
    private StoredSession seen(StoredSession after, Session seen, int upTo) {
        SessionState s = after.state();
        SessionState state = new SessionState(
                s.status(),
                s.statusChangedAt(),
                s.updatedAt(),
                s.lastActivity(),
                s.expiresAt(),
                s.renewedAt(),
                s.renewalCount(),
                s.rung(),
                session.state().version() + upTo,
                s.epoch(),
                s.head());
        return new StoredSession(seen, after.plan(), state);
    }
}
