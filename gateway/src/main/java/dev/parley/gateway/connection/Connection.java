package dev.parley.gateway.connection;

import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.Immediate;
import dev.parley.gateway.operation.SendOrder;
import dev.parley.gateway.routing.Push;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.frame.ClientFrame;
import dev.parley.protocol.frame.FrameWriter;
import dev.parley.protocol.session.SessionResults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One WebSocket client: its state, the requests it has under way, its liveness and its closing. What it is attached to is
 * kept by its {@link ConnectionSessions}. Confined to its event loop; others come in by {@link #onLoop}. It is one file because
 * requests, liveness and closing all turn on the one state.
 */
final class Connection implements SendOrder.Home {
    private enum State {
        /** Open, but nobody yet: only {@code connect} is taken. */
        AWAITING_CONNECT,
        /** The {@code connect} is being worked on. */
        CONNECTING,
        OPEN,
        /** Going away: requests are refused, pushes still come. */
        REFUSING,
        /** Our close frame is out; what comes is read and dropped. */
        CLOSING,
        CLOSED
    }

    private final String id;
    private final Channel channel;
    private final Connections all;
    private final LoopTicker ticker;
    private final Outbound outbound;
    private final ConnectionConfig config;
    private final ConnectionSessions sessions;
    private final FloodGuard floods;
    private final InboxPusher inbox;
    private final @Nullable SendOrder order;
    private final long openedAt;

    private State state = State.AWAITING_CONNECT;
    private @Nullable ConnectionTasks tasks;
    private @Nullable ConnectionChannels channels;
    private @Nullable AgentNews agentNews;
    private @Nullable Caller caller;
    private @Nullable Call call;
    private long heardAt;
    private long pingedAt;
    private long closingAt;
    private int inFlight;
    /** Pings that asked how far the peer has read. */
    private long probes;

    private boolean paused;
    /** Batches whose answer is not written yet. */
    private int openBatches;

    Connection(Channel channel, Connections all, LoopTicker ticker) {
        this.id = all.newId();
        this.channel = channel;
        this.all = all;
        this.ticker = ticker;
        this.config = all.config();
        this.outbound = new Outbound(channel, ticker);
        this.order = all.hasRemoteStore() ? new SendOrder(this) : null;
        this.sessions = new ConnectionSessions(this, all.router(), all.presence(), order);
        this.inbox = new InboxPusher(this, all.store(), all.time());
        this.openedAt = all.time().nanoTime();
        this.heardAt = openedAt;
        this.pingedAt = openedAt;
        this.floods = new FloodGuard(config.badFrames(), openedAt);
    }

    String id() {
        return id;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    Outbound outbound() {
        return outbound;
    }

    ConnectionSessions sessions() {
        return sessions;
    }

    /** What it is told of tasks. */
    ConnectionTasks tasks() {
        ConnectionTasks made = tasks;
        if (made == null) {
            made = new ConnectionTasks(this);
            tasks = made;
        }
        return made;
    }

    /** What it is subscribed to. */
    ConnectionChannels channels() {
        ConnectionChannels made = channels;
        if (made == null) {
            made = new ConnectionChannels(this, all.channels(), config.maxSubscriptions());
            channels = made;
        }
        return made;
    }

    InboxPusher inbox() {
        return inbox;
    }

    /** What it is told of other agents, as it follows them. */
    AgentNews agentNews() {
        AgentNews made = agentNews;
        if (made == null) {
            made = new AgentNews(this);
            agentNews = made;
        }
        return made;
    }

    /** Who it is; null before connect. */
    @Nullable Caller caller() {
        return caller;
    }

    boolean isOpen() {
        return state == State.OPEN || state == State.REFUSING;
    }

    @Override
    public void enqueue(Runnable task) {
        loop().execute(task);
    }

    /** Runs something on the connection's loop, at once when called from there. */
    void onLoop(Runnable task) {
        if (loop().inEventLoop()) {
            task.run();
        } else {
            loop().execute(task);
        }
    }

    /** Tells something of its own, then lets the attachments that it may be about begin. */
    void tell(Push push) {
        if (isOpen()) {
            outbound.push(push, null);
            startPlaced();
        }
    }

    /** Writes a push of one of its attachments. */
    void push(Push push, @Nullable ByteBuf shared) {
        outbound.push(push, shared);
        all.pushed();
    }

    /** Anything came from the peer: it is alive. */
    void heard() {
        heardAt = all.time().nanoTime();
        ticker.dirty().worked();
    }

    /** The peer's ping: answered with what it holds (RFC 6455 section 5.5.3). */
    void pinged(ByteBuf content) {
        if (mayWrite()) {
            outbound.write(new PongWebSocketFrame(content.retain()));
        }
    }

    /** Asks the peer to show how far it has read. */
    @Override
    public long probe() {
        long number = ++probes;
        if (mayWrite()) {
            outbound.write(new PingWebSocketFrame(Unpooled.copyLong(number)));
        }
        return number;
    }

    /** The peer's pong: it has read all that was written before the ping that it answers. */
    void ponged(ByteBuf content) {
        if (order != null && content.readableBytes() == Long.BYTES) {
            order.seen(content.readLong());
        }
    }

    /** A frame was read. */
    void onFrame(ClientFrame frame) {
        if (!mayWrite()) {
            return;
        }
        if (frame instanceof ClientFrame.Request request) {
            request(request.method(), request.params(), answerTo(request.id()));
        } else if (frame instanceof ClientFrame.Notification notification) {
            request(notification.method(), notification.params(), new Answer(null, null));
        } else if (frame instanceof ClientFrame.Batch batch) {
            batch(batch.frames());
        } else if (frame instanceof ClientFrame.Invalid invalid) {
            bad(invalid.id(), invalid.rpcCode(), invalid.message());
        }
    }

    /** A frame that is no request; after too many of them the connection ends. */
    void bad(@Nullable RawJson requestId, int rpcCode, String message) {
        if (mayWrite()) {
            outbound.text(badFrameAnswer(requestId, rpcCode, message));
            countBad();
        }
    }

    /** The channel has room again, or has none any more. */
    void writabilityChanged() {
        if (outbound.writable()) {
            sessions.onWritable();
            if (tasks != null) {
                tasks.onWritable();
            }
            if (channels != null) {
                channels.onWritable();
            }
            if (agentNews != null) {
                agentNews.look();
            }
            inbox.look();
        }
        updateReading();
    }

    /** The channel is gone. */
    void inactive() {
        State before = state;
        state = State.CLOSED;
        ticker.remove(this);
        all.gone(this);
        leave(before);
    }

    /** Looks at the time; false when {@link #expire} has something to end. */
    boolean tick(long now) {
        if (state == State.CLOSING) {
            return now - closingAt < config.closeGraceMillis() * 1_000_000;
        }
        if (state == State.AWAITING_CONNECT) {
            return now - openedAt < config.connectTimeoutMillis() * 1_000_000;
        }
        if (paused && outbound.writable()) {
            // It is we who do not listen, as its work is not done.
            heardAt = now;
        }
        long heartbeat = config.heartbeatMillis() * 1_000_000;
        if (now - heardAt >= heartbeat + config.silenceGraceMillis() * 1_000_000) {
            return false;
        }
        if (now - pingedAt >= heartbeat) {
            pingedAt = now;
            outbound.write(new PingWebSocketFrame());
        }
        long slow = config.slowMillis() * 1_000_000;
        return !sessions.behindTooLong(now, slow) && (channels == null || !channels.behindTooLong(now, slow));
    }

    /** Ends what a tick found to be over. */
    void expire(long now) {
        if (state == State.CLOSING) {
            channel.close();
        } else if (state == State.AWAITING_CONNECT) {
            close(CloseCode.NO_CONNECT);
        } else if (now - heardAt >= (config.heartbeatMillis() + config.silenceGraceMillis()) * 1_000_000) {
            close(CloseCode.SILENT);
        } else {
            close(CloseCode.SLOW_CONSUMER);
        }
    }

    /** Pushes {@code server.draining}. */
    void announceDraining(long reconnectAfterMillis) {
        if (mayWrite()) {
            outbound.push(Push.of(EventTypes.SERVER_DRAINING, Map.of("reconnectAfterMs", reconnectAfterMillis)), null);
        }
    }

    /** From now on requests are refused with {@code DRAINING}. */
    void refuse() {
        if (state == State.OPEN || state == State.AWAITING_CONNECT || state == State.CONNECTING) {
            state = State.REFUSING;
        }
    }

    /** Sends our close frame; then reads on and drops what comes, until the peer closes or the grace is over. */
    void close(CloseCode code) {
        if (!mayWrite()) {
            return;
        }
        State before = state;
        state = State.CLOSING;
        closingAt = all.time().nanoTime();
        channel.config().setAutoRead(true);
        outbound.write(new CloseWebSocketFrame(code.code(), code.reason()));
        outbound.flushNow();
        all.closedWith(code);
        leave(before);
    }

    /**
     * The peer's close frame: answered with its own code (RFC 6455 section 5.5.1), then the socket is cut; at the latest when
     * the grace is over, as a peer that reads nothing would keep the answer from going out.
     */
    void peerClosed(CloseWebSocketFrame frame) {
        if (state == State.CLOSING) {
            frame.release();
            channel.close();
            return;
        }
        State before = state;
        state = State.CLOSING;
        closingAt = all.time().nanoTime();
        channel.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE);
        leave(before);
    }

    /** The connect was granted. */
    void connected(Caller who) {
        caller = who;
        call = new Call(who, sessions);
    }

    private void leave(State before) {
        if (before != State.CLOSING && before != State.CLOSED) {
            sessions.close();
            if (channels != null) {
                channels.close();
            }
            all.left(this);
        }
    }

    private void batch(List<ClientFrame> frames) {
        List<byte[]> answers = new ArrayList<>();
        int[] left = {frames.size()};
        openBatches++;
        for (ClientFrame frame : frames) {
            Consumer<byte[]> collect = answer -> {
                if (answer.length > 0) {
                    answers.add(answer);
                }
                if (--left[0] == 0) {
                    openBatches--;
                    if (!answers.isEmpty() && mayWrite()) {
                        outbound.text(FrameWriter.batch(answers));
                    }
                    startPlaced();
                }
            };
            if (frame instanceof ClientFrame.Request request) {
                request(request.method(), request.params(), new Answer(request.id(), collect));
            } else if (frame instanceof ClientFrame.Notification notification) {
                request(notification.method(), notification.params(), new Answer(null, collect));
            } else if (frame instanceof ClientFrame.Invalid invalid) {
                collect.accept(badFrameAnswer(invalid.id(), invalid.rpcCode(), invalid.message()));
                countBad();
            }
        }
    }

    private void request(String method, RawJson params, Answer answer) {
        Operation<?, ?> operation = Operations.byName(method);
        if (operation == null && isOpen()) {
            answer.error(
                    ErrorCode.RPC_UNKNOWN_METHOD,
                    ErrorCode.NOT_FOUND,
                    "There is no method of this name; the list of operations in the protocol has those there are.");
            return;
        }
        if (state == State.REFUSING) {
            answer.refusal(Dispatcher.drainingRefusal());
            return;
        }
        if (Operations.CONNECT.equals(operation)) {
            connect(params, answer);
        } else if (operation == null || state != State.OPEN) {
            answer.refusal(Dispatcher.unauthenticated());
        } else {
            begin();
            run(operation, params, answer);
        }
    }

    private void connect(RawJson params, Answer answer) {
        if (state != State.AWAITING_CONNECT) {
            answer.refusal(ProtocolException.of(
                    ErrorCode.VALIDATION_ERROR,
                    "This socket has connected already; open another one for another identity."));
            return;
        }
        if (all.isDraining()) {
            answer.refusal(Dispatcher.drainingRefusal());
            return;
        }
        state = State.CONNECTING;
        begin();
        if (all.hasRemoteStore()) {
            // After what came along with it: that the peer gave up while this gateway slept must be seen first, as a
            // connection of long ago would take the agent over from the present one.
            channel.eventLoop().execute(() -> register(params, answer));
        } else {
            register(params, answer);
        }
    }

    private void register(RawJson params, Answer answer) {
        if (state == State.CLOSED) {
            end();
            return;
        }
        all.connector()
                .connect(this, params)
                .subscribe(
                        result -> onLoop(() -> {
                            if (state == State.CONNECTING && !all.isDraining()) {
                                state = State.OPEN;
                                answered(result, answer);
                                all.connected(this);
                            } else {
                                state = state == State.CONNECTING ? State.REFUSING : state;
                                answer.refusal(Dispatcher.drainingRefusal());
                                leave(State.OPEN);
                            }
                            end();
                        }),
                        failure -> onLoop(() -> {
                            if (state == State.CONNECTING) {
                                state = State.AWAITING_CONNECT;
                            }
                            sessions.reset();
                            all.left(this);
                            caller = null;
                            call = null;
                            answer.refusal(ErrorMapper.map(failure, ""));
                            end();
                        }));
    }

    private <P, R> void run(Operation<P, R> operation, RawJson params, Answer answer) {
        Mono<R> answering = all.dispatcher().dispatch(call, operation, params, false);
        if (Immediate.is(answering)) {
            runNow(answering, params, answer);
            return;
        }
        answering.subscribe(
                result -> onLoop(() -> {
                    acknowledged(result, params);
                    answered(result, answer);
                    end();
                }),
                failure -> onLoop(() -> {
                    failed(failure, params, answer);
                    end();
                }));
    }

    private void runNow(Mono<?> answering, RawJson params, Answer answer) {
        Object result;
        try {
            result = Immediate.get(answering);
        } catch (RuntimeException failure) {
            failed(failure, params, answer);
            end();
            return;
        }
        if (result != null) {
            acknowledged(result, params);
            answered(result, answer);
        }
        end();
    }

    /** A store in this process loses nothing without its gateway: only of another one are acknowledgements remembered. */
    private void acknowledged(Object result, RawJson params) {
        if (all.hasRemoteStore() && result instanceof SessionResults.Sent sent) {
            sessions.acknowledged(sessionIdOf(params), sent.epoch(), sent.seq());
        }
    }

    private void answered(Object result, Answer answer) {
        answer.result(result);
        startPlaced();
    }

    private void failed(Throwable failure, RawJson params, Answer answer) {
        ProtocolException refusal = ErrorMapper.map(failure, sessionIdOf(params));
        answer.refusal(refusal);
        if (refusal.code() == ErrorCode.RATE_LIMITED && floods.rateRefusal(ticker.now())) {
            close(CloseCode.RATE_LIMITED);
        }
    }

    /** What was just answered begins to push; the answers of a batch go out together, at its end. */
    private void startPlaced() {
        if (openBatches == 0) {
            sessions.startPlaced();
            if (channels != null) {
                channels.startPlaced();
            }
        }
    }

    /** Whether our close frame is not out yet. */
    private boolean mayWrite() {
        return state != State.CLOSING && state != State.CLOSED;
    }

    private static String sessionIdOf(RawJson params) {
        try {
            return BodyCodec.decode(params, SessionIdOnly.class).sessionId();
        } catch (ProtocolException noneGiven) {
            return "";
        }
    }

    private void begin() {
        inFlight++;
        updateReading();
    }

    private void end() {
        inFlight--;
        updateReading();
    }

    private void updateReading() {
        boolean shouldPause = state != State.CLOSING && (inFlight >= config.maxInFlight() || !outbound.writable());
        if (shouldPause != paused) {
            paused = shouldPause;
            channel.config().setAutoRead(!shouldPause);
        }
    }

    private void countBad() {
        if (floods.badFrame(ticker.now())) {
            close(CloseCode.BAD_FRAMES);
        }
    }

    private static byte[] badFrameAnswer(@Nullable RawJson requestId, int rpcCode, String message) {
        ErrorCode code = rpcCode == ErrorCode.RPC_PARSE ? ErrorCode.INVALID_JSON : ErrorCode.VALIDATION_ERROR;
        return FrameWriter.error(requestId, rpcCode, code, message);
    }

    private Answer answerTo(RawJson requestId) {
        return new Answer(requestId, null);
    }

    /** The params' session, whatever else they hold. */
    record SessionIdOnly(@dev.parley.protocol.Required String sessionId) {}

    /** Where the answer to one request goes: to the socket, or into its batch. A notification has none. */
    private final class Answer {
        private final @Nullable RawJson requestId;
        private final @Nullable Consumer<byte[]> batch;

        Answer(@Nullable RawJson requestId, @Nullable Consumer<byte[]> batch) {
            this.requestId = requestId;
            this.batch = batch;
        }

        void result(Object result) {
            RawJson to = requestId;
            give(to == null ? null : FrameWriter.answer(to, result));
        }

        void refusal(ProtocolException refusal) {
            all.refused(refusal.code());
            RawJson to = requestId;
            give(to == null ? null : FrameWriter.error(to, refusal));
        }

        void error(int rpcCode, ErrorCode code, String message) {
            all.refused(code);
            RawJson to = requestId;
            give(to == null ? null : FrameWriter.error(to, rpcCode, code, message));
        }

        private void give(byte @Nullable [] frame) {
            if (batch != null) {
                batch.accept(frame == null ? new byte[0] : frame);
            } else if (frame != null && mayWrite()) {
                outbound.text(frame);
            }
        }
    }
}
