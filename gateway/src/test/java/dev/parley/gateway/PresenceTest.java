package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Who is there, as one gateway tells it, on time that the test moves. */
@DisplayName("sockets: presence")
class PresenceTest extends SocketRules {
    private static final String CREATE = "{\"agentId\":\"helper\",\"userId\":\"ann\","
            + "\"participants\":[{\"id\":\"bob\",\"kind\":\"user\",\"role\":\"guest\"}]}";

    private static SocketClient user(GatewayFixture gateway, String id, String surface) {
        SocketClient socket = gateway.socket();
        socket.call("connect", "{\"kind\":\"user\",\"id\":\"" + id + "\",\"surfaceId\":\"" + surface + "\"}");
        return socket;
    }

    private static List<String> present(SocketClient asking, String sessionId) {
        List<String> all = new ArrayList<>();
        for (JsonNode one : asking.call("session.presence", ref(sessionId)).get("present")) {
            all.add(one.get("participantId").asString() + " " + one.get("kind").asString() + " "
                    + one.get("connections").asInt() + " " + one.get("surfaces"));
        }
        return all;
    }

    /** Lets seconds pass until a change is told: what starts its time may come to it after a second has passed. */
    private JsonNode pushed(SocketClient to) {
        List<JsonNode> told = new ArrayList<>();
        await().until(() -> {
            gateway.advance(1);
            told.addAll(to.arrived("presence.changed"));
            return !told.isEmpty();
        });
        return told.get(0);
    }

    @Test
    @DisplayName("tells every connection with its surfaces, and an agent while it is online")
    void whoIsThere() {
        try (SocketClient ann = user(gateway, "ann", "web");
                SocketClient phone = user(gateway, "ann", "phone");
                SocketClient bob = gateway.user("bob")) {
            String id = ann.call("session.create", CREATE).get("sessionId").asString();
            assertThat(present(ann, id)).containsExactly("ann user 1 [\"web\"]");
            gateway.advance(1);
            bob.call("session.attach", ref(id));
            phone.call("session.attach", ref(id));
            phone.call("session.attach", ref(id));
            assertThat(present(bob, id)).containsExactly("ann user 2 [\"web\",\"phone\"]", "bob user 1 []");

            SocketClient agent = gateway.agent("helper");
            agent.push("session.attached");
            assertThat(present(bob, id)).contains("helper agent 1 []").hasSize(3);
            agent.close();
            phone.call("session.detach", ref(id));
            ann.push("agent.offline");
            assertThat(present(bob, id)).containsExactly("ann user 1 [\"web\"]", "bob user 1 []");

            assertThat(code(gateway.user("eve").refused("session.presence", ref(id))))
                    .isEqualTo("FORBIDDEN");
            assertThat(code(ann.refused("session.presence", ref("none")))).isEqualTo("SESSION_NOT_FOUND");
        }
    }

    @Test
    @DisplayName("does not show an agent that detached by hand, until it attaches again or connects anew")
    void byHand() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient agent = gateway.agent("helper")) {
            String id = ann.call("session.create", CREATE).get("sessionId").asString();
            agent.push("session.attached");
            awaitChange(ann, "joined", agent);
            agent.call("session.detach", ref(id));
            await().until(() -> present(ann, id).equals(List.of("ann user 1 []")));
            awaitChange(ann, "left", agent);

            agent.call("session.attach", ref(id));
            await().until(() -> present(ann, id).contains("helper agent 1 []"));
            awaitChange(ann, "joined", agent);

            agent.call("session.detach", ref(id));
            awaitChange(ann, "left", agent);
            SocketClient newer = gateway.agent("helper");
            assertThat(agent.closed()).isEqualTo(4505);
            newer.push("session.attached");
            awaitChange(ann, "joined", newer);
            await().until(() -> present(ann, id).contains("helper agent 1 []"));
            newer.call("session.detach", ref(id));
            newer.close();
            ann.push("agent.offline");
            try (SocketClient again = gateway.agent("helper")) {
                again.push("session.attached");
                await().until(() -> present(ann, id).contains("helper agent 1 []"));
            }
        }
    }

    /** Lets seconds pass until the agent is named among those who came or those who left; it shows that it lives meanwhile. */
    private void awaitChange(SocketClient to, String member, SocketClient agent) {
        await().until(() -> {
            gateway.advance(1);
            agent.call("ping", "{}");
            for (JsonNode change : to.arrived("presence.changed")) {
                if (change.get(member).toString().contains("helper")) {
                    return true;
                }
            }
            return false;
        });
    }

    @Test
    @DisplayName("is told when somebody came, and when they have been away for five seconds; a reload is not told")
    void changes() {
        try (SocketClient ann = gateway.user("ann")) {
            String id = ann.call("session.create", CREATE).get("sessionId").asString();
            gateway.advance(2);
            SocketClient bob = gateway.user("bob");
            bob.call("session.attach", ref(id));
            JsonNode came = pushed(ann);
            assertThat(came.get("sessionId").asString()).isEqualTo(id);
            assertThat(came.get("joined").toString()).isEqualTo("[\"bob\"]");
            assertThat(came.get("left").toString()).isEqualTo("[]");

            bob.cut();
            await().until(() -> present(ann, id).size() == 1);
            gateway.advance(4);
            SocketClient again = gateway.user("bob");
            again.call("session.attach", ref(id));
            gateway.advance(10);
            again.close();
            await().until(() -> present(ann, id).size() == 1);
            gateway.advance(4);
            ann.call("session.touch", ref(id));
            assertThat(ann.arrived("presence.changed"))
                    .as("a reload, and a going of four seconds")
                    .isEmpty();
            JsonNode left = pushed(ann);
            assertThat(left.get("joined").toString()).isEqualTo("[]");
            assertThat(left.get("left").toString()).isEqualTo("[\"bob\"]");
        }
    }

    @Test
    @DisplayName("an agent that is unregistered is told to have left")
    void unregistered() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient helper = gateway.agent("helper")) {
            String id = ann.call("session.create", CREATE).get("sessionId").asString();
            helper.push("session.attached");
            assertThat(pushed(ann).get("joined").toString()).contains("\"helper\"");
            helper.call("agent.unregister", "{\"id\":\"helper\"}");
            JsonNode left = pushed(ann);
            assertThat(left.get("left").toString()).isEqualTo("[\"helper\"]");
            assertThat(present(ann, id)).containsExactly("ann user 1 []");
        }
    }
}
