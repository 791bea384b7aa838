package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.CONFIG;
import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.http.HttpBench.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ErrorsTest {
    private static final String VALID = "{\"userId\":\"ada\",\"agentId\":\"helper\"}";

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
    @DisplayName("a body that is not declared as JSON is refused; JSON under its other names is taken")
    void contentType() {
        for (String type :
                List.of("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16")) {
            bench.send("POST", SESSIONS, VALID, "Content-Type", type).refused(400, "INVALID_CONTENT_TYPE");
        }
        bench.send("POST", SESSIONS, VALID).refused(400, "INVALID_CONTENT_TYPE");
        for (String type : List.of("application/json;charset=UTF-8", "Application/JSON", "application/vnd.x+json")) {
            bench.send("POST", SESSIONS, VALID, "Content-Type", type).expect(201);
        }
        bench.send("POST", SESSIONS, "", "Content-Type", "text/plain").refused(400, "VALIDATION_ERROR");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{", "{\"a\":}", "nul", "{\"a\":1}}", "{\"a\":\"\\ud800\"}", "{'a':1}", "{\"a\":NaN}", "\u0000"})
    @DisplayName("what is no JSON is INVALID_JSON")
    void json(String body) {
        bench.post(SESSIONS, body).refused(400, "INVALID_JSON");
        bench.post(SESSIONS + "/resolve", body).refused(400, "INVALID_JSON");
    }

    @Test
    @DisplayName("JSON that nests too deeply is INVALID_JSON")
    void deep() {
        bench.post(SESSIONS, "[".repeat(100_000) + "]".repeat(100_000)).refused(400, "INVALID_JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "\"text\"", "null", "true"})
    @DisplayName("JSON that is no object is VALIDATION_ERROR")
    void noObject(String body) {
        bench.post(SESSIONS, body).refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("creation names all that is missing, then the id that is not acceptable")
    void creation() {
        JsonNode missing = bench.post(SESSIONS, "{}").refused(400, "VALIDATION_ERROR");
        assertThat(missing.get("missingFields").toString()).contains("userId").contains("agentId");
        JsonNode wrong = bench.post(SESSIONS, "{\"userId\":\"a b\",\"agentId\":\"helper\"}")
                .refused(400, "VALIDATION_ERROR");
        assertThat(wrong.get("field").asString()).isEqualTo("userId");
        assertThat(wrong.get("providedValue").asString()).isEqualTo("a b");
        assertThat(wrong.has("expectedFormat")).isTrue();
        bench.post(SESSIONS, "{\"userId\":\"ada\",\"userId\":\"bob\",\"agentId\":\"helper\"}")
                .refused(400, "VALIDATION_ERROR");
    }

    @Test
    @DisplayName("a session id that is taken is SESSION_CONFLICT")
    void conflict() {
        bench.post(SESSIONS, "{\"sessionId\":\"one\",\"userId\":\"ada\",\"agentId\":\"helper\"}")
                .expect(201);
        bench.post(SESSIONS, "{\"sessionId\":\"one\",\"userId\":\"ada\",\"agentId\":\"helper\"}")
                .refused(409, "SESSION_CONFLICT");
    }

    @Test
    @DisplayName("the body cannot speak for another session than the path names")
    void pathWins() {
        String one = bench.create();
        String other = bench.create();
        bench.post(SESSIONS + "/" + one + "/complete", "{\"sessionId\":\"" + other + "\"}")
                .expect(200);
        assertThat(bench.get(SESSIONS + "/" + other).json().get("status").asString())
                .isEqualTo("created");
        bench.patch(SESSIONS + "/" + other + "/timeout", "{\"session\\u0049d\":\"x\",\"timeoutMinutes\":6}")
                .expect(200);
    }

    @Test
    @DisplayName("a message id of another author is MESSAGE_CONFLICT")
    void messageConflict() {
        String path = SESSIONS + "/" + bench.create() + "/messages";
        bench.post(path, "{\"content\":\"a\",\"messageId\":\"m\"}").expect(201);
        bench.post(path, "{\"content\":\"a\",\"messageId\":\"m\",\"authorId\":\"helper\"}")
                .refused(409, "MESSAGE_CONFLICT");
    }

    @Test
    @DisplayName("percent signs that encode nothing are 400, in the path and in the query")
    void encodings() throws Exception {
        for (String path : List.of("/api/messaging/sessions/%", "/%zz", "/%e2%82", "/api/agents?online=%1", "/%ff")) {
            RawHttp answer = RawHttp.send(bench, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(answer.status()).as(path).isEqualTo(400);
            assertThat(answer.body()).contains("VALIDATION_ERROR");
        }
    }

    @Test
    @DisplayName("a body over the limit is read to its end, and refused with 413")
    void tooLarge() {
        String big = "{\"content\":\"" + "x".repeat(3 << 20) + "\"}";
        JsonNode details = bench.post(SESSIONS, big).refused(413, "PAYLOAD_TOO_LARGE");
        assertThat(details.get("maxBytes").asInt()).isEqualTo(2 << 20);
        bench.post(SESSIONS, "x".repeat(15 << 20)).refused(413, "PAYLOAD_TOO_LARGE");
        bench.post(SESSIONS, " ".repeat((2 << 20) - VALID.length()) + VALID).expect(201);
    }

    @Test
    @DisplayName("chunked bodies are taken, and limited as others are")
    void chunked() throws Exception {
        String head = "POST " + SESSIONS + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        RawHttp taken = RawHttp.send(
                bench,
                head + "5\r\n" + VALID.substring(0, 5) + "\r\n" + Integer.toHexString(VALID.length() - 5) + "\r\n"
                        + VALID.substring(5) + "\r\n0\r\n\r\n");
        assertThat(taken.status()).isEqualTo(201);
        String chunk = "100000\r\n" + "y".repeat(1 << 20) + "\r\n";
        RawHttp refused = RawHttp.send(bench, head + chunk.repeat(3) + "0\r\n\r\n");
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body()).contains("PAYLOAD_TOO_LARGE");
    }

    @Test
    @DisplayName("who asks whether to go on with a body is told to, or is refused before sending it")
    void expectContinue() throws Exception {
        String head = "POST " + SESSIONS + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Expect: 100-continue\r\nConnection: close\r\nContent-Length: ";
        RawHttp taken = RawHttp.send(bench, head + VALID.length() + "\r\n\r\n" + VALID);
        assertThat(taken.status()).isEqualTo(100);
        assertThat(taken.body()).startsWith("HTTP/1.1 201");
        RawHttp refused = RawHttp.send(bench, head + (3 << 20) + "\r\n\r\n");
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body()).contains("PAYLOAD_TOO_LARGE");
    }

    @Test
    @DisplayName("rate limits answer 429 with the headers that say when to come back")
    void rateLimited() {
        try (HttpBench limited = new HttpBench(
                CONFIG.withLimits(new LimitsConfig(0, 0.5, 0, 0, 2 << 20, 10_240, 256 << 10)), HttpTimeouts.DEFAULT)) {
            String path = SESSIONS + "/" + limited.create() + "/messages";
            limited.post(path, "{\"content\":\"1\"}").expect(201);
            Answer answer = limited.post(path, "{\"content\":\"2\"}");
            answer.refused(429, "RATE_LIMITED");
            assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 2);
            assertThat(answer.header("RateLimit-Remaining")).isEqualTo("0");
            assertThat(answer.header("RateLimit-Limit")).isEqualTo("1");
            assertThat(Integer.parseInt(answer.header("RateLimit-Reset"))).isPositive();
            limited.get(path).expect(200);
        }
    }

    @Test
    @DisplayName("without the store everything but health is 503, and says when to come back")
    void storeAway() {
        String path = SESSIONS + "/" + bench.create();
        bench.get("/ready").expect(200);
        bench.breakStore();
        Answer answer = bench.get(path);
        assertThat(answer.refused(503, "STORE_UNAVAILABLE").get("outcome").asString())
                .isEqualTo("refused");
        assertThat(answer.header("Retry-After")).isEqualTo("1");
        assertThat(bench.post(path + "/messages", "{\"content\":\"x\",\"messageId\":\"m1\"}")
                        .refused(503, "STORE_UNAVAILABLE")
                        .get("messageId")
                        .asString())
                .isEqualTo("m1");
        bench.post(path + "/messages", "{\"content\":\"x\",\"transport\":\"http\"}")
                .refused(503, "STORE_UNAVAILABLE");
        bench.get("/ready").refused(503, "STORE_UNAVAILABLE");
        bench.get("/health").expect(200);
        assertThat(bench.get("/metrics").expect(200).body())
                .contains("parley_rejected_total{code=\"STORE_UNAVAILABLE\"} 4");
    }

    @Test
    @DisplayName("a defect of ours is 500 with the id under which it is logged, and nothing else of it")
    void defect() {
        String path = SESSIONS + "/" + bench.create();
        bench.breakCall("load");
        Answer answer = bench.get(path);
        assertThat(answer.refused(500, "INTERNAL_ERROR").get("errorId").asString())
                .isNotBlank();
        assertThat(answer.body()).doesNotContain("secret", "Exception", "dev.parley");
        bench.get(path).expect(200);
    }

    @Test
    @DisplayName("while draining only health, ready and metrics are answered")
    void draining() {
        String path = SESSIONS + "/" + bench.create();
        bench.dispatcher.drain();
        Answer answer = bench.get(path);
        answer.refused(503, "DRAINING");
        assertThat(answer.header("Retry-After")).isNotEmpty();
        bench.post(path + "/messages", "{\"content\":\"x\"}").refused(503, "DRAINING");
        bench.get("/").refused(503, "DRAINING");
        bench.get("/health").expect(200);
        bench.get("/metrics").expect(200);
        bench.get("/ready").refused(503, "DRAINING");
        assertThat(bench.memory
                        .sessions()
                        .counts()
                        .map(counts -> counts.byStatus()[0])
                        .block())
                .isEqualTo(1);
    }
}
