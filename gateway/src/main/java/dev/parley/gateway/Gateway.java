package dev.parley.gateway;

import dev.parley.gateway.agent.AgentService;
import dev.parley.gateway.agent.ChannelService;
import dev.parley.gateway.agent.InboxService;
import dev.parley.gateway.aggregation.AggregationService;
import dev.parley.gateway.availability.GuardedStore;
import dev.parley.gateway.availability.StoreWatch;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.gateway.connection.AgentHub;
import dev.parley.gateway.connection.Connections;
import dev.parley.gateway.connection.LocalPresence;
import dev.parley.gateway.connection.SocketOperations;
import dev.parley.gateway.connection.UpgradeHandler;
import dev.parley.gateway.envelope.EnvelopeService;
import dev.parley.gateway.events.FollowerFeed;
import dev.parley.gateway.events.HappeningConsumer;
import dev.parley.gateway.events.OutboxRunner;
import dev.parley.gateway.events.TaskEnder;
import dev.parley.gateway.events.Webhooks;
import dev.parley.gateway.http.HttpParts;
import dev.parley.gateway.http.HttpTimeouts;
import dev.parley.gateway.http.PublicServer;
import dev.parley.gateway.metrics.GatewayMetrics;
import dev.parley.gateway.metrics.MeteredStore;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.operation.RateLimiter;
import dev.parley.gateway.routing.ChannelRouter;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.gateway.session.DeadlineRunner;
import dev.parley.gateway.session.SessionOperations;
import dev.parley.gateway.session.TaskService;
import dev.parley.store.Store;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.store.redis.RedisStores;
import dev.parley.time.SystemTime;
import dev.parley.time.TimeSource;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;

/** A gateway, assembled: started once, drained or not, closed once. Safe for use from any thread. */
public final class Gateway {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final int LIFECYCLE_LIMIT = 1000;

    /** After everybody was told to go, how long their close frames are waited for. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final GatewayConfig config;
    private final Store store;
    private final TimeSource time;
    private final @Nullable SystemTime ownTime;
    private final GatewayMetrics metrics;
    private final Dispatcher dispatcher;
    private final Connections connections;
    private final AgentHub hub;
    private final EnvelopeService envelopes;
    private final DeadlineRunner deadlines;
    private final OutboxRunner outbox;
    private final Webhooks webhooks;
    private final StoreWatch watch;
    private final PublicServer server;
    private final LocalPresence presence;
    private @Nullable AutoCloseable agentFeed;
    private @Nullable AutoCloseable inboxFeed;

    /**
     * A gateway with the store that its settings name, on the machine's clock. Fails with {@link IllegalStateException} when
     * that cannot be used; the message is one line that says why.
     */
    public static Mono<Gateway> open(GatewayConfig config) {
        String place = config.store().place();
        if (!RedisStores.isRedis(place)) {
            return Mono.fromSupplier(() -> embedded(config));
        }
        return Mono.defer(() -> {
            SystemTime time = new SystemTime();
            return RedisStores.open(place, config.store().waitReplicas(), storeSettings(config.session()), time)
                    .map(store -> new Gateway(config, store, time, time))
                    .doOnError(failure -> time.close());
        });
    }

    /** A gateway with the embedded store, on the machine's clock. */
    public static Gateway embedded(GatewayConfig config) {
        SystemTime time = new SystemTime();
        return new Gateway(config, new MemoryStore(time, storeSettings(config.session())), time, time);
    }

    /**
     * A gateway over a store that others may share.
     *
     * @param time outlives the gateway
     */
    public Gateway(GatewayConfig config, Store store, TimeSource time) {
        this(config, store, time, null);
    }

    private Gateway(GatewayConfig config, Store opened, TimeSource time, @Nullable SystemTime ownTime) {
        this.config = config;
        this.time = time;
        this.ownTime = ownTime;
        this.metrics = new GatewayMetrics(time);
        GuardedStore guarded = new GuardedStore(opened, time, config.store().timeoutMillis());
        this.store = new MeteredStore(guarded, metrics, time);
        SessionRouter router = new SessionRouter(store, time);
        this.presence = new LocalPresence(store, time);
        router.onReset(presence::sayAgain);
        SessionOperations.Services services = SessionOperations.Services.of(store, config);
        OperationHandlers handlers = new OperationHandlers();
        SessionOperations.bind(handlers, services);
        new ChannelService(store).bind(handlers);
        new AggregationService(store, config).bind(handlers);
        TaskService tasks = new TaskService(store, config);
        tasks.bind(handlers);
        this.envelopes = new EnvelopeService(store, config, tasks, time);
        envelopes.bind(handlers);
        new AgentService(store, config.limits()).bind(handlers);
        new InboxService(store, config.limits()).bind(handlers);
        new SocketOperations(store, config.session().maxContentLength()).bind(handlers);
        this.webhooks = new Webhooks(store, config.events(), time);
        webhooks.bind(handlers);
        this.dispatcher = new Dispatcher(handlers, new RateLimiter(config.limits(), time));
        this.connections = new Connections(
                config, router, new ChannelRouter(store, time), presence, dispatcher, store, metrics, time);
        this.hub = new AgentHub(connections, router);
        this.watch = new StoreWatch(guarded, time, config.store().lostMillis(), connections);
        this.deadlines = new DeadlineRunner(store.sessions(), time, store::nowMillis, metrics::deadlineLateness);
        this.outbox = new OutboxRunner(store, time, UUID.randomUUID().toString(), consumers());
        this.server = new PublicServer(
                new HttpParts(config, time, store, dispatcher, services.messages(), router, metrics),
                HttpTimeouts.DEFAULT,
                this::acceptSockets);
        metrics.bindQueues(() -> connections.outboundBytes() + server.streamBytes(), router::laggingAttachments);
    }

    /** Bounds of the store by the rules of sessions. */
    public static StoreSettings storeSettings(SessionConfig session) {
        return new StoreSettings(
                session.historyLimit(), LIFECYCLE_LIMIT, Math.round(session.endedRetentionMinutes() * 60_000));
    }

    /** Listens; completes when connections are accepted. Called once. Fails when the address cannot be had. */
    public Mono<Void> start() {
        return store.agents()
                .subscribe(hub)
                .doOnNext(feed -> agentFeed = feed)
                .then(connections.listenToTasks())
                .then(store.inbox().subscribe(hub))
                .doOnNext(feed -> inboxFeed = feed)
                .then(Mono.fromRunnable(deadlines::start))
                .then(Mono.fromRunnable(outbox::start))
                .then(Mono.fromRunnable(webhooks::start))
                .then(Mono.fromRunnable(watch::start))
                .then(server.start());
    }

    /** The port that is listened on. */
    public int port() {
        return server.port();
    }

    /** The settings it runs by. */
    public GatewayConfig config() {
        return config;
    }

    /**
     * Goes away gracefully within the configured time: refuses what is new, tells all clients, closes them spread over the
     * time. Then {@link #close()} is due.
     */
    public Mono<Void> drain() {
        return Mono.defer(() -> {
            long period = config.server().drainMillis();
            LOG.info("draining connections={} millis={}", connections.count(), period);
            dispatcher.drain();
            server.drain(period);
            connections.drain(period);
            return allClosed(Duration.ofMillis(period)).then(Mono.defer(() -> {
                connections.closeAll();
                return allClosed(CLOSE_WAIT);
            }));
        });
    }

    /** Stops at once: cuts what is connected, and lets go of everything it made. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            watch.close();
            presence.close();
            deadlines.close();
            outbox.close();
            envelopes.giveUp();
            connections.stopListening();
            closeQuietly(agentFeed);
            closeQuietly(inboxFeed);
            return server.close().then(webhooks.close()).then(store.close()).doFinally(done -> {
                metrics.close();
                if (ownTime != null) {
                    ownTime.close();
                }
            });
        });
    }

    /** All who are told of sessions' lives. */
    private List<HappeningConsumer> consumers() {
        List<HappeningConsumer> consumers = new ArrayList<>();
        int streamLength = config.events().streamLength();
        if (streamLength > 0) {
            consumers.add((partition, happenings) -> store.outbox().stream(partition, happenings, streamLength));
        }
        consumers.add(webhooks.feed());
        consumers.add(new TaskEnder(store));
        consumers.add(new FollowerFeed(store, metrics::followerMissed));
        return consumers;
    }

    /** Completes when no connection is left, at the latest after a time. */
    private Mono<Void> allClosed(Duration atMost) {
        return Flux.interval(Duration.ZERO, LOOK_EVERY, time.scheduler())
                .takeUntil(tick -> connections.count() == 0)
                .take(atMost, time.scheduler())
                .then();
    }

    private void acceptSockets(Channel channel) {
        channel.pipeline().addAfter(NettyPipeline.HttpCodec, UpgradeHandler.NAME, new UpgradeHandler(connections));
    }

    private static void closeQuietly(@Nullable AutoCloseable resource) {
        if (resource == null) {
            return;
        }
        try {
            resource.close();
        } catch (Exception failure) {
            LOG.debug("close failed", failure);
        }
    }
}
