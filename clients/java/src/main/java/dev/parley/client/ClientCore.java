package dev.parley.client;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.ReconnectDelay;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The connection of a client through its life: opens it, takes up the sessions, notices when it is gone, comes back. All
 * methods belong to the engine thread. It is the one place where the parts meet, and longer than they are for that.
 */
final class ClientCore implements PushDispatch.Control {
    /** Messages read ahead of the callbacks; beyond that the socket is not read, and TCP holds the gateway back. */
    static final int WINDOW = 256;

    /** From opening the socket to the answer of {@code connect}. */
    static final long CONNECT_MILLIS = 20_000;

    /** A connection that held so long was a good one: the next wait starts small again. */
    static final long STABLE_MILLIS = 5_000;

    /** Characters that may wait for the socket before pieces of streamed messages are dropped. */
    static final long WRITE_LIMIT = 1 << 20;

    private static final Logger LOG = System.getLogger(ClientCore.class.getName());
    private static final long WATCH_MILLIS = 1_000;
    private static final long LEAVE_MILLIS = 2_000;
    private static final int NO_CODE = 1006;
    private static final int NORMAL = 1000;

    private final ClientOptions options;
    private final ClientThreads threads;
    private final Transport transport;
    private final ClientListener listener;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final Requests requests = new Requests();
    private final SessionTracks tracks = new SessionTracks();
    private final Streams streams = new Streams();
    private final Liveness liveness = new Liveness();
    private final Outbox outbox;
    private final PushDispatch pushes;
    private final Heartbeats heartbeats;
    private final CompletableFuture<SessionResults.Connected> connected = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private ConnectionState state = ConnectionState.NEW;
    private int connection;
    private Transport.@Nullable Link link;
    private ClientThreads.@Nullable Timer pending;
    private long openedAt;
    private long heartbeatMillis = 25_000;
    private int maxFrameBytes = 1 << 20;
    private int untold;
    /** Until when a draining gateway asked to wait; meaningful while {@link #draining}. */
    private long waitUntilNanos;

    private boolean draining;

    ClientCore(
            ClientOptions options,
            ClientThreads threads,
            Transport transport,
            ClientListener listener,
            Map<String, Consumer<Push>> named,
            RandomGenerator random) {
        this.options = options;
        this.threads = threads;
        this.transport = transport;
        this.listener = listener;
        this.random = random;
        backoff = new Backoff(random);
        outbox = new Outbox(threads, random, this::sendMessage, options.outboxLimit());
        pushes = new PushDispatch(tracks, threads, listener, named, this, !options.manualSeen());
        heartbeats = new Heartbeats(options, tracks, threads, random, this::request, listener);
    }

    /** Completed by the first answer to {@code connect}; fails when the client is closed before. */
    CompletableFuture<SessionResults.Connected> connected() {
        return connected;
    }

    /** Completed when the client is closed and its socket is gone. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    ConnectionState state() {
        return state;
    }

    SessionTracks tracks() {
        return tracks;
    }

    Outbox outbox() {
        return outbox;
    }

    Heartbeats heartbeats() {
        return heartbeats;
    }

    /** Begins; without effect when it was begun or closed before. */
    void start() {
        if (state == ConnectionState.NEW) {
            open();
            watch();
        }
    }

    // ---- opening

    private void open() {
        if (untold >= WINDOW) {
            // The program is still busy with what came before; more would only pile up.
            pending = threads.later(ReconnectDelay.BASE_MILLIS, this::open);
            return;
        }
        connection++;
        draining = false;
        liveness.heard(threads.nanoTime());
        tracks.prune(connection, options.agent());
        become(ConnectionState.CONNECTING, 0, "", 0);
        Socket socket = new Socket(connection);
        pending = threads.later(CONNECT_MILLIS, () -> lost(NO_CODE, "connect was not answered in time"));
        link = transport.open(options.uri(), socket);
    }

    private void sayConnect(Transport.Link to) {
        // An agent is attached by itself, from what the gateway knows that it has seen; positions drop the rest.
        List<SessionParams.Attach> positions = options.agent() ? List.of() : tracks.positions();
        int named = Math.min(ClientOptions.MAX_NAMED, positions.size());
        RawJson params = ClientJson.write(options.connect(positions.subList(0, named)));
        List<SessionParams.Attach> rest = List.copyOf(positions.subList(named, positions.size()));
        requests.add(
                Operations.CONNECT.name(),
                params,
                new Requests.Outcome() {
                    @Override
                    public void result(RawJson result) {
                        try {
                            opened(to, ClientJson.read(result, SessionResults.Connected.class), rest);
                        } catch (JacksonException e) {
                            lost(NO_CODE, "the answer to connect cannot be read: " + e.getOriginalMessage());
                        }
                    }

                    @Override
                    public void failed(ParleyException problem) {
                        connectRefused(problem);
                    }
                },
                to,
                threads.nanoTime());
    }

    private void connectRefused(ParleyException problem) {
        if (state != ConnectionState.CONNECTING) {
            return;
        }
        boolean passing = problem.status() == 0 || problem.status() >= 500 || problem.is(ErrorCode.RATE_LIMITED);
        if (passing) {
            lost(NO_CODE, problem.code() + ": " + problem.getMessage());
        } else {
            finish(NO_CODE, "the gateway refused: " + problem.code() + ": " + problem.getMessage(), problem);
        }
    }

    private void opened(Transport.Link to, SessionResults.Connected answer, List<SessionParams.Attach> rest) {
        cancelPending();
        openedAt = threads.nanoTime();
        heartbeatMillis = Math.max(1, answer.heartbeatSeconds()) * 1000;
        if (answer.limits() != null && answer.limits().maxFrameBytes() > 0) {
            maxFrameBytes = answer.limits().maxFrameBytes();
        }
        become(ConnectionState.OPEN, 0, "", 0);
        if (answer.sessions() != null) {
            answer.sessions().forEach(this::attached);
        }
        threads.complete(() -> connected.complete(answer));
        requests.sendKept(to);
        outbox.connected();
        new Reattachment(new Present(connection), threads, random, rest).proceed();
        heartbeats.start(heartbeatMillis);
    }

    // ---- what comes in

    private final class Socket implements Transport.Events {
        private final int number;

        Socket(int number) {
            this.number = number;
        }

        @Override
        public void opened() {
            Transport.Link to = link;
            if (number == connection && to != null) {
                heard();
                sayConnect(to);
            }
        }

        @Override
        public void text(String message) {
            if (number == connection && link != null) {
                heard();
                received(message, link);
            }
        }

        @Override
        public void sign() {
            if (number == connection) {
                heard();
            }
        }

        @Override
        public void closed(int code, String reason, int refusedStatus) {
            if (number == connection) {
                boolean hopeless = refusedStatus >= 400
                        && refusedStatus < 500
                        && refusedStatus != 408
                        && refusedStatus != 425
                        && refusedStatus != 429;
                if (state == ConnectionState.CLOSED) {
                    gone();
                } else if (hopeless || !CloseCode.reconnectAdvised(code)) {
                    finish(code, reason, null);
                } else {
                    lost(code, reason);
                }
            }
        }
    }

    private void heard() {
        liveness.heard(threads.nanoTime());
    }

    private void received(String text, Transport.Link from) {
        List<ClientJson.Frame> frames;
        try {
            frames = ClientJson.frames(text);
        } catch (JacksonException e) {
            LOG.log(Level.WARNING, "a frame cannot be read and is passed over: {0}", e.getOriginalMessage());
            from.consumed();
            return;
        }
        boolean told = false;
        for (ClientJson.Frame frame : frames) {
            String method = frame.method();
            if (method == null) {
                requests.answered(frame);
                continue;
            }
            RawJson params = frame.params();
            Runnable callback = pushes.callbackFor(method, params == null ? RawJson.EMPTY_OBJECT : params);
            if (callback != null) {
                told = true;
                tell(callback);
            }
        }
        if (told) {
            // Reading goes on once the program has taken what this frame told it.
            untold++;
            threads.callback(() -> threads.engine(() -> {
                untold--;
                from.consumed();
            }));
        } else {
            from.consumed();
        }
    }

    private void tell(Runnable callback) {
        threads.callback(() -> {
            try {
                callback.run();
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a callback failed", e);
            }
        });
    }

    @Override
    public void attached(SessionResults.Entry entry) {
        SessionResults.EntryError error = entry.error();
        if (error != null) {
            refused(entry.sessionId(), error);
            return;
        }
        tracks.attached(entry, connection);
        tell(() -> listener.onAttached(entry));
        SessionResults.Gap gap = entry.gap();
        String epoch = entry.epoch();
        if (gap != null && epoch != null) {
            SessionEvents.Gap told =
                    new SessionEvents.Gap(entry.sessionId(), epoch, gap.from(), gap.to(), String.valueOf(gap.cause()));
            tell(() -> listener.onGap(told));
        }
    }

    /** This client created a session and is attached to it from its start. */
    void created(String sessionId) {
        tracks.of(sessionId).created(connection);
    }

    private void refused(String sessionId, SessionResults.EntryError error) {
        tracks.forget(sessionId);
        tell(() -> listener.onAttachRefused(sessionId, error));
    }

    @Override
    public void draining(long reconnectAfterMillis) {
        draining = true;
        waitUntilNanos = threads.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, reconnectAfterMillis));
    }

    // ---- what goes out

    /** Sends a request now, or when there is a connection; checks its size. */
    void request(String method, RawJson params, Requests.Outcome outcome) {
        if (state == ConnectionState.CLOSED) {
            outcome.failed(closedProblem());
        } else if (tooLarge(params)) {
            outcome.failed(frameTooLarge());
        } else {
            requests.add(method, params, outcome, state == ConnectionState.OPEN ? link : null, threads.nanoTime());
        }
    }

    private boolean sendMessage(RawJson params, Requests.Outcome outcome) {
        if (state != ConnectionState.OPEN) {
            return false;
        }
        request(Operations.MESSAGE_SEND.name(), params, outcome);
        return true;
    }

    /** Queues a message; it is sent when its turn comes. */
    void send(String messageId, Outbox.Unsent message) {
        if (state == ConnectionState.CLOSED) {
            threads.complete(() -> message.future().completeExceptionally(closedProblem()));
            return;
        }
        tracks.of(message.sessionId()).sent(messageId);
        streams.ended(messageId);
        outbox.add(message);
    }

    /**
     * Sends a piece of a message, or drops it and all later ones of that message.
     *
     * @param params null when the piece cannot be written
     */
    void delta(String messageId, long index, @Nullable RawJson params) {
        boolean sendable = params != null && writable() && !tooLarge(params);
        if (streams.admits(messageId, index, connection, sendable) && params != null) {
            signal(Operations.MESSAGE_DELTA.name(), params);
        }
    }

    /** Sends what is of use only now, or drops it. */
    void signal(String method, RawJson params) {
        Transport.Link to = link;
        if (to != null && writable()) {
            liveness.sent();
            to.send(Requests.call(method, params, 0));
        }
    }

    private boolean writable() {
        return state == ConnectionState.OPEN && link != null && link.queued() < WRITE_LIMIT;
    }

    private boolean tooLarge(RawJson params) {
        return params.length() > maxFrameBytes - 256;
    }

    private ParleyException frameTooLarge() {
        return new ParleyException(
                ErrorCode.PAYLOAD_TOO_LARGE.name(),
                ErrorCode.PAYLOAD_TOO_LARGE.status(),
                "The gateway takes frames of at most " + maxFrameBytes + " bytes; send less at once.",
                RawJson.EMPTY_OBJECT);
    }

    /** What a {@link Reattachment} may do while its connection is the present one. */
    private final class Present implements Reattachment.Connection {
        private final int number;

        Present(int number) {
            this.number = number;
        }

        @Override
        public void request(String method, RawJson params, Requests.Outcome outcome) {
            ClientCore.this.request(method, params, outcome);
        }

        @Override
        public void attached(SessionResults.Entry entry) {
            ClientCore.this.attached(entry);
        }

        @Override
        public void refused(String sessionId, SessionResults.EntryError error) {
            ClientCore.this.refused(sessionId, error);
        }

        @Override
        public boolean alive() {
            return number == connection && state == ConnectionState.OPEN;
        }
    }

    // ---- losing it

    private void watch() {
        if (state == ConnectionState.CLOSED) {
            return;
        }
        long now = threads.nanoTime();
        requests.expire(now - options.requestTimeoutMillis() * 1_000_000);
        if (state == ConnectionState.OPEN) {
            if (now - openedAt >= STABLE_MILLIS * 1_000_000) {
                backoff.reset();
            }
            listenForLife(now);
        }
        threads.later(WATCH_MILLIS, this::watch);
    }

    private void listenForLife(long now) {
        if (untold >= WINDOW) {
            // Nothing is heard because the program is slow, not because the peer is gone.
            heard();
            return;
        }
        switch (liveness.judge(now, heartbeatMillis, requests.areUnderWay())) {
            case PROBE -> request(Operations.PING.name(), RawJson.EMPTY_OBJECT, Heartbeats.IGNORE);
            case GONE -> lost(NO_CODE, "nothing was heard for " + liveness.silentMillis(now) + " ms");
            case ALIVE -> {}
        }
    }

    /** The connection is gone, and the next attempt is due after a while. */
    private void lost(int code, String reason) {
        // The time that was told counts from when it was told: who is closed later need not wait any more.
        long wait = draining
                ? TimeUnit.NANOSECONDS.toMillis(Math.max(0, waitUntilNanos - threads.nanoTime()))
                : backoff.nextMillis();
        leave();
        become(ConnectionState.WAITING, code, reason, wait);
        pending = threads.later(wait, this::open);
        requests.connectionLost();
    }

    private void leave() {
        cancelPending();
        heartbeats.stop();
        Transport.Link from = link;
        link = null;
        if (from != null) {
            from.abort();
        }
    }

    private void cancelPending() {
        if (pending != null) {
            pending.cancel();
            pending = null;
        }
    }

    // ---- the end

    /** The program is done: the gateway is told what was seen, then the socket is closed. */
    void close() {
        if (state == ConnectionState.CLOSED) {
            return;
        }
        Transport.Link from = link;
        if (state != ConnectionState.OPEN || from == null) {
            finish(NORMAL, "closed by the program", null);
            return;
        }
        heartbeats.last();
        link = null;
        end(NORMAL, "closed by the program", null);
        from.close(NORMAL, "");
        // The peer's close frame ends it; a peer that does not answer is not waited for.
        threads.later(LEAVE_MILLIS, () -> {
            from.abort();
            gone();
        });
    }

    private void finish(int code, String reason, @Nullable ParleyException cause) {
        end(code, reason, cause);
        gone();
    }

    private void end(int code, String reason, @Nullable ParleyException cause) {
        leave();
        become(ConnectionState.CLOSED, code, reason, 0);
        ParleyException problem = cause == null
                ? ParleyException.local(ParleyException.CLIENT_CLOSED, "The client is closed: " + reason + '.')
                : cause;
        requests.closed(problem);
        outbox.closed(problem);
        threads.complete(() -> connected.completeExceptionally(problem));
    }

    private void gone() {
        threads.complete(() -> ended.complete(null));
        threads.close();
    }

    private static ParleyException closedProblem() {
        return ParleyException.local(ParleyException.CLIENT_CLOSED, "The client is closed; build a new one.");
    }

    private void become(ConnectionState next, int code, String reason, long retryInMillis) {
        state = next;
        StateChange change = new StateChange(next, code, reason, retryInMillis);
        tell(() -> listener.onState(change));
    }
}
