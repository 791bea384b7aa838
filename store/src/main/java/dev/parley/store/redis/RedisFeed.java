package dev.parley.store.redis;

import dev.parley.store.ChannelStore.ChannelListener;
import dev.parley.store.EventLog.Subscription;
import dev.parley.store.FeedListener;
import dev.parley.store.PresenceStore;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The feeds of all sessions and channels that somebody here listens to. A partition has one channel, which is only a hint: once a second each
 * partition with listeners is asked which sessions changed, and by what number; what a listener was not told of a moment later is
 * looked up and told as a state. Safe for use from any thread.
 */
final class RedisFeed {
    /** What was found to have changed may still be on its way over the channel. */
    private static final long GRACE_MILLIS = 300;

    /** What is due and was not fired by then is told to whoever fires here. */
    private static final long OVERDUE_MILLIS = 500;

    /** A channel that nobody listens to is kept for so many beats. */
    private static final int IDLE_BEATS = 30;

    private static final int LOADED_AT_ONCE = 32;

    /** Among the changes of a partition: who is there in the session that follows. */
    private static final String PRESENCE = "\n";

    private final RedisLink link;
    private final RedisCalls calls;
    private final Places places;
    private final Partitions partitions;
    private final Everybody everybody;
    private final TimeSource time;
    private final Map<Integer, PartitionFeed> feeds = new ConcurrentHashMap<>();
    private final AtomicInteger live = new AtomicInteger();

    RedisFeed(
            RedisLink link,
            RedisCalls calls,
            Places places,
            Partitions partitions,
            Everybody everybody,
            TimeSource time) {
        this.link = link;
        this.calls = calls;
        this.places = places;
        this.partitions = partitions;
        this.everybody = everybody;
        this.time = time;
    }

    /** How many subscriptions there are. */
    int live() {
        return live.get();
    }

    Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
        return Mono.defer(() -> {
            calls.checkOpen();
            // Elsewhere nobody may want the channel; so an id that tells nothing is looked for first.
            Mono<List<Object>> located = places.isKnown(sessionId)
                    ? Mono.empty()
                    : places.call(sessionId, RedisFunction.LOAD, Args.of(sessionId));
            return located.then(Mono.defer(() -> subscribeAt(places.of(sessionId), sessionId, listener)))
                    .onErrorResume(
                            Elsewhere.class,
                            moved -> subscribeAt(places.of(sessionId), sessionId, listener)
                                    .onErrorMap(
                                            Elsewhere.class,
                                            again -> new StoreException.NotFound("session " + sessionId)));
        });
    }

    /**
     * Hears of a channel of a workspace.
     *
     * @param owner the workspace and the channel, as the functions name them
     */
    Mono<AutoCloseable> subscribe(int partition, String owner, ChannelListener listener) {
        return Mono.defer(() -> {
            calls.checkOpen();
            PartitionFeed[] joined = new PartitionFeed[1];
            feeds.compute(partition, (key, known) -> {
                PartitionFeed feed = known == null ? new PartitionFeed(partition, this) : known;
                feed.channels().add(owner, listener);
                joined[0] = feed;
                return feed;
            });
            PartitionFeed feed = joined[0];
            live.incrementAndGet();
            AutoCloseable leaving = () -> {
                if (feed.channels().remove(owner, listener)) {
                    live.decrementAndGet();
                }
            };
            return Mono.fromCompletionStage(() -> feed.listen(link, partitions.feed(partition)))
                    .map(listening -> leaving)
                    .doOnError(failure -> close(leaving))
                    .doOnCancel(() -> close(leaving));
        });
    }

    Mono<Void> signal(Signal signal) {
        return Mono.fromCompletionStage(() -> {
            calls.checkOpen();
            byte[] payload = Packed.strings(
                    bytes("signal"),
                    bytes(signal.sessionId()),
                    bytes(signal.type()),
                    bytes(signal.authorId()),
                    bytes(signal.origin() == null ? "" : signal.origin()),
                    signal.body().toByteArray());
            return link.publish(partitions.feed(places.of(signal.sessionId())), payload);
        });
    }

    /** Asks each partition that somebody listens to what has changed. */
    void syncAll() {
        for (PartitionFeed feed : feeds.values()) {
            if (!feed.isIdle()) {
                feed.idleBeats = 0;
                sync(feed);
            } else if (feed.idleBeats++ > IDLE_BEATS) {
                feeds.computeIfPresent(feed.partition, (partition, idle) -> idle.leave() ? null : idle);
            }
        }
    }

    /** The channel of a partition was interrupted: whoever listens compares anew. */
    void interrupted(PartitionFeed feed) {
        lookUp(feed, feed.sessionIds(), true);
        feed.channels().resetAll();
    }

    /** So many listeners are gone. */
    void left(int listeners) {
        live.addAndGet(-listeners);
    }

    void close() {
        for (PartitionFeed feed : feeds.values()) {
            feed.forgetAll();
        }
        feeds.clear();
        live.set(0);
    }

    private Mono<Subscription> subscribeAt(int partition, String sessionId, FeedListener listener) {
        return Mono.defer(() -> {
            PartitionFeed[] joined = new PartitionFeed[1];
            SessionFeed.Listening[] added = new SessionFeed.Listening[1];
            feeds.compute(partition, (key, known) -> {
                PartitionFeed feed = known == null ? new PartitionFeed(partition, this) : known;
                added[0] = feed.add(sessionId, listener);
                joined[0] = feed;
                return feed;
            });
            PartitionFeed feed = joined[0];
            SessionFeed.Listening listening = added[0];
            live.incrementAndGet();
            return Mono.fromCompletionStage(() -> feed.listen(link, partitions.feed(partition)))
                    .flatMap(channel -> places.call(sessionId, RedisFunction.LOAD, Args.of(sessionId, "")))
                    .<Subscription>map(answer -> {
                        StoreException refusal = Answers.refusal(answer, "session " + sessionId);
                        if (refusal != null) {
                            throw refusal;
                        }
                        if (places.of(sessionId) != partition) {
                            throw new Elsewhere();
                        }
                        Answers.Loaded loaded = Answers.session(sessionId, answer, 1);
                        feed.begin(sessionId, listening, loaded.change(), Answers.number(answer.get(4)));
                        return new Listened(feed, sessionId, listening, loaded.session());
                    })
                    .doOnError(failure -> remove(feed, sessionId, listening))
                    .doOnCancel(() -> remove(feed, sessionId, listening));
        });
    }

    private void remove(PartitionFeed feed, String sessionId, SessionFeed.Listening listening) {
        if (feed.remove(sessionId, listening)) {
            live.decrementAndGet();
        }
    }

    private void sync(PartitionFeed feed) {
        synchronized (feed) {
            if (feed.syncing) {
                return;
            }
            feed.syncing = true;
        }
        calls.send(RedisFunction.SYNC, partitions.key(feed.partition), new Args().add(feed.since))
                .whenComplete((answer, failure) -> {
                    if (failure == null) {
                        Telling.safely(() -> synced(feed, answer));
                    }
                    synchronized (feed) {
                        feed.syncing = false;
                    }
                });
    }

    private void synced(PartitionFeed feed, List<Object> answer) {
        long dueAt = Answers.numberOrNever(answer.get(6));
        if (dueAt < Answers.number(answer.get(5)) - OVERDUE_MILLIS) {
            everybody.tellEarlier(feed.partition, dueAt);
        }
        String generation = Answers.text(answer.get(3));
        boolean lost = !feed.generation.isEmpty() && !feed.generation.equals(generation);
        feed.generation = generation;
        feed.since = Answers.number(answer.get(1));
        if (lost) {
            lookUp(feed, feed.sessionIds(), true);
            feed.channels().resetAll();
        } else if (Answers.number(answer.get(2)) == 0) {
            if (!feed.channels().isEmpty()) {
                time.schedule(GRACE_MILLIS, feed.channels()::resetAll);
            }
            List<String> all = feed.sessionIds();
            if (!all.isEmpty()) {
                time.schedule(GRACE_MILLIS, () -> lookUp(feed, all, false));
            }
        } else {
            List<Object> changes = Answers.list(answer.get(7));
            if (!feed.channels().behind(changes).isEmpty()) {
                time.schedule(GRACE_MILLIS, () -> feed.channels().catchUp(changes));
            }
            if (!behind(feed, changes).isEmpty()) {
                // Looked at once more then: a state that is read tells more than was asked for, and what is still on
                // its way
                // over the channel would come after it and not be told.
                time.schedule(GRACE_MILLIS, () -> lookUp(feed, behind(feed, changes), false));
            }
        }
    }

    /** The sessions whose listeners were not told of the change that the server names. */
    private static List<String> behind(PartitionFeed feed, List<Object> changes) {
        List<String> behind = new ArrayList<>();
        for (int i = 0; i < changes.size(); i += 2) {
            String name = Answers.text(changes.get(i));
            boolean presence = name.startsWith(PRESENCE);
            SessionFeed session = feed.session(presence ? name.substring(PRESENCE.length()) : name);
            if (session == null) {
                continue;
            }
            long told = presence ? session.turn() : session.told();
            if (told >= 0 && told < change(changes.get(i + 1))) {
                behind.add(session.sessionId());
            }
        }
        return behind;
    }

    /**
     * Reads sessions and tells what their listeners were not told.
     *
     * @param reset whether they are told in any case
     */
    private void lookUp(PartitionFeed feed, List<String> sessionIds, boolean reset) {
        Flux.fromIterable(sessionIds)
                .flatMap(
                        id -> {
                            SessionFeed session = feed.session(id);
                            long toldThen = session == null ? 0 : session.lastTold();
                            long turn = session == null ? -1 : session.turn();
                            Args args = Args.of(id, turn < 0 ? "" : String.valueOf(turn));
                            return places.call(id, RedisFunction.LOAD, args)
                                    .doOnNext(answer -> lookedUp(feed, id, answer, reset, toldThen))
                                    .onErrorResume(failure -> {
                                        // The next sync asks again from where it stood.
                                        feed.since = 0;
                                        return Mono.empty();
                                    });
                        },
                        LOADED_AT_ONCE)
                .subscribe();
    }

    private void lookedUp(PartitionFeed feed, String sessionId, List<Object> answer, boolean reset, long toldThen) {
        SessionFeed session = feed.session(sessionId);
        if (session == null) {
            return;
        }
        if (!Answers.code(answer).equals(Answers.OK)) {
            feed.deleted(session, null, Long.MAX_VALUE);
            return;
        }
        Answers.Numbered now = Answers.state(new Packed((byte[]) answer.get(1)));
        if (reset) {
            if (session.reset(now.state(), now.change(), toldThen)) {
                lookUp(feed, List.of(sessionId), true);
            }
        } else {
            session.state(now.state(), now.change());
        }
        List<Object> turns = Answers.list(answer.get(5));
        for (int i = 0; i < turns.size(); i += 2) {
            String who = Answers.text(turns.get(i));
            Signal signal = PresenceStore.signal(sessionId, who.substring(1), who.charAt(0) == '+');
            session.turn(signal, change(turns.get(i + 1)), 0);
        }
    }

    /** Scores are told as the server prints doubles, which are whole here. */
    static long change(Object score) {
        return (long) Double.parseDouble(Answers.text(score));
    }

    private static void close(AutoCloseable leaving) {
        Telling.safely(() -> {
            try {
                leaving.close();
            } catch (Exception e) {
                throw new IllegalStateException("a subscription cannot be closed", e);
            }
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The session lies in another partition than was thought. */
    private static final class Elsewhere extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Elsewhere() {
            super(null, null, false, false);
        }
    }

    /** One subscription. */
    private final class Listened implements Subscription {
        private final PartitionFeed feed;
        private final String sessionId;
        private final SessionFeed.Listening listening;
        private final StoredSession session;
        private final AtomicBoolean closed = new AtomicBoolean();

        Listened(PartitionFeed feed, String sessionId, SessionFeed.Listening listening, StoredSession session) {
            this.feed = feed;
            this.sessionId = sessionId;
            this.listening = listening;
            this.session = session;
        }

        @Override
        public StoredSession session() {
            return session;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                remove(feed, sessionId, listening);
            }
        }
    }
}
