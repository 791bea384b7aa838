package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: liveness and closing")
class SocketLivenessTest extends SocketRules {
    @Test
    void aSilentSocketIsPingedThenClosedWith4001() throws IOException {
        try (RawSocket client = new RawSocket(gateway.port())) {
            client.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"ann\"}}");
            client.read();
            gateway.advance(26);
            assertThat(client.read().opcode()).isEqualTo(RawSocket.PING);
            gateway.advance(9);
            assertThat(client.readToClose()).isEqualTo(4001);
        }
    }

    @Test
    void afterItsCloseFrameTheServerReadsOnForAWhileAndThenGoes() throws IOException {
        try (RawSocket client = new RawSocket(gateway.port())) {
            String ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
            client.text(ping);
            client.read();
            gateway.advance(11);
            assertThat(client.readToClose()).isEqualTo(4501);
            client.text(ping);
            await().until(() -> {
                gateway.advance(6);
                return client.isAtItsEnd();
            });
        }
    }

    @Test
    void aReaderThatFallsBehindIsClosedWith4002() throws IOException {
        restart(config -> config.withConnection(
                new ConnectionConfig(10_000, 3_600_000, 8_000, 1 << 20, 1 << 16, 10_000, 10, 64, 100, 5_000)));
        try (RawSocket slow = new RawSocket(gateway.port());
                SocketClient ann = gateway.user("ann")) {
            slow.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"agent\",\"id\":\"slow\"}}");
            slow.read();
            String id = gateway.session(ann, "ann", "slow");
            String payload = "x".repeat(60_000);
            for (int i = 0; i < 200; i++) {
                ann.call("message.send", "{\"sessionId\":\"" + id + "\",\"payload\":\"" + payload + "\"}");
            }
            gateway.advance(1);
            ann.call("ping", "{}");
            gateway.advance(11);
            assertThat(slow.readToClose()).isEqualTo(4002);
            ann.call("message.send", message(id, "still here"));
        }
    }

    @Test
    void tooManyRequestsAreToldWhenToGoOn() {
        restart(config -> config.withLimits(new LimitsConfig(0, 5, 0, 0, 2 << 20, 10_240, 256 << 10)));
        try (SocketClient ann = gateway.user("ann")) {
            String id = gateway.session(ann, "ann", "helper");
            JsonNode refusal = null;
            for (int i = 0; i < 11; i++) {
                JsonNode answer = ann.answer(ann.send("message.send", message(id, "m" + i)));
                refusal = answer.get("error");
            }
            assertThat(refusal).isNotNull();
            assertThat(code(refusal)).isEqualTo("RATE_LIMITED");
            assertThat(refusal.get("data").get("details").get("retryAfterMs").asInt())
                    .isBetween(1, 1000);
            gateway.advance(1);
            ann.call("message.send", message(id, "later"));
        }
    }

    @Test
    void whoGoesOnAllTheSameIsClosedWith4504() {
        restart(config -> config.withLimits(new LimitsConfig(0, 5, 0, 0, 2 << 20, 10_240, 256 << 10)));
        try (SocketClient ann = gateway.user("ann")) {
            String id = gateway.session(ann, "ann", "helper");
            for (int i = 0; i < 10 + 100 + 1; i++) {
                ann.send("message.send", message(id, "m" + i));
            }
            assertThat(ann.closed()).isEqualTo(4504);
        }
    }

    @Test
    void aGatewayThatGoesAwayTellsRefusesAndCloses() throws IOException {
        restart(config -> config.withServer(ServerConfig.DEFAULT.withPort(0).withDrainMillis(10_000)));
        try (SocketClient ann = gateway.user("ann")) {
            String id = gateway.session(ann, "ann", "helper");
            gateway.gateway.drain().subscribe();
            assertThat(ann.push("server.draining").get("reconnectAfterMs").asInt())
                    .isBetween(0, 3000);
            try (RawSocket late = new RawSocket(gateway.port())) {
                assertThat(late.status()).contains("503");
            }
            // Its turn to be refused comes somewhere in the time; then its close, shortly after.
            boolean refused = false;
            for (int i = 0; i < 200 && !refused; i++) {
                gateway.time.advance(java.time.Duration.ofMillis(100));
                JsonNode answer = ann.answer(ann.send("message.send", message(id, "m" + i)));
                refused = answer.has("error");
                if (refused) {
                    assertThat(code(answer.get("error"))).isEqualTo("DRAINING");
                    assertThat(answer.get("error").get("data").get("status").asInt())
                            .isEqualTo(503);
                }
            }
            assertThat(refused).isTrue();
            gateway.advance(1);
            assertThat(ann.closed()).isEqualTo(4000);
        }
    }
}
