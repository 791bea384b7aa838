package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Json;
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

@DisplayName("sockets: tasks")
class SocketTasksTest extends SocketRules {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static String delegation(String delegatee, String more) {
        return "{\"delegatee\":\"" + delegatee + "\",\"taskType\":\"review\",\"payload\":{\"n\":1}" + more + "}";
    }

    private static String update(JsonNode task, String more) {
        return "{\"taskId\":\"" + task.get("taskId").asString() + "\",\"attempt\":" + task.get("attempt") + "," + more
                + "}";
    }

    private HttpResponse<String> http(String method, String path, String json) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                        .header("Content-Type", "application/json")
                        .method(method, json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void areBroughtToTheirAgentAndTheirProgressToWhoGaveThemAndTheSession() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient second = gateway.user("ann");
                SocketClient helper = gateway.agent("helper");
                SocketClient critic = gateway.agent("critic")) {
            String session = gateway.session(ann, "ann", "helper");
            helper.push("session.attached");
            String id = ann.call("task.delegate", delegation("critic", ",\"sessionId\":\"" + session + "\""))
                    .get("taskId")
                    .asString();
            JsonNode assigned = critic.push("task.assigned").get("task");
            assertThat(assigned.get("taskId").asString()).isEqualTo(id);
            assertThat(assigned.get("payload").get("n").asInt()).isEqualTo(1);
            critic.call("task.update", update(assigned, "\"progress\":40"));
            for (SocketClient each : List.of(ann, second, helper)) {
                JsonNode told = each.push("task.updated").get("task");
                assertThat(told.get("status").asString()).isEqualTo("in_progress");
                assertThat(told.get("progress").asDouble()).isEqualTo(40);
            }
            critic.call("task.update", update(assigned, "\"status\":\"completed\",\"result\":{\"ok\":true}"));
            for (SocketClient each : List.of(ann, second, helper)) {
                JsonNode told = each.push("task.updated").get("task");
                assertThat(told.get("status").asString()).isEqualTo("completed");
                assertThat(told.get("result").get("ok").asBoolean()).isTrue();
                assertThat(each.arrived("task.updated")).isEmpty();
            }
            assertThat(critic.arrived("task.updated")).isEmpty();
            assertThat(code(critic.refused("task.update", update(assigned, "\"progress\":50"))))
                    .isEqualTo("TASK_FINISHED");
        }
    }

    @Test
    void areToldToWhoGaveThemWhateverTheirAgentSaysOfThem() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient critic = gateway.agent("critic")) {
            ann.call("task.delegate", delegation("critic", ""));
            JsonNode assigned = critic.push("task.assigned").get("task");
            critic.call("task.update", update(assigned, "\"result\":{\"draft\":1}"));
            JsonNode told = ann.push("task.updated").get("task");
            assertThat(told.get("status").asString()).isEqualTo("pending");
            assertThat(told.get("result").get("draft").asInt()).isEqualTo(1);
            critic.call("task.update", update(assigned, "\"error\":\"slow\""));
            assertThat(ann.push("task.updated").get("task").get("error").asString())
                    .isEqualTo("slow");
        }
    }

    @Test
    void timeOutAreRetriedAndPassOnToTheNext() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient one = gateway.agent("one");
                SocketClient two = gateway.agent("two")) {
            ann.call(
                    "task.delegate",
                    delegation(
                            "one",
                            ",\"timeoutMs\":10000,\"fallbackAgents\":[\"two\"],\"retryPolicy\":{\"maxRetries\":1,"
                                    + "\"backoff\":\"linear\",\"initialDelayMs\":2000}"));
            JsonNode first = one.push("task.assigned").get("task");
            one.call("task.update", update(first, "\"status\":\"in_progress\""));
            ann.push("task.updated");
            gateway.advance(10);
            assertThat(ann.push("task.updated").get("task").has("nextTurnAt")).isTrue();
            JsonNode over = one.push("task.timeout");
            assertThat(over.get("attempt").asInt()).isEqualTo(1);
            assertThat(over.get("task").get("status").asString()).isEqualTo("pending");
            gateway.advance(2);
            assertThat(one.push("task.assigned").get("task").get("attempt").asInt())
                    .isEqualTo(2);
            assertThat(code(one.refused("task.update", update(first, "\"progress\":50"))))
                    .isEqualTo("FORBIDDEN");
            ann.push("task.updated");
            gateway.advance(10);
            JsonNode last = two.push("task.assigned").get("task");
            assertThat(last.get("attempt").asInt()).isEqualTo(3);
            JsonNode passedOn = one.push("task.timeout");
            assertThat(passedOn.get("attempt").asInt()).isEqualTo(2);
            assertThat(passedOn.get("task").get("delegatee").asString()).isEqualTo("two");
            String id = first.get("taskId").asString();
            assertThat(one.call("task.get", "{\"taskId\":\"" + id + "\"}").get("lostTurns"))
                    .hasSize(2);
            assertThat(one.call("task.list", "{\"formerDelegatee\":\"one\"}").get("tasks"))
                    .hasSize(1);
            assertThat(one.call("task.list", "{}").get("tasks")).isEmpty();
            assertThat(ann.push("task.updated").get("task").get("delegatee").asString())
                    .isEqualTo("two");
            two.call("task.update", update(last, "\"progress\":5"));
            ann.push("task.updated");
            gateway.advance(10);
            assertThat(two.push("task.timeout").get("task").get("status").asString())
                    .isEqualTo("timeout");
            assertThat(ann.push("task.updated").get("task").get("status").asString())
                    .isEqualTo("timeout");
            assertThat(ann.arrived("task.updated")).isEmpty();
            assertThat(one.arrived("task.assigned")).isEmpty();
            assertThat(one.arrived("task.timeout")).isEmpty();
            assertThat(two.arrived("task.timeout")).isEmpty();
        }
    }

    @Test
    void anAgentThatCameBackInItsTurnIsToldOfItsEndAndOneThatCameAfterItIsNot() {
        try (SocketClient ann = gateway.user("ann")) {
            String more = ",\"timeoutMs\":10000,\"fallbackAgents\":[\"two\"]";
            try (SocketClient one = gateway.agent("one")) {
                ann.call("task.delegate", delegation("one", more));
                one.call("task.update", update(one.push("task.assigned").get("task"), "\"progress\":5"));
                ann.push("task.updated");
                one.cut();
            }
            try (SocketClient one = gateway.agent("one")) {
                // Answered after what is pending was asked for.
                one.call("task.list", "{}");
                gateway.advance(10);
                assertThat(one.push("task.timeout").get("attempt").asInt()).isEqualTo(1);
                ann.push("task.updated");
                one.cut();
            }
            try (SocketClient one = gateway.agent("one");
                    SocketClient two = gateway.agent("two")) {
                two.call("task.update", update(two.push("task.assigned").get("task"), "\"progress\":5"));
                ann.push("task.updated");
                assertThat(one.arrived("task.timeout")).isEmpty();
            }
        }
    }

    @Test
    void areCalledOffByTheEndOfTheirSession() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient boss = gateway.agent("boss");
                SocketClient helper = gateway.agent("helper");
                SocketClient critic = gateway.agent("critic")) {
            for (String end : List.of("complete", "terminate", "expire", "delete", "close", "deadline")) {
                String session = ann.call(
                                "session.create",
                                "{\"agentId\":\"boss\",\"userId\":\"ann\",\"timeoutConfig\":{\"timeoutMinutes\":5}}")
                        .get("sessionId")
                        .asString();
                String in = ",\"timeoutMs\":3600000,\"sessionId\":\"" + session + "\"";
                JsonNode given = boss.call("task.delegate", delegation("helper", in));
                helper.push("task.assigned");
                JsonNode begun = boss.call("task.delegate", delegation("critic", in));
                critic.call("task.update", update(critic.push("task.assigned").get("task"), "\"progress\":5"));
                boss.push("task.updated");
                switch (end) {
                    case "deadline" -> pass(301, ann, boss, helper, critic);
                    case "close" -> ann.call("session.close", with(session, ",\"status\":\"abandoned\""));
                    case "terminate" -> ann.call("session.terminate", with(session, ",\"reason\":\"enough\""));
                    default -> ann.call("session." + end, ref(session));
                }
                await().until(() -> {
                    // The end is told on a moment after it.
                    gateway.advance(1);
                    return boss.call("task.get", "{\"taskId\":\"" + id(begun) + "\"}")
                            .has("endedAt");
                });
                assertThat(id(helper.push("task.cancelled"))).as(end).isEqualTo(id(given));
                assertThat(id(critic.push("task.cancelled"))).as(end).isEqualTo(id(begun));
                for (int i = 0; i < 2; i++) {
                    JsonNode told = boss.push("task.updated").get("task");
                    assertThat(told.get("status").asString()).isEqualTo("cancelled");
                    assertThat(told.get("error").get("code").asString()).isEqualTo("SESSION_ENDED");
                    assertThat(told.get("error").get("details").get("sessionId").asString())
                            .isEqualTo(session);
                }
                assertThat(code(boss.refused("task.delegate", delegation("helper", in))))
                        .isIn("SESSION_ENDED", "SESSION_EXPIRED", "SESSION_NOT_FOUND");
                pass(20, ann, boss, helper, critic);
                for (SocketClient each : List.of(boss, helper, critic)) {
                    assertThat(each.arrived("task.updated")).isEmpty();
                    assertThat(each.arrived("task.cancelled")).isEmpty();
                }
            }
        }
    }

    /** Time passes for clients that are not silent. */
    private void pass(int seconds, SocketClient... clients) {
        for (int left = seconds; left > 0; left -= 20) {
            gateway.advance(Math.min(left, 20));
            for (SocketClient each : clients) {
                each.call("ping", "{}");
            }
        }
    }

    private static String with(String session, String more) {
        return "{\"sessionId\":\"" + session + "\"" + more + "}";
    }

    private static String id(JsonNode params) {
        JsonNode task = params.has("task") ? params.get("task") : params;
        return task.get("taskId").asString();
    }

    @Test
    void waitForTheirAgentMostUrgentFirst() {
        try (SocketClient ann = gateway.user("ann")) {
            List<String> low = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                low.add(ann.call("task.delegate", delegation("helper", ",\"priority\":\"low\""))
                        .get("taskId")
                        .asString());
            }
            String urgent = ann.call("task.delegate", delegation("helper", ",\"priority\":\"critical\""))
                    .get("taskId")
                    .asString();
            try (SocketClient helper = gateway.agent("helper")) {
                JsonNode first = helper.push("task.assigned").get("task");
                assertThat(first.get("taskId").asString()).isEqualTo(urgent);
                for (String id : low) {
                    assertThat(helper.push("task.assigned")
                                    .get("task")
                                    .get("taskId")
                                    .asString())
                            .isEqualTo(id);
                }
                helper.call("task.update", update(first, "\"status\":\"in_progress\""));
                ann.call("task.cancel", "{\"taskId\":\"" + low.get(0) + "\"}");
                assertThat(helper.push("task.cancelled")
                                .get("task")
                                .get("taskId")
                                .asString())
                        .isEqualTo(low.get(0));
                helper.cut();
            }
            try (SocketClient again = gateway.agent("helper")) {
                for (String id : low.subList(1, low.size())) {
                    assertThat(again.push("task.assigned")
                                    .get("task")
                                    .get("taskId")
                                    .asString())
                            .isEqualTo(id);
                }
                assertThat(again.arrived("task.assigned")).isEmpty();
            }
        }
    }

    @Test
    void aRetentionOfNothingStillTellsTheEnd() {
        restart(config -> config.withSession(Sessions.retaining(0)));
        try (SocketClient ann = gateway.user("ann")) {
            ann.call("task.delegate", delegation("nobody", ",\"timeoutMs\":1000"));
            gateway.advance(1);
            assertThat(ann.push("task.updated").get("task").get("status").asString())
                    .isEqualTo("timeout");
        }
    }

    @Test
    void comeAtThePaceOfTheirAgent() throws Exception {
        int tasks = 200;
        String body = delegation("helper", "").replace("{\"n\":1}", "\"" + "x".repeat(60_000) + "\"");
        for (int i = 0; i < tasks; i++) {
            assertThat(http("POST", "/api/tasks", body).statusCode()).isEqualTo(201);
        }
        try (RawSocket helper = new RawSocket(gateway.port())) {
            helper.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"agent\",\"id\":\"helper\"}}");
            int assigned = 0;
            while (assigned < tasks) {
                RawSocket.Frame frame = helper.read();
                assertThat(frame.opcode()).as("not closed for being slow").isNotEqualTo(8);
                assigned += frame.text().contains("\"task.assigned\"") ? 1 : 0;
            }
        }
    }

    @Test
    void overHttp() throws Exception {
        HttpResponse<String> made = http("POST", "/api/tasks", delegation("helper", ",\"delegator\":\"boss\""));
        assertThat(made.statusCode()).isEqualTo(201);
        String id = Json.MAPPER.readTree(made.body()).get("taskId").asString();
        try (SocketClient boss = gateway.agent("boss");
                SocketClient helper = gateway.agent("helper")) {
            JsonNode assigned = helper.push("task.assigned").get("task");
            assertThat(assigned.get("taskId").asString()).isEqualTo(id);
            HttpResponse<String> patched = http(
                    "PATCH", "/api/tasks/" + id, "{\"status\":\"in_progress\",\"progress\":10,\"agentId\":\"helper\"}");
            assertThat(patched.statusCode()).isEqualTo(200);
            assertThat(boss.push("task.updated").get("task").get("progress").asInt())
                    .isEqualTo(10);
            HttpResponse<String> listed = http("GET", "/api/tasks?delegatee=helper&status=in_progress", "");
            assertThat(Json.MAPPER.readTree(listed.body()).get("tasks")).hasSize(1);
            assertThat(http("GET", "/api/tasks/" + id, "").body()).contains("\"progress\":10");
            assertThat(http("POST", "/api/tasks/" + id + "/cancel", "").statusCode())
                    .isEqualTo(200);
            helper.push("task.cancelled");
            HttpResponse<String> late = http("PATCH", "/api/tasks/" + id, "{\"progress\":20}");
            assertThat(late.statusCode()).isEqualTo(409);
            assertThat(late.body()).contains("TASK_FINISHED");
            assertThat(http("GET", "/api/tasks/unknown", "").statusCode()).isEqualTo(404);
            assertThat(http("POST", "/api/tasks", "{}").statusCode()).isEqualTo(400);
        }
    }
}
