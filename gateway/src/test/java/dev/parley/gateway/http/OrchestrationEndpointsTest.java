package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.http.HttpBench.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What several who work in one session do over HTTP: methods, statuses, and the members of the answers. */
class OrchestrationEndpointsTest {
    private HttpBench bench;
    private String path;

    @BeforeEach
    void start() {
        bench = new HttpBench();
        path = SESSIONS + "/" + bench.create();
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    @DisplayName("the context is read, replaced and merged, each answer with its version as ETag, which If-Match takes")
    void context() {
        Answer read = bench.get(path + "/context");
        assertThat(read.expect(200).body()).isEqualTo("{\"sharedContext\":{},\"version\":1}");
        assertThat(read.header("ETag")).isEqualTo("\"1\"");
        Answer put = put("/context", "{\"a\":{\"b\":1,\"c\":2}}", "If-Match", read.header("ETag"));
        assertThat(put.expect(200).body()).isEqualTo("{\"sharedContext\":{\"a\":{\"b\":1,\"c\":2}},\"version\":2}");
        Answer merged = bench.patch(path + "/context", "{\"a\":{\"b\":null},\"d\":[3]}");
        assertThat(merged.expect(200).body())
                .isEqualTo("{\"sharedContext\":{\"a\":{\"c\":2},\"d\":[3]},\"version\":3}");
        assertThat(merged.header("ETag")).isEqualTo("\"3\"");
        put("/context", "{}", "If-Match", "2").refused(412, "VERSION_CONFLICT");
        put("/context", "[1]").refused(400, "VALIDATION_ERROR");
        put("/context", "{\"x\":\"" + "x".repeat(262_144) + "\"}").refused(413, "PAYLOAD_TOO_LARGE");
        assertThat(bench.get(path + "/context").json()).isEqualTo(merged.json());
    }

    @Test
    @DisplayName("the workflow state is put as the body is")
    void workflowState() {
        assertThat(put("/workflow-state", "{\"step\":2}").expect(200).body())
                .isEqualTo("{\"workflowState\":{\"step\":2},\"version\":2}");
        put("/workflow-state", "7").refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("a workflow is set by its steps, moved, and placed as a whole; each answers the workflow")
    void workflow() {
        bench.get(path + "/workflow").refused(404, "NOT_FOUND");
        JsonNode made = put("/workflow", "{\"steps\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}")
                .expect(200)
                .json();
        assertThat(names(made)).contains("steps", "currentStep", "completedSteps", "pendingSteps", "progress");
        assertThat(bench.get(path + "/workflow").expect(200).json()).isEqualTo(made);
        JsonNode next =
                bench.send("POST", path + "/workflow/advance", null).expect(200).json();
        assertThat(next.get("currentStep").asString()).isEqualTo("b");
        JsonNode jumped = bench.post(path + "/workflow/advance", "{\"to\":\"c\"}")
                .expect(200)
                .json();
        assertThat(jumped.get("completedSteps").toString()).isEqualTo("[\"a\",\"b\"]");
        bench.post(path + "/workflow/advance", "{\"to\":\"z\"}").refused(400, "VALIDATION_ERROR");
        JsonNode placed = put(
                        "/workflow",
                        "{\"currentStep\":\"b\",\"completedSteps\":[\"a\"],\"pendingSteps\":[\"b\",\"c\"]}")
                .expect(200)
                .json();
        assertThat(placed.get("progress").asDouble()).isEqualTo(33.33);
        put("/workflow", "{\"currentStep\":\"b\",\"completedSteps\":[\"z\"],\"pendingSteps\":[]}")
                .refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("a participant is added with 201, updated and brought back with 200, removed with what they are now")
    void participants() {
        String body = "{\"id\":\"bot://critic\",\"kind\":\"agent\",\"role\":\"critic\"}";
        JsonNode added = bench.post(path + "/participants", body).expect(201).json();
        assertThat(names(added)).contains("id", "kind", "role", "status", "joinedAt");
        bench.post(path + "/participants", body).expect(200);
        JsonNode listed = bench.get(path + "/participants").expect(200).json();
        assertThat(listed.get("participants").findValuesAsString("id"))
                .containsExactly("ada", "helper", "bot://critic");
        JsonNode left = bench.send("DELETE", path + "/participants/bot%3A%2F%2Fcritic", null)
                .expect(200)
                .json();
        assertThat(left.get("status").asString()).isEqualTo("left");
        assertThat(left.has("leftAt")).isTrue();
        assertThat(bench.post(path + "/participants", body)
                        .expect(200)
                        .json()
                        .get("status")
                        .asString())
                .isEqualTo("active");
        bench.send("DELETE", path + "/participants/nobody", null).refused(404, "NOT_FOUND");
        for (int i = 0; i < 7; i++) {
            bench.post(path + "/participants", "{\"id\":\"u" + i + "\",\"kind\":\"user\"}")
                    .expect(201);
        }
        bench.post(path + "/participants", "{\"id\":\"more\",\"kind\":\"user\"}")
                .refused(422, "PARTICIPANT_LIMIT");
    }

    @Test
    @DisplayName("surfaces are attached and detached by their path, again and again, and answer the record")
    void surfaces() {
        bench.send("PUT", path + "/surfaces/web", null).expect(200);
        bench.send("PUT", path + "/surfaces/phone", null).expect(200);
        JsonNode again =
                bench.send("PUT", path + "/surfaces/web", null).expect(200).json();
        assertThat(again.get("surfaces").toString()).isEqualTo("[\"web\",\"phone\"]");
        bench.send("DELETE", path + "/surfaces/web", null).expect(200);
        JsonNode gone =
                bench.send("DELETE", path + "/surfaces/web", null).expect(200).json();
        assertThat(gone.get("surfaces").toString()).isEqualTo("[\"phone\"]");
        bench.post(path + "/complete", "{}").expect(200);
        bench.send("PUT", path + "/surfaces/late", null).refused(409, "SESSION_ENDED");
    }

    @Test
    @DisplayName("turns are appended with 201, counted, and listed oldest first")
    void turns() {
        JsonNode first = bench.post(
                        path + "/turns", "{\"role\":\"user\",\"content\":\"hi\",\"intentSummary\":\"greets\"}")
                .expect(201)
                .json();
        assertThat(names(first)).containsExactlyInAnyOrder("turn", "turnCount", "expiresAt");
        bench.post(path + "/turns", "{\"role\":\"agent\",\"payload\":{\"n\":1}}")
                .expect(201);
        JsonNode turns = bench.get(path + "/turns").expect(200).json().get("turns");
        assertThat(turns.findValuesAsString("role")).containsExactly("user", "agent");
        assertThat(turns.findValuesAsString("authorId")).containsExactly("ada", "helper");
        assertThat(names(turns.get(0)))
                .containsExactlyInAnyOrder("role", "content", "intentSummary", "authorId", "timestamp", "seq");
        bench.post(path + "/turns", "{\"role\":\"system\",\"content\":\"x\"}").refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("touch answers the record; the active session of a user is the one that was touched")
    void touch() {
        assertThat(bench.post(path + "/touch", "")
                        .expect(200)
                        .json()
                        .get("status")
                        .asString())
                .isEqualTo("active");
        JsonNode active = bench.get(SESSIONS + "/active?userId=ada").expect(200).json();
        assertThat(path).endsWith(active.get("sessionId").asString());
        assertThat(names(active))
                .containsExactlyInAnyOrder(
                        "sessionId", "activeAgent", "bypassClassifier", "turnHistory", "workflowState");
        assertThat(active.get("activeAgent").asString()).isEqualTo("helper");
        assertThat(active.get("bypassClassifier").asBoolean()).isTrue();
        assertThat(bench.get(path + "/presence").expect(200).json().get("present"))
                .isEmpty();
    }

    private Answer put(String below, String json, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
        all.addAll(List.of(headers));
        return bench.send("PUT", path + below, json, all.toArray(String[]::new));
    }

    private static List<String> names(JsonNode object) {
        return new ArrayList<>(object.propertyNames());
    }
}
