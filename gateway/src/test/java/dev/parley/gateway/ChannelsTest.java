package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: channels")
class ChannelsTest extends SocketRules {
    @Test
    @DisplayName("keep what is published for those who come later; what is wrong is refused and keeps nothing")
    void kept() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient bot = gateway.agent("bot")) {
            String publish = "{\"channel\":\"news\",\"payload\":{\"a\":1},\"messageId\":\"m1\"}";
            assertThat(ann.call("channel.publish", publish).get("id").asString())
                    .isEqualTo("m1");
            assertThat(ann.call("channel.publish", publish).get("duplicate").asBoolean())
                    .isTrue();
            assertThat(code(bot.refused("channel.publish", publish))).isEqualTo("MESSAGE_CONFLICT");
            assertThat(code(bot.refused("channel.publish", "{\"channel\":\"alerts\",\"payload\":1}")))
                    .isEqualTo("FORBIDDEN");
            assertThat(code(bot.refused("channel.publish", "{\"channel\":\"a b\",\"payload\":1}")))
                    .isEqualTo("VALIDATION_ERROR");
            assertThat(code(bot.refused("channel.publish", "{\"channel\":\"news\"}")))
                    .isEqualTo("VALIDATION_ERROR");
            String large = "{\"channel\":\"news\",\"payload\":\"" + "x".repeat(64 << 10) + "\"}";
            assertThat(code(bot.refused("channel.publish", large))).isEqualTo("PAYLOAD_TOO_LARGE");

            JsonNode messages =
                    bot.call("channel.history", "{\"channel\":\"news\"}").get("messages");
            assertThat(messages).hasSize(1);
            assertThat(messages.get(0).get("from").toString()).isEqualTo("{\"id\":\"ann\",\"kind\":\"user\"}");
            assertThat(messages.get(0).get("payload").toString()).isEqualTo("{\"a\":1}");
            assertThat(bot.call("channel.history", "{\"channel\":\"none\"}").get("messages"))
                    .isEmpty();
        }
    }
}
