package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.message;
import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Warnings, ends and renewals of sessions, whichever gateway sees to them; one of them has a clock that is wrong. In real time,
 * with deadlines seconds ahead: no other class runs beside it.
 */
@Tag("alone")
@ParameterizedClass(name = "{0} on Redis")
@ValueSource(ints = {1, 2, 3})
@DisplayName("gateways: deadlines")
class FleetDeadlinesTest {
    private static final long MINUTES = 60_000;
    /** How far what a busy machine measures of the store's clock may be off; the wrong clock is off by minutes. */
    private static final long OFF = 500;

    @Parameter
    int gateways;

    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = Fleet.of(gateways - 1, config -> config.withSession(Sessions.ending(4, 2, 1.0)));
        fleet.join(7 * MINUTES);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    @DisplayName(
            "each client gets each warning and the end once and on time, though the gateway with the wrong clock is one")
    void onceEach() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient tab = fleet.user(1, "ann");
                SocketClient agent = fleet.agent(2, "helper")) {
            String id = Fleet.session(ann);
            // Ends after it, so that what was told twice has come by then.
            String later = ann.call(
                            "session.create",
                            "{\"agentId\":\"helper\",\"userId\":\"ann\",\"timeoutConfig\":{\"timeoutMinutes\":0.1}}")
                    .get("sessionId")
                    .asString();
            for (String each : List.of(id, later)) {
                tab.call("session.attach", ref(each));
                agent.push("session.attached");
            }
            Instant end = Instant.parse(
                    ann.call("session.get", ref(id)).get("expiresAt").asString());
            for (SocketClient client : List.of(ann, tab, agent)) {
                List<String> told = new ArrayList<>();
                for (boolean over = false; !over; ) {
                    JsonNode push = client.next(
                            "a deadline",
                            frame -> frame.path("method").asString("").startsWith("session.e"));
                    JsonNode params = push.get("params");
                    over = params.get("sessionId").asString().equals(later)
                            && push.get("method").asString().equals("session.expired");
                    if (params.get("sessionId").asString().equals(id)) {
                        assertThat(time(params.get("expiresAt"))).isEqualTo(end);
                        told.add(push.get("method").asString() + " "
                                + params.path("rung").asString(""));
                        if (client == ann) {
                            long left = Duration.between(Instant.now(), end).toMillis();
                            assertThat(left)
                                    .isBetween(
                                            params.path("rung").asLong(0) * 1_000 - 3_000,
                                            params.path("rung").asLong(0) * 1_000 + OFF);
                        }
                    }
                }
                assertThat(told).containsExactly("session.expiring 2", "session.expiring 1", "session.expired 0");
            }
            assertThat(fleet.get(1, "/api/messaging/sessions/" + id).status()).isEqualTo(410);
        }
    }

    @Test
    @DisplayName("a deadline is met although a gateway was killed before it, and also where nobody is connected")
    void killedBefore() {
        try (SocketClient ann = fleet.user(0, "ann")) {
            String id = Fleet.session(ann);
            String alone = fleet.post(1, "/api/messaging/sessions", "{\"agentId\":\"helper\",\"userId\":\"bob\"}")
                    .json()
                    .get("sessionId")
                    .asString();
            if (gateways > 1) {
                fleet.kill(1);
                assertThat(ann.push("session.expiring").get("rung").asDouble()).isEqualTo(2);
                assertThat(ann.push("session.expiring").get("rung").asDouble()).isEqualTo(1);
            }
            assertThat(ann.push("session.expired").get("sessionId").asString()).isEqualTo(id);
            await().atMost(Fleet.WAIT)
                    .until(() ->
                            fleet.get(0, "/api/messaging/sessions/" + alone).status() == 410);
        }
    }

    @Test
    @DisplayName("heartbeats renew through any gateway: the session ends no earlier than any of them told")
    void heartbeats() {
        try (SocketClient one = fleet.user(0, "ann");
                SocketClient two = fleet.user(1, "ann");
                SocketClient three = fleet.user(2, "ann")) {
            String id = Fleet.session(one);
            List<SocketClient> tabs = List.of(one, two, three);
            two.call("session.attach", ref(id));
            three.call("session.attach", ref(id));
            Instant[] told = {Instant.EPOCH};
            int[] beats = {0};
            int[] moves = {0};
            Instant until = Instant.now().plusSeconds(6);
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(150))
                    .until(() -> {
                        Instant sent = Instant.now();
                        JsonNode deadline = tabs.get(beats[0]++ % 3)
                                .call("heartbeat", "{}")
                                .get("deadlines")
                                .get(0);
                        Instant expiresAt = time(deadline.get("expiresAt"));
                        // Not written when it would move the end by less than a tenth of the time-out.
                        assertThat(expiresAt).isAfter(sent.plusMillis(4_000 - 400 - OFF));
                        if (expiresAt.isAfter(told[0])) {
                            assertThat(expiresAt).isAfterOrEqualTo(told[0].plusMillis(400));
                            moves[0]++;
                            told[0] = expiresAt;
                        }
                        return moves[0] >= 10 && Instant.now().isAfter(until);
                    });
            assertThat(one.call("session.get", ref(id)).get("renewalCount").asInt())
                    .as("one for each move that was told, though each gateway tells its own")
                    .isBetween(moves[0] - 1, moves[0] + 1);
            for (SocketClient tab : tabs) {
                tab.push("session.expired");
                assertThat(Instant.now()).isAfterOrEqualTo(told[0].minusMillis(OFF));
            }
        }
    }

    @Test
    @DisplayName("all tell the same time, the store's, in answers, errors and pushes")
    void clocks() {
        List<Instant> told = new ArrayList<>();
        for (int i = 0; i < gateways; i++) {
            Instant before = Instant.now().minusMillis(OFF);
            told.clear();
            try (SocketClient ann = fleet.socket(i);
                    SocketClient agent = fleet.agent(i, "a" + i)) {
                told.add(time(ann.connect("user", "ann").get("serverTime")));
                told.add(time(ann.call("ping", "{}").get("serverTime")));
                JsonNode created = ann.call("session.create", "{\"agentId\":\"a" + i + "\",\"userId\":\"ann\"}");
                String id = created.get("sessionId").asString();
                told.add(time(created.get("createdAt")));
                told.add(time(created.get("expiresAt")).minusMillis(4_000));
                agent.push("session.attached");
                told.add(time(ann.call("message.send", message(id, "x")).get("createdAt")));
                told.add(time(agent.push("message").get("createdAt")));
                told.add(time(ann.call("heartbeat", "{}").get("serverTime")));
                told.add(time(fleet.get(i, "/api/agents/a" + i).json().get("connectedAt")));
                told.add(time(fleet.get(i, "/health").json().get("timestamp")));
                told.add(time(fleet.get(i, "/api/messaging/sessions/none")
                        .json()
                        .get("error")
                        .get("timestamp")));
            }
            assertThat(told)
                    .allSatisfy(each ->
                            assertThat(each).isBetween(before, Instant.now().plusMillis(OFF)));
        }
    }

    private static Instant time(JsonNode text) {
        return Instant.parse(text.asString());
    }
}
