package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Who is there, over two gateways of which one is killed. */
@DisplayName("gateways: presence")
class FleetPresenceTest {
    private static SocketClient user(Fleet fleet, int number, String id, String surface) {
        SocketClient socket = fleet.socket(number);
        socket.call("connect", "{\"kind\":\"user\",\"id\":\"" + id + "\",\"surfaceId\":\"" + surface + "\"}");
        return socket;
    }

    /** A session of ann's, in which bob and the agent take part. */
    private static String session(SocketClient ann) {
        return ann.call(
                        "session.create",
                        "{\"agentId\":\"helper\",\"userId\":\"ann\","
                                + "\"participants\":[{\"id\":\"bob\",\"kind\":\"user\",\"role\":\"guest\"}]}")
                .get("sessionId")
                .asString();
    }

    @Test
    @DisplayName("is the same asked for at each, tells reports the truth, and is true again after a kill")
    void overGateways() {
        try (Fleet fleet = Fleet.of(2);
                SocketClient ann = user(fleet, 0, "ann", "web");
                SocketClient bob = user(fleet, 1, "bob", "desk");
                SocketClient phone = user(fleet, 1, "ann", "phone");
                SocketClient agent = fleet.agent(1, "helper")) {
            String id = session(ann);
            agent.push("session.attached");
            for (String surface : new String[] {"web", "phone", "desk", "tablet"}) {
                ann.call("session.surfaces.attach", "{\"sessionId\":\"" + id + "\",\"surfaceId\":\"" + surface + "\"}");
            }
            phone.call("session.attach", ref(id));
            bob.call("session.attach", ref(id));
            String path = "/api/messaging/sessions/" + id + "/presence";
            String all = "ann 2 [\"web\",\"phone\"], bob 1 [\"desk\"], helper 1 []";
            await().until(() -> shown(fleet, 0, path).equals(all));
            assertThat(shown(fleet, 1, path)).isEqualTo(all);
            await().until(() -> ann.arrived("presence.changed").toString().contains("bob"));
            assertThat(outcomes(ann, id)).isEqualTo("delivered delivered delivered skipped");

            fleet.kill(1);
            await().until(() -> shown(fleet, 0, path).equals("ann 1 [\"web\"]"));
            assertThat(outcomes(ann, id)).isEqualTo("delivered skipped skipped skipped");
            StringBuilder left = new StringBuilder();
            await().until(() -> {
                for (JsonNode change : ann.arrived("presence.changed")) {
                    left.append(change.get("left"));
                }
                return left.toString().contains("bob") && left.toString().contains("helper");
            });
            assertThat(left.toString()).as("ann is still there").doesNotContain("ann");
        }
    }

    @Test
    @DisplayName("is told although its gateway was cut off, and of an agent that detached by hand at another one")
    void madeUpFor() {
        try (Fleet fleet = Fleet.of(2);
                SocketClient ann = user(fleet, 0, "ann", "web");
                SocketClient agent = fleet.agent(1, "helper")) {
            String id = session(ann);
            agent.push("session.attached");
            String path = "/api/messaging/sessions/" + id + "/presence";
            fleet.isolate(0);
            try (SocketClient bob = user(fleet, 1, "bob", "desk")) {
                bob.call("session.attach", ref(id));
                fleet.reconnect(0);
                awaitChange(ann, "joined", "bob");

                agent.call("session.detach", ref(id));
                for (int i = 0; i < 2; i++) {
                    int number = i;
                    await().until(() -> shown(fleet, number, path).equals("ann 1 [\"web\"], bob 1 [\"desk\"]"));
                }
                awaitChange(ann, "left", "helper");
                SocketClient newer = fleet.agent(0, "helper");
                awaitChange(ann, "joined", "helper");
                await().until(() -> shown(fleet, 1, path).contains("helper 1"));
                newer.close();
            }
        }
    }

    private static void awaitChange(SocketClient to, String member, String participant) {
        await().atMost(Fleet.WAIT).until(() -> {
            for (JsonNode change : to.arrived("presence.changed")) {
                if (change.get(member).toString().contains(participant)) {
                    return true;
                }
            }
            return false;
        });
    }

    private static String shown(Fleet fleet, int number, String path) {
        List<String> shown = new ArrayList<>();
        for (JsonNode one : fleet.get(number, path).json().get("present")) {
            shown.add(one.get("participantId").asString() + " "
                    + one.get("connections").asInt() + " " + one.get("surfaces"));
        }
        return shown.stream().sorted().collect(Collectors.joining(", "));
    }

    private static String outcomes(SocketClient from, String id) {
        StringBuilder outcomes = new StringBuilder();
        for (JsonNode one : from.call(
                        "message.send", "{\"sessionId\":\"" + id + "\",\"content\":\"hi\",\"report\":true}")
                .get("outcomes")) {
            outcomes.append(outcomes.isEmpty() ? "" : " ")
                    .append(one.get("outcome").asString());
        }
        return outcomes.toString();
    }
}
