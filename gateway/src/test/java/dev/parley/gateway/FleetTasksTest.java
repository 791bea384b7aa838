package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("gateways: tasks")
class FleetTasksTest {
    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = Fleet.of(2);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    private static String delegation(String delegatee, String more) {
        return "{\"delegatee\":\"" + delegatee + "\",\"taskType\":\"review\",\"payload\":{\"n\":1}" + more + "}";
    }

    private static String update(JsonNode task, String more) {
        return "{\"taskId\":\"" + task.get("taskId").asString() + "\",\"attempt\":" + task.get("attempt") + "," + more
                + "}";
    }

    @Test
    @DisplayName("a task given at one gateway is done at another, and both ends hear of it")
    void across() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient helper = fleet.agent(1, "helper")) {
            String session = Fleet.session(ann);
            helper.push("session.attached");
            Fleet.Reply made = fleet.post(
                    1, "/api/tasks", delegation("helper", ",\"delegator\":\"boss\",\"sessionId\":\"" + session + "\""));
            assertThat(made.status()).isEqualTo(201);
            JsonNode assigned = helper.push("task.assigned").get("task");
            ann.call("session.attach", SocketRules.ref(session));
            helper.call("task.update", update(assigned, "\"status\":\"completed\",\"result\":[1]"));
            assertThat(ann.push("task.updated").get("task").get("status").asString())
                    .isEqualTo("completed");
            Fleet.Reply late = fleet.sending(
                            0, "PATCH", "/api/tasks/" + assigned.get("taskId").asString(), "{\"progress\":1}")
                    .join();
            assertThat(late.status()).isEqualTo(409);
        }
    }

    @Test
    @DisplayName(
            "an envelope sent at one gateway is answered at another, who waits hears of it; a repeat elsewhere is the same")
    void envelope() {
        try (SocketClient helper = fleet.agent(1, "helper")) {
            String request = SocketEnvelopesTest.envelope(
                    "m-1",
                    "lead",
                    "task_request",
                    ",'payload':{'n':1},'routing':{'delivery_mode':'sync','timeout':'20s'}");
            CompletableFuture<Fleet.Reply> waiting = fleet.sending(0, "POST", "/messages/send", request);
            String id = helper.push("envelope").get("metadata").get("task_id").asString();
            helper.call(
                    "envelope.send",
                    SocketEnvelopesTest.envelope(
                            "r-1", "helper", "task_response", ",'payload':[42],'metadata':{'task_id':'" + id + "'}"));
            assertThat(waiting.join().status()).isEqualTo(200);
            assertThat(waiting.join().json().get("response").get(0).asInt()).isEqualTo(42);
            assertThat(fleet.post(1, "/messages/send", request).json())
                    .isEqualTo(waiting.join().json());
            helper.call("ping", "{}");
            assertThat(helper.arrived("envelope")).isEmpty();
        }
    }

    @Test
    @DisplayName("the end of a session ends its tasks once, also when the gateway that ended it is killed right then")
    void sessionEnds() {
        int sessions = 5;
        List<String> ids = new ArrayList<>();
        try (SocketClient boss = fleet.agent(1, "boss");
                SocketClient one = fleet.agent(1, "one")) {
            List<String> opened = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                String session = boss.call("session.create", "{\"agentId\":\"boss\",\"userId\":\"ann\"}")
                        .get("sessionId")
                        .asString();
                opened.add(session);
                ids.add(boss.call("task.delegate", delegation("one", ",\"sessionId\":\"" + session + "\""))
                        .get("taskId")
                        .asString());
                one.push("task.assigned");
            }
            for (String session : opened) {
                assertThat(fleet.post(0, "/api/messaging/sessions/" + session + "/complete", "{}")
                                .status())
                        .isEqualTo(200);
            }
            fleet.kill(0);
            List<String> calledOff = new ArrayList<>();
            List<String> told = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                calledOff.add(
                        one.push("task.cancelled").get("task").get("taskId").asString());
                JsonNode task = boss.push("task.updated").get("task");
                assertThat(task.get("status").asString()).isEqualTo("cancelled");
                assertThat(task.get("error").get("code").asString()).isEqualTo("SESSION_ENDED");
                told.add(task.get("taskId").asString());
            }
            assertThat(calledOff).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(told).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(one.arrived("task.cancelled")).isEmpty();
            assertThat(boss.arrived("task.updated")).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "when the gateway that took them is killed, every turn is given once and told over once, and every task ends once")
    void killed() {
        int tasks = 10;
        try (SocketClient boss = fleet.user(1, "boss");
                SocketClient one = fleet.agent(1, "one");
                SocketClient two = fleet.agent(1, "two")) {
            List<String> ids = new ArrayList<>();
            try (SocketClient other = fleet.user(0, "boss")) {
                for (int i = 0; i < tasks; i++) {
                    ids.add(other.call(
                                    "task.delegate",
                                    delegation("one", ",\"timeoutMs\":4000,\"fallbackAgents\":[\"two\"]"))
                            .get("taskId")
                            .asString());
                }
            }
            for (int i = 0; i < tasks; i++) {
                one.push("task.assigned");
            }
            fleet.kill(0);
            for (int i = 0; i < tasks; i++) {
                JsonNode task = two.push("task.assigned").get("task");
                assertThat(task.get("attempt").asInt()).isEqualTo(2);
                two.call("task.update", update(task, "\"status\":\"completed\""));
            }
            Map<String, Integer> ends = new HashMap<>();
            while (ends.size() < tasks) {
                JsonNode task = boss.push("task.updated").get("task");
                if (task.has("endedAt")) {
                    assertThat(task.get("status").asString()).isEqualTo("completed");
                    ends.merge(task.get("taskId").asString(), 1, Integer::sum);
                }
            }
            assertThat(ends.keySet()).containsExactlyInAnyOrderElementsOf(ids);
            List<String> over = new ArrayList<>();
            for (int i = 0; i < tasks; i++) {
                JsonNode told = one.push("task.timeout");
                assertThat(told.get("attempt").asInt()).isEqualTo(1);
                over.add(told.get("task").get("taskId").asString());
            }
            assertThat(over).containsExactlyInAnyOrderElementsOf(ids);
            String own = "{\"formerDelegatee\":\"one\"}";
            assertThat(one.call("task.list", own).get("tasks")).hasSize(tasks);
            assertThat(one.arrived("task.timeout")).isEmpty();
            assertThat(two.arrived("task.assigned")).isEmpty();
            assertThat(boss.arrived("task.updated")).isEmpty();
        }
    }
}
