package dev.parley.gateway.routing;

import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.session.Session;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.StoredSession;
import dev.parley.time.TimeSource.Cancellable;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A session that somebody on this gateway is interested in: its subscription, what was last heard of it, and who is attached.
 * The feed's calls come one after another on whatever thread; they note the state, then hand a task to each loop that has
 * peers.
 */
final class LocalSession implements FeedListener {
    private static final LoopPeers[] NOBODY = {};
    private static final int RECENT = 16;

    private final String id;
    private final SessionRouter router;
    private final Mono<EventLog.Subscription> subscribed;
    /** Guarded by the router's map: how many attachments and watches hold this session. */
    int holders;

    private volatile @Nullable StoredSession snapshot;
    /** What is to be read of it again. */
    final Reloads.Need reload = new Reloads.Need();

    private volatile boolean deleted;
    /** Nobody is interested any more; what is read of the document from now on is of no use. */
    private boolean closed;
    /** What the feed told before the subscription itself was answered. */
    private @Nullable SessionState early;
    /** The entry that told of the session's end, once it has ended; touched by the feed's calls alone. */
    private @Nullable LoggedEvent end;

    private volatile LoopPeers[] loops = NOBODY;
    private volatile @Nullable List<FeedListener> watchers;
    private String @Nullable [] recentMessages;
    private int recentAt;
    private long renewedPushedAt;
    /** Who came and went and is to be told; null while nobody did. Guarded by this. */
    private @Nullable PresenceNews news;

    private @Nullable Cancellable newsTimer;
    private boolean renewedWaits;

    LocalSession(String id, SessionRouter router, EventLog log) {
        this.id = id;
        this.router = router;
        this.subscribed = log.subscribe(id, this).doOnNext(this::opened).cache();
    }

    String id() {
        return id;
    }

    /** Completes once nothing can be missed any more. */
    Mono<LocalSession> ready() {
        return subscribed.map(subscription -> this);
    }

    void close() {
        subscribed.subscribe(
                subscription -> {
                    subscription.close();
                    synchronized (this) {
                        closed = true;
                        if (newsTimer != null) {
                            newsTimer.cancel();
                        }
                        router.closed(this, document());
                    }
                },
                failure -> {
                    // It was never open; whoever asked for it was told.
                });
    }

    StoredSession snapshot() {
        StoredSession now = snapshot;
        if (now == null) {
            throw new IllegalStateException("used before it was ready");
        }
        return now;
    }

    SessionState state() {
        return snapshot().state();
    }

    /** Whether the session is gone: its feed tells nothing any more. */
    boolean isDeleted() {
        return deleted;
    }

    /** Whether nobody is interested in it any more. */
    synchronized boolean isClosed() {
        return closed;
    }

    /** The session was read again; the state that was heard meanwhile stays, if it is newer. */
    void refreshed(StoredSession read) {
        SessionState heard;
        boolean membership;
        synchronized (this) {
            if (closed) {
                return;
            }
            StoredSession before = snapshot();
            heard = before.state();
            membership =
                    read.document().membershipRevision() > before.document().membershipRevision();
            snapshot = new StoredSession(
                    read.document(), read.plan(), StateOrder.isNewer(heard, read.state()) ? heard : read.state());
            router.documentChanged(this, read.document());
        }
        SessionState now = state();
        if (now.head() != heard.head()
                || now.rung() != heard.rung()
                || !now.epoch().equals(heard.epoch())) {
            // The feed had missed something.
            for (LoopPeers peers : loops) {
                peers.loop().execute(() -> peers.state(now));
            }
        }
        if (membership) {
            for (LoopPeers peers : loops) {
                peers.loop().execute(() -> peers.each(Attachment::onMembership));
            }
        }
    }

    /** It is not there any more although nobody ended it: the store lost it. */
    void vanished() {
        if (!deleted) {
            onDeleted(null);
        }
    }

    /** Adds an attachment; called on its loop. */
    void add(Attachment attachment) {
        EventExecutor loop = attachment.sink().loop();
        peersOn(loop).add(attachment);
    }

    /** Removes an attachment; called on its loop. */
    void remove(Attachment attachment) {
        for (LoopPeers peers : loops) {
            if (peers.loop().equals(attachment.sink().loop())) {
                peers.remove(attachment);
            }
        }
    }

    void watch(FeedListener listener) {
        synchronized (this) {
            List<FeedListener> all = watchers;
            if (all == null) {
                all = new CopyOnWriteArrayList<>();
                watchers = all;
            }
            all.add(listener);
        }
    }

    void unwatch(FeedListener listener) {
        List<FeedListener> all = watchers;
        if (all != null) {
            all.remove(listener);
        }
    }

    String workspaceId() {
        return document().workspaceId();
    }

    /** Tells all who are attached what became of an agent. */
    void announce(String agentId, Push push) {
        for (LoopPeers peers : loops) {
            peers.loop().execute(() -> peers.agent(agentId, push));
        }
    }

    /** Somebody's first connection was attached, on whatever gateway, or the last one is gone. */
    void presence(String participantId, boolean present) {
        synchronized (this) {
            if (closed || deleted) {
                return;
            }
            if (news == null) {
                news = new PresenceNews();
            }
            news.heard(participantId, present, router.nanoTime());
            tellPresenceLater(news);
        }
    }

    /** Somebody is there with another connection; tells it where they were told to be away. */
    void presenceAgain(String participantId) {
        synchronized (this) {
            if (!closed && !deleted && news != null) {
                news.isBack(participantId, router.nanoTime());
                tellPresenceLater(news);
            }
        }
    }

    /** Called with the lock held. */
    private void tellPresenceLater(PresenceNews of) {
        if (newsTimer != null) {
            newsTimer.cancel();
            newsTimer = null;
        }
        long wait = of.due(router.nanoTime());
        if (wait >= 0) {
            newsTimer = router.later(wait, this::tellPresence);
        }
    }

    private void tellPresence() {
        PresenceChange change;
        synchronized (this) {
            newsTimer = null;
            if (closed || deleted || news == null) {
                return;
            }
            change = news.take(router.nanoTime());
            tellPresenceLater(news);
        }
        if (change != null) {
            Push push = change.push(id);
            for (LoopPeers peers : loops) {
                peers.loop().execute(() -> peers.each(peer -> peer.onPresence(change, push)));
            }
        }
    }

    /** Tells those who are attached, but those who were told, what became of something that belongs to this very session. */
    void announce(String channelId, String about, Push push, Predicate<String> isTold) {
        StoredSession now = snapshot;
        if (now != null && now.document().channelId().equals(channelId)) {
            for (LoopPeers peers : loops) {
                peers.loop()
                        .execute(() -> peers.each(peer -> {
                            if (!isTold.test(peer.sink().connectionId())) {
                                peer.onAgent(about, push);
                            }
                        }));
            }
        }
    }

    /** A loop that an attachment lives on; null when there is none. */
    @Nullable EventExecutor anyLoop() {
        LoopPeers[] all = loops;
        return all.length == 0 ? null : all[0].loop();
    }

    @Override
    public void onEvent(LoggedEvent event, SessionState state) {
        SessionState before = note(state);
        if (state.status().isTerminal()) {
            end = event;
        }
        if (EventTypes.MESSAGE.equals(event.type())) {
            remember(event.messageId());
        }
        // An expiry is all in the state: nothing of the document has changed but what follows from it.
        boolean expired = EventTypes.SESSION_EXPIRED.equals(event.type()) && state.version() == before.version() + 1;
        if (state.version() != before.version() && !expired) {
            reload();
        }
        LoopPeers[] all = loops;
        if (all.length > 0) {
            Push push = Push.logged(event);
            for (LoopPeers peers : all) {
                peers.loop().execute(() -> peers.deliver(event, push));
            }
        }
        each(watcher -> watcher.onEvent(event, state));
        renewed(before, state);
    }

    @Override
    public void onState(SessionState state) {
        SessionState before = note(state);
        if (state.version() != before.version()) {
            reload();
        }
        for (LoopPeers peers : loops) {
            peers.loop().execute(() -> peers.state(state));
        }
        each(watcher -> watcher.onState(state));
        renewed(before, state);
    }

    @Override
    public void onSignal(Signal signal) {
        if (PresenceStore.CHANGED.equals(signal.type())) {
            presence(signal.authorId(), PresenceStore.isPresent(signal));
            return;
        }
        DeltaPiece piece = null;
        if (EventTypes.MESSAGE_DELTA.equals(signal.type())) {
            piece = DeltaPiece.of(signal);
            if (hasEnded(piece.messageId())) {
                return;
            }
        }
        LoopPeers[] all = loops;
        if (all.length > 0) {
            Push push = Push.signal(signal);
            DeltaPiece what = piece;
            for (LoopPeers peers : all) {
                peers.loop().execute(() -> peers.deliver(signal, what, push));
            }
        }
        each(watcher -> watcher.onSignal(signal));
    }

    @Override
    public void onDeleted(@Nullable LoggedEvent last) {
        deleted = true;
        router.forget(this);
        // Who was behind when the end was told can read it nowhere any more.
        LoggedEvent farewell = last == null ? end : last;
        for (LoopPeers peers : loops) {
            peers.loop().execute(() -> peers.each(peer -> peer.onDeleted(farewell)));
        }
        each(watcher -> watcher.onDeleted(last));
    }

    @Override
    public void onReset(SessionState state) {
        SessionState before = note(state);
        reload();
        router.mayHaveLost(this);
        // A renewal that all here may rely on was lost.
        boolean endsEarlier =
                state.expiresAt() < before.expiresAt() && !state.status().isTerminal();
        if (endsEarlier) {
            Push deadline = Warnings.renewed(id, state);
            for (LoopPeers peers : loops) {
                peers.loop().execute(() -> peers.each(peer -> peer.onEarlierEnd(deadline)));
            }
        }
        for (LoopPeers peers : loops) {
            peers.loop().execute(() -> peers.each(peer -> peer.onReset(state)));
        }
        each(watcher -> watcher.onReset(state));
    }

    /** Tells of the renewals that were held back; called by the router's tick. True when there was nothing left to wait for. */
    boolean flushRenewal(long now) {
        SessionState state;
        synchronized (this) {
            if (!renewedWaits) {
                return true;
            }
            if (now - renewedPushedAt < SessionRouter.RENEWED_EVERY_MILLIS) {
                return false;
            }
            renewedWaits = false;
            renewedPushedAt = now;
            state = state();
        }
        if (!state.status().isTerminal()) {
            tellRenewed(state);
        }
        return true;
    }

    private void opened(EventLog.Subscription subscription) {
        synchronized (this) {
            StoredSession read = subscription.session();
            SessionState heard = early;
            early = null;
            if (heard != null && StateOrder.isNewer(heard, read.state())) {
                snapshot = new StoredSession(read.document(), read.plan(), heard);
                if (heard.version() != read.state().version()) {
                    reload();
                }
            } else {
                snapshot = read;
            }
            router.documentChanged(this, read.document());
        }
    }

    /** Has the document read again, on a loop: a listener does not call the store from within. */
    private void reload() {
        LoopPeers[] all = loops;
        if (all.length > 0) {
            all[0].loop().execute(() -> router.reload(this));
        } else {
            router.reloadSoon(this);
        }
    }

    private void tellRenewed(SessionState state) {
        Push push = Warnings.renewed(id, state);
        for (LoopPeers peers : loops) {
            peers.loop().execute(() -> peers.renewed(push));
        }
    }

    /** Notes the state; answers the one before. */
    private SessionState note(SessionState state) {
        synchronized (this) {
            StoredSession now = snapshot;
            if (now == null) {
                early = state;
                return state;
            }
            snapshot = new StoredSession(now.document(), now.plan(), state);
            return now.state();
        }
    }

    private void renewed(SessionState before, SessionState state) {
        if (state.renewalCount() == before.renewalCount() || state.status().isTerminal()) {
            return;
        }
        boolean atOnce;
        synchronized (this) {
            long now = router.nowMillis();
            atOnce = before.rung() > 0 || now - renewedPushedAt >= SessionRouter.RENEWED_EVERY_MILLIS;
            if (atOnce) {
                renewedPushedAt = now;
                renewedWaits = false;
            } else if (!renewedWaits) {
                renewedWaits = true;
                router.renewalWaits(this);
            }
        }
        if (atOnce && loops.length > 0) {
            tellRenewed(state);
        }
    }

    /** The last few message ids, so that a piece that comes after its message's end is known for what it is. */
    private void remember(@Nullable String messageId) {
        if (recentMessages == null) {
            recentMessages = new String[RECENT];
        }
        recentMessages[recentAt] = messageId == null ? "" : messageId;
        recentAt = (recentAt + 1) % RECENT;
    }

    private boolean hasEnded(String messageId) {
        if (recentMessages != null) {
            for (String recent : recentMessages) {
                if (messageId.equals(recent)) {
                    return true;
                }
            }
        }
        return false;
    }

    private LoopPeers peersOn(EventExecutor loop) {
        synchronized (this) {
            for (LoopPeers peers : loops) {
                if (peers.loop().equals(loop)) {
                    return peers;
                }
            }
            LoopPeers[] more = java.util.Arrays.copyOf(loops, loops.length + 1);
            LoopPeers added = new LoopPeers(loop);
            more[loops.length] = added;
            loops = more;
            return added;
        }
    }

    private void each(java.util.function.Consumer<FeedListener> action) {
        List<FeedListener> all = watchers;
        if (all != null) {
            all.forEach(action);
        }
    }

    private Session document() {
        return snapshot().document();
    }
}
