package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.CONFIG;
import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.http.HttpBench.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Health, metrics, the page, and what pages of other origins may do. */
class AroundTest {
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
    @DisplayName("health tells what sessions there are")
    void health() {
        bench.create();
        bench.post(SESSIONS + "/" + bench.create() + "/expire", "").expect(200);
        JsonNode health = bench.get(SESSIONS + "/health").expect(200).json();
        assertThat(health.get("status").asString()).isEqualTo("healthy");
        assertThat(health.get("activeSessions").asInt()).isEqualTo(1);
        assertThat(health.get("expiringSoon").isNumber()).isTrue();
        assertThat(health.get("invalidSessions").asInt()).isEqualTo(1);
        assertThat(health.get("uptime").asInt()).isBetween(0, 60);
        assertThat(health.has("timestamp")).isTrue();
        assertThat(bench.get("/Health/").expect(200).json().get("status").asString())
                .isEqualTo("healthy");
        assertThat(bench.get("/ready").expect(200).json().get("status").asString())
                .isEqualTo("ready");
    }

    @Test
    @DisplayName("metrics count sessions by status, requests, refusals, and bucket latencies")
    void metrics() {
        bench.create();
        bench.get("/nowhere").refused(404, "NOT_FOUND");
        bench.metrics.connectionOpened();
        bench.metrics.connectionOpened();
        bench.metrics.connectionClosed();
        bench.metrics.delivered(3);
        bench.metrics.messageStored();
        bench.metrics.deadlineLateness(7);
        bench.metrics.bindQueues(() -> 11, () -> 5);
        Answer answer = bench.get("/metrics").expect(200);
        assertThat(answer.header("Content-Type")).startsWith("text/plain");
        assertThat(answer.body())
                .contains("parley_sessions{status=\"created\"} 1")
                .contains("parley_sessions{status=\"expired\"} 0")
                .contains("parley_connections 1")
                .contains("parley_connections_opened_total 2")
                .contains("parley_deliveries_total 3")
                .contains("parley_messages_total 1")
                .contains("parley_outbound_bytes 11")
                .contains("parley_attachments_lagging 5")
                .contains("parley_rejected_total{code=\"NOT_FOUND\"} 1")
                .contains("parley_deadline_lateness_seconds_bucket{le=\"0.005\"} 0")
                .contains("parley_deadline_lateness_seconds_bucket{le=\"0.01\"} 1")
                .contains("parley_event_loop_lag_seconds_bucket");
    }

    @Test
    @DisplayName("the page and its parts are served with a policy, and not again to who has them")
    void page() {
        Answer page = bench.get("/").expect(200);
        assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(page.header("Content-Security-Policy")).contains("default-src 'self'");
        assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
        Answer same = bench.get("/", "If-None-Match", page.header("ETag"));
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        assertThat(bench.get("/web/app.js").expect(200).header("Content-Type")).startsWith("text/javascript");
        for (String outside : List.of(
                "/web/../logback.xml", "/web/%2e%2e/logback.xml", "/web/..%2flogback.xml", "/web/", "/web/none.js")) {
            assertThat(bench.get(outside).status()).as(outside).isEqualTo(404);
        }
    }

    @Test
    @DisplayName("without configured origins no page of another origin is let in")
    void noCors() {
        Answer answer = bench.get("/health", "Origin", "https://elsewhere.example");
        assertThat(answer.expect(200).header("Access-Control-Allow-Origin")).isEmpty();
        Answer preflight = preflight(bench, "https://elsewhere.example");
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.header("Access-Control-Allow-Methods")).isEmpty();
    }

    @Test
    @DisplayName("a configured origin may ask and read, errors included; another may not")
    void cors() {
        try (HttpBench open = new HttpBench(withOrigins(List.of("https://app.example")), HttpTimeouts.DEFAULT)) {
            Answer preflight = preflight(open, "https://app.example");
            assertThat(preflight.status()).isEqualTo(204);
            assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
            assertThat(preflight.header("Access-Control-Allow-Methods")).contains("POST");
            assertThat(preflight.header("Access-Control-Allow-Headers"))
                    .contains("Content-Type")
                    .contains("If-Match");
            assertThat(preflight.header("Vary")).isEqualTo("Origin");
            Answer refused = open.get(SESSIONS + "/unknown", "Origin", "https://app.example");
            refused.refused(404, "SESSION_NOT_FOUND");
            assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
            assertThat(preflight(open, "https://evil.example").header("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
        try (HttpBench all = new HttpBench(withOrigins(List.of("*")), HttpTimeouts.DEFAULT)) {
            assertThat(preflight(all, "https://any.example").header("Access-Control-Allow-Origin"))
                    .isEqualTo("*");
        }
    }

    @Test
    @DisplayName("a port that is taken is told when listening fails")
    void portInUse() {
        ServerConfig taken = ServerConfig.DEFAULT.withPort(bench.server.port());
        assertThatThrownBy(() -> new HttpBench(CONFIG.withServer(taken), HttpTimeouts.DEFAULT))
                .hasStackTraceContaining("in use");
    }

    private static Answer preflight(HttpBench bench, String origin) {
        return bench.send("OPTIONS", SESSIONS, null, "Origin", origin, "Access-Control-Request-Method", "POST");
    }

    private static GatewayConfig withOrigins(List<String> origins) {
        ServerConfig d = ServerConfig.DEFAULT;
        return CONFIG.withServer(
                new ServerConfig(d.host(), 0, d.allowOpen(), "nio", 1, origins, d.drainMillis(), d.nodeName()));
    }
}
