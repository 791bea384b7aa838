package dev.parley.gateway.config;

import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.config.GatewayConfig.EventsConfig;
import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.config.GatewayConfig.RoutingConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.gateway.config.GatewayConfig.StoreConfig;
import dev.parley.protocol.WireTypes;
import dev.parley.protocol.envelope.Envelope.Strategy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every setting there is, in the order of documents: name, default, range, meaning. Parsing, {@code --help} and
 * {@code docs/configuration.md} are made from this list.
 */
public final class Settings {
    private static final double NO_MAX = Double.MAX_VALUE;
    private static final double DAY_SECONDS = 86_400;
    private static final List<Setting<?>> ALL = new ArrayList<>();

    private static final ServerConfig SERVER = ServerConfig.DEFAULT;
    private static final SessionConfig SESSION = SessionConfig.DEFAULT;
    private static final ConnectionConfig CONNECTION = ConnectionConfig.DEFAULT;
    private static final LimitsConfig LIMITS = LimitsConfig.DEFAULT;

    static final Setting<String> HOST = add(new Setting<>(
                    "PARLEY_HOST",
                    null,
                    SERVER.host(),
                    "an address or a host name",
                    "Address to listen on. One other than loopback needs PARLEY_ALLOW_OPEN as well, as there are no credentials.",
                    text -> text.matches("[A-Za-z0-9.:_%\\[\\]-]+") ? text : null)
            .withFlag("--host"));
    static final Setting<Integer> PORT =
            add(Setting.whole("PARLEY_PORT", SERVER.port(), 0, 65_535, "Port to listen on; 0 takes any free one.")
                    .withFlag("--port"));
    static final Setting<String> STORE = add(new Setting<>(
                    "PARLEY_STORE",
                    null,
                    StoreConfig.DEFAULT.place(),
                    "memory, or an address that begins with redis://, rediss://, redis-sentinel:// or redis-cluster://",
                    "Where sessions are kept: in memory, where they live and end with the process, or in Redis, which any"
                            + " number of gateways may share. An address may have a password in it, so prefer the environment"
                            + " or the file to the flag, which other users of the machine can see.",
                    text -> text.equalsIgnoreCase("memory")
                            ? "memory"
                            : text.matches("redis(s|-sentinel|-cluster)?://\\S+") ? text : null)
            .withFlag("--store"));
    static final Setting<Double> STORE_TIMEOUT = add(new Setting<>(
            "STORE_TIMEOUT_SECONDS",
            null,
            Setting.plain(StoreConfig.DEFAULT.timeoutMillis() / 1000.0),
            "a number, 0.01 to 60",
            "How long an answer of the store is waited for, in seconds; then the request fails with STORE_UNAVAILABLE.",
            text -> {
                Double value = Setting.number(text);
                return value == null || value < 0.01 || value > 60 ? null : value;
            }));
    static final Setting<Double> STORE_LOST = add(seconds(
            "STORE_LOST_SECONDS",
            StoreConfig.DEFAULT.lostMillis(),
            false,
            "How long the store may be silent, in seconds, until sockets are closed with 4004."));
    static final Setting<Integer> STORE_WAIT_REPLICAS = add(Setting.whole(
            "STORE_WAIT_REPLICAS",
            StoreConfig.DEFAULT.waitReplicas(),
            0,
            9,
            "How many replicas of a Redis server must have a creation, a change, a message or a deletion before it is"
                    + " acknowledged; 0 waits for none, and memory has none."));
    static final Setting<Boolean> ALLOW_OPEN = add(Setting.flag(
                    "PARLEY_ALLOW_OPEN",
                    SERVER.allowOpen(),
                    "Whether an address other than loopback may be listened on although everybody is let in.")
            .withFlag("--allow-open"));
    static final Setting<String> TRANSPORT = add(Setting.choice(
                    "PARLEY_TRANSPORT",
                    SERVER.transport(),
                    List.of("auto", "epoll", "nio"),
                    "How sockets are driven; auto takes epoll where it is there, else nio.")
            .withFlag("--transport"));
    static final Setting<Integer> EVENT_LOOPS = add(Setting.whole(
            "PARLEY_EVENT_LOOPS", SERVER.eventLoops(), 0, 1024, "Threads for sockets; 0 means one per processor."));
    static final Setting<String> NODE_NAME = add(new Setting<>(
            "PARLEY_NODE_NAME",
            null,
            SERVER.nodeName(),
            "1 to 128 letters, digits, dots, hyphens and underscores",
            "How the gateway names itself to clients.",
            text -> text.matches("[A-Za-z0-9._-]{1,128}") ? text : null));
    static final Setting<List<String>> CORS_ORIGINS = add(Setting.list(
            "CORS_ORIGINS",
            "none",
            "* for all, or origins such as https://app.example.org",
            "Origins whose pages may read answers over HTTP.",
            text -> text.equals("*") || text.matches("[a-z][a-z0-9+.-]*://[^/\\s,]+") ? text : null));
    static final Setting<Double> DRAIN_SECONDS = add(seconds(
            "DRAIN_SECONDS",
            SERVER.drainMillis(),
            false,
            "How long a graceful stop may take; clients are spread over it."));

    static final Setting<Double> DEFAULT_TIMEOUT = add(minutes(
            "SESSION_DEFAULT_TIMEOUT_MINUTES",
            SESSION.defaultTimeoutMinutes(),
            "SESSION_MIN_TIMEOUT_MINUTES to SESSION_MAX_TIMEOUT_MINUTES",
            "Idle time-out of a session, in minutes, unless it or its agent says otherwise."));
    static final Setting<Double> MIN_TIMEOUT = add(minutes(
            "SESSION_MIN_TIMEOUT_MINUTES",
            SESSION.minTimeoutMinutes(),
            null,
            "The shortest time-out that a session can have, in minutes."));
    static final Setting<Double> MAX_TIMEOUT = add(minutes(
            "SESSION_MAX_TIMEOUT_MINUTES",
            SESSION.maxTimeoutMinutes(),
            "SESSION_MIN_TIMEOUT_MINUTES or more",
            "The longest time-out that a session can have, in minutes."));
    static final Setting<Double> MAX_DURATION = add(minutes(
            "SESSION_MAX_DURATION_MINUTES",
            SESSION.maxDurationMinutes(),
            "SESSION_MIN_TIMEOUT_MINUTES or more",
            "The longest life of a session, in minutes, however active it is."));
    static final Setting<Double> WARNING_THRESHOLD = add(minutes(
            "SESSION_WARNING_THRESHOLD_MINUTES",
            SESSION.warningThresholdMinutes(),
            null,
            "Time left at which the first warning is given, in minutes."));
    static final Setting<List<Double>> WARNING_LADDER = add(Setting.list(
            "SESSION_WARNING_LADDER_SECONDS",
            "60,10",
            "numbers more than 0",
            "Time left at which further warnings are given, in seconds.",
            text -> {
                Double value = Setting.number(text);
                return value == null || value <= 0 || value > DAY_SECONDS * 365 ? null : value;
            }));
    static final Setting<Double> ENDED_RETENTION = add(Setting.decimal(
            "SESSION_ENDED_RETENTION_MINUTES",
            SESSION.endedRetentionMinutes(),
            0,
            false,
            1e6,
            "How long an ended session can still be read, in minutes."));
    static final Setting<Integer> MAX_TURNS = add(
            Setting.whole("SESSION_MAX_TURNS", SESSION.maxTurns(), 1, 1000, "Turns that a turn-history view returns."));
    static final Setting<Integer> HISTORY_LIMIT = add(Setting.whole(
            "SESSION_HISTORY_LIMIT",
            SESSION.historyLimit(),
            1,
            1_000_000,
            "Messages kept per session, oldest dropped first."));
    static final Setting<Integer> MAX_PARTICIPANTS = add(Setting.whole(
            "SESSION_MAX_PARTICIPANTS",
            SESSION.maxParticipants(),
            2,
            10_000,
            "Participants of a session; those who left do not count."));
    static final Setting<Integer> MAX_CONTENT = add(Setting.whole(
            "SESSION_MAX_CONTENT_LENGTH",
            SESSION.maxContentLength(),
            1,
            1_000_000,
            "The longest text of a message, in UTF-16 units."));
    static final Setting<Integer> MAX_METADATA = add(Setting.whole(
            "SESSION_MAX_METADATA_LENGTH",
            LIMITS.maxMetadataLength(),
            2,
            1_000_000,
            "The longest metadata of a session or message, in UTF-16 units of compact JSON."));
    static final Setting<Integer> MAX_CONTEXT = add(Setting.whole(
            "SESSION_MAX_CONTEXT_BYTES",
            LIMITS.maxContextBytes(),
            2,
            16 << 20,
            "The largest shared context, in bytes of compact JSON."));
    static final Setting<Boolean> OPEN_AGENTS = add(Setting.flag(
            "GATEWAY_OPEN_AGENTS",
            SESSION.openAgents(),
            "Whether sessions can be created with agents that have never connected."));
    static final Setting<Boolean> SESSION_BYPASS = add(Setting.flag(
            "ENABLE_SESSION_BYPASS",
            SESSION.sessionBypass(),
            "Whether a router is told to skip classification for a user with an active session."));
    static final Setting<String> ROUTING_STRATEGY = add(Setting.choice(
            "ROUTING_STRATEGY",
            RoutingConfig.DEFAULT.strategy().wireName(),
            WireTypes.constants(Strategy.class).keySet().stream().toList(),
            "How the recipient of an envelope is chosen that names none."));
    static final Setting<Double> AGENT_REPLY_TIMEOUT = add(seconds(
            "AGENT_REPLY_TIMEOUT_SECONDS",
            SESSION.agentReplyMillis(),
            true,
            "How long an HTTP request waits for an agent's reply, in seconds."));

    static final Setting<Double> CONNECT_TIMEOUT = add(seconds(
            "CONNECT_TIMEOUT_SECONDS",
            CONNECTION.connectTimeoutMillis(),
            true,
            "How long a new socket may take to send its connect request, in seconds."));
    static final Setting<Double> HEARTBEAT = add(seconds(
            "HEARTBEAT_SECONDS", CONNECTION.heartbeatMillis(), true, "Time between pings of a socket, in seconds."));
    static final Setting<Double> SILENCE_GRACE = add(seconds(
            "SILENCE_GRACE_SECONDS",
            CONNECTION.silenceGraceMillis(),
            true,
            "How long beyond a heartbeat a socket may be silent, in seconds."));
    static final Setting<Integer> MAX_FRAME = add(Setting.whole(
            "MAX_FRAME_BYTES",
            CONNECTION.maxFrameBytes(),
            1024,
            64 << 20,
            "The largest message of a socket, in bytes."));
    static final Setting<Integer> OUTBOUND_QUEUE = add(Setting.whole(
            "OUTBOUND_QUEUE_BYTES",
            CONNECTION.outboundBytes(),
            16 << 10,
            1 << 30,
            "Outgoing queue of one connection, in bytes; beyond it a reader lags and is fed from the log."));
    static final Setting<Double> SLOW_CONSUMER = add(seconds(
            "SLOW_CONSUMER_SECONDS",
            CONNECTION.slowMillis(),
            true,
            "How long a connection may be behind before it is closed, in seconds."));
    static final Setting<Integer> BAD_FRAMES = add(Setting.whole(
            "MAX_BAD_FRAMES", CONNECTION.badFrames(), 1, 1_000_000, "Bad frames of one socket borne in a minute."));
    static final Setting<Integer> IN_FLIGHT = add(Setting.whole(
            "MAX_IN_FLIGHT",
            CONNECTION.maxInFlight(),
            1,
            100_000,
            "Requests of one socket under way before it is read no further."));
    static final Setting<Integer> SUBSCRIPTIONS = add(Setting.whole(
            "MAX_CHANNEL_SUBSCRIPTIONS",
            CONNECTION.maxSubscriptions(),
            1,
            10_000,
            "Channels that one socket may be subscribed to at once."));
    static final Setting<Double> CLOSE_GRACE = add(seconds(
            "CLOSE_GRACE_SECONDS",
            CONNECTION.closeGraceMillis(),
            false,
            "How long a socket is read on after its close frame, so that the code arrives, in seconds."));

    static final Setting<Double> READS =
            add(rate("LIMIT_READS_PER_SECOND", LIMITS.readsPerSecond(), "Reads of one record"));
    static final Setting<Double> MESSAGES =
            add(rate("LIMIT_MESSAGES_PER_SECOND", LIMITS.messagesPerSecond(), "Messages, deltas and typing"));
    static final Setting<Double> WRITES =
            add(rate("LIMIT_WRITES_PER_SECOND", LIMITS.writesPerSecond(), "Changes of records"));
    static final Setting<Double> HEAVY =
            add(rate("LIMIT_HEAVY_PER_SECOND", LIMITS.heavyPerSecond(), "Creations and lists"));
    static final Setting<Integer> MAX_BODY = add(Setting.whole(
            "HTTP_MAX_BODY_BYTES",
            LIMITS.maxBodyBytes(),
            1024,
            16 << 20,
            "The largest body of an HTTP request, in bytes."));

    static final Setting<Integer> STREAM_LENGTH = add(Setting.whole(
            "SESSION_EVENTS_LENGTH",
            EventsConfig.DEFAULT.streamLength(),
            0,
            10_000_000,
            "About how many entries the Redis stream session-events keeps, oldest dropped first; 0 for no stream, and memory"
                    + " has none."));

    static final Setting<Boolean> WEBHOOK_PRIVATE = add(
            Setting.flag(
                    "WEBHOOK_ALLOW_PRIVATE",
                    EventsConfig.DEFAULT.webhookPrivate(),
                    "Whether webhooks may go to other addresses than those of the public internet: to this machine and its networks."));

    private Settings() {}

    /** All settings, in the order of documents. */
    public static List<Setting<?>> all() {
        return List.copyOf(ALL);
    }

    /** The setting of a name; null when there is none. */
    static @Nullable Setting<?> byName(String name) {
        for (Setting<?> setting : ALL) {
            if (setting.name().equals(name)) {
                return setting;
            }
        }
        return null;
    }

    /** The table of all settings as Markdown: what {@code docs/configuration.md} holds. */
    public static String markdown() {
        StringBuilder out = new StringBuilder("| name | flag | default | allowed | meaning |\n|---|---|---|---|---|\n");
        for (Setting<?> setting : ALL) {
            String flag = setting.flag();
            out.append("| `").append(setting.name()).append("` | ");
            out.append(flag == null ? "" : "`" + flag + "`").append(" | `");
            out.append(setting.defaultText()).append("` | ");
            out.append(setting.range()).append(" | ");
            out.append(setting.meaning()).append(" |\n");
        }
        return out.toString();
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        ALL.add(setting);
        return setting;
    }

    private static Setting<Double> minutes(String name, double preset, @Nullable String range, String meaning) {
        Setting<Double> setting = Setting.decimal(name, preset, 0, true, 1e7, meaning);
        return range == null
                ? setting
                : new Setting<>(name, null, setting.defaultText(), range, meaning, setting.parser());
    }

    private static Setting<Double> seconds(String name, long presetMillis, boolean exclusive, String meaning) {
        return Setting.decimal(name, presetMillis / 1000.0, 0, exclusive, DAY_SECONDS, meaning);
    }

    private static Setting<Double> rate(String name, double preset, String what) {
        return Setting.decimal(
                name,
                preset,
                0,
                false,
                NO_MAX,
                what + " that one identity and one connection may ask for each second; 0 is no limit.");
    }
}
