package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is heard of one partition: its channel, and the sessions and workspaces' channels in it that somebody here listens to. Safe for use from any
 * thread; the channel calls on the link's.
 */
final class PartitionFeed implements RedisLink.ChannelListener {
    /** Members of a signal that may be lost; one of presence has a number besides. */
    private static final int UNNUMBERED = 6;

    final int partition;

    private final RedisFeed feed;
    private final Map<String, SessionFeed> sessions = new ConcurrentHashMap<>();
    private final ChannelFeed channels = new ChannelFeed();
    private @Nullable CompletableFuture<AutoCloseable> channel;

    /** Number of the change up to which the server was asked. Used by one sync at a time. */
    volatile long since;

    /** The generation at the last sync; empty before the first. */
    volatile String generation = "";

    boolean syncing;
    int idleBeats;

    PartitionFeed(int partition, RedisFeed feed) {
        this.partition = partition;
        this.feed = feed;
    }

    /** Completes when the channel is subscribed; subscribes where it is not, or where that failed. */
    synchronized CompletionStage<AutoCloseable> listen(RedisLink link, RedisLink.Channel name) {
        CompletableFuture<AutoCloseable> known = channel;
        if (known == null || known.isCompletedExceptionally()) {
            known = link.subscribe(name, this).toCompletableFuture();
            channel = known;
        }
        idleBeats = 0;
        return known;
    }

    /** Lets go of the channel when nobody listens; false when somebody does. */
    synchronized boolean leave() {
        if (!isIdle()) {
            return false;
        }
        if (channel != null) {
            channel.thenAccept(subscription -> Telling.safely(() -> {
                try {
                    subscription.close();
                } catch (Exception e) {
                    throw new IllegalStateException("a subscription cannot be closed", e);
                }
            }));
            channel = null;
        }
        return true;
    }

    SessionFeed.Listening add(String sessionId, FeedListener listener) {
        SessionFeed.Listening[] added = new SessionFeed.Listening[1];
        sessions.compute(sessionId, (id, known) -> {
            SessionFeed session = known == null ? new SessionFeed(id) : known;
            added[0] = session.add(listener);
            return session;
        });
        return added[0];
    }

    /** Begins to tell a listener. */
    void begin(String sessionId, SessionFeed.Listening listening, long change, long turn) {
        SessionFeed session = sessions.get(sessionId);
        if (session != null) {
            if (session.begin(listening, change, turn)) {
                feed.left(1);
                forgetIfIdle(sessionId);
            }
        }
    }

    /** Takes a listener away; false when it was not there any more. */
    boolean remove(String sessionId, SessionFeed.Listening listening) {
        boolean[] removed = {false};
        sessions.computeIfPresent(sessionId, (id, session) -> {
            removed[0] = session.remove(listening);
            return session.size() == 0 ? null : session;
        });
        return removed[0];
    }

    boolean isIdle() {
        return sessions.isEmpty() && channels.isEmpty();
    }

    /** The workspaces' channels. */
    ChannelFeed channels() {
        return channels;
    }

    @Nullable SessionFeed session(String sessionId) {
        return sessions.get(sessionId);
    }

    List<String> sessionIds() {
        return new ArrayList<>(sessions.keySet());
    }

    /** Ends all subscriptions without a call. */
    void forgetAll() {
        sessions.values().forEach(SessionFeed::forgetAll);
        sessions.clear();
        channels.clear();
    }

    /** Tells that a session is gone, and forgets who listened. */
    void deleted(SessionFeed session, @Nullable LoggedEvent last, long change) {
        int gone = session.deleted(last, change);
        feed.left(gone);
        forgetIfIdle(session.sessionId());
    }

    @Override
    public void onMessage(byte[] payload) {
        Packed packed = new Packed(payload);
        int members = packed.array();
        String kind = packed.text();
        String sessionId = packed.text();
        if (kind.equals("channel")) {
            channels.heard(sessionId, Long.parseLong(packed.text()), Long.parseLong(packed.text()));
            return;
        }
        SessionFeed session = sessions.get(sessionId);
        if (session == null) {
            return;
        }
        switch (kind) {
            case "entries" -> {
                Answers.Numbered now = Answers.state(new Packed(packed.copy()));
                int count = packed.array();
                List<LoggedEvent> entries = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    entries.add(Answers.entry(sessionId, now.state().epoch(), packed.copy()));
                }
                session.entries(entries, now.state(), now.change());
            }
            case "state" -> {
                Answers.Numbered now = Answers.state(new Packed(packed.copy()));
                session.state(now.state(), now.change());
            }
            case "deleted" -> {
                long change = packed.number();
                String epoch = packed.text();
                byte[] last = packed.copy();
                deleted(session, last.length == 0 ? null : Answers.entry(sessionId, epoch, last), change);
            }
            case "signal" -> {
                Signal signal = new Signal(
                        sessionId, packed.text(), packed.text(), packed.optional(), RawJson.of(packed.copy()));
                if (members > UNNUMBERED) {
                    session.turn(signal, Long.parseLong(packed.text()), Long.parseLong(packed.text()));
                } else {
                    session.signal(signal);
                }
            }
            default -> {
                // Of a newer version of the gateway, for its own.
            }
        }
    }

    @Override
    public void restored() {
        feed.interrupted(this);
    }

    private void forgetIfIdle(String sessionId) {
        sessions.computeIfPresent(sessionId, (id, session) -> session.size() == 0 ? null : session);
    }
}
