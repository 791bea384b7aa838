package dev.parley.gateway;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.store.FaultyStore;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** A gateway on a free port, with the embedded store, on time that the test moves. */
final class GatewayFixture implements AutoCloseable {
    private static final Duration WAIT = Duration.ofSeconds(60);

    final ManualTime time = new ManualTime();
    final MemoryStore store;
    final FaultyStore line;
    final Gateway gateway;

    GatewayFixture() {
        this(config -> config);
    }

    GatewayFixture(UnaryOperator<GatewayConfig> change) {
        this(change, false);
    }

    /** A gateway whose store is at the end of a line. */
    static GatewayFixture remote(UnaryOperator<GatewayConfig> change) {
        return new GatewayFixture(change, true);
    }

    private GatewayFixture(UnaryOperator<GatewayConfig> change, boolean remote) {
        GatewayConfig config = change.apply(GatewayConfig.DEFAULT.withServer(ServerConfig.DEFAULT.withPort(0)));
        store = new MemoryStore(time, Gateway.storeSettings(config.session()));
        line = new FaultyStore(store, time);
        gateway = new Gateway(config, remote ? line : store, time);
        gateway.start().block(WAIT);
    }

    int port() {
        return gateway.port();
    }

    SocketClient socket() {
        return new SocketClient(port());
    }

    SocketClient user(String id) {
        SocketClient socket = socket();
        socket.connect("user", id);
        return socket;
    }

    SocketClient agent(String id) {
        SocketClient socket = socket();
        socket.connect("agent", id);
        return socket;
    }

    /** Creates a session of a user over their socket. */
    String session(SocketClient user, String userId, String agentId) {
        JsonNode created =
                user.call("session.create", "{\"agentId\":\"" + agentId + "\",\"userId\":\"" + userId + "\"}");
        return created.get("sessionId").asString();
    }

    void advance(int seconds) {
        time.advance(Duration.ofSeconds(seconds));
    }

    @Override
    public void close() {
        gateway.close().block(WAIT);
    }
}
