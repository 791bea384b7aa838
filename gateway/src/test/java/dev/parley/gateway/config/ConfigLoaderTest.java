package dev.parley.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.gateway.config.GatewayConfig.AgentDefaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    @TempDir
    private Path directory;

    @Test
    @DisplayName("the defaults of the table are the defaults of the records")
    void defaults() {
        assertThat(ConfigLoader.load(null, Map.of(), Map.of())).isEqualTo(GatewayConfig.DEFAULT);
        assertThat(environment("SOMETHING_ELSE", "x")).isEqualTo(GatewayConfig.DEFAULT);
        assertThat(environment("PARLEY_PORT", "  ")).isEqualTo(GatewayConfig.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PARLEY_HOST                        | localhost      | host=localhost",
                "PARLEY_PORT                        | 0              | port=0",
                "PARLEY_ALLOW_OPEN                  | TRUE           | allowOpen=true",
                "PARLEY_TRANSPORT                   | nio            | transport=nio",
                "PARLEY_EVENT_LOOPS                 | 3              | eventLoops=3",
                "PARLEY_NODE_NAME                   | n-1            | nodeName=n-1",
                "CORS_ORIGINS                       | https://a, http://b:1 | corsOrigins=[https://a, http://b:1]",
                "CORS_ORIGINS                       | *              | corsOrigins=[*]",
                "DRAIN_SECONDS                      | 1.5            | drainMillis=1500",
                "SESSION_DEFAULT_TIMEOUT_MINUTES    | 12.5           | defaultTimeoutMinutes=12.5",
                "SESSION_MIN_TIMEOUT_MINUTES        | 0.01           | minTimeoutMinutes=0.01",
                "SESSION_MAX_TIMEOUT_MINUTES        | 2000           | maxTimeoutMinutes=2000.0",
                "SESSION_MAX_DURATION_MINUTES       | 5              | maxDurationMinutes=5.0",
                "SESSION_WARNING_THRESHOLD_MINUTES  | 1e-1           | warningThresholdMinutes=0.1",
                "SESSION_WARNING_LADDER_SECONDS     | 30, 5.5        | warningLadderSeconds=[30.0, 5.5]",
                "SESSION_WARNING_LADDER_SECONDS     | none           | warningLadderSeconds=[]",
                "SESSION_ENDED_RETENTION_MINUTES    | 0              | endedRetentionMinutes=0.0",
                "SESSION_MAX_TURNS                  | 1000           | maxTurns=1000",
                "SESSION_HISTORY_LIMIT              | 50             | historyLimit=50",
                "SESSION_MAX_PARTICIPANTS           | 3              | maxParticipants=3",
                "SESSION_MAX_CONTENT_LENGTH         | 100            | maxContentLength=100",
                "SESSION_MAX_METADATA_LENGTH        | 99             | maxMetadataLength=99",
                "SESSION_MAX_CONTEXT_BYTES          | 98             | maxContextBytes=98",
                "GATEWAY_OPEN_AGENTS                | false          | openAgents=false",
                "ENABLE_SESSION_BYPASS              | false          | sessionBypass=false",
                "ROUTING_STRATEGY                   | LEAST_loaded   | strategy=LEAST_LOADED",
                "AGENT_REPLY_TIMEOUT_SECONDS        | 2              | agentReplyMillis=2000",
                "CONNECT_TIMEOUT_SECONDS            | 1              | connectTimeoutMillis=1000",
                "HEARTBEAT_SECONDS                  | 2              | heartbeatMillis=2000",
                "SILENCE_GRACE_SECONDS              | 3              | silenceGraceMillis=3000",
                "MAX_FRAME_BYTES                    | 2048           | maxFrameBytes=2048",
                "OUTBOUND_QUEUE_BYTES               | 65536          | outboundBytes=65536",
                "SLOW_CONSUMER_SECONDS              | 4              | slowMillis=4000",
                "MAX_BAD_FRAMES                     | 7              | badFrames=7",
                "MAX_IN_FLIGHT                      | 8              | maxInFlight=8",
                "MAX_CHANNEL_SUBSCRIPTIONS          | 9              | maxSubscriptions=9",
                "CLOSE_GRACE_SECONDS                | 0              | closeGraceMillis=0",
                "STORE_TIMEOUT_SECONDS              | 0.5            | timeoutMillis=500",
                "STORE_LOST_SECONDS                 | 9              | lostMillis=9000",
                "LIMIT_READS_PER_SECOND             | 1.5            | readsPerSecond=1.5",
                "LIMIT_MESSAGES_PER_SECOND          | 2              | messagesPerSecond=2.0",
                "LIMIT_WRITES_PER_SECOND            | 3              | writesPerSecond=3.0",
                "LIMIT_HEAVY_PER_SECOND             | 4              | heavyPerSecond=4.0",
                "HTTP_MAX_BODY_BYTES                | 4096           | maxBodyBytes=4096",
                "SESSION_EVENTS_LENGTH              | 55             | streamLength=55",
                "WEBHOOK_ALLOW_PRIVATE              | true           | webhookPrivate=true",
            })
    @DisplayName("each setting comes from the environment to its place")
    void mapping(String name, String value, String member) {
        assertThat(GatewayConfig.DEFAULT.toString())
                .doesNotContain(member + ",")
                .doesNotContain(member + "]");
        assertThat(environment(name, value).toString()).contains(member);
    }

    @Test
    @DisplayName("replicas are waited for in Redis, and refused in memory, which has none")
    void replicas() {
        assertThat(ConfigLoader.load(null, Map.of("PARLEY_STORE", "redis://host", "STORE_WAIT_REPLICAS", "2"), Map.of())
                        .store()
                        .waitReplicas())
                .isEqualTo(2);
        assertThatThrownBy(() -> environment("STORE_WAIT_REPLICAS", "1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("PARLEY_STORE");
    }

    @Test
    @DisplayName("webhooks: a name each, all that is needed given, and nothing that could not be used")
    void webhooks() {
        String secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        Map<String, String> good = Map.of(
                "WEBHOOK_AUDIT_LOG_URL", "https://example.org/hook",
                "WEBHOOK_AUDIT_LOG_SECRET", secret,
                "WEBHOOK_AUDIT_LOG_EVENTS", "session.closed, session.deleted",
                "WEBHOOK_AUDIT_LOG_WORKSPACE", "acme");
        assertThat(ConfigLoader.load(null, good, Map.of()).events().webhooks())
                .containsExactly(new GatewayConfig.WebhookConfig(
                        "config-audit_log",
                        "acme",
                        "https://example.org/hook",
                        List.of("session.closed", "session.deleted"),
                        List.of(secret)));
        for (Map.Entry<String, String> bad : Map.of(
                        "WEBHOOK_AUDIT_LOG_URL", "http://127.0.0.1/",
                        "WEBHOOK_AUDIT_LOG_SECRET", "whsec_hush",
                        "WEBHOOK_AUDIT_LOG_EVENTS", "session.closed,session.exploded",
                        "WEBHOOK_AUDIT_LOG_WORKSPACE", "a b")
                .entrySet()) {
            Map<String, String> given = new HashMap<>(good);
            given.put(bad.getKey(), bad.getValue());
            assertThatThrownBy(() -> ConfigLoader.load(null, given, Map.of()))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(bad.getKey())
                    .hasMessageNotContaining("hush");
        }
        assertThatThrownBy(() -> environment("WEBHOOK_AUDIT_LOG_URL", "https://example.org/"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("WEBHOOK_AUDIT_LOG_SECRET is not given");
    }

    @Test
    @DisplayName("no setting is left without a test of its place")
    void allMapped() throws Exception {
        Set<String> tested = new HashSet<>();
        for (String row : ConfigLoaderTest.class
                .getDeclaredMethod("mapping", String.class, String.class, String.class)
                .getAnnotation(CsvSource.class)
                .value()) {
            tested.add(row.substring(0, row.indexOf(' ')));
        }
        tested.add("PARLEY_STORE");
        tested.add("STORE_WAIT_REPLICAS");
        assertThat(Settings.all()).extracting(Setting::name).containsExactlyInAnyOrderElementsOf(tested);
    }

    @ParameterizedTest
    @MethodSource("dev.parley.gateway.config.Settings#all")
    @DisplayName("a value that is not allowed names the setting, the value and what is allowed")
    void refused(Setting<?> setting) {
        for (String bad : List.of("x y", "-1", "NaN", "Infinity", "1e999", "0x10", "5f", "1,,2")) {
            if (setting.parser().parse(bad) == null) {
                assertThatThrownBy(() -> environment(setting.name(), bad))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining(setting.name())
                        .hasMessageContaining(bad)
                        .hasMessageContaining(setting.range().substring(0, 4))
                        .hasMessageNotContaining("\n");
            }
        }
        assertThat(setting.parser().parse("x y")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "PARLEY_PORT, 65536",
        "PARLEY_PORT, 80.5",
        "SESSION_MAX_TURNS, 0",
        "SESSION_MAX_TURNS, 1001",
        "SESSION_MIN_TIMEOUT_MINUTES, 0",
        "SESSION_WARNING_THRESHOLD_MINUTES, 0",
        "SESSION_WARNING_LADDER_SECONDS, '60,0'",
        "SESSION_DEFAULT_TIMEOUT_MINUTES, 4.9",
        "SESSION_DEFAULT_TIMEOUT_MINUTES, 1441",
        "SESSION_MAX_TIMEOUT_MINUTES, 4",
        "SESSION_MAX_DURATION_MINUTES, 4",
        "GATEWAY_OPEN_AGENTS, perhaps",
        "PARLEY_STORE, postgres://localhost",
        "PARLEY_TRANSPORT, carrier-pigeon",
        "CORS_ORIGINS, app.example.org",
        "AGENT_HELPER_SESSION_TIMEOUT_MINUTES, soon",
        "AGENT_HELPER_SESSION_MAX_DURATION_MINUTES, 0",
    })
    @DisplayName("bounds, and settings that contradict each other, stop the start")
    void bounds(String name, String value) {
        assertThatThrownBy(() -> environment(name, value))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(value);
    }

    @Test
    @DisplayName("one that contradicts another's default names the one that has the default")
    void contradictsDefault() {
        assertThatThrownBy(() -> environment("SESSION_MAX_TIMEOUT_MINUTES", "20"))
                .hasMessageContaining("SESSION_DEFAULT_TIMEOUT_MINUTES is 30 (the default)")
                .hasMessageContaining("5 to 20");
    }

    @Test
    @DisplayName("flags win over the environment, the environment over the file, the file over the defaults")
    void precedence() throws IOException {
        Path file = write("PARLEY_PORT = 1\nPARLEY_HOST=file\nSESSION_MAX_TURNS: 7\n# a comment\n");
        GatewayConfig config = ConfigLoader.load(
                file, Map.of("PARLEY_PORT", "2", "PARLEY_HOST", "environment"), Map.of("PARLEY_PORT", "3"));
        assertThat(config.server().port()).isEqualTo(3);
        assertThat(config.server().host()).isEqualTo("environment");
        assertThat(config.session().maxTurns()).isEqualTo(7);
    }

    @Test
    @DisplayName("a name in the file that there is not is refused, with the one that was probably meant")
    void unknown() throws IOException {
        Path file = write("SESSION_MAX_TURN=5\n");
        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("SESSION_MAX_TURN ")
                .hasMessageContaining("did you mean SESSION_MAX_TURNS?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nowhere.properties", "."})
    @DisplayName("a file that cannot be read is named")
    void unreadable(String name) {
        Path file = directory.resolve(name);
        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    @DisplayName("agents have settings of their own, by their id in upper case")
    void agents() {
        GatewayConfig config = ConfigLoader.load(
                null,
                Map.of(
                        "AGENT_MY_BOT_SESSION_TIMEOUT_MINUTES", "7.5",
                        "AGENT_MY_BOT_SESSION_AUTO_RENEW", "True",
                        "AGENT_OTHER_SESSION_AUTO_RENEW", "yes",
                        "AGENT_OTHER_SESSION_MAX_DURATION_MINUTES", "90",
                        "AGENT_OTHER_SESSION_WARNING_THRESHOLD_MINUTES", "2"),
                Map.of());
        assertThat(config.session().agentDefaults())
                .containsOnly(
                        Map.entry("MY_BOT", new AgentDefaults(7.5, true, null, null)),
                        Map.entry("OTHER", new AgentDefaults(null, false, 90.0, 2.0)));
    }

    private static GatewayConfig environment(String name, String value) {
        return ConfigLoader.load(null, Map.of(name, value), Map.of());
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("parley.properties"), text);
    }
}
