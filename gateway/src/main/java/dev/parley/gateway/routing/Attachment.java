package dev.parley.gateway.routing;

import dev.parley.protocol.LogPosition;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.EventLog;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection's place in one session. First attach, resume after a cut, and catching up after a lag are the same thing:
 * reading the log from a cursor until it has reached what the feed has told of, then passing on what the feed brings. The
 * cursor is the only truth: an event at or before it was dealt with, the one right behind it is next, anything further on
 * means there is something to read first. So it does not matter in which order feed and reads arrive, or whether the feed
 * lost or repeated something. Confined to the loop of its sink. It is one file because each of its steps moves the same cursor
 * between the same few modes, and is right only beside the others.
 */
public final class Attachment {
    static final int PAGE = 100;

    /** What an entry says of somebody who left. */
    private record Gone(Participant participant) {}

    private enum Mode {
        /** Attached, but its entry has not been answered yet. */
        HELD,
        /** Passes on what the feed brings. */
        LIVE,
        /** Waits for room in the sink. */
        LAGGING,
        /** Waits for a page of the log. */
        READING,
        /** The log has another epoch: waits to hear how much of it is left. */
        CHECKING,
        CLOSED
    }

    private final LocalSession session;
    private final PushSink sink;
    private final @Nullable String viewer;
    private final SessionRouter.Admission admission;
    private final SessionRouter router;

    private Mode mode = Mode.HELD;
    private long cursor;
    private String epoch;
    /** The furthest entry that the feed told of. */
    private long known;
    /** The furthest entry whose sending by this connection was acknowledged; 0 for none that is still there. */
    private long acked;
    /** Own messages up to here are left out: an agent's replay without a position. */
    private long skipOwnUpTo;
    /** Entries up to here are replayed although this very connection sent them: it asked for all after its position. */
    private long replayUpTo;

    private long toldExpiresAt;
    private long toldRung;
    private boolean stateWaits;
    private boolean renewalWaits;
    /** Whether the caller is to be let go, having been taken out of the session. */
    private boolean leaving;
    /** The last entry that took the viewer out of the session; 0 for none yet. */
    private long takenOutAt;
    /** The latest of each agent that came or went while there was no room; null for none. */
    private @Nullable Map<String, Push> agents;
    /** Who came and went while there was no room; null for nobody. */
    private @Nullable PresenceChange presence;

    private boolean lagged;
    private long behindSince;
    private List<LoggedEvent> firstPage = List.of();
    /** What is said last of a session that went away before the entry was answered. */
    private @Nullable Push farewell;
    /** Counts what was asked of the store: only the answer to the last is of use. */
    private int asked;
    /** An epoch that the entries of a page named, although the position's is said to be the present one. */
    private @Nullable String doubted;
    /** The cursor at which the epoch was last asked about and found to be the present one; −1 for none. */
    private long confirmedAt = -1;

    private @Nullable DeltaStreams streams;
    private SessionResults.@Nullable Entry entry;

    Attachment(SessionRouter router, LocalSession session, PushSink sink, SessionRouter.AttachRequest request) {
        this.router = router;
        this.session = session;
        this.sink = sink;
        this.viewer = request.viewer();
        this.admission = request.admission();
        this.epoch = session.state().epoch();
    }

    /** The session's id. */
    public String sessionId() {
        return session.id();
    }

    /** The session as this gateway last heard of it. */
    public StoredSession session() {
        return session.snapshot();
    }

    /** Nanoseconds of the time source since which it is behind; only of interest while its sink has it as behind. */
    public long behindSince() {
        return behindSince;
    }

    /** Whether it fell behind while it was live, rather than being on its way from a position. */
    public boolean hasLagged() {
        return lagged;
    }

    /** How the connection stands: as it was answered at first. */
    public SessionResults.Entry entry() {
        if (entry == null) {
            throw new IllegalStateException("not placed yet");
        }
        return entry;
    }

    /**
     * How the connection stands now, for one that attaches again without a position.
     *
     * @param acked highest acknowledged send of the viewer, 0 for none
     */
    public SessionResults.Entry entryNow(long acked) {
        SessionState state = session.state();
        tell(state);
        return new SessionResults.Entry(
                session.id(),
                state.status(),
                Instant.ofEpochMilli(state.expiresAt()),
                state.rung() > 0 ? Warnings.seconds(state.rung()) : null,
                epoch,
                cursor,
                true,
                null,
                ackedAt(acked),
                null);
    }

    /** Whether it has ended. */
    public boolean isClosed() {
        return mode == Mode.CLOSED;
    }

    /**
     * Sets the position. Called once, before anything is pushed.
     *
     * @param of the epoch that the position is in
     * @param at cursor to begin with
     * @param gap what the caller asked for and will not get
     * @param page the log's first page from the position, as far as it has been read
     * @param skipOwn messages of the viewer up to here are left out
     * @param replay entries up to here are pushed although they came from this connection
     * @param acked highest acknowledged send of the viewer, 0 for none
     */
    void place(
            String of,
            long at,
            SessionResults.@Nullable Gap gap,
            List<LoggedEvent> page,
            long skipOwn,
            long replay,
            long acked) {
        SessionState state = session.state();
        cursor = at;
        epoch = of;
        known = Math.max(known, state.head());
        firstPage = page;
        skipOwnUpTo = skipOwn;
        replayUpTo = replay;
        tell(state);
        entry = new SessionResults.Entry(
                session.id(),
                state.status(),
                Instant.ofEpochMilli(state.expiresAt()),
                state.rung() > 0 ? Warnings.seconds(state.rung()) : null,
                epoch,
                cursor,
                gap == null,
                gap,
                ackedAt(acked),
                null);
    }

    /** Begins to push; called on the loop right after the entry was answered. */
    public void start() {
        if (farewell != null) {
            sink.push(farewell, null);
            farewell = null;
        }
        if (mode != Mode.HELD) {
            return;
        }
        List<LoggedEvent> page = firstPage;
        firstPage = List.of();
        // What was said of the session since the entry was made is state, not an entry of the log.
        stateWaits = true;
        if (!session.state().epoch().equals(epoch)) {
            check();
            return;
        }
        if (known <= cursor) {
            goLive();
            return;
        }
        beginBehind();
        if (page.isEmpty()) {
            read();
        } else {
            mode = Mode.READING;
            onPage(page, 0, ++asked);
        }
    }

    /** A send of this connection was acknowledged: should it get lost, its sender is told, although it was never pushed here. */
    public void acknowledged(String of, long seq) {
        if (of.equals(epoch)) {
            acked = Math.max(acked, seq);
        }
    }

    /** Ends it; nothing is pushed any more. Idempotent. */
    public void close() {
        if (mode != Mode.CLOSED) {
            Mode before = mode;
            mode = Mode.CLOSED;
            streams = null;
            firstPage = List.of();
            if (before != Mode.LIVE && before != Mode.HELD) {
                upToDate();
            }
            router.detached(session, this);
        }
    }

    PushSink sink() {
        return sink;
    }

    /** The feed brought an entry. */
    void onEvent(LoggedEvent event, Push push, @Nullable ByteBuf shared) {
        if (!event.epoch().equals(epoch)) {
            epochMoved();
        } else if (mode == Mode.LIVE && event.seq() == cursor + 1) {
            if (!visible(event)) {
                passed(event);
            } else if (sink.writable()) {
                sink.push(push, shared);
                passed(event);
                if (takesOut(event)) {
                    leave();
                }
            } else {
                known = event.seq();
                lag();
            }
        } else if (event.seq() > known) {
            known = event.seq();
            if (mode == Mode.LIVE && known > cursor) {
                beginBehind();
                read();
            }
        }
    }

    /** The state moved: a warning may be due to this connection. */
    void onState(SessionState state) {
        if (!state.epoch().equals(epoch)) {
            epochMoved();
        } else if (state.head() > known) {
            known = state.head();
            if (mode == Mode.LIVE && known > cursor) {
                beginBehind();
                read();
            }
        }
        warn();
    }

    /** A log that lost data, or a feed that was interrupted. */
    void onReset(SessionState state) {
        if (mode == Mode.CLOSED || mode == Mode.HELD || mode == Mode.CHECKING) {
            // Whoever begins, or asks already, looks at the epoch then.
            return;
        }
        if (state.epoch().equals(epoch) && state.head() < Math.max(cursor, acked)) {
            // Either that is lost, or the state was read before it was written.
            check();
        }
        onState(state);
    }

    /** The log is another one than that of the position, as far as somebody knows. */
    private void epochMoved() {
        if (mode == Mode.LIVE || mode == Mode.LAGGING || mode == Mode.READING) {
            check();
        }
    }

    /** Asks how much of the position's epoch is left. Nothing is pushed until that is known. */
    private void check() {
        beginBehind();
        mode = Mode.CHECKING;
        int question = ++asked;
        long knownThen = known;
        long ackedThen = acked;
        router.survived(
                session.id(),
                epoch,
                sink.loop(),
                survived -> onSurvived(survived, knownThen, ackedThen, question),
                failure -> checkFailed(failure, question));
    }

    private void onSurvived(EventLog.Survived survived, long knownThen, long ackedThen, int question) {
        if (mode != Mode.CHECKING || question != asked) {
            return;
        }
        if (survived.epoch().equals(epoch)) {
            // It is the present one after all. What was told of before and is not there is lost; who had not got it
            // yet is bothered by nothing.
            known = Math.max(known == knownThen ? 0 : known, survived.seq());
            lost(survived.seq(), ackedThen);
            known = Math.max(known, cursor);
            confirmedAt = cursor;
        } else {
            epoch = survived.epoch();
            doubted = null;
            confirmedAt = -1;
            lost(survived.seq(), ackedThen);
            known = cursor;
        }
        if (sink.writable()) {
            read();
        } else {
            lagged = true;
            mode = Mode.LAGGING;
        }
    }

    /** Tells what is lost of what was pushed or acknowledged, and goes on from what is left. */
    private void lost(long left, long ackedThen) {
        long reach = Math.max(cursor, ackedThen);
        if (reach > left) {
            sink.push(Push.of(EventTypes.GAP, gapParams(epoch, left + 1, reach, "lost")), null);
            cursor = Math.min(cursor, left);
        }
        if (acked == ackedThen) {
            acked = Math.min(acked, left);
        }
        skipOwnUpTo = Math.min(skipOwnUpTo, left);
        replayUpTo = Math.min(replayUpTo, left);
    }

    private void checkFailed(Throwable failure, int question) {
        if (mode == Mode.CHECKING && question == asked) {
            storesTurn();
            lookForSession(failure);
            router.retryLater(sink.loop(), () -> {
                if (mode == Mode.CHECKING && question == asked) {
                    check();
                }
            });
        }
    }

    /** It is the store that is waited for, and not the sink: that time does not count as being slow. */
    private void storesTurn() {
        lagged = false;
        behindSince = router.nanoTime();
    }

    /** One that is not found may have been lost. */
    private void lookForSession(Throwable failure) {
        if (failure instanceof StoreException.NotFound) {
            router.reload(session);
        }
    }

    /** Somebody signalled; {@code piece} is what it says when it is a piece of a message. */
    void onSignal(Signal signal, @Nullable DeltaPiece piece, Push push, @Nullable ByteBuf shared) {
        if (mode == Mode.CLOSED || mode == Mode.HELD || sink.connectionId().equals(signal.origin())) {
            return;
        }
        boolean mayPush = mode == Mode.LIVE && sink.writable();
        if (piece == null) {
            if (mayPush) {
                sink.push(push, shared);
            }
            return;
        }
        if (streams == null) {
            streams = new DeltaStreams();
        }
        if (streams.accept(piece, mayPush)) {
            sink.push(push, shared);
        } else if (mode == Mode.LIVE && !sink.writable()) {
            lag();
        }
    }

    /** An agent came or went; whoever has no room now is told the latest as soon as there is some. */
    void onAgent(String agentId, Push push) {
        if (mode == Mode.CLOSED) {
            return;
        }
        if (mode == Mode.LIVE && sink.writable()) {
            sink.push(push, null);
            return;
        }
        if (agents == null) {
            agents = new LinkedHashMap<>(2);
        }
        agents.put(agentId, push);
        if (mode == Mode.LIVE) {
            lag();
        }
    }

    /** Somebody came or went; whoever has no room now is told what is left of it as soon as there is some. */
    void onPresence(PresenceChange change, Push push) {
        if (mode == Mode.CLOSED) {
            return;
        }
        if (mode == Mode.LIVE && presence == null && sink.writable()) {
            if (change.isNewsTo(viewer)) {
                sink.push(push, null);
            }
            return;
        }
        presence = presence == null ? change : presence.and(change);
        if (mode == Mode.LIVE) {
            lag();
        }
    }

    /** The expiry moved; whoever has no room now is told as soon as there is some. */
    void onRenewed(Push push) {
        if (mode == Mode.CLOSED) {
            return;
        }
        if (mode != Mode.HELD && sink.writable()) {
            sink.push(push, null);
            return;
        }
        renewalWaits = true;
        if (mode == Mode.LIVE) {
            lag();
        }
    }

    /**
     * A renewal was lost, and the session ends earlier than was told: that is told, and the warning that it stands at again, even
     * one that was given before the renewal took it away.
     */
    void onEarlierEnd(Push deadline) {
        onRenewed(deadline);
        toldExpiresAt = 0;
        toldRung = 0;
        warn();
    }

    /** Who takes part changed: whoever does not any more is let go, once they have what was told before that. */
    void onMembership() {
        leaving = mode != Mode.CLOSED && admission.refusal(session.snapshot()) != null;
        if (leaving && (mode == Mode.LIVE || mode == Mode.HELD)) {
            leave();
        }
    }

    private boolean isFarewell(LoggedEvent event) {
        return viewer != null
                && EventTypes.PARTICIPANT_LEFT.equals(event.type())
                && viewer.equals(
                        BodyCodec.decode(event.body(), Gone.class).participant().id());
    }

    /** Whether an entry takes the viewer out of the session: nothing that follows is for them, and the document is read later. */
    private boolean takesOut(LoggedEvent event) {
        if (!isFarewell(event)) {
            return false;
        }
        StoredSession now = session.snapshot();
        List<Participant> after = now.document().participants().stream()
                .map(one -> one.id().equals(viewer)
                        ? BodyCodec.decode(event.body(), Gone.class).participant()
                        : one)
                .toList();
        return admission.refusal(new StoredSession(now.document().withParticipants(after), now.plan(), now.state()))
                != null;
    }

    private void leave() {
        sink.gone(this);
        close();
    }

    /** The session is gone; {@code last} is its farewell, or the end that the log held last: told unless it was already. */
    void onDeleted(@Nullable LoggedEvent last) {
        if (mode != Mode.CLOSED) {
            Push word = lastWord(last);
            if (word != null && mode == Mode.HELD) {
                farewell = word;
            } else if (word != null) {
                sink.push(word, null);
            }
            sink.gone(this);
            close();
        }
    }

    /** What is told of a session that is gone: its end, or that it was lost; null when it was told. */
    private @Nullable Push lastWord(@Nullable LoggedEvent last) {
        if (last != null) {
            return last.seq() > cursor ? Push.logged(last) : null;
        }
        boolean ended = session.state().status().isTerminal();
        long reach = Math.max(cursor, acked);
        return ended || reach == 0 ? null : Push.of(EventTypes.GAP, gapParams(epoch, 1, reach, "lost"));
    }

    /** The sink has room again. */
    public void onWritable() {
        if (mode == Mode.LAGGING) {
            read();
        }
    }

    private void lag() {
        beginBehind();
        lagged = true;
        mode = Mode.LAGGING;
    }

    private void beginBehind() {
        if (mode == Mode.LIVE || mode == Mode.HELD) {
            behindSince = router.nanoTime();
            sink.behind(this);
            router.behind();
        }
    }

    private void upToDate() {
        sink.caughtUp(this);
        router.caughtUp();
    }

    private void read() {
        mode = Mode.READING;
        long knownThen = known;
        int question = ++asked;
        router.read(
                session.id(),
                cursor,
                PAGE,
                sink.loop(),
                page -> onPage(page, knownThen, question),
                failure -> readFailed(failure, question));
    }

    private void readFailed(Throwable failure, int question) {
        if (mode == Mode.READING && question == asked) {
            mode = Mode.LAGGING;
            storesTurn();
            lookForSession(failure);
            router.retryLater(sink.loop(), this::onWritable);
        }
    }

    /** Pushes a page; {@code knownThen} is what the feed had told when it was asked for. */
    private void onPage(List<LoggedEvent> page, long knownThen, int question) {
        if (mode != Mode.READING || question != asked) {
            return;
        }
        String of = page.isEmpty() ? epoch : page.get(page.size() - 1).epoch();
        if (!of.equals(epoch) && !of.equals(doubted)) {
            doubted = of;
            check();
            return;
        }
        for (LoggedEvent event : page) {
            if (event.seq() <= cursor) {
                continue;
            }
            if (leaving && takenOutAt > 0) {
                leave();
                return;
            }
            if (!sink.writable()) {
                lagged = true;
                mode = Mode.LAGGING;
                return;
            }
            if (event.seq() > cursor + 1 && !skip(event.seq() - 1, "trimmed")) {
                return;
            }
            if (visible(event)) {
                sink.push(Push.logged(event), null);
            }
            passed(event);
        }
        if (page.isEmpty() && knownThen > cursor && confirmedAt != cursor) {
            // What was told of is not there: it may have been of a log that lost it.
            check();
            return;
        }
        if (page.isEmpty() && knownThen > cursor && !skip(knownThen, "lost")) {
            return;
        }
        if (known > cursor) {
            read();
        } else {
            goLive();
        }
    }

    /** What lies up to {@code to} is not there any more; false when the connection ends for it. */
    private boolean skip(long to, String cause) {
        if (lagged && "trimmed".equals(cause)) {
            sink.fellOff(this);
            return false;
        }
        sink.push(Push.of(EventTypes.GAP, gapParams(epoch, cursor + 1, to, cause)), null);
        cursor = to;
        return true;
    }

    private void goLive() {
        boolean wasBehind = mode != Mode.HELD;
        mode = Mode.LIVE;
        lagged = false;
        if (wasBehind) {
            upToDate();
        }
        if (leaving) {
            leave();
            return;
        }
        if (streams != null) {
            for (Push push : streams.takeWaiting()) {
                sink.push(push, null);
            }
        }
        Map<String, Push> came = agents;
        if (came != null) {
            agents = null;
            came.values().forEach(push -> sink.push(push, null));
        }
        PresenceChange moved = presence;
        if (moved != null) {
            presence = null;
            if (moved.isNewsTo(viewer)) {
                sink.push(moved.push(session.id()), null);
            }
        }
        if (renewalWaits && mode == Mode.LIVE) {
            renewalWaits = false;
            SessionState state = session.state();
            if (!state.status().isTerminal()) {
                onRenewed(Warnings.renewed(session.id(), state));
            }
        }
        // After the renewal: whoever hears of one takes a warning away.
        if (stateWaits && mode == Mode.LIVE) {
            warn();
        }
    }

    private void passed(LoggedEvent event) {
        cursor = event.seq();
        if (isFarewell(event)) {
            takenOutAt = cursor;
        }
        if (streams != null && event.messageId() != null) {
            streams.ended(event.messageId());
            if (streams.isEmpty()) {
                streams = null;
            }
        }
    }

    private boolean visible(LoggedEvent event) {
        String author = event.authorId();
        if (sink.connectionId().equals(event.origin()) && event.seq() > replayUpTo) {
            return false;
        }
        if (viewer == null) {
            return true;
        }
        if (event.to() != null && !viewer.equals(event.to()) && !viewer.equals(author)) {
            return false;
        }
        // What it changed is not what it said: an agent that remembers nothing learns of its changes from here.
        return event.seq() > skipOwnUpTo || !viewer.equals(author) || !EventTypes.MESSAGE.equals(event.type());
    }

    /** By the state as it is now: what the feed told may have been overtaken by a renewal since. */
    private void warn() {
        StoredSession now = session.snapshot();
        SessionState state = now.state();
        if (mode == Mode.CLOSED
                || mode == Mode.HELD
                || state.rung() == 0
                || state.status().isTerminal()
                || (state.expiresAt() == toldExpiresAt && state.rung() >= toldRung)) {
            stateWaits = false;
            return;
        }
        if (!sink.writable()) {
            stateWaits = true;
            if (mode == Mode.LIVE) {
                lag();
            }
            return;
        }
        stateWaits = false;
        tell(state);
        sink.push(Warnings.push(now, router.nowMillis()), null);
    }

    private @Nullable LogPosition ackedAt(long acked) {
        return acked > 0 ? new LogPosition(epoch, acked) : null;
    }

    private void tell(SessionState state) {
        if (state.rung() > 0) {
            toldExpiresAt = state.expiresAt();
            toldRung = state.rung();
        }
    }

    private Map<String, Object> gapParams(String of, long from, long to, String cause) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("sessionId", session.id());
        params.put("epoch", of);
        params.put("from", from);
        params.put("to", to);
        params.put("cause", cause);
        return params;
    }
}
