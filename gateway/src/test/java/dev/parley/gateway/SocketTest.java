package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SocketTest {
    private Gateway gateway;

    @BeforeEach
    void start() {
        gateway = Gateway.embedded(GatewayConfig.DEFAULT.withServer(
                ServerConfig.DEFAULT.withPort(0).withDrainMillis(500)));
        gateway.start().block(Duration.ofSeconds(60));
    }

    @AfterEach
    void stop() {
        gateway.close().block(Duration.ofSeconds(60));
    }

    @Test
    @DisplayName("a user and an agent talk: created, attached, streamed, sent, delivered")
    void talk() {
        try (SocketClient agent = new SocketClient(gateway.port());
                SocketClient user = new SocketClient(gateway.port())) {
            assertThat(agent.connect("agent", "helper").get("heartbeatSeconds").asInt())
                    .isEqualTo(25);
            user.connect("user", "ann");
            JsonNode session = user.call("session.create", "{\"agentId\":\"helper\",\"userId\":\"ann\"}");
            String id = session.get("sessionId").asString();
            assertThat(agent.push("session.attached")
                            .get("entry")
                            .get("sessionId")
                            .asString())
                    .isEqualTo(id);
            JsonNode sent = user.call("message.send", "{\"sessionId\":\"" + id + "\",\"content\":\"hello\"}");
            assertThat(sent.get("seq").asInt()).isEqualTo(2);
            JsonNode heard = agent.push("message");
            assertThat(heard.get("content").asString()).isEqualTo("hello");
            assertThat(heard.get("authorId").asString()).isEqualTo("ann");
            agent.call(
                    "message.delta",
                    "{\"sessionId\":\"" + id + "\",\"messageId\":\"r1\",\"index\":0,\"chunk\":\"hi \"}");
            assertThat(user.push("message.delta").get("chunk").asString()).isEqualTo("hi ");
            agent.call(
                    "message.send",
                    "{\"sessionId\":\"" + id + "\",\"messageId\":\"r1\",\"content\":\"hi ann\",\"inReplyTo\":\""
                            + sent.get("messageId").asString() + "\"}");
            JsonNode reply = user.push("message");
            assertThat(reply.get("seq").asInt()).isEqualTo(3);
            assertThat(reply.get("role").asString()).isEqualTo("agent");
            assertThat(user.call("session.history", "{\"sessionId\":\"" + id + "\"}")
                            .get("messages"))
                    .hasSize(2);
        }
    }
}
