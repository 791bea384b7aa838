package dev.parley.gateway.routing;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.time.TimeSource;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Local interest in sessions: the first who attaches or watches subscribes to the feed, the last who leaves ends it. Safe for
 * use from any thread; attachments are handed over on the loop of their sink. Longer than most: how a session's interest is
 * taken, placed and let go only makes sense read together.
 */
public final class SessionRouter {
    /** A session's renewals are pushed at most once in this time. */
    static final long RENEWED_EVERY_MILLIS = 5_000;

    private static final long TICK_MILLIS = 1_000;
    private static final long RETRY_MILLIS = 500;

    private final Store store;
    private final TimeSource time;
    private final ConcurrentHashMap<String, LocalSession> sessions = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Set<LocalSession>> byAgent = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<LocalSession> renewals = new ConcurrentLinkedQueue<>();
    private final LongAdder lagging = new LongAdder();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final Reloads reloads;
    private volatile Consumer<String> onReset = sessionId -> {};

    /** Routes what the store's feed brings. */
    public SessionRouter(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
        this.reloads = new Reloads(store.sessions(), time);
    }

    /**
     * Attaches a sink to a session.
     *
     * @param sink called on its loop, as this must be
     * @param request who, and from where
     * @return the attachment, on the sink's loop, its position set; the caller answers its entry, then starts it. Fails as the
     *     store or the admission does
     */
    public Mono<Attachment> attach(String sessionId, PushSink sink, AttachRequest request) {
        return Mono.create(answer -> {
            LocalSession session = acquire(sessionId);
            Placing placing = new Placing(session, sink, request, answer);
            Mono<EventLog.Standing> standing = request.viewer() == null
                    ? Mono.just(new EventLog.Standing(0, 0))
                    : store.log().standing(sessionId, request.viewer());
            session.ready()
                    .flatMap(ready -> standing)
                    .subscribe(
                            stands -> onLoop(sink.loop(), () -> placing.place(stands, false)),
                            failure -> onLoop(sink.loop(), () -> placing.failed(failure)));
        });
    }

    /**
     * Watches a session's feed without a position: hears what comes from now on.
     *
     * @param listener as {@link FeedListener} says; it only enqueues
     */
    public Mono<Watch> watch(String sessionId, FeedListener listener) {
        return Mono.defer(() -> {
            LocalSession session = acquire(sessionId);
            return session.ready()
                    .map(ready -> {
                        ready.watch(listener);
                        if (ready.isDeleted()) {
                            ready.unwatch(listener);
                            throw new StoreException.NotFound("session " + sessionId);
                        }
                        return (Watch) new LocalWatch(ready, listener);
                    })
                    .doOnError(failure -> release(session));
        });
    }

    /**
     * Tells all attachments of the sessions here, of its workspace, that an agent takes part in what became of it; the latest
     * counts.
     */
    public void announceToSessionsOf(String workspaceId, String agentId, Push push) {
        Set<LocalSession> those = byAgent.get(agentId);
        if (those != null) {
            for (LocalSession session : those) {
                if (session.workspaceId().equals(workspaceId)) {
                    session.announce(agentId, push);
                }
            }
        }
    }

    /** Tells the sessions here that an agent takes part in that it is there now, or not any more. */
    public void presenceInSessionsOf(String agentId, boolean present) {
        Set<LocalSession> those = byAgent.get(agentId);
        if (those != null) {
            those.forEach(session -> session.presence(agentId, present));
        }
    }

    /** An agent has another connection than before: it is there again where it had detached by hand. */
    public void presenceAgainInSessionsOf(String agentId) {
        Set<LocalSession> those = byAgent.get(agentId);
        if (those != null) {
            those.forEach(session -> session.presenceAgain(agentId));
        }
    }

    /** Has something done for each session of which the store may have lost something; called on any thread. */
    public void onReset(Consumer<String> listener) {
        onReset = listener;
    }

    /** A loop that somebody who is attached to a session here lives on; null when nobody here is. */
    public @Nullable EventExecutor loopOf(String sessionId) {
        LocalSession session = sessions.get(sessionId);
        return session == null ? null : session.anyLoop();
    }

    /**
     * Tells those who are attached to a session what became of something that belongs to it; who has no room hears the latest of
     * it later.
     *
     * @param channelId of the session that is meant: another one with the same id is told nothing
     * @param about what it is about; unique among all that is told so
     * @param isTold of a connection's id, whether it was told already
     */
    public void announce(String sessionId, String channelId, String about, Push push, Predicate<String> isTold) {
        LocalSession session = sessions.get(sessionId);
        if (session != null) {
            session.announce(channelId, about, push, isTold);
        }
    }

    /** Where a participant stands in a session's log. */
    public Mono<EventLog.Standing> standing(String sessionId, String viewer) {
        return store.log().standing(sessionId, viewer);
    }

    /** How many sessions somebody here is interested in. */
    public int localSessions() {
        return sessions.size();
    }

    /** How many attachments are behind, because their sinks have no room or because they are still reading the log. */
    public long laggingAttachments() {
        return lagging.sum();
    }

    void behind() {
        lagging.increment();
    }

    void caughtUp() {
        lagging.decrement();
    }

    void read(
            String sessionId,
            long after,
            int limit,
            EventExecutor loop,
            Consumer<List<LoggedEvent>> page,
            Consumer<Throwable> failed) {
        store.log()
                .read(sessionId, after, limit)
                .subscribe(
                        events -> loop.execute(() -> page.accept(events)),
                        failure -> loop.execute(() -> failed.accept(failure)));
    }

    /** Asks what survived of an epoch, for a position in it. */
    void survived(
            String sessionId,
            String epoch,
            EventExecutor loop,
            Consumer<EventLog.Survived> answer,
            Consumer<Throwable> failed) {
        store.log()
                .survived(sessionId, epoch)
                .subscribe(
                        survived -> loop.execute(() -> answer.accept(survived)),
                        failure -> loop.execute(() -> failed.accept(failure)));
    }

    /** The store may have lost something of a session: looked after away from the feed's call. */
    void mayHaveLost(LocalSession session) {
        time.schedule(0, () -> onReset.accept(session.id()));
    }

    TimeSource.Cancellable later(long nanos, Runnable task) {
        return time.schedule((nanos + 999_999) / 1_000_000, task);
    }

    void retryLater(EventExecutor loop, Runnable again) {
        time.schedule(RETRY_MILLIS, () -> loop.execute(again));
    }

    void detached(LocalSession session, Attachment attachment) {
        session.remove(attachment);
        release(session);
    }

    /** The session's feed is dead: whoever comes next gets another one. */
    void forget(LocalSession session) {
        sessions.remove(session.id(), session);
    }

    /** Reads a session again; when the store is away, as soon as it is back. */
    void reload(LocalSession session) {
        reloads.add(session);
    }

    /** Reads a session again that nobody's loop is known of. */
    void reloadSoon(LocalSession session) {
        time.schedule(0, () -> reload(session));
    }

    void documentChanged(LocalSession session, Session document) {
        for (Participant participant : document.participants()) {
            if (Participant.AGENT.equals(participant.kind())) {
                byAgent.compute(participant.id(), (agent, those) -> {
                    Set<LocalSession> all = those == null ? ConcurrentHashMap.newKeySet(2) : those;
                    if (participant.present()) {
                        all.add(session);
                    } else {
                        all.remove(session);
                    }
                    return all.isEmpty() ? null : all;
                });
            }
        }
    }

    void closed(LocalSession session, Session document) {
        for (Participant participant : document.participants()) {
            byAgent.computeIfPresent(participant.id(), (agent, those) -> {
                those.remove(session);
                return those.isEmpty() ? null : those;
            });
        }
    }

    void renewalWaits(LocalSession session) {
        renewals.add(session);
        tickLater();
    }

    long nowMillis() {
        return store.nowMillis();
    }

    long nanoTime() {
        return time.nanoTime();
    }

    private void tickLater() {
        if (ticking.compareAndSet(false, true)) {
            time.schedule(TICK_MILLIS, this::tick);
        }
    }

    private void tick() {
        ticking.set(false);
        long now = nowMillis();
        List<LocalSession> still = new ArrayList<>();
        for (LocalSession session = renewals.poll(); session != null; session = renewals.poll()) {
            if (!session.flushRenewal(now)) {
                still.add(session);
            }
        }
        if (!still.isEmpty()) {
            renewals.addAll(still);
        }
        if (!renewals.isEmpty()) {
            tickLater();
        }
    }

    private static boolean isUnknown(SessionState state, @Nullable String epoch, long seq) {
        return seq > state.head() || (epoch != null && !epoch.equals(state.epoch()));
    }

    private LocalSession acquire(String sessionId) {
        return sessions.compute(sessionId, (id, existing) -> {
            LocalSession held = existing == null ? new LocalSession(id, this, store.log()) : existing;
            held.holders++;
            return held;
        });
    }

    private void release(LocalSession session) {
        boolean[] last = {false};
        sessions.compute(session.id(), (id, current) -> {
            session.holders--;
            last[0] = session.holders == 0;
            return last[0] && current == session ? null : current;
        });
        if (last[0]) {
            session.close();
        }
    }

    private static void onLoop(EventExecutor loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    /**
     * Who attaches, and from where.
     *
     * @param viewer the participant whose eyes it sees with; null sees everything
     * @param epoch of the position; null for the present one
     * @param seq of the position; null for none
     * @param fromSeen whether, without a position, it goes on from what the viewer has seen instead of from the head
     * @param admission refuses, or answers null
     */
    public record AttachRequest(
            @Nullable String viewer,
            @Nullable String epoch,
            @Nullable Long seq,
            boolean fromSeen,
            Admission admission) {
        /** Checks the position. */
        public AttachRequest {
            if (seq != null && seq < 0) {
                throw ProtocolException.of(
                                ErrorCode.VALIDATION_ERROR,
                                "seq is a position in the log; give 0 or more, or leave it out.")
                        .with("field", "seq")
                        .with("providedValue", seq)
                        .with("expectedFormat", "integer, 0 or more");
            }
        }
    }

    /** Who may attach. */
    @FunctionalInterface
    public interface Admission {
        /** Why the session is not for the caller; null when it is. Called on any thread; pure. */
        @Nullable ProtocolException refusal(StoredSession session);
    }

    /** A watch on a session's feed. */
    public interface Watch {
        /** The session as last heard of. */
        StoredSession session();

        /** Ends it. Idempotent. */
        void close();
    }

    /** One attachment being made. Confined to the sink's loop, but for its making. */
    private final class Placing {
        private final LocalSession session;
        private final PushSink sink;
        private final AttachRequest request;
        private final MonoSink<Attachment> answer;

        Placing(LocalSession session, PushSink sink, AttachRequest request, MonoSink<Attachment> answer) {
            this.session = session;
            this.sink = sink;
            this.request = request;
            this.answer = answer;
        }

        void failed(Throwable failure) {
            release(session);
            answer.error(failure);
        }

        /**
         * Registers first, then looks how far the feed has come, so that nothing falls between the two.
         *
         * @param checked whether the session was just read
         */
        void place(EventLog.Standing stands, boolean checked) {
            ProtocolException refusal = request.admission().refusal(session.snapshot());
            Long asked = request.seq();
            if (!checked
                    && (refusal != null || (asked != null && isUnknown(session.state(), request.epoch(), asked)))) {
                // The feed is a hint: before a client is refused or told of a loss, the store itself is asked.
                store.sessions()
                        .load(session.id())
                        .subscribe(
                                read -> onLoop(sink.loop(), () -> {
                                    session.refreshed(read);
                                    place(stands, true);
                                }),
                                failure -> onLoop(sink.loop(), () -> failed(failure)));
                return;
            }
            if (refusal != null) {
                failed(refusal);
                return;
            }
            Attachment attachment = new Attachment(SessionRouter.this, session, sink, request);
            session.add(attachment);
            if (session.isDeleted()) {
                session.remove(attachment);
                failed(new StoreException.NotFound("session " + session.id()));
                return;
            }
            // Who was taken out while this attachment was not among those who are told of it.
            ProtocolException late = request.admission().refusal(session.snapshot());
            if (late != null) {
                session.remove(attachment);
                failed(late);
                return;
            }
            begin(attachment, stands);
        }

        private void begin(Attachment attachment, EventLog.Standing stands) {
            SessionState state = session.state();
            String epoch = request.epoch();
            if (request.seq() == null || epoch == null || epoch.equals(state.epoch())) {
                begin(attachment, stands, state.epoch(), null);
                return;
            }
            survived(
                    session.id(),
                    epoch,
                    sink.loop(),
                    survived -> {
                        if (!attachment.isClosed()) {
                            begin(attachment, stands, survived.epoch(), survived);
                        } else {
                            answer.error(new StoreException.NotFound("session " + session.id()));
                        }
                    },
                    failure -> failed(attachment, failure));
        }

        /**
         * @param epoch of the log as it is now
         * @param survived what is left of the epoch of the position; null when that is the present one
         */
        private void begin(
                Attachment attachment, EventLog.Standing stands, String epoch, EventLog.@Nullable Survived survived) {
            long head = session.state().head();
            Long asked = request.seq();
            SessionResults.Gap gap = null;
            long from;
            if (asked == null) {
                from = request.fromSeen() ? Math.min(stands.seen(), head) : head;
            } else if (survived != null && survived.seq() >= asked) {
                from = asked;
            } else if (survived != null && survived.seq() > 0) {
                gap = new SessionResults.Gap(survived.seq() + 1, asked, "lost");
                from = survived.seq();
            } else if (survived != null) {
                gap = new SessionResults.Gap(1, head, "unknown");
                from = head;
            } else if (asked > head) {
                gap = new SessionResults.Gap(head + 1, asked, "lost");
                from = head;
            } else {
                from = asked;
            }
            long skipOwn = asked == null && request.fromSeen() ? head : 0;
            long replay = asked == null ? 0 : head;
            if (from >= head) {
                attachment.place(epoch, from, gap, List.of(), skipOwn, replay, stands.acked());
                answer.success(attachment);
                return;
            }
            long start = from;
            SessionResults.Gap lost = gap;
            read(
                    session.id(),
                    from,
                    Attachment.PAGE,
                    sink.loop(),
                    page -> {
                        if (attachment.isClosed()) {
                            // Deleted meanwhile; its closing has let go of the session.
                            answer.error(new StoreException.NotFound("session " + session.id()));
                            return;
                        }
                        long first = page.isEmpty() ? head + 1 : page.get(0).seq();
                        SessionResults.Gap trimmed =
                                first > start + 1 ? new SessionResults.Gap(start + 1, first - 1, "trimmed") : null;
                        attachment.place(
                                epoch,
                                trimmed == null ? start : first - 1,
                                lost == null ? trimmed : lost,
                                page,
                                skipOwn,
                                replay,
                                stands.acked());
                        answer.success(attachment);
                    },
                    failure -> failed(attachment, failure));
        }

        private void failed(Attachment attachment, Throwable failure) {
            if (attachment.isClosed()) {
                answer.error(failure);
                return;
            }
            session.remove(attachment);
            failed(failure);
        }
    }

    private final class LocalWatch implements Watch {
        private final LocalSession session;
        private final FeedListener listener;
        private final AtomicBoolean closed = new AtomicBoolean();

        LocalWatch(LocalSession session, FeedListener listener) {
            this.session = session;
            this.listener = listener;
        }

        @Override
        public StoredSession session() {
            return session.snapshot();
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                session.unwatch(listener);
                release(session);
            }
        }
    }
}
