package dev.parley.gateway;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.config.GatewayConfig.StoreConfig;
import dev.parley.gateway.http.DescribedApi;
import dev.parley.gateway.http.EventReader;
import dev.parley.protocol.Json;
import dev.parley.store.Store;
import dev.parley.store.redis.FaultProxy;
import dev.parley.store.redis.RedisServer;
import dev.parley.store.redis.RedisServers;
import dev.parley.store.redis.RedisStores;
import dev.parley.time.SystemTime;
import dev.parley.time.TimeSource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import reactor.core.scheduler.Scheduler;
import tools.jackson.databind.JsonNode;

/**
 * Gateways on one Redis, in real time, with sessions of their own. Each is what a process of its own would be: its own store,
 * connections to the server, timers and clock; between it and the server stands a proxy, so that one can be cut off. Clients
 * name the gateway that they go to, in a ring: of two gateways, number 2 is number 0 again.
 */
final class Fleet implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(60);

    private static final long PATIENCE_MILLIS = 15_000;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final RedisServer redis;
    private final String prefix = "t" + UUID.randomUUID().toString().substring(0, 8);
    private final String options;
    private final UnaryOperator<GatewayConfig> change;
    private final List<Node> nodes = new ArrayList<>();

    private Fleet(RedisServer redis, String options, UnaryOperator<GatewayConfig> change) {
        this.redis = redis;
        this.options = options;
        this.change = change;
    }

    /** So many gateways on the server that all tests share. */
    static Fleet of(int gateways) {
        return of(gateways, config -> config);
    }

    /** The same with other settings. They wait long for the store, which a busy machine may need. */
    static Fleet of(int gateways, UnaryOperator<GatewayConfig> change) {
        return started(
                new Fleet(
                        RedisServers.shared(),
                        "&commandTimeoutMillis=" + PATIENCE_MILLIS + "&connectTimeoutMillis=" + PATIENCE_MILLIS,
                        config -> change.apply(
                                config.withStore(new StoreConfig("memory", PATIENCE_MILLIS, 2 * PATIENCE_MILLIS, 0)))),
                gateways);
    }

    /** On a server of the caller's, which is waited for as long as in earnest. */
    static Fleet on(RedisServer redis, int gateways, UnaryOperator<GatewayConfig> change) {
        return started(new Fleet(redis, "", change), gateways);
    }

    private static Fleet started(Fleet fleet, int gateways) {
        for (int i = 0; i < gateways; i++) {
            fleet.join(0);
        }
        return fleet;
    }

    /** One more gateway, whose own clock is ahead by so much, in milliseconds. */
    void join(long clockAhead) {
        nodes.add(new Node(clockAhead));
    }

    /** A gateway. */
    Gateway gateway(int number) {
        return node(number).gateway;
    }

    /**
     * Ends a gateway as a kill does: the store hears nothing more of it, its clients' sockets break off. A new one takes its
     * place.
     */
    void kill(int number) {
        int place = number % nodes.size();
        nodes.get(place).kill();
        nodes.set(place, new Node(0));
    }

    /** Cuts a gateway off from the server, until {@link #reconnect}. */
    void isolate(int number) {
        node(number).line.takeDown();
    }

    void reconnect(int number) {
        node(number).line.restore();
    }

    SocketClient socket(int number) {
        return new SocketClient(gateway(number).port());
    }

    SocketClient user(int number, String id) {
        SocketClient socket = socket(number);
        socket.connect("user", id);
        return socket;
    }

    SocketClient agent(int number, String id) {
        SocketClient socket = socket(number);
        socket.connect("agent", id);
        return socket;
    }

    /** Creates a session of ann and helper over a socket of ann; answers its id. */
    static String session(SocketClient ann) {
        return ann.call("session.create", "{\"agentId\":\"helper\",\"userId\":\"ann\"}")
                .get("sessionId")
                .asString();
    }

    /** Asks a gateway over HTTP. */
    Reply get(int number, String path) {
        return sending(number, "GET", path, "").join();
    }

    /** Sends a body as JSON to a gateway over HTTP. */
    Reply post(int number, String path, String json) {
        return sending(number, "POST", path, json).join();
    }

    CompletableFuture<Reply> sending(int number, String method, String path, String json) {
        HttpRequest.Builder request = request(number, path)
                .timeout(WAIT.plusSeconds(15))
                .method(method, json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        return HTTP.sendAsync(request.build(), BodyHandlers.ofString())
                .thenApply(DescribedApi::check)
                .thenApply(response -> new Reply(response, Json.MAPPER.readTree(response.body())));
    }

    /** Opens an event stream of a gateway; with a body it is posted. */
    EventReader events(int number, String path, String json, String... headers) {
        HttpRequest.Builder request = request(number, path);
        if (!json.isEmpty()) {
            request.POST(BodyPublishers.ofString(json));
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return new EventReader(
                HTTP.sendAsync(request.build(), BodyHandlers.ofInputStream()).join());
    }

    /** Names of all keys that these gateways have made, without the prefix. */
    List<String> keys() {
        List<?> found = (List<?>) Objects.requireNonNull(redis.command("KEYS", prefix + ":*"));
        return found.stream()
                .map(key -> String.valueOf(key).substring(prefix.length() + 1))
                .toList();
    }

    /** What the stream of these gateways holds: event, session and status of each entry. */
    List<String> stream() {
        List<?> entries =
                (List<?>) Objects.requireNonNull(redis.command("XRANGE", prefix + ":session-events", "-", "+"));
        return entries.stream()
                .map(entry -> (List<?>) ((List<?>) entry).get(1))
                .map(fields -> fields.get(1) + " " + fields.get(3) + " " + fields.get(7))
                .toList();
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }

    private HttpRequest.Builder request(int number, String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway(number).port() + path))
                .header("Content-Type", "application/json");
    }

    private Node node(int number) {
        return nodes.get(number % nodes.size());
    }

    /** An answer over HTTP. */
    record Reply(HttpResponse<String> response, JsonNode json) {
        int status() {
            return response.statusCode();
        }
    }

    private final class Node {
        final FaultProxy line = new FaultProxy(redis.port(), FaultProxy.Plan.NONE);
        final Gateway gateway;
        private final SystemTime timers = new SystemTime();

        Node(long clockAhead) {
            GatewayConfig config = change.apply(GatewayConfig.DEFAULT.withServer(ServerConfig.DEFAULT.withPort(0)));
            TimeSource time = new WrongClock(timers, clockAhead);
            Store store = Objects.requireNonNull(RedisStores.open(
                            "redis://127.0.0.1:" + line.port() + "?prefix=" + prefix + options,
                            0,
                            Gateway.storeSettings(config.session()),
                            time)
                    .block(WAIT));
            gateway = new Gateway(config, store, time);
            gateway.start().block(WAIT);
        }

        void kill() {
            line.takeDown();
            close();
        }

        void close() {
            gateway.close().block(WAIT);
            line.close();
            timers.close();
        }
    }

    /** A machine's clock that is wrong; durations are right. */
    private record WrongClock(SystemTime timers, long ahead) implements TimeSource {
        @Override
        public long nowMillis() {
            return timers.nowMillis() + ahead;
        }

        @Override
        public long nanoTime() {
            return timers.nanoTime();
        }

        @Override
        public Cancellable schedule(long delayMillis, Runnable task) {
            return timers.schedule(delayMillis, task);
        }

        @Override
        public Scheduler scheduler() {
            return timers.scheduler();
        }
    }
}
