package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.message;
import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Agents that come, go, and move from one gateway to another. */
@ParameterizedClass(name = "{0} on Redis")
@ValueSource(ints = {1, 2, 3})
@DisplayName("gateways: agents")
class FleetAgentsTest {
    @Parameter
    int gateways;

    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = Fleet.of(gateways);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    @DisplayName("the newest connection takes over, its sessions follow it, and the older one's end changes nothing")
    void newestWins() {
        try (SocketClient ann = fleet.user(2, "ann");
                SocketClient old = fleet.agent(0, "helper")) {
            String id = Fleet.session(ann);
            old.push("session.attached");
            try (SocketClient young = fleet.agent(1, "helper")) {
                assertThat(old.closed()).isEqualTo(4505);
                assertThat(young.push("session.attached")
                                .get("entry")
                                .get("sessionId")
                                .asString())
                        .isEqualTo(id);
                ann.call("message.send", message(id, "hello"));
                assertThat(young.push("message").get("content").asString()).isEqualTo("hello");
                young.call("message.send", message(id, "here"));
                assertThat(ann.push("message").get("content").asString()).isEqualTo("here");
                assertThat(ann.arrived("agent.offline")).isEmpty();
                for (int i = 0; i < gateways; i++) {
                    assertThat(isOnline(i)).isTrue();
                }
            }
            assertThat(ann.push("agent.offline").get("agentId").asString()).isEqualTo("helper");
            for (int i = 0; i < gateways; i++) {
                int gateway = i;
                await().atMost(Fleet.WAIT).until(() -> !isOnline(gateway));
            }
        }
    }

    @Test
    @DisplayName("an agent hears of sessions that are made for it on any gateway, and of those that there were before")
    void assigned() {
        try (SocketClient ann = fleet.user(0, "ann")) {
            String before = Fleet.session(ann);
            try (SocketClient agent = fleet.agent(1, "helper")) {
                assertThat(attached(agent)).isEqualTo(before);
                assertThat(ann.push("agent.online").get("agentId").asString()).isEqualTo("helper");
                String after = Fleet.session(ann);
                assertThat(attached(agent)).isEqualTo(after);
                String overHttp = fleet.post(
                                2, "/api/messaging/sessions", "{\"agentId\":\"helper\",\"userId\":\"bob\"}")
                        .json()
                        .get("sessionId")
                        .asString();
                assertThat(attached(agent)).isEqualTo(overHttp);
            }
        }
    }

    @Test
    @DisplayName("one that comes back on another gateway gets what it missed, without remembering anything")
    void backElsewhere() {
        try (SocketClient ann = fleet.user(0, "ann")) {
            SocketClient agent = fleet.agent(1, "helper");
            String id = Fleet.session(ann);
            ann.call("message.send", message(id, "one"));
            int seen = agent.push("message").get("seq").asInt();
            agent.call("heartbeat", "{\"seen\":{\"" + id + "\":" + seen + "}}");
            agent.call("message.send", message(id, "own"));
            agent.cut();
            ann.call("message.send", message(id, "two"));
            try (SocketClient again = fleet.agent(2, "helper")) {
                JsonNode entry = again.push("session.attached").get("entry");
                assertThat(entry.get("seq").asInt()).isEqualTo(seen);
                assertThat(again.push("message").get("content").asString()).isEqualTo("two");
                ann.call("message.send", message(id, "three"));
                assertThat(again.push("message").get("content").asString()).isEqualTo("three");
            }
        }
    }

    @Test
    @DisplayName("an agent whose gateway was killed is offline by itself; one that moves at once loses nothing")
    void killed() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient agent = fleet.agent(1, "helper");
                SocketClient lost = fleet.agent(1, "lost")) {
            String id = ann.call(
                            "session.create",
                            "{\"agentId\":\"helper\",\"userId\":\"ann\",\"participants\":[{\"id\":\"lost\",\"kind\":\"agent\",\"role\":\"x\"}]}")
                    .get("sessionId")
                    .asString();
            agent.push("session.attached");
            lost.push("session.attached");
            ann.call("message.send", message(id, "before"));
            fleet.kill(1);
            try (SocketClient again = fleet.agent(0, "helper");
                    SocketClient there = gateways == 1 ? fleet.user(0, "ann") : ann) {
                there.call("session.attach", ref(id));
                there.call("message.send", message(id, "after"));
                assertThat(again.push("message").get("content").asString()).isEqualTo("before");
                assertThat(again.push("message").get("content").asString()).isEqualTo("after");
                await().atMost(Fleet.WAIT).until(() -> !isOnline(0, "lost"));
                assertThat(isOnline(0)).isTrue();
                assertThat(there.push("agent.offline").get("agentId").asString())
                        .isEqualTo("lost");
                again.call("message.send", message(id, "still here"));
                assertThat(there.push("message").get("content").asString()).isEqualTo("still here");
            }
        }
    }

    private boolean isOnline(int gateway) {
        return isOnline(gateway, "helper");
    }

    private boolean isOnline(int gateway, String agent) {
        JsonNode known = fleet.get(gateway, "/api/agents/" + agent).json();
        return known.get("isOnline").asBoolean();
    }

    private static String attached(SocketClient agent) {
        return agent.push("session.attached").get("entry").get("sessionId").asString();
    }
}
