package dev.parley.store.redis;

import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Logs and their feed: packs arguments, unpacks answers. Safe for use from any thread. */
final class RedisLog implements EventLog {
    private final Places places;
    private final RedisFeed feed;

    RedisLog(Places places, RedisFeed feed) {
        this.places = places;
        this.feed = feed;
    }

    @Override
    public Mono<Appended> append(Append append) {
        Args args = Args.of(append.sessionId(), append.messageId(), append.authorId())
                .add(append.to())
                .add(append.origin())
                .add(append.body())
                .add(append.membershipRevision())
                .add(append.after());
        return places.call(append.sessionId(), RedisFunction.APPEND, args).map(answer -> {
            switch (Answers.code(answer)) {
                case "MESSAGE_CONFLICT" -> throw new StoreException.MessageConflict(append.messageId());
                case "OUT_OF_ORDER" -> throw new StoreException.OutOfOrder(String.valueOf(append.after()));
                default -> refuse(answer, append.sessionId());
            }
            Answers.Numbered now = Answers.state(new Packed((byte[]) answer.get(4)));
            LoggedEvent event = Answers.entry(append.sessionId(), now.state().epoch(), (byte[]) answer.get(3));
            return new Appended(
                    event, Answers.number(answer.get(1)) == 1, Answers.number(answer.get(2)) == 1, now.state());
        });
    }

    @Override
    public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
        return places.call(
                        sessionId,
                        RedisFunction.READ,
                        Args.of(sessionId).add(afterSeq).add(limit))
                .map(answer -> {
                    refuse(answer, sessionId);
                    String epoch = Answers.text(answer.get(1));
                    List<LoggedEvent> entries = Answers.entries(sessionId, epoch, answer.get(2));
                    entries.addAll(Answers.entries(sessionId, epoch, answer.get(3)));
                    entries.sort(Comparator.comparingLong(LoggedEvent::seq));
                    return entries.size() <= limit ? entries : new ArrayList<>(entries.subList(0, limit));
                });
    }

    @Override
    public Mono<HistoryPage> history(HistoryQuery query) {
        boolean forward = (query.afterSeq() != null || query.afterMillis() != null)
                && query.beforeSeq() == null
                && query.beforeMillis() == null;
        return history(query, forward, query.afterSeq(), query.beforeSeq(), new ArrayList<>());
    }

    @Override
    public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
        return feed.subscribe(sessionId, listener);
    }

    @Override
    public Mono<Survived> survived(String sessionId, String epoch) {
        return places.call(sessionId, RedisFunction.LOAD, Args.of(sessionId)).map(answer -> {
            refuse(answer, sessionId);
            var state = Answers.state(new Packed((byte[]) answer.get(1))).state();
            return new Survived(state.epoch(), Epochs.survived(epoch, state.epoch(), state.head()));
        });
    }

    @Override
    public Mono<Void> signal(Signal signal) {
        return feed.signal(signal);
    }

    @Override
    public Mono<Void> seen(String sessionId, String participantId, long seq) {
        return places.call(
                        sessionId,
                        RedisFunction.SEEN,
                        Args.of(sessionId, participantId).add(seq))
                .doOnNext(answer -> refuse(answer, sessionId))
                .then();
    }

    @Override
    public Mono<Standing> standing(String sessionId, String participantId) {
        return places.call(sessionId, RedisFunction.STANDING, Args.of(sessionId, participantId))
                .map(answer -> {
                    refuse(answer, sessionId);
                    return new Standing(Answers.number(answer.get(1)), Answers.number(answer.get(2)));
                });
    }

    /** Asks until the page is full of what the viewer may see, or nothing more is there; one more than the page tells of more. */
    private Mono<HistoryPage> history(
            HistoryQuery query,
            boolean forward,
            @Nullable Long afterSeq,
            @Nullable Long beforeSeq,
            List<LoggedEvent> visible) {
        int wanted = query.limit() + 1 - visible.size();
        Args args = Args.of(query.sessionId())
                .add(afterSeq)
                .add(query.afterMillis())
                .add(beforeSeq)
                .add(query.beforeMillis())
                .add(forward)
                .add(wanted);
        return places.call(query.sessionId(), RedisFunction.HISTORY, args).flatMap(answer -> {
            refuse(answer, query.sessionId());
            List<LoggedEvent> entries = Answers.entries(query.sessionId(), Answers.text(answer.get(1)), answer.get(2));
            if (!forward) {
                Collections.reverse(entries);
            }
            for (LoggedEvent entry : entries) {
                if (isVisible(entry, query.viewer())) {
                    visible.add(entry);
                }
            }
            boolean enough = visible.size() > query.limit();
            if (!enough && Answers.number(answer.get(3)) == 1) {
                long last = entries.get(entries.size() - 1).seq();
                return forward
                        ? history(query, true, (Long) last, beforeSeq, visible)
                        : history(query, false, afterSeq, (Long) last, visible);
            }
            List<LoggedEvent> page = new ArrayList<>(enough ? visible.subList(0, query.limit()) : visible);
            if (forward) {
                Collections.reverse(page);
            }
            return Mono.just(new HistoryPage(page, enough));
        });
    }

    private static boolean isVisible(LoggedEvent message, @Nullable String viewer) {
        return viewer == null
                || message.to() == null
                || viewer.equals(message.to())
                || viewer.equals(message.authorId());
    }

    private static void refuse(List<Object> answer, String sessionId) {
        StoreException refusal = Answers.refusal(answer, "session " + sessionId);
        if (refusal != null) {
            throw refusal;
        }
    }
}
