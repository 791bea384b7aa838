package dev.parley.store.redis;

import dev.parley.store.StoreException;
import dev.parley.store.redis.RedisUrl.Kind;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link over single connections of Lettuce, to one server, to the master that Sentinels name, or to the masters of a
 * cluster. What it adds to the driver: nothing is sent twice, nothing waits for a connection, calls of one slot keep their
 * order, and each knows which run of which server it goes to. How that is done stands with {@link Lane}, {@link Node} and
 * {@link Topology}. Safe for use from any thread.
 */
final class LettuceLink implements RedisLink {
    private static final Logger LOG = LoggerFactory.getLogger(LettuceLink.class);
    private static final long TICK_MILLIS = 25;
    /** How much may be held while slots move, in bytes. */
    private static final long MAX_HELD_BYTES = 16L << 20;

    /** Ticks that are so far apart show that this process was stopped, or got no processor. */
    private static final long SLEPT_NANOS = 250_000_000L;

    /** What has arrived meanwhile is read within that time; until then no answer is late. */
    private static final long READING_NANOS = 1_000_000_000L;

    private static final long ASK_NANOS = 1_000_000_000L;

    private final RedisUrl url;
    private final Library library;
    private final TimeSource time;
    private final LettuceDriver driver;
    private final Topology topology;
    private final Subscriptions subscriptions;
    private final ServerClock clock;
    private final Lane.Exchange exchange = new LaneExchange();
    private final AtomicReferenceArray<@Nullable Lane> lanes = new AtomicReferenceArray<>(Topology.SLOTS);
    private final Set<Lane> holding = ConcurrentHashMap.newKeySet();
    private final AtomicLong heldBytes = new AtomicLong();
    private final Map<ServerConnection, CompletableFuture<Void>> reloads = new ConcurrentHashMap<>();
    private final Set<Node> away = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<RedisLink> opened = new CompletableFuture<>();
    private final long openUntilNanos;
    private volatile @Nullable Cancellable timer;
    private volatile boolean closed;
    private long askedNanos;
    private long tickedNanos;
    private long judgeFromNanos;

    private LettuceLink(RedisUrl url, Library library, TimeSource time) {
        this.url = url;
        this.library = library;
        this.time = time;
        driver = new LettuceDriver(url, time);
        clock = new ServerClock(time);
        openUntilNanos = time.nanoTime() + url.startTimeout().toNanos();
        askedNanos = time.nanoTime();
        tickedNanos = askedNanos;
        judgeFromNanos = askedNanos;
        Topology.Nodes nodes = new LinkNodes(new Handshake(url, library, time));
        Topology.Listener listener = new TopologyListener();
        topology = switch (url.kind()) {
            case STANDALONE -> new SingleTopology(url.hosts().get(0), nodes);
            case SENTINEL -> new SentinelTopology(url.masterName(), url.hosts(), nodes, time, listener);
            case CLUSTER -> new ClusterTopology(url.hosts(), url.tls(), nodes, time, listener);
        };
        subscriptions = new Subscriptions(this::connectSubscriber, topology, url.commandTimeout(), time);
    }

    /**
     * Connects. The answer comes when every slot has a master that is connected and the store's clock is known; it fails with
     * {@link LinkFailure} when that is not so within the start's time-out, or before when waiting is of no use.
     *
     * @param time the real one
     */
    static CompletionStage<RedisLink> open(RedisUrl url, Library library, TimeSource time) {
        LettuceLink link = new LettuceLink(url, library, time);
        link.topology.start();
        link.tick();
        return link.opened;
    }

    @Override
    public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
        return submit(SlotHash.getSlot(key), Call.function(library, function, key, args, deadline()));
    }

    @Override
    public CompletionStage<Void> publish(Channel channel, byte[] payload) {
        byte[] name = channel.name().getBytes(StandardCharsets.UTF_8);
        return submit(SlotHash.getSlot(name), Call.publish(name, channel.sharded(), payload, deadline()))
                .thenApply(receivers -> null);
    }

    @Override
    public CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener) {
        int slot = SlotHash.getSlot(channel.name().getBytes(StandardCharsets.UTF_8));
        return subscriptions.subscribe(channel, slot, listener);
    }

    @Override
    public CompletionStage<Void> ping() {
        if (!topology.isComplete()) {
            return CompletableFuture.failedFuture(
                    new StoreException.Unavailable(String.valueOf(problem().getMessage()), false));
        }
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (Node node : topology.masters()) {
            ServerConnection connection = node.connection();
            answers.add(
                    connection == null
                            ? CompletableFuture.failedFuture(new LinkFailure("not connected", false))
                            : connection.ask(CommandType.PING));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        new StoreException.Unavailable(String.valueOf(problem().getMessage()), false)));
    }

    @Override
    public long nowMillis() {
        return clock.nowMillis();
    }

    @Override
    public CompletionStage<Void> close() {
        closed = true;
        Cancellable next = timer;
        if (next != null) {
            next.cancel();
        }
        subscriptions.close();
        topology.close();
        holding.forEach(lane -> lane.close("the link was closed"));
        return driver.close();
    }

    /** How many channels are listened to, for tests. */
    int subscriptions() {
        return subscriptions.count();
    }

    /** How many of those are not confirmed at present, for tests. */
    long missingSubscriptions() {
        return subscriptions.missing();
    }

    private CompletableFuture<@Nullable Object> submit(int slot, Call call) {
        if (closed) {
            call.answer.completeExceptionally(new StoreException.Unavailable("the link was closed", false));
        } else {
            lane(slot).submit(call);
        }
        return call.answer;
    }

    private Lane lane(int slot) {
        Lane lane = lanes.get(slot);
        if (lane == null) {
            lanes.compareAndSet(slot, null, new Lane(slot, exchange));
            lane = Objects.requireNonNull(lanes.get(slot));
        }
        return lane;
    }

    private long deadline() {
        return time.nanoTime() + url.commandTimeout().toNanos();
    }

    private CompletionStage<SubscriberConnection> connectSubscriber(
            ServerAddress address, SubscriberConnection.Listener listener) {
        ServerConnection known = topology.masters().stream()
                .filter(node -> node.address().equals(address))
                .map(Node::connection)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        return known == null
                ? CompletableFuture.failedFuture(new LinkFailure("not connected to " + address, false))
                : driver.connectSubscriber(address, known.info().hasShardedChannels(), listener);
    }

    /** Everything that happens by the clock; on the timer's thread, for microseconds. */
    private void tick() {
        if (closed) {
            return;
        }
        long now = time.nanoTime();
        if (now - tickedNanos > SLEPT_NANOS) {
            judgeFromNanos = now + READING_NANOS;
        }
        tickedNanos = now;
        if (now - judgeFromNanos >= 0) {
            boolean ask = now - askedNanos > ASK_NANOS;
            if (ask) {
                askedNanos = now;
            }
            topology.masters().forEach(node -> node.tick(ask));
            topology.tick();
            Node reference = topology.nodeOf(0);
            clock.tick(reference == null ? null : reference.connection());
            subscriptions.tick();
        }
        goOn();
        if (!opened.isDone()) {
            lookWhetherOpen();
        }
        timer = time.schedule(TICK_MILLIS, this::tick);
    }

    private void goOn() {
        for (Lane lane : List.copyOf(holding)) {
            // Taken out first: what is held meanwhile puts it in again.
            holding.remove(lane);
            if (lane.goOn()) {
                holding.add(lane);
            }
        }
    }

    private void lookWhetherOpen() {
        if (topology.isComplete() && clock.isKnown()) {
            opened.complete(this);
            return;
        }
        LinkFailure problem = problem();
        if (problem.isPermanent() || time.nanoTime() - openUntilNanos > 0) {
            close().whenComplete((nothing, failure) -> opened.completeExceptionally(problem));
        }
    }

    /** Why some slot cannot be reached. */
    private LinkFailure problem() {
        int slot = 0;
        for (int i = 0; i < Topology.SLOTS && url.kind() == Kind.CLUSTER; i++) {
            Node node = topology.nodeOf(i);
            if (node == null || node.connection() == null) {
                slot = i;
                break;
            }
        }
        return topology.problem(slot);
    }

    /** What lanes need. */
    private final class LaneExchange implements Lane.Exchange {
        @Override
        public Topology topology() {
            return topology;
        }

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public boolean mayHold(int bytes) {
            if (heldBytes.addAndGet(bytes) > MAX_HELD_BYTES && bytes > 0) {
                heldBytes.addAndGet(-bytes);
                return false;
            }
            return true;
        }

        @Override
        public void holding(Lane lane) {
            holding.add(lane);
        }

        @Override
        public void reload(ServerConnection connection, Runnable then) {
            CompletableFuture<Void> mine = new CompletableFuture<>();
            CompletableFuture<Void> loading = reloads.putIfAbsent(connection, mine);
            if (loading == null) {
                LOG.info("event=redis_functions_missing server={}", connection.address());
                library.load(connection).whenComplete((nothing, failure) -> {
                    reloads.remove(connection);
                    mine.complete(null);
                });
                loading = mine;
            }
            loading.thenRun(then);
        }
    }

    /** Makes servers and connects to them. */
    private final class LinkNodes implements Topology.Nodes {
        private final Handshake handshake;

        LinkNodes(Handshake handshake) {
            this.handshake = handshake;
        }

        @Override
        public Node master(ServerAddress address) {
            return new Node(
                    address,
                    () -> driver.connect(address, url.login()).thenCompose(handshake::with),
                    url.commandTimeout(),
                    time,
                    new TopologyListener());
        }

        @Override
        public Node informant(ServerAddress address) {
            return new Node(
                    address,
                    () -> driver.connect(address, url.kind() == Kind.SENTINEL ? url.sentinelLogin() : url.login()),
                    url.commandTimeout(),
                    time,
                    new InformantListener());
        }
    }

    /** Goes on when something has changed. Hops to the timer, as it may be called under a lane's lock. */
    private final class TopologyListener implements Topology.Listener {
        @Override
        public void ready(Node node) {
            away.remove(node);
            LOG.info("event=redis_connected server={}", node.address());
            changed();
        }

        @Override
        public void failed(Node node, LinkFailure why) {
            if (away.add(node)) {
                LOG.warn("event=redis_lost server={} reason=\"{}\"", node.address(), why.getMessage());
            }
            topology.refresh();
            changed();
        }

        @Override
        public void changed() {
            subscriptions.topologyChanged();
            if (!closed) {
                time.schedule(0, LettuceLink.this::goOn);
            }
        }
    }

    /** Sentinels and nodes that are only asked: their loss matters when all are lost, which shows otherwise. */
    private static final class InformantListener implements Node.Listener {
        @Override
        public void ready(Node node) {
            LOG.debug("event=redis_informant server={}", node.address());
        }

        @Override
        public void failed(Node node, LinkFailure why) {
            LOG.debug("event=redis_informant_lost server={} reason=\"{}\"", node.address(), why.getMessage());
        }
    }
}
