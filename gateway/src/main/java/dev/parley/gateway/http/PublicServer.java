package dev.parley.gateway.http;

import dev.parley.gateway.config.ConfigException;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.metrics.GatewayMetrics;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.time.TimeSource;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.FutureMono;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * The one port: HTTP here, WebSocket by a handler that the caller puts into each new channel. Requests are answered on the
 * event loop of their connection.
 */
public final class PublicServer {
    private static final Logger LOG = LoggerFactory.getLogger(PublicServer.class);
    private static final int BACKLOG = 4096;
    private static final int MAX_LINE_BYTES = 8 << 10;
    private static final int MAX_HEADER_BYTES = 16 << 10;
    /** How long the answers to requests that were under way at the end are waited for. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

    private static final Duration LOOPS_TIMEOUT = Duration.ofSeconds(2);
    /** What is answered while the gateway is going away. */
    private static final Set<String> WHILE_DRAINING = Set.of("health", "ready", "metrics");

    private final GatewayConfig config;
    private final HttpTimeouts timeouts;
    private final Routes routes;
    private final Cors cors;
    private final Dispatcher dispatcher;
    private final GatewayMetrics metrics;
    private final TimeSource time;
    private final LongSupplier clock;
    private final EventStreams streams;
    private final ReplyDesks desks;
    private final LoopResources loops;
    private final ChannelGroup open = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
    private final boolean epoll;
    private final Consumer<Channel> sockets;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Sinks.Empty<Void> idle = Sinks.empty();
    private volatile boolean closing;
    private @Nullable DisposableServer server;

    /**
     * A server that does not listen yet.
     *
     * @param sockets given each new channel when its HTTP codec is in place; may put handlers right behind the codec
     * @throws ConfigException when the transport that is asked for is not available
     */
    public PublicServer(HttpParts parts, HttpTimeouts timeouts, Consumer<Channel> sockets) {
        this.config = parts.config();
        this.timeouts = timeouts;
        this.cors = new Cors(config.server().corsOrigins());
        this.dispatcher = parts.dispatcher();
        this.metrics = parts.metrics();
        this.time = parts.time();
        // What is told to clients is the time of the store, on which all gateways agree.
        this.clock = parts.store()::nowMillis;
        this.streams = new EventStreams(time, timeouts.commentMillis());
        this.desks = new ReplyDesks(
                parts.store(), parts.router(), time, config.session().agentReplyMillis());
        this.routes = ApiRoutes.of(parts, desks);
        this.sockets = sockets;
        this.epoll = useEpoll(config.server().transport());
        int threads = config.server().eventLoops();
        this.loops = LoopResources.create(
                "parley-loop", 1, threads > 0 ? threads : Runtime.getRuntime().availableProcessors(), true);
    }

    /**
     * Listens; completes when connections are accepted. Called once. Fails when the address cannot be had.
     */
    public Mono<Void> start() {
        ServerConfig address = config.server();
        int high = config.connection().outboundBytes();
        return HttpServer.create()
                .runOn(loops, epoll)
                .host(address.host())
                .port(address.port())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(high / 2, high))
                .httpRequestDecoder(
                        spec -> spec.maxInitialLineLength(MAX_LINE_BYTES).maxHeaderSize(MAX_HEADER_BYTES))
                .doOnChannelInit((observer, channel, remote) -> {
                    open.add(channel);
                    sockets.accept(channel);
                    RequestGuard.install(channel, timeouts, clock);
                })
                .handle(this::handle)
                .bind()
                .doOnNext(bound -> {
                    server = bound;
                    LOG.info("listening transport={} port={}", epoll ? "epoll" : "nio", port());
                    metrics.watchLoops(loops.onServer(epoll));
                })
                .then();
    }

    /** The port that is listened on. */
    public int port() {
        DisposableServer bound = server;
        if (bound == null) {
            throw new IllegalStateException("not listening yet");
        }
        return ((InetSocketAddress) bound.address()).getPort();
    }

    /** Bytes that wait in the queues of event streams. */
    public long streamBytes() {
        return streams.waiting();
    }

    /**
     * Ends the event streams, telling their clients when to come back. The dispatcher refuses requests from its own drain on;
     * those that are under way go on.
     *
     * @param reconnectAfterMillis what clients are told
     */
    public void drain(long reconnectAfterMillis) {
        streams.drain(reconnectAfterMillis);
    }

    /**
     * Tells those who wait for an agent's reply that none will come, lets their answers out, stops listening, cuts what is
     * still connected, and lets go of the event loops.
     */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            streams.close();
            closing = true;
            desks.giveUp();
            Mono<Void> answered = underWay.get() == 0
                    ? Mono.empty()
                    : idle.asMono().timeout(LAST_ANSWERS, Mono.empty(), time.scheduler());
            return answered.then(Mono.defer(this::unbind))
                    .then(Mono.defer(this::cut))
                    .then(loops.disposeLater(Duration.ZERO, LOOPS_TIMEOUT));
        });
    }

    /**
     * Closes what is connected. Left to the loops, a connection may stay open for as long as the process lives: a loop that is
     * told to end while it runs its tasks, with no quiet period, ends without closing what is registered with it.
     */
    private Mono<Void> cut() {
        return FutureMono.from(open.close());
    }

    private Mono<Void> unbind() {
        DisposableServer bound = server;
        if (bound == null) {
            return Mono.empty();
        }
        bound.dispose();
        return bound.onDispose();
    }

    private void finished() {
        if (underWay.decrementAndGet() == 0 && closing) {
            idle.tryEmitEmpty();
        }
    }

    private static boolean useEpoll(String transport) {
        if (transport.equals("epoll") && !LoopResources.hasNativeSupport()) {
            throw new ConfigException(
                    "PARLEY_TRANSPORT is epoll, which this system does not have; allowed here: auto, nio");
        }
        return !transport.equals("nio") && LoopResources.hasNativeSupport();
    }

    private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        metrics.httpRequest();
        underWay.incrementAndGet();
        Channel[] holder = new Channel[1];
        request.withConnection((Connection connection) -> holder[0] = connection.channel());
        Channel channel = holder[0];
        String[] session = {""};
        return Mono.defer(() -> answer(request, channel, session))
                .cast(Answer.class)
                .onErrorResume(failure -> channel.isActive() ? Mono.just(refused(failure, session[0])) : Mono.empty())
                .flatMap(answer -> onLoop(channel, answer))
                .flatMap(answer -> send(request, response, channel, answer))
                .doFinally(how -> finished());
    }

    private Mono<? extends Answer> answer(HttpServerRequest request, Channel channel, String[] session) {
        Target target = Target.parse(request.uri());
        String method = request.method().name();
        if (dispatcher.isDraining() && !isForOperators(target)) {
            throw Dispatcher.drainingRefusal();
        }
        Routes.Match match = routes.find(target.path());
        if (match == null) {
            throw ProtocolException.of(
                            ErrorCode.NOT_FOUND,
                            "There is nothing at this address; /openapi.json describes what there is.")
                    .with("path", "/" + String.join("/", target.path()));
        }
        session[0] = match.parameters().getOrDefault("sessionId", "");
        if (method.equals("OPTIONS")) {
            Answer.Empty allowed = new Answer.Empty(204, cors.preflight(request.requestHeaders(), match.allowed()));
            return Mono.just(allowed.with("Allow", String.join(", ", match.allowed())));
        }
        Endpoint endpoint = match.endpoint(method);
        return BodyReader.read(request, config.limits().maxBodyBytes())
                .flatMap(body -> endpoint.answer(new Exchange(
                        method.equals("HEAD") ? "GET" : method,
                        target.path(),
                        match.parameters(),
                        target.query(),
                        request.requestHeaders(),
                        body,
                        channel)));
    }

    /**
     * What the store or a timer answers comes on their threads. An answer that began on one of those could meet the loop in
     * the midst of the request's end, and then neither would send it.
     */
    private static Mono<Answer> onLoop(Channel channel, Answer answer) {
        return channel.eventLoop().inEventLoop()
                ? Mono.just(answer)
                : Mono.create(next -> channel.eventLoop().execute(() -> next.success(answer)));
    }

    private Answer refused(Throwable failure, String sessionId) {
        ProtocolException problem = ErrorMapper.map(failure, sessionId);
        metrics.rejected(problem.code());
        return ErrorBody.answer(problem, clock.getAsLong());
    }

    private Mono<Void> send(HttpServerRequest request, HttpServerResponse response, Channel channel, Answer answer) {
        response.status(answer.status());
        cors.headers(request.requestHeaders()).forEach(response::header);
        response.header("X-Content-Type-Options", "nosniff");
        answer.headers().forEach(response::header);
        boolean refused = answer.status() == ErrorCode.PAYLOAD_TOO_LARGE.status();
        if (dispatcher.isDraining() || (refused && BodyReader.mayHaveMore(request.requestHeaders()))) {
            response.keepAlive(false);
        }
        boolean head = request.method().name().equals("HEAD");
        if (answer instanceof Answer.Full full) {
            response.header(HttpHeaderNames.CONTENT_TYPE, full.contentType());
            response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(full.body().length));
            return head
                    ? response.send()
                    : response.sendObject(Unpooled.wrappedBuffer(full.body())).then();
        }
        if (answer instanceof Answer.Events events) {
            response.header(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
            return head
                    ? response.send()
                    : response.sendHeaders().then(stream(channel, events)).then();
        }
        return response.send();
    }

    private Mono<Void> stream(Channel channel, Answer.Events events) {
        return Mono.<Void>create(done -> {
            Runnable open = () -> {
                EventStream stream = new EventStream(channel);
                streams.add(stream);
                stream.done().subscribe(null, done::error, done::success);
                events.opened().accept(stream);
            };
            if (channel.eventLoop().inEventLoop()) {
                open.run();
            } else {
                channel.eventLoop().execute(open);
            }
        });
    }

    private static boolean isForOperators(Target target) {
        return target.path().size() == 1
                && WHILE_DRAINING.contains(target.path().get(0).toLowerCase(Locale.ROOT));
    }

    /** Every method and path that is answered, such as {@code GET /health}; a segment with a colon is a parameter. */
    Iterable<String> routes() {
        return routes.all();
    }
}
