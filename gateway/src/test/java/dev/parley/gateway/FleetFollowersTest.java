package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Followers on three gateways, of sessions that live on all of them. */
@DisplayName("gateways: followers")
class FleetFollowersTest {
    /** What a killed gateway left is looked for within half a minute. */
    private static final Duration WAIT = Duration.ofSeconds(60);

    private static Fleet fleet;

    @BeforeAll
    static void start() {
        fleet = Fleet.of(3);
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    @DisplayName("each hears of every creation and end once, whichever gateways they came by, but for its own")
    void everywhere() {
        try (SocketClient ann = fleet.user(0, "eve");
                SocketClient same = fleet.user(1, "eve");
                Follower one = new Follower(0, "one", "orchestration");
                Follower two = new Follower(2, "two", "orchestration")) {
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                String id = session(i % 2 == 0 ? ann : same, "eve", "helper");
                (i % 3 == 0 ? same : ann).call("session.complete", ref(id));
                expected.add("session:created " + id);
                expected.add("session:ended " + id);
            }
            String own = session(one.socket, "eve", "one");
            one.socket.call("session.complete", ref(own));
            List<String> others = new ArrayList<>(expected);
            others.add("session:created " + own);
            others.add("session:ended " + own);
            two.hears(others);
            // In order, as they are all of one user.
            String last = session(ann, "eve", "helper");
            expected.add("session:created " + last);
            others.add("session:created " + last);
            one.hears(expected);
            two.hears(others);
            assertThat(one.told).containsExactlyElementsOf(expected);
            assertThat(two.told).containsExactlyElementsOf(others);
        }
    }

    @Test
    @DisplayName("what a killed gateway had not told yet is told by another, each once")
    void killed() {
        try (Follower two = new Follower(2, "watcher", "orchestration")) {
            List<String> expected = new ArrayList<>();
            try (SocketClient bob = fleet.user(0, "bob")) {
                for (int i = 0; i < 10; i++) {
                    String id = session(bob, "bob", "helper");
                    bob.call("session.complete", ref(id));
                    expected.add("session:created " + id);
                    expected.add("session:ended " + id);
                }
            }
            fleet.kill(0);
            try (SocketClient bob = fleet.user(1, "bob")) {
                expected.add("session:created " + session(bob, "bob", "helper"));
            }
            two.hears(expected);
            assertThat(two.told).containsExactlyElementsOf(expected);
        }
    }

    @Test
    @DisplayName("who follows agents hears of those on other gateways, and of a killed gateway's")
    void agents() {
        try (Follower boss = new Follower(1, "boss", "agents")) {
            try (SocketClient helper = fleet.agent(2, "helper")) {
                assertThat(boss.socket.push("agent.online").get("agentId").asString())
                        .isEqualTo("helper");
                helper.call("ping", "{}");
            }
            assertThat(boss.socket.push("agent.offline").get("agentId").asString())
                    .isEqualTo("helper");
            try (SocketClient other = fleet.agent(2, "other")) {
                assertThat(boss.socket.push("agent.online").get("agentId").asString())
                        .isEqualTo("other");
                other.call("ping", "{}");
                fleet.kill(2);
                assertThat(boss.socket.push("agent.offline").get("agentId").asString())
                        .isEqualTo("other");
            }
        }
    }

    private static String session(SocketClient socket, String userId, String agentId) {
        return socket.call("session.create", "{\"agentId\":\"" + agentId + "\",\"userId\":\"" + userId + "\"}")
                .get("sessionId")
                .asString();
    }

    /** An agent that notes what it is told. */
    private static final class Follower implements AutoCloseable {
        final SocketClient socket;
        final List<String> told = new ArrayList<>();

        Follower(int gateway, String id, String channel) {
            socket = fleet.socket(gateway);
            socket.call("connect", "{\"kind\":\"agent\",\"id\":\"" + id + "\",\"follows\":[\"" + channel + "\"]}");
        }

        void hears(List<String> events) {
            await().atMost(WAIT).until(() -> {
                for (JsonNode message : socket.arrived("inbox.message")) {
                    JsonNode payload = message.get("payload");
                    JsonNode session = payload.has("session") ? payload.get("session") : payload;
                    told.add(payload.get("type").asString() + " "
                            + session.get("sessionId").asString());
                }
                return new HashSet<>(told).containsAll(events);
            });
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
