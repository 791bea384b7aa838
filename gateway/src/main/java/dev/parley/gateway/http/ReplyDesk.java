package dev.parley.gateway.http;

import dev.parley.gateway.routing.SessionRouter;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.StoredSession;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Those who wait for replies in one session, and what decides which reply is whose: the one that it names; without a name the
 * only one who waits, by the order of the log. Confined to the loop of the first who waited, to which the feed's calls hop.
 */
final class ReplyDesk implements FeedListener {
    private static final int PAGE = 1000;

    private final String sessionId;
    private final EventLoop loop;
    private final EventLog log;
    private final Consumer<ReplyDesk> released;
    private final Consumer<Runnable> retry;
    private final Mono<SessionRouter.Watch> watching;
    private final List<ReplyWaiter> waiters = new ArrayList<>();

    private SessionRouter.@Nullable Watch watch;
    /** The last entry that was looked at; −1 before the watch began. */
    private long cursor = -1;

    private long known;
    private boolean reading;
    /** Guarded by the map of desks: those who wait, or are about to. */
    int holders;

    /**
     * @param retry runs something again in a while
     * @param released called when somebody no longer waits
     */
    ReplyDesk(
            String sessionId,
            EventLoop loop,
            EventLog log,
            SessionRouter router,
            Consumer<Runnable> retry,
            Consumer<ReplyDesk> released) {
        this.sessionId = sessionId;
        this.loop = loop;
        this.log = log;
        this.retry = retry;
        this.released = released;
        this.watching = router.watch(sessionId, this).cache();
    }

    String sessionId() {
        return sessionId;
    }

    EventLoop loop() {
        return loop;
    }

    /** Adds one who waits; completes on the loop, once nothing that happens from then on is missed. */
    Mono<ReplyWaiter> join(ReplyWaiter waiter) {
        return watching.flatMap(open -> Mono.create(joined -> loop.execute(() -> {
            opened(open);
            if (waiter.begin()) {
                waiters.add(waiter);
                joined.success(waiter);
            }
        })));
    }

    /** Ends the watch; called once nobody waits any more. */
    void close() {
        watching.subscribe(SessionRouter.Watch::close, failure -> {
            // It was never open; whoever asked for it was told.
        });
    }

    /** Tells all who wait that no reply will come. */
    void giveUp() {
        loop.execute(() -> nobodyReplies("This gateway is going away before the agent replied."));
    }

    StoredSession session() {
        SessionRouter.Watch open = watch;
        if (open == null) {
            throw new IllegalStateException("nobody has joined yet");
        }
        return open.session();
    }

    void left(ReplyWaiter waiter) {
        waiters.remove(waiter);
        released.accept(this);
    }

    /** Looks for a reply that came before it was waited for: to a message that was sent again. */
    void lookBack(ReplyWaiter waiter) {
        lookBack(waiter, waiter.sentSeq());
    }

    @Override
    public void onEvent(LoggedEvent event, SessionState state) {
        loop.execute(() -> {
            known = Math.max(known, event.seq());
            if (event.seq() == cursor + 1 && !reading) {
                pass(event);
            } else {
                catchUp();
            }
        });
    }

    @Override
    public void onState(SessionState state) {
        loop.execute(() -> {
            known = Math.max(known, state.head());
            catchUp();
        });
    }

    @Override
    public void onSignal(Signal signal) {
        if (EventTypes.MESSAGE_DELTA.equals(signal.type())) {
            loop.execute(() -> piece(signal));
        }
    }

    @Override
    public void onDeleted(@Nullable LoggedEvent last) {
        loop.execute(() -> nobodyReplies("The session was deleted before the agent replied."));
    }

    @Override
    public void onReset(SessionState state) {
        loop.execute(() -> {
            cursor = Math.min(cursor, state.head());
            known = state.head();
            catchUp();
        });
    }

    private void opened(SessionRouter.Watch open) {
        if (watch == null) {
            watch = open;
            cursor = open.session().state().head();
            catchUp();
        }
    }

    private void catchUp() {
        if (cursor < 0 || reading || known <= cursor) {
            return;
        }
        reading = true;
        long asked = known;
        log.read(sessionId, cursor, PAGE)
                .subscribe(
                        page -> loop.execute(() -> caughtUp(page, asked)),
                        failure -> retry.accept(() -> loop.execute(() -> {
                            reading = false;
                            if (!waiters.isEmpty()) {
                                catchUp();
                            }
                        })));
    }

    private void caughtUp(List<LoggedEvent> page, long asked) {
        reading = false;
        page.forEach(this::pass);
        if (page.isEmpty()) {
            cursor = Math.max(cursor, asked);
        }
        catchUp();
    }

    private void pass(LoggedEvent event) {
        if (event.seq() <= cursor) {
            return;
        }
        cursor = event.seq();
        switch (event.type()) {
            case EventTypes.MESSAGE -> message(event);
            case EventTypes.SESSION_ENDED, EventTypes.SESSION_EXPIRED ->
                nobodyReplies("The session ended before the agent replied.");
            default -> {
                // Other entries are no replies.
            }
        }
    }

    private void message(LoggedEvent event) {
        boolean own = false;
        for (ReplyWaiter waiter : waiters) {
            if (waiter.messageId().equals(event.messageId())) {
                waiter.markSent(event.seq(), event.authorId());
                own = true;
            }
        }
        LoggedMessage message = own || waiters.isEmpty() ? null : LoggedMessage.of(event);
        if (message == null || !message.isAgents()) {
            return;
        }
        String to = message.inReplyTo() != null ? message.inReplyTo() : onlyOne(event.seq());
        for (ReplyWaiter waiter : List.copyOf(waiters)) {
            boolean his = message.inReplyTo() == null && waiter.streams(event.messageId());
            if ((his || waiter.messageId().equals(to)) && waiter.mayBeReply(event)) {
                waiter.reply(event, message);
            }
        }
    }

    private void piece(Signal signal) {
        if (waiters.isEmpty()) {
            return;
        }
        ReplyWaiter.Piece piece;
        try {
            piece = ReplyWaiter.Piece.of(signal.body());
        } catch (ProtocolException unreadable) {
            return;
        }
        String to = piece.inReplyTo() != null ? piece.inReplyTo() : onlyOne(Long.MAX_VALUE);
        for (ReplyWaiter waiter : waiters) {
            boolean his =
                    waiter.streams(piece.messageId()) || waiter.messageId().equals(to);
            if (his && waiter.isAfter(Long.MAX_VALUE) && !waiter.isOwn(signal)) {
                waiter.piece(piece);
            }
        }
    }

    /** The message that is waited for at this point of the log, when there is only one; else null. */
    private @Nullable String onlyOne(long seq) {
        Set<String> waiting = new HashSet<>();
        for (ReplyWaiter waiter : waiters) {
            if (waiter.isAfter(seq)) {
                waiting.add(waiter.messageId());
            }
        }
        return waiting.size() == 1 ? waiting.iterator().next() : null;
    }

    private void nobodyReplies(String why) {
        for (ReplyWaiter waiter : List.copyOf(waiters)) {
            waiter.fail(waiter.timeout(why + " The message stays sent."));
        }
    }

    private void lookBack(ReplyWaiter waiter, long after) {
        log.read(sessionId, after, PAGE)
                .subscribe(
                        page -> loop.execute(() -> {
                            for (LoggedEvent event : page) {
                                LoggedMessage message =
                                        EventTypes.MESSAGE.equals(event.type()) ? LoggedMessage.of(event) : null;
                                if (message != null
                                        && message.isAgents()
                                        && waiter.messageId().equals(message.inReplyTo())
                                        && waiter.mayBeReply(event)) {
                                    waiter.reply(event, message);
                                    return;
                                }
                            }
                            if (page.size() == PAGE) {
                                lookBack(waiter, page.get(PAGE - 1).seq());
                            }
                        }),
                        failure -> {
                            // Not found this way; it is still waited for.
                        });
    }
}
