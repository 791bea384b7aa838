package dev.parley.gateway;

import dev.parley.gateway.config.GatewayConfig;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;

/** A gateway for each test of what sockets are held to. */
abstract class SocketRules {
    GatewayFixture gateway;

    @BeforeEach
    void start() {
        gateway = new GatewayFixture();
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    /** Starts anew with other settings. */
    void restart(UnaryOperator<GatewayConfig> change) {
        gateway.close();
        gateway = new GatewayFixture(change);
    }

    static String code(JsonNode error) {
        return error.get("data").get("code").asString();
    }

    static String message(String sessionId, String content) {
        return "{\"sessionId\":\"" + sessionId + "\",\"content\":\"" + content + "\"}";
    }

    static String ref(String sessionId) {
        return "{\"sessionId\":\"" + sessionId + "\"}";
    }
}
