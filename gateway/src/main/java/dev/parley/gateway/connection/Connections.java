package dev.parley.gateway.connection;

import dev.parley.gateway.availability.GuardedStore;
import dev.parley.gateway.availability.StoreWatch;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.metrics.GatewayMetrics;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.routing.ChannelRouter;
import dev.parley.gateway.routing.Push;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** All connections of this gateway. Safe for use from any thread. */
public final class Connections implements StoreWatch.Listener {
    /** How long a connection's requests are refused before it is closed, so that what was sent meanwhile is answered. */
    private static final long REFUSE_MILLIS = 300;

    /**
     * A client that is told to come back later is told at most this, counted from then: an attempt that fails still leaves it
     * time to be back within 5 s.
     */
    private static final long MAX_RECONNECT_MILLIS = 3_000;

    /** Until a store that was away is asked again who holds an agent. */
    private static final long CONFIRM_MILLIS = 1_000;

    private final GatewayConfig config;
    private final SessionRouter router;
    private final ChannelRouter channels;
    private final Dispatcher dispatcher;
    private final Store store;
    private final GatewayMetrics metrics;
    private final TimeSource time;
    private final LocalPresence presence;
    private final Connector connector;
    private final TaskHub tasks;
    private final ConnectionIds ids = new ConnectionIds();
    private final Set<Connection> all = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<EventLoop, LoopTicker> tickers = new ConcurrentHashMap<>();
    private final AgentHolders<Connection> agents = new AgentHolders<>(Connection::id);

    /** Whether the store's answers come later. */
    private final boolean remoteStore;

    private volatile boolean draining;
    private volatile boolean storeLost;

    /** Assembles what connections need. */
    public Connections(
            GatewayConfig config,
            SessionRouter router,
            ChannelRouter channels,
            LocalPresence presence,
            Dispatcher dispatcher,
            Store store,
            GatewayMetrics metrics,
            TimeSource time) {
        this.config = config;
        this.router = router;
        this.channels = channels;
        this.presence = presence;
        this.dispatcher = dispatcher;
        this.store = store;
        this.metrics = metrics;
        this.time = time;
        this.connector = new Connector(this, config, store);
        this.tasks = new TaskHub(this, store, router, time);
        this.remoteStore = !GuardedStore.answersAtOnce(store);
    }

    /** Begins to hear of tasks; completes when nothing of those without a credential can be missed. */
    public Mono<Void> listenToTasks() {
        return tasks.listen(Caller.DEFAULT_WORKSPACE);
    }

    /** Hears nothing more. */
    public void stopListening() {
        tasks.close();
    }

    /** How many sockets are open, connected or not. */
    public int count() {
        return all.size();
    }

    /** Bytes that wait in the outgoing queues of all sockets; walks over them. */
    public long outboundBytes() {
        long bytes = 0;
        for (Connection connection : all) {
            bytes += connection.outbound().pendingBytes();
        }
        return bytes;
    }

    /** Whether new connections are refused. */
    public boolean isDraining() {
        return draining;
    }

    /**
     * Tells all that the gateway goes away and closes each at a random instant within the period; each one's requests are
     * refused shortly before.
     *
     * @param periodMillis 0 or more
     */
    public void drain(long periodMillis) {
        draining = true;
        long spread = Math.max(0, periodMillis - REFUSE_MILLIS);
        for (Connection connection : all) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            long reconnectAfter = random.nextLong(MAX_RECONNECT_MILLIS + 1);
            long at = random.nextLong(spread + 1);
            connection.onLoop(() -> connection.announceDraining(reconnectAfter));
            time.schedule(
                    at,
                    () -> connection.onLoop(() -> {
                        connection.refuse();
                        time.schedule(
                                REFUSE_MILLIS, () -> connection.onLoop(() -> connection.close(CloseCode.GOING_AWAY)));
                    }));
        }
    }

    /** Closes all at once; for the end of a drain. */
    public void closeAll() {
        draining = true;
        for (Connection connection : all) {
            connection.onLoop(() -> connection.close(CloseCode.GOING_AWAY));
        }
    }

    /** Whether the store has been away for so long that no sockets are kept. */
    boolean isStoreLost() {
        return storeLost;
    }

    /** The store is lost: closes all, and refuses new ones until it is back. */
    @Override
    public void onLost() {
        storeLost = true;
        for (Connection connection : all) {
            connection.onLoop(() -> connection.close(CloseCode.STORE_LOST));
        }
    }

    @Override
    public void onBack() {
        storeLost = false;
    }

    /**
     * An agent's holder changed: an older connection of it here gives way, if the store confirms it, as a server that was
     * replaced may tell of its own. Only enqueues, as the store is in a call.
     *
     * @param connectionId null when it went offline
     * @param since when the store granted it
     */
    void holderChanged(String agentId, @Nullable String connectionId, Instant since) {
        Connection older = agents.told(agentId, connectionId, since);
        if (older != null) {
            older.loop().execute(() -> giveWay(agentId, older));
        }
    }

    /** An agent was unregistered: its connection here, if there is one, is closed. Only enqueues, as the store is in a call. */
    void unregistered(String agentId, Instant since) {
        Connection gone = agents.unregistered(agentId, since);
        if (gone != null) {
            gone.loop().execute(() -> gone.close(CloseCode.NOT_REGISTERED));
        }
    }

    /** An agent's inbox got something: if it is here, it is told. Only enqueues, as the store may be in a call. */
    void inboxChanged(String workspaceId, String agentId) {
        Connection connection = agents.holder(agentId);
        if (connection != null) {
            connection.loop().execute(() -> connection.inbox().changed(workspaceId));
        }
    }

    /** Any inbox may have got something: all agents here are looked after. */
    void inboxesChanged() {
        for (Connection connection : all) {
            connection.loop().execute(() -> connection.inbox().changed());
        }
    }

    /** A follower of agents is told what became of one, if it is here. Only enqueues, as the store is in a call. */
    void agentChanged(String followerId, String workspaceId, String agentId, Push push) {
        Connection connection = agents.holder(followerId);
        if (connection != null) {
            connection.loop().execute(() -> connection.agentNews().heard(workspaceId, agentId, push));
        }
    }

    /** An agent became part of a session: if it is here, it is attached. Only enqueues, as the store is in a call. */
    void assigned(String agentId, String sessionId) {
        Connection connection = agents.holder(agentId);
        if (connection != null) {
            connection.loop().execute(() -> connector.assigned(connection, sessionId));
        }
    }

    Connection open(Channel channel) {
        LoopTicker ticker = tickers.computeIfAbsent(channel.eventLoop(), loop -> new LoopTicker(loop, time));
        Connection connection = new Connection(channel, this, ticker);
        ticker.add(connection);
        all.add(connection);
        metrics.connectionOpened();
        return connection;
    }

    /** The channel is gone: nothing more can be written. */
    void gone(Connection connection) {
        all.remove(connection);
        metrics.connectionClosed();
    }

    /**
     * An agent's connection takes the place of an older one here, which is closed. Of two that came at once, on two loops or
     * two gateways, the one that the store took for the later stays.
     *
     * @param since when the store granted it
     */
    void holds(String agentId, Connection connection, Instant since) {
        takeOver(agents.granted(agentId, connection, since));
    }

    private void giveWay(String agentId, Connection older) {
        Caller caller = older.caller();
        if (caller == null || !older.isOpen()) {
            return;
        }
        store.agents()
                .get(caller.workspaceId(), agentId)
                .subscribe(
                        agent -> {
                            Instant since = agent.connectedAt();
                            if (since != null && agents.isOlder(agentId, older, since)) {
                                takeOver(older);
                            }
                        },
                        away -> time.schedule(CONFIRM_MILLIS, () -> older.onLoop(() -> giveWay(agentId, older))));
    }

    private static void takeOver(@Nullable Connection loser) {
        if (loser != null) {
            loser.loop().execute(() -> loser.close(CloseCode.TAKEN_OVER));
        }
    }

    void connected(Connection connection) {
        connector.connected(connection);
        Caller caller = connection.caller();
        if (caller != null) {
            tasks.connected(connection, caller);
        }
    }

    /** The connection does not take part any more. */
    void left(Connection connection) {
        connector.left(connection);
        Caller caller = connection.caller();
        if (caller != null) {
            tasks.left(connection, caller);
        }
    }

    void letGo(String agentId, Connection connection) {
        agents.letGo(agentId, connection);
    }

    /** The connection here that holds an agent; null for none. */
    @Nullable Connection holder(String agentId) {
        return agents.holder(agentId);
    }

    void pushed() {
        metrics.delivered(1);
    }

    void closedWith(CloseCode code) {
        metrics.socketClosed(code);
    }

    void refused(ErrorCode code) {
        metrics.rejected(code);
    }

    String newId() {
        return ids.next();
    }

    boolean hasRemoteStore() {
        return remoteStore;
    }

    ConnectionConfig config() {
        return config.connection();
    }

    List<String> corsOrigins() {
        return config.server().corsOrigins();
    }

    SessionRouter router() {
        return router;
    }

    ChannelRouter channels() {
        return channels;
    }

    LocalPresence presence() {
        return presence;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Connector connector() {
        return connector;
    }

    Store store() {
        return store;
    }

    TimeSource time() {
        return time;
    }

    long nowMillis() {
        return store.nowMillis();
    }
}
