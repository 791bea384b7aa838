package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.http.DescribedApi;
import dev.parley.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: channels")
class ChannelsTest extends SocketRules {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

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
            bot.call("channel.publish", "{\"channel\":\"blank\",\"payload\":null}");
            JsonNode blank = bot.call("channel.history", "{\"channel\":\"blank\"}")
                    .get("messages")
                    .get(0);
            assertThat(blank.get("payload").isNull()).isTrue();
            assertThat(bot.call("channel.history", "{\"channel\":\"none\"}").get("messages"))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName(
            "bring what is published by anybody to all who are subscribed, in order, but not back to where it came from")
    void live() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient second = gateway.user("ann");
                SocketClient bot = gateway.agent("bot")) {
            for (SocketClient each : List.of(ann, second, bot)) {
                JsonNode subscribed = each.call("channel.subscribe", "{\"channel\":\"news\"}");
                assertThat(subscribed.toString()).isEqualTo("{\"channel\":\"news\",\"seq\":0}");
            }
            JsonNode published =
                    ann.call("channel.publish", "{\"channel\":\"news\",\"payload\":{\"a\":1},\"messageId\":\"m1\"}");
            JsonNode first = bot.push("channel.message");
            assertThat(first.toString())
                    .isEqualTo(
                            "{\"channel\":\"news\",\"from\":{\"id\":\"ann\",\"kind\":\"user\"},\"payload\":{\"a\":1},"
                                    + "\"id\":\"m1\",\"createdAt\":\""
                                    + published.get("createdAt").asString() + "\",\"seq\":"
                                    + published.get("seq") + "}");
            assertThat(second.push("channel.message")).isEqualTo(first);
            JsonNode overHttp = http(201, "POST", "{\"payload\":[2],\"messageId\":\"m2\"}");
            for (SocketClient each : List.of(ann, second, bot)) {
                JsonNode push = each.push("channel.message");
                assertThat(push.get("id").asString()).isEqualTo("m2");
                assertThat(push.get("seq")).isEqualTo(overHttp.get("seq"));
            }
            publish(bot, "other", 3);
            assertThat(ann.arrived("channel.message")).isEmpty();
            JsonNode kept = http(200, "GET", "").get("messages");
            assertThat(kept).hasSize(2);
            assertThat(kept.get(0)).isEqualTo(first);
        }
    }

    @Test
    @DisplayName("bring those who come later what is kept, and those who come back what they missed")
    void positions() {
        try (SocketClient ann = gateway.user("ann")) {
            for (int i = 1; i <= 3; i++) {
                publish(ann, "news", i);
            }
            try (SocketClient bot = gateway.agent("bot")) {
                JsonNode all = bot.call("channel.subscribe", "{\"channel\":\"news\"}");
                long first = bot.push("channel.message").get("seq").asLong();
                assertThat(all.get("seq").asLong()).isEqualTo(first - 1);
                assertThat(payloads(bot, 2)).containsExactly(2, 3);
                bot.call("channel.subscribe", "{\"channel\":\"news\",\"last\":1}");
                assertThat(payloads(bot, 1)).containsExactly(3);
                JsonNode head = bot.call("channel.subscribe", "{\"channel\":\"news\",\"last\":0}");
                assertThat(head.get("seq").asLong()).isEqualTo(first + 2);
                publish(ann, "news", 4);
                assertThat(payloads(bot, 1)).containsExactly(4);
                JsonNode again = bot.call("channel.subscribe", "{\"channel\":\"news\"}");
                assertThat(again.get("seq").asLong()).isEqualTo(first + 3);
                assertThat(bot.arrived("channel.message")).isEmpty();
                bot.cut();
                publish(ann, "news", 5);
                publish(ann, "news", 6);
                try (SocketClient back = gateway.agent("bot")) {
                    JsonNode entry = back.call("channel.subscribe", position("news", first + 3));
                    assertThat(entry.has("gap")).isFalse();
                    assertThat(payloads(back, 2)).containsExactly(5, 6);
                    publish(ann, "news", 7);
                    assertThat(payloads(back, 1)).containsExactly(7);

                    for (int i = 8; i <= 108; i++) {
                        publish(ann, "news", i);
                    }
                    assertThat(payloads(back, 101)).endsWith(107, 108);
                    JsonNode late = back.call("channel.subscribe", position("news", first + 6));
                    assertThat(late.get("gap").asBoolean()).isTrue();
                    assertThat(late.get("seq").asLong()).isEqualTo(first + 7);
                    assertThat(payloads(back, 100)).startsWith(9).endsWith(108);
                    JsonNode unknown = back.call("channel.subscribe", position("news", first + 1_000));
                    assertThat(unknown.get("gap").asBoolean()).isTrue();
                    assertThat(unknown.get("seq").asLong()).isEqualTo(first + 107);
                    publish(ann, "news", 109);
                    assertThat(payloads(back, 1)).containsExactly(109);
                }
            }
        }
    }

    @Test
    @DisplayName(
            "bring nothing after they were unsubscribed from; a socket has only so many; wrong positions are refused")
    void bounded() {
        restart(config -> config.withConnection(
                new ConnectionConfig(10_000, 25_000, 8_000, 1 << 20, 1 << 20, 10_000, 10, 64, 2, 5_000)));
        try (SocketClient ann = gateway.user("ann");
                SocketClient bot = gateway.agent("bot")) {
            bot.call("channel.subscribe", "{\"channel\":\"a\"}");
            bot.call("channel.subscribe", "{\"channel\":\"b\"}");
            bot.call("channel.subscribe", "{\"channel\":\"a\"}");
            JsonNode full = bot.refused("channel.subscribe", "{\"channel\":\"c\"}");
            assertThat(code(full)).isEqualTo("RATE_LIMITED");
            assertThat(full.get("data").get("details").toString()).isEqualTo("{\"limit\":\"subscriptions\",\"max\":2}");
            publish(ann, "c", 1);
            publish(ann, "a", 2);
            assertThat(payloads(bot, 1)).containsExactly(2);
            assertThat(bot.call("channel.unsubscribe", "{\"channel\":\"a\"}").toString())
                    .isEqualTo("{\"ok\":true}");
            bot.call("channel.unsubscribe", "{\"channel\":\"a\"}");
            publish(ann, "a", 3);
            assertThat(bot.arrived("channel.message")).isEmpty();
            bot.call("channel.subscribe", "{\"channel\":\"c\"}");
            assertThat(payloads(bot, 1)).containsExactly(1);
            bot.call("channel.unsubscribe", "{\"channel\":\"c\"}");
            for (String wrong : List.of(
                    "{\"channel\":\"x\",\"seq\":1,\"last\":1}",
                    "{\"channel\":\"x\",\"seq\":-1}",
                    "{\"channel\":\"x\",\"last\":101}",
                    "{\"channel\":\"x\",\"last\":-1}",
                    "{\"channel\":\"x y\"}",
                    "{}")) {
                assertThat(code(bot.refused("channel.subscribe", wrong)))
                        .as(wrong)
                        .isEqualTo("VALIDATION_ERROR");
            }
            assertThat(code(bot.refused("channel.subscribe", "{\"channel\":\"alerts\"}")))
                    .isEqualTo("FORBIDDEN");
            bot.call("channel.subscribe", "{\"channel\":\"d\"}");
        }
    }

    @Test
    @DisplayName("hold nothing for a socket that never reads, and close it with 4002")
    void neverRead() throws IOException {
        restart(config -> config.withConnection(
                new ConnectionConfig(10_000, 3_600_000, 8_000, 1 << 20, 1 << 16, 10_000, 10, 64, 100, 5_000)));
        try (RawSocket slow = new RawSocket(gateway.port());
                SocketClient ann = gateway.user("ann");
                SocketClient bob = gateway.user("bob")) {
            slow.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"slow\"}}");
            slow.read();
            slow.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"channel.subscribe\",\"params\":{\"channel\":\"news\"}}");
            slow.read();
            bob.call("channel.subscribe", "{\"channel\":\"news\"}");
            String large = "{\"channel\":\"news\",\"payload\":\"" + "x".repeat(60_000) + "\"}";
            for (int i = 0; i < 300; i++) {
                ann.call("channel.publish", large);
                bob.push("channel.message");
            }
            gateway.advance(1);
            ann.call("ping", "{}");
            gateway.advance(11);
            assertThat(slow.readToClose()).isEqualTo(4002);
            publish(ann, "news", 7);
            assertThat(payloads(bob, 1)).containsExactly(7);
        }
    }

    private JsonNode http(int status, String method, String body) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.port() + "/api/channels/news/messages"))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = DescribedApi.check(
                HTTP.sendAsync(request, BodyHandlers.ofString()).join());
        assertThat(response.statusCode()).isEqualTo(status);
        return Json.MAPPER.readTree(response.body());
    }

    private static void publish(SocketClient from, String channel, int payload) {
        from.call("channel.publish", "{\"channel\":\"" + channel + "\",\"payload\":" + payload + "}");
    }

    private static String position(String channel, long seq) {
        return "{\"channel\":\"" + channel + "\",\"seq\":" + seq + "}";
    }

    private static List<Integer> payloads(SocketClient at, int count) {
        List<Integer> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            JsonNode push = at.push("channel.message");
            assertThat(push.has("gap")).isFalse();
            payloads.add(push.get("payload").asInt());
        }
        return payloads;
    }
}
