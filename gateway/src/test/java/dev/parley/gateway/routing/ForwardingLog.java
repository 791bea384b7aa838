package dev.parley.gateway.routing;

import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Signal;
import java.util.List;
import reactor.core.publisher.Mono;

/** A log that passes everything on to a real one; tests change what they are about. */
class ForwardingLog implements EventLog {
    private final EventLog real;

    ForwardingLog(EventLog real) {
        this.real = real;
    }

    @Override
    public Mono<Appended> append(Append append) {
        return real.append(append);
    }

    @Override
    public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
        return real.read(sessionId, afterSeq, limit);
    }

    @Override
    public Mono<HistoryPage> history(HistoryQuery query) {
        return real.history(query);
    }

    @Override
    public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
        return real.subscribe(sessionId, listener);
    }

    @Override
    public Mono<Survived> survived(String sessionId, String epoch) {
        return real.survived(sessionId, epoch);
    }

    @Override
    public Mono<Void> signal(Signal signal) {
        return real.signal(signal);
    }

    @Override
    public Mono<Void> seen(String sessionId, String participantId, long seq) {
        return real.seen(sessionId, participantId, seq);
    }

    @Override
    public Mono<Standing> standing(String sessionId, String participantId) {
        return real.standing(sessionId, participantId);
    }
}
