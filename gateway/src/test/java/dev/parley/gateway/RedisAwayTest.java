package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.Fleet.Reply;
import dev.parley.store.redis.RedisServer;
import dev.parley.store.redis.RedisServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A Redis that is killed, is away for 20 s, and comes back with what it had acknowledged. */
@DisplayName("gateways: Redis away")
class RedisAwayTest {
    private static final Duration AWAY = Duration.ofSeconds(20);
    /** The time that two calls of the store have, and several times that for a busy machine. */
    private static final Duration IN_TIME = Duration.ofSeconds(20);

    @Test
    @DisplayName(
            "requests fail in time and say so, sockets stay, everything goes on by itself, nothing acknowledged is lost")
    void away() {
        try (RedisServer redis = RedisServers.standalone(new RedisServers.Options().appendOnly());
                Fleet fleet = Fleet.on(redis, 2, config -> config);
                SocketClient ann = fleet.user(0, "ann");
                SocketClient agent = fleet.agent(1, "helper")) {
            String id = Fleet.session(ann);
            agent.push("session.attached");
            List<String> acknowledged = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                assertThat(send(ann, id, "before" + i).has("result")).isTrue();
                acknowledged.add("before" + i);
            }
            redis.kill();
            long killed = System.nanoTime();
            int[] tries = {0};
            await().atMost(AWAY.plusSeconds(60))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> {
                        long asked = System.nanoTime();
                        JsonNode data = send(ann, id, "during" + tries[0]++)
                                .get("error")
                                .get("data");
                        assertThat(data.get("code").asString()).isEqualTo("STORE_UNAVAILABLE");
                        assertThat(data.get("details").get("outcome").asString())
                                .isIn("unknown", "refused");
                        Reply read = fleet.get(1, "/api/messaging/sessions/" + id);
                        assertThat(read.status()).isEqualTo(503);
                        assertThat(read.response().headers().firstValue("Retry-After"))
                                .isPresent();
                        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(IN_TIME);
                        assertThat(fleet.get(0, "/ready").status()).isEqualTo(503);
                        agent.call("ping", "{}");
                        return Duration.ofNanos(System.nanoTime() - killed).compareTo(AWAY) > 0;
                    });
            redis.start();
            await().atMost(Fleet.WAIT)
                    .until(() -> fleet.get(0, "/ready").status() == 200
                            && fleet.get(1, "/ready").status() == 200);
            // What failed is settled by sending it again.
            for (int i = 0; i < tries[0]; i++) {
                String text = "during" + i;
                await().atMost(Fleet.WAIT).until(() -> send(ann, id, text).has("result"));
                acknowledged.add(text);
            }
            for (String text : acknowledged) {
                assertThat(agent.push("message").get("content").asString()).isEqualTo(text);
            }
            assertThat(agent.call("session.attach", ref(id)).get("seq").asInt()).isEqualTo(acknowledged.size() + 1);
            assertThat(agent.arrived("gap")).isEmpty();
        }
    }

    private static JsonNode send(SocketClient from, String id, String text) {
        return from.answer(from.send(
                "message.send",
                "{\"sessionId\":\"" + id + "\",\"content\":\"" + text + "\",\"messageId\":\"" + text + "\"}"));
    }
}
