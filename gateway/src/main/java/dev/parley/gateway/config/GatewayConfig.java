package dev.parley.gateway.config;

import dev.parley.protocol.envelope.Envelope.Strategy;
import java.util.List;
import java.util.Map;

/**
 * All settings of a gateway.
 *
 * @param server where it listens
 * @param session rules of sessions
 * @param connection rules of sockets
 * @param limits rate limits and sizes
 * @param store how long the store is waited for
 * @param events what is told outside of sessions' lives
 * @param routing how recipients are chosen
 */
public record GatewayConfig(
        ServerConfig server,
        SessionConfig session,
        ConnectionConfig connection,
        LimitsConfig limits,
        StoreConfig store,
        EventsConfig events,
        RoutingConfig routing) {

    /** The development defaults. */
    public static final GatewayConfig DEFAULT = new GatewayConfig(
            ServerConfig.DEFAULT,
            SessionConfig.DEFAULT,
            ConnectionConfig.DEFAULT,
            LimitsConfig.DEFAULT,
            StoreConfig.DEFAULT,
            EventsConfig.DEFAULT,
            RoutingConfig.DEFAULT);

    /** The same with other rules of sessions. */
    public GatewayConfig withSession(SessionConfig changed) {
        return new GatewayConfig(server, changed, connection, limits, store, events, routing);
    }

    /** The same with other rules of sockets. */
    public GatewayConfig withConnection(ConnectionConfig changed) {
        return new GatewayConfig(server, session, changed, limits, store, events, routing);
    }

    /** The same, listening elsewhere. */
    public GatewayConfig withServer(ServerConfig changed) {
        return new GatewayConfig(changed, session, connection, limits, store, events, routing);
    }

    /** The same with other limits. */
    public GatewayConfig withLimits(LimitsConfig changed) {
        return new GatewayConfig(server, session, connection, changed, store, events, routing);
    }

    /** The same with other patience for the store. */
    public GatewayConfig withStore(StoreConfig changed) {
        return new GatewayConfig(server, session, connection, limits, changed, events, routing);
    }

    /** The same, telling others outside. */
    public GatewayConfig withEvents(EventsConfig changed) {
        return new GatewayConfig(server, session, connection, limits, store, changed, routing);
    }

    /**
     * What is told outside of sessions' lives.
     *
     * @param streamLength about how many entries the stream {@code session-events} keeps; 0 for no stream
     * @param webhookPrivate whether webhooks may go to other addresses than those of the public internet
     * @param webhooks those that come from the settings
     */
    public record EventsConfig(int streamLength, boolean webhookPrivate, List<WebhookConfig> webhooks) {
        /** A stream of 100,000 entries, and no webhooks. */
        public static final EventsConfig DEFAULT = new EventsConfig(100_000, false, List.of());

        /** The same with other rules of webhooks. */
        public EventsConfig withWebhooks(boolean allowPrivate, List<WebhookConfig> changed) {
            return new EventsConfig(streamLength, allowPrivate, changed);
        }
    }

    /**
     * A webhook of the settings. Its text does not tell the secrets.
     *
     * @param id of the webhook
     * @param events names of events, at least one
     * @param secrets all of which are signed with, at least one
     */
    public record WebhookConfig(String id, String workspaceId, String url, List<String> events, List<String> secrets) {
        @Override
        public String toString() {
            return "WebhookConfig[id=" + id + ", workspaceId=" + workspaceId + ", events=" + events + "]";
        }
    }

    /** The same with another way of choosing recipients. */
    public GatewayConfig withRouting(RoutingConfig changed) {
        return new GatewayConfig(server, session, connection, limits, store, events, changed);
    }

    /**
     * How recipients are chosen.
     *
     * @param strategy where an envelope names none
     */
    public record RoutingConfig(Strategy strategy) {
        /** One after another. */
        public static final RoutingConfig DEFAULT = new RoutingConfig(Strategy.ROUND_ROBIN);
    }

    /**
     * Where sessions are kept, and how long the store is waited for. Its text does not tell where, as that may have a password
     * in it.
     *
     * @param place {@code memory}, or the address of a Redis store
     * @param timeoutMillis for each call, more than 0
     * @param lostMillis how long it may be silent until sockets are closed
     * @param waitReplicas how many replicas of a Redis server must have what is acknowledged, 0 to 9
     */
    public record StoreConfig(String place, long timeoutMillis, long lostMillis, int waitReplicas) {
        /** The embedded store, 2 s, and the 30 s of the contract. */
        public static final StoreConfig DEFAULT = new StoreConfig("memory", 2_000, 30_000, 0);

        @Override
        public String toString() {
            return "StoreConfig[timeoutMillis=" + timeoutMillis + ", lostMillis=" + lostMillis + ", waitReplicas="
                    + waitReplicas + "]";
        }
    }

    /**
     * Where the gateway listens.
     *
     * @param host address to bind
     * @param port 0..65535; 0 takes any free one
     * @param allowOpen whether an address other than loopback may be bound without credentials
     * @param transport auto, epoll or nio
     * @param eventLoops threads for sockets; 0 means one per processor
     * @param corsOrigins allowed origins; {@code *} allows all
     * @param drainMillis how long a graceful stop may take
     * @param nodeName how the gateway names itself to clients
     */
    public record ServerConfig(
            String host,
            int port,
            boolean allowOpen,
            String transport,
            int eventLoops,
            List<String> corsOrigins,
            long drainMillis,
            String nodeName) {
        /** Loopback, port 8080. */
        public static final ServerConfig DEFAULT =
                new ServerConfig("127.0.0.1", 8080, false, "auto", 0, List.of(), 10_000, "parley");

        /** The same on another port. */
        public ServerConfig withPort(int changed) {
            return new ServerConfig(
                    host, changed, allowOpen, transport, eventLoops, corsOrigins, drainMillis, nodeName);
        }

        /** The same with another time for a graceful stop, in milliseconds. */
        public ServerConfig withDrainMillis(long changed) {
            return new ServerConfig(host, port, allowOpen, transport, eventLoops, corsOrigins, changed, nodeName);
        }
    }

    /**
     * Rules of sessions; minutes may be fractions. Names and ranges: the settings table of the session rules.
     *
     * @param agentDefaults by agent id in upper case with every other character {@code _}: that agent's settings from the
     *     environment
     */
    public record SessionConfig(
            double defaultTimeoutMinutes,
            double minTimeoutMinutes,
            double maxTimeoutMinutes,
            double maxDurationMinutes,
            double warningThresholdMinutes,
            List<Double> warningLadderSeconds,
            double endedRetentionMinutes,
            int maxTurns,
            int historyLimit,
            int maxParticipants,
            int maxContentLength,
            boolean openAgents,
            boolean sessionBypass,
            long agentReplyMillis,
            Map<String, AgentDefaults> agentDefaults) {
        /** The defaults of the contract. */
        public static final SessionConfig DEFAULT = new SessionConfig(
                30, 5, 1440, 720, 5, List.of(60.0, 10.0), 60, 100, 1000, 10, 4000, true, true, 25_000, Map.of());
    }

    /** Time-outs that an agent's sessions get unless the session says otherwise; null falls to the global setting. */
    public record AgentDefaults(
            @org.jspecify.annotations.Nullable Double timeoutMinutes,
            @org.jspecify.annotations.Nullable Boolean autoRenew,
            @org.jspecify.annotations.Nullable Double maxDurationMinutes,
            @org.jspecify.annotations.Nullable Double warningThresholdMinutes) {}

    /**
     * Rules of sockets.
     *
     * @param connectTimeoutMillis until the first request must have come
     * @param heartbeatMillis between pings
     * @param silenceGraceMillis beyond a heartbeat, until a silent socket is closed
     * @param maxFrameBytes of one message
     * @param outboundBytes of a connection's outgoing queue
     * @param slowMillis how long a connection may be behind
     * @param badFrames how many bad frames a minute are borne
     * @param maxInFlight requests of one connection under way before reading stops
     * @param maxSubscriptions of one connection to channels
     * @param closeGraceMillis after our close frame, until the socket is cut
     */
    public record ConnectionConfig(
            long connectTimeoutMillis,
            long heartbeatMillis,
            long silenceGraceMillis,
            int maxFrameBytes,
            int outboundBytes,
            long slowMillis,
            int badFrames,
            int maxInFlight,
            int maxSubscriptions,
            long closeGraceMillis) {
        /** The defaults of the contract. */
        public static final ConnectionConfig DEFAULT =
                new ConnectionConfig(10_000, 25_000, 8_000, 1 << 20, 1 << 20, 10_000, 10, 64, 100, 5_000);
    }

    /**
     * Limits of what callers may ask for; rates are per second, 0 means no limit.
     *
     * @param readsPerSecond of one identity and of one connection, as the others
     * @param maxBodyBytes of an HTTP request
     * @param maxMetadataLength in UTF-16 units
     * @param maxContextBytes of a shared context
     */
    public record LimitsConfig(
            double readsPerSecond,
            double messagesPerSecond,
            double writesPerSecond,
            double heavyPerSecond,
            int maxBodyBytes,
            int maxMetadataLength,
            int maxContextBytes) {
        /** No rates; sizes of the contract. */
        public static final LimitsConfig DEFAULT = new LimitsConfig(0, 0, 0, 0, 2 << 20, 10_240, 256 << 10);
    }
}
