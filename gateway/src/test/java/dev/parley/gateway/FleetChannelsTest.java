package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Channels whose subscribers and publishers are on different gateways. */
@DisplayName("gateways: channels")
class FleetChannelsTest {
    private static final int GATEWAYS = 3;
    private static final int MESSAGES = 20;

    private static Fleet fleet;

    @BeforeAll
    static void start() {
        fleet = Fleet.of(GATEWAYS);
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    @DisplayName("all get what is published on any gateway once and in the same order, whenever they came")
    void live() {
        List<SocketClient> readers = new ArrayList<>();
        List<SocketClient> writers = new ArrayList<>();
        try {
            for (int i = 0; i < GATEWAYS; i++) {
                writers.add(fleet.user(i, "writer-" + i));
                readers.add(fleet.user(i, "reader-" + i));
                readers.get(i).call("channel.subscribe", "{\"channel\":\"live\"}");
            }
            List<Integer> sent = new ArrayList<>();
            for (int m = 0; m < MESSAGES; m++) {
                for (int i = 0; i < GATEWAYS; i++) {
                    sent.add(writers.get(i).send("channel.publish", publish("live", m)));
                }
                if (m == MESSAGES / 2) {
                    readers.add(fleet.user(1, "late"));
                    readers.get(GATEWAYS).call("channel.subscribe", "{\"channel\":\"live\"}");
                }
            }
            for (int n = 0; n < sent.size(); n++) {
                JsonNode answer = writers.get(n % GATEWAYS).answer(sent.get(n));
                assertThat(answer.has("result")).as("%s", answer).isTrue();
            }
            JsonNode overHttp = fleet.post(2, "/api/channels/live/messages", "{\"payload\":-1}")
                    .json();
            JsonNode kept = fleet.get(0, "/api/channels/live/messages").json().get("messages");
            assertThat(kept).hasSize(GATEWAYS * MESSAGES + 1);
            long first = kept.get(0).get("seq").asLong();
            assertThat(overHttp.get("seq").asLong()).isEqualTo(first + GATEWAYS * MESSAGES);
            for (SocketClient reader : readers) {
                for (JsonNode message : kept) {
                    assertThat(reader.push("channel.message")).isEqualTo(message);
                }
                assertThat(reader.arrived("channel.message")).isEmpty();
            }
            assertThat(IntStream.range(0, kept.size())
                            .mapToObj(i -> kept.get(i).get("seq").asLong() - first))
                    .containsExactlyElementsOf(IntStream.range(0, kept.size())
                            .mapToObj(i -> (long) i)
                            .toList());
        } finally {
            readers.forEach(SocketClient::close);
            writers.forEach(SocketClient::close);
        }
    }

    @Test
    @DisplayName("who was cut goes on from its position on another gateway, with all that it missed")
    void elsewhere() {
        try (SocketClient ann = fleet.user(2, "ann")) {
            SocketClient bot = fleet.user(0, "bot");
            bot.call("channel.subscribe", "{\"channel\":\"moved\"}");
            ann.call("channel.publish", publish("moved", 1));
            long position = bot.push("channel.message").get("seq").asLong();
            bot.cut();
            ann.call("channel.publish", publish("moved", 2));
            ann.call("channel.publish", publish("moved", 3));
            try (SocketClient back = fleet.user(1, "bot")) {
                JsonNode subscribed =
                        back.call("channel.subscribe", "{\"channel\":\"moved\",\"seq\":" + position + "}");
                assertThat(subscribed.toString()).isEqualTo("{\"channel\":\"moved\",\"seq\":" + position + "}");
                ann.call("channel.publish", publish("moved", 4));
                assertThat(payloads(back, 3)).containsExactly(2, 3, 4);
                assertThat(back.arrived("channel.message")).isEmpty();
            }
        }
    }

    @Test
    @DisplayName("what is published while a gateway is cut off from the store reaches those on it once it is back")
    void cutOff() {
        try (SocketClient ann = fleet.user(1, "ann");
                SocketClient bob = fleet.user(0, "bob")) {
            bob.call("channel.subscribe", "{\"channel\":\"far\"}");
            ann.call("channel.publish", publish("far", 1));
            assertThat(payloads(bob, 1)).containsExactly(1);
            fleet.isolate(0);
            try {
                ann.call("channel.publish", publish("far", 2));
                ann.call("channel.publish", publish("far", 3));
            } finally {
                fleet.reconnect(0);
            }
            assertThat(payloads(bob, 2)).containsExactly(2, 3);
            ann.call("channel.publish", publish("far", 4));
            assertThat(payloads(bob, 1)).containsExactly(4);
        }
    }

    private static String publish(String channel, int payload) {
        return "{\"channel\":\"" + channel + "\",\"payload\":" + payload + "}";
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
