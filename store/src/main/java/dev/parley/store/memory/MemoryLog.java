package dev.parley.store.memory;

import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import java.util.List;
import reactor.core.publisher.Mono;

/** The logs of sessions and their feed in this process. See the package about threads and locks. */
final class MemoryLog implements EventLog {
    private final SessionTable table;

    MemoryLog(SessionTable table) {
        this.table = table;
    }

    @Override
    public Mono<Appended> append(Append append) {
        return Mono.fromSupplier(() -> table.with(append.sessionId(), (entry, now) -> append(entry, append, now)));
    }

    @Override
    public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
        return Mono.fromSupplier(() -> table.with(sessionId, (entry, now) -> {
            SessionLog log = entry.log;
            if (log != null) {
                return log.read(afterSeq, limit);
            }
            return afterSeq >= 1 ? List.of() : List.of(SessionLog.created(entry.epoch(), entry.document));
        }));
    }

    @Override
    public Mono<HistoryPage> history(HistoryQuery query) {
        return Mono.fromSupplier(() -> table.with(
                query.sessionId(),
                (entry, now) -> entry.log == null ? new HistoryPage(List.of(), false) : entry.log.history(query)));
    }

    @Override
    public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
        return Mono.fromSupplier(() -> table.with(sessionId, (entry, now) -> table.feed.subscribe(entry, listener)));
    }

    /** Nothing is ever lost here: another epoch is that of another log, which had the id before. */
    @Override
    public Mono<Survived> survived(String sessionId, String epoch) {
        return Mono.fromSupplier(() -> table.with(
                sessionId,
                (entry, now) -> new Survived(
                        entry.epoch(),
                        epoch.equals(entry.epoch()) ? entry.state().head() : 0)));
    }

    @Override
    public Mono<Void> signal(Signal signal) {
        return Mono.fromRunnable(() -> {
            table.checkOpen();
            SessionEntry entry = table.get(signal.sessionId());
            if (entry != null) {
                table.with(entry, (settled, now) -> {
                    table.feed.signal(settled, signal);
                    return null;
                });
            }
        });
    }

    @Override
    public Mono<Void> seen(String sessionId, String participantId, long seq) {
        return Mono.fromRunnable(() -> table.with(sessionId, (entry, now) -> {
            SessionLog log = table.logOf(entry);
            log.seen(participantId, seq);
            return log;
        }));
    }

    @Override
    public Mono<Standing> standing(String sessionId, String participantId) {
        return Mono.fromSupplier(() -> table.with(
                sessionId, (entry, now) -> entry.log == null ? new Standing(0, 0) : entry.log.standing(participantId)));
    }

    private Appended append(SessionEntry entry, Append append, long now) {
        SessionLog log = entry.log;
        LoggedEvent known = log == null ? null : log.message(append.messageId());
        if (known != null && append.authorId().equals(known.authorId())) {
            return new Appended(known, true, false, entry.state());
        }
        if (entry.ended()) {
            throw new StoreException.Ended(entry.status, entry.expiresAt);
        }
        if (append.membershipRevision() >= 0 && append.membershipRevision() != entry.document.membershipRevision()) {
            throw new StoreException.StaleMembership();
        }
        if (known != null) {
            throw new StoreException.MessageConflict(append.messageId());
        }
        String after = append.after();
        if (after != null && (log == null || log.message(after) == null)) {
            throw new StoreException.OutOfOrder(after);
        }
        LoggedEvent event = table.logOf(entry).add(append, now);
        boolean renewed = entry.activity(now, false);
        SessionState state = entry.state();
        table.feed.event(entry, event, state);
        return new Appended(event, false, renewed, state);
    }
}
