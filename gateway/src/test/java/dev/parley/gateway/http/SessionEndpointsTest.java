package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.http.HttpBench.Answer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SessionEndpointsTest {
    private HttpBench bench;

    @BeforeEach
    void start() {
        bench = new HttpBench();
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    @DisplayName("create answers 201 with the members that known clients read, in their order, and an ETag")
    void create() {
        Answer answer = bench.post(
                SESSIONS,
                "{\"userId\":\"ada\",\"agentId\":\"helper\",\"name\":\"Tour\",\"metadata\":{\"a\":1},\"ttlMinutes\":7}");
        JsonNode session = answer.expect(201).json();
        assertThat(names(session))
                .startsWith(
                        "sessionId",
                        "channelId",
                        "agentId",
                        "userId",
                        "createdAt",
                        "metadata",
                        "expiresAt",
                        "timeoutConfig")
                .contains("status", "version")
                .doesNotContain("success");
        assertThat(session.get("timeoutConfig").get("timeoutMinutes").asDouble())
                .isEqualTo(7);
        assertThat(answer.header("ETag")).isEqualTo("\"1\"");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json; charset=utf-8");
    }

    @Test
    @DisplayName("get answers the record, bare, in the order of known clients")
    void get() {
        JsonNode info = bench.get(SESSIONS + "/" + bench.create()).expect(200).json();
        assertThat(names(info))
                .startsWith(
                        "sessionId",
                        "channelId",
                        "agentId",
                        "userId",
                        "createdAt",
                        "lastActivity",
                        "metadata",
                        "expiresAt",
                        "timeoutConfig",
                        "renewalCount",
                        "timeRemaining",
                        "isNearExpiration")
                .doesNotContain("success");
    }

    @Test
    @DisplayName("X-User-Id says for which person a program asks, who then has that person's rights and no others")
    void forAPerson() {
        String id = bench.create();
        String[] ada = {"X-User-Id", "ada"};
        String[] bob = {"X-User-Id", "bob"};
        bench.send("GET", SESSIONS + "/" + id, null, ada).expect(200);
        bench.send("GET", SESSIONS + "/" + id, null, bob).refused(403, "FORBIDDEN");
        assertThat(bench.send("GET", SESSIONS, null, ada).json().get("total").asInt())
                .isEqualTo(1);
        assertThat(bench.send("GET", SESSIONS, null, bob).json().get("total").asInt())
                .isZero();
        bench.send(
                        "POST",
                        SESSIONS + "/resolve",
                        "{\"userId\":\"ada\",\"agentId\":\"helper\"}",
                        "X-User-Id",
                        "bob",
                        "Content-Type",
                        "application/json")
                .refused(403, "FORBIDDEN");
        bench.send("GET", SESSIONS + "/" + id, null, "X-User-Id", "no person").refused(400, "VALIDATION_ERROR");
        bench.send("GET", SESSIONS + "/" + id, null, "X-User-Id", "ada", "X-User-Id", "bob")
                .refused(400, "VALIDATION_ERROR");
        bench.send("GET", SESSIONS + "/" + id + "/events", null, bob).refused(403, "FORBIDDEN");
    }

    @Test
    @DisplayName("list counts, filters by repeated and joined parameters, and pages")
    void list() {
        for (int i = 0; i < 3; i++) {
            bench.create();
        }
        String ended = bench.create();
        bench.post(SESSIONS + "/" + ended + "/complete", "{}").expect(200);
        JsonNode live = bench.get(SESSIONS + "?userId=ada&limit=2").expect(200).json();
        assertThat(live.get("sessions")).hasSize(2);
        assertThat(live.get("total").asInt()).isEqualTo(3);
        assertThat(names(live.get("stats")))
                .containsExactlyInAnyOrder("totalSessions", "activeSessions", "expiredSessions");
        JsonNode second = bench.get(SESSIONS + "?userId=ada&limit=2&cursor="
                        + live.get("nextCursor").asString())
                .expect(200)
                .json();
        assertThat(second.get("sessions")).hasSize(1);
        assertThat(bench.get(SESSIONS + "?status=completed").expect(200).json().get("sessions"))
                .hasSize(1);
        assertThat(bench.get(SESSIONS + "?status=completed&status=created")
                        .json()
                        .get("total")
                        .asInt())
                .isEqualTo(4);
        assertThat(bench.get(SESSIONS + "?status=completed,created")
                        .json()
                        .get("total")
                        .asInt())
                .isEqualTo(4);
        bench.get(SESSIONS + "?status=nonsense").refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("delete answers success, a message with the id, and a copy as data")
    void delete() {
        String id = bench.create();
        JsonNode answer =
                bench.send("DELETE", SESSIONS + "/" + id, null).expect(200).json();
        assertThat(answer.get("success").asBoolean()).isTrue();
        assertThat(answer.get("message").asString()).contains(id).contains("deleted successfully");
        assertThat(answer.has("data")).isTrue();
        bench.get(SESSIONS + "/" + id).refused(404, "SESSION_NOT_FOUND");
        bench.send("DELETE", SESSIONS + "/" + id, null).refused(404, "SESSION_NOT_FOUND");
    }

    @ParameterizedTest
    @ValueSource(strings = {"renew", "heartbeat", "touch", "expire", "resume"})
    @DisplayName("operations without params ignore whatever body there is")
    void bodyIsIgnored(String operation) {
        int status = operation.equals("resume") ? 201 : 200;
        for (String body : List.of("", "{}", "{\"x\":", "[1]", "null")) {
            String path = SESSIONS + "/" + bench.create() + "/" + operation;
            bench.send("POST", path, body, "Content-Type", "text/plain").expect(status);
        }
        bench.send("POST", SESSIONS + "/" + bench.create() + "/" + operation, null)
                .expect(status);
    }

    @Test
    @DisplayName("a request without a body counts as one with an empty object")
    void noBody() {
        for (String operation : List.of("complete", "terminate")) {
            String path = SESSIONS + "/" + bench.create();
            assertThat(bench.send("POST", path + "/" + operation, null)
                            .expect(200)
                            .json()
                            .has("end"))
                    .isTrue();
        }
        bench.send("POST", SESSIONS + "/" + bench.create() + "/close", null).refused(400, "VALIDATION_ERROR");
        bench.send("POST", SESSIONS, null).refused(400, "VALIDATION_ERROR");
        bench.send("PATCH", SESSIONS + "/" + bench.create() + "/timeout", null).expect(200);
    }

    @Test
    @DisplayName("heartbeat says whether it renewed; renew counts")
    void renewal() {
        String path = SESSIONS + "/" + bench.create();
        JsonNode beat = bench.post(path + "/heartbeat", "").expect(200).json();
        assertThat(beat.has("wasRenewed")).isTrue();
        assertThat(beat.get("status").asString()).isEqualTo("active");
        JsonNode renewed = bench.post(path + "/renew", "{}").expect(200).json();
        assertThat(renewed.get("renewalCount").asInt())
                .isEqualTo(bench.get(path).json().get("renewalCount").asInt())
                .isPositive();
    }

    @Test
    @DisplayName("timeout is strict and merges")
    void timeout() {
        String path = SESSIONS + "/" + bench.create() + "/timeout";
        JsonNode changed =
                bench.patch(path, "{\"timeoutMinutes\":\"20\"}").expect(200).json();
        assertThat(changed.get("timeoutConfig").get("timeoutMinutes").asDouble())
                .isEqualTo(20);
        JsonNode details = bench.patch(path, "{\"timeoutMinutes\":99999}").refused(400, "INVALID_TIMEOUT_CONFIG");
        assertThat(details.toString()).contains("timeoutMinutes").contains("99999");
        bench.patch(path, "{\"autoRenew\":\"perhaps\"}").refused(400, "INVALID_TIMEOUT_CONFIG");
    }

    @Test
    @DisplayName("history pages over HTTP clamp limits, refuse junk instants, and tell whether there is more")
    void history() {
        String path = SESSIONS + "/" + bench.create() + "/messages";
        for (int i = 1; i <= 3; i++) {
            bench.post(path, "{\"content\":\"m" + i + "\"}").expect(201);
        }
        JsonNode page = bench.get(path + "?limit=2").expect(200).json();
        assertThat(page.get("messages")).hasSize(2);
        assertThat(page.get("messages").get(0).get("content").asString()).isEqualTo("m3");
        assertThat(page.get("hasMore").asBoolean()).isTrue();
        assertThat(names(page.get("messages").get(0)))
                .contains("id", "content", "authorId", "isAgent", "createdAt", "metadata", "seq", "role");
        long oldest = page.get("messages").get(1).get("seq").asLong();
        JsonNode rest =
                bench.get(path + "?limit=junk&beforeSeq=" + oldest).expect(200).json();
        assertThat(rest.get("messages")).hasSize(1);
        assertThat(rest.get("hasMore").asBoolean()).isFalse();
        bench.get(path + "?before=yesterday").refused(400, "VALIDATION_ERROR");
        assertThat(bench.get(path + "?limit=-5").expect(200).json().get("messages"))
                .hasSize(1);
    }

    @Test
    @DisplayName("complete, terminate and close end a session; the end is in the record")
    void ends() {
        String completed = SESSIONS + "/" + bench.create();
        JsonNode end = bench.post(completed + "/complete", "{\"summary\":\"well\",\"artifacts\":[1]}")
                .expect(200)
                .json()
                .get("end");
        assertThat(end.get("status").asString()).isEqualTo("completed");
        assertThat(end.get("summary").asString()).isEqualTo("well");
        bench.post(completed + "/complete", "{}").expect(200);
        bench.post(completed + "/terminate", "{}").refused(409, "SESSION_ENDED");
        assertThat(bench.get(completed).expect(200).json().get("status").asString())
                .isEqualTo("completed");
        String terminated = SESSIONS + "/" + bench.create();
        assertThat(bench.post(terminated + "/terminate", "{\"reason\":\"done\"}")
                        .expect(200)
                        .json()
                        .get("end")
                        .get("reason")
                        .asString())
                .isEqualTo("done");
        String closed = SESSIONS + "/" + bench.create();
        bench.post(closed + "/close", "{\"status\":\"nonsense\"}").refused(400, "VALIDATION_ERROR");
        assertThat(bench.post(closed + "/close", "{\"status\":\"abandoned\"}")
                        .expect(200)
                        .json()
                        .get("status")
                        .asString())
                .isEqualTo("abandoned");
    }

    @Test
    @DisplayName("an expired session is 410 but for delete, resume and expire again")
    void expired() {
        String path = SESSIONS + "/" + bench.create();
        assertThat(bench.post(path + "/expire", "")
                        .expect(200)
                        .json()
                        .get("status")
                        .asString())
                .isEqualTo("expired");
        bench.post(path + "/expire", "").expect(200);
        JsonNode details = bench.get(path).refused(410, "SESSION_EXPIRED");
        assertThat(names(details)).contains("sessionId", "expiresAt");
        bench.post(path + "/messages", "{\"content\":\"late\"}").refused(410, "SESSION_EXPIRED");
        bench.post(path + "/renew", "").refused(410, "SESSION_EXPIRED");
        JsonNode resumed = bench.post(path + "/resume", "").expect(201).json();
        assertThat(path).endsWith(resumed.get("resumedFrom").asString());
        bench.send("DELETE", path, null).expect(200);
    }

    @Test
    @DisplayName("resolve makes a session once: 201, then 200 with the same id")
    void resolve() {
        Answer made = bench.post(SESSIONS + "/resolve", "{\"userId\":\"bob\",\"agentId\":\"helper\"}");
        assertThat(made.expect(201).json().get("created").asBoolean()).isTrue();
        Answer found = bench.post(SESSIONS + "/resolve", "{\"userId\":\"bob\"}");
        assertThat(found.expect(200).json().get("created").asBoolean()).isFalse();
        assertThat(found.json().get("sessionId").asString())
                .isEqualTo(made.json().get("sessionId").asString());
        bench.post(SESSIONS + "/resolve", "{\"userId\":\"carl\"}").refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("active answers empty members for a user without a session")
    void active() {
        JsonNode none =
                bench.get(SESSIONS + "/active?userId=nobody").expect(200).json();
        assertThat(none.get("sessionId").asString()).isEmpty();
        assertThat(none.get("bypassClassifier").asBoolean()).isFalse();
        assertThat(bench.get(SESSIONS + "/active")
                        .refused(400, "VALIDATION_ERROR")
                        .get("missingFields")
                        .toString())
                .contains("userId");
    }

    @Test
    @DisplayName("a patch of the metadata merges, and If-Match makes it conditional, bare or quoted")
    void metadata() {
        String path = SESSIONS + "/" + bench.create() + "/metadata";
        Answer merged = bench.patch(path, "{\"a\":{\"b\":1}}");
        assertThat(merged.expect(200).json().get("metadata").get("a").get("b").asInt())
                .isEqualTo(1);
        assertThat(merged.header("ETag")).isEqualTo("\"2\"");
        bench.send("PATCH", path, "{\"c\":1}", "Content-Type", "application/json", "If-Match", "\"1\"")
                .refused(412, "VERSION_CONFLICT");
        bench.send("PATCH", path, "{\"c\":1}", "Content-Type", "application/json", "If-Match", "2")
                .expect(200);
        JsonNode removed = bench.send(
                        "PATCH",
                        path,
                        "{\"c\":null}",
                        "Content-Type",
                        "application/merge-patch+json",
                        "If-Match",
                        "\"3\"")
                .expect(200)
                .json();
        assertThat(removed.get("metadata").has("c")).isFalse();
        bench.patch(path, "[1]").refused(400, "VALIDATION_ERROR");
    }

    @ParameterizedTest
    @CsvSource({
        "/API/Messaging/SESSIONS/%s/",
        "/api/messaging/sessions/%s",
        "/Api/messaging/sessions/%s?x=1",
    })
    @DisplayName("paths match whatever their case, and with one trailing slash")
    void paths(String template) {
        bench.get(template.formatted(bench.create())).expect(200);
    }

    @Test
    @DisplayName("ids keep their case, are decoded after the path is split, and are never refused for their form")
    void ids() {
        bench.post(SESSIONS, "{\"sessionId\":\"MyId\",\"userId\":\"ada\",\"agentId\":\"helper\"}")
                .expect(201);
        bench.get(SESSIONS + "/MyId").expect(200);
        bench.get(SESSIONS + "/myid").refused(404, "SESSION_NOT_FOUND");
        bench.get(SESSIONS + "/%4DyId").expect(200);
        bench.get(SESSIONS + "/a%2Fmessages").refused(404, "SESSION_NOT_FOUND");
        bench.get(SESSIONS + "/%00%E2%82%AC").refused(404, "SESSION_NOT_FOUND");
        bench.get(SESSIONS + "/" + "x".repeat(3000)).refused(404, "SESSION_NOT_FOUND");
        bench.get(SESSIONS + "/a//").refused(404, "NOT_FOUND");
    }

    @Test
    @DisplayName("HEAD works wherever GET does, with the length and without the body")
    void head() {
        String id = bench.create();
        String session = SESSIONS + "/" + id;
        for (String path : List.of(
                SESSIONS,
                SESSIONS + "/health",
                SESSIONS + "/active?userId=ada",
                session,
                session + "/messages",
                session + "/context",
                session + "/participants",
                session + "/turns",
                session + "/presence",
                "/health",
                "/ready",
                "/metrics",
                "/openapi.json",
                "/asyncapi.json",
                "/",
                "/api/agents",
                "/api/tasks")) {
            Answer head = bench.send("HEAD", path, null);
            assertThat(head.status()).as(path).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(Integer.parseInt(head.header("Content-Length"))).isPositive();
        }
        Answer events = bench.send("HEAD", session + "/events", null);
        assertThat(events.status()).isEqualTo(200);
        assertThat(events.header("Content-Type")).isEqualTo("text/event-stream");
        assertThat(bench.send("HEAD", SESSIONS + "/unknown", null).status()).isEqualTo(404);
    }

    @Test
    @DisplayName("a method that a path does not know is 405 and names those it does")
    void methods() {
        Answer answer = bench.send("PUT", SESSIONS + "/x", null);
        answer.refused(405, "METHOD_NOT_ALLOWED");
        assertThat(answer.header("Allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS");
        bench.send("DELETE", SESSIONS + "/health", null).refused(405, "METHOD_NOT_ALLOWED");
        bench.get("/nowhere").refused(404, "NOT_FOUND");
        bench.get("/api/messaging").refused(404, "NOT_FOUND");
    }

    @Test
    @DisplayName("agents are listed and read")
    void agents() {
        assertThat(bench.get("/api/agents").expect(200).json().get("agents")).isEmpty();
        bench.get("/api/agents?online=true").expect(200);
        bench.get("/api/agents/nobody").refused(404, "AGENT_NOT_FOUND");
    }

    @Test
    @DisplayName("ten requests on one connection are answered in order")
    void keepAlive() throws Exception {
        try (Socket socket = bench.socket()) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 10; i++) {
                requests.append("GET /api/messaging/sessions/s").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
            }
            requests.append("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int at = 0;
            for (int i = 0; i < 10; i++) {
                at = all.indexOf("\"sessionId\":\"s" + i + "\"", at);
                assertThat(at).as("answer " + i + " in its place").isPositive();
            }
            assertThat(all.indexOf("\"NOT_FOUND\"", at)).isPositive();
        }
    }

    private static List<String> names(JsonNode object) {
        return new ArrayList<>(object.propertyNames());
    }
}
