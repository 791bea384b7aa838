package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: connecting")
class SocketConnectTest extends SocketRules {
    @Test
    void otherRequestsBeforeItAreRefusedAndTheSocketStaysOpen() {
        try (SocketClient client = gateway.socket()) {
            JsonNode error = client.refused("ping", "{}");
            assertThat(code(error)).isEqualTo("UNAUTHENTICATED");
            assertThat(error.get("data").get("status").asInt()).isEqualTo(401);
            assertThat(client.connect("user", "ann").get("connectionId").asString())
                    .isNotEmpty();
            assertThat(code(client.refused("connect", "{\"kind\":\"user\",\"id\":\"bob\"}")))
                    .isEqualTo("VALIDATION_ERROR");
        }
    }

    @Test
    void notWithinTenSecondsEndsWith4501() {
        try (SocketClient client = gateway.socket()) {
            client.refused("ping", "{}");
            gateway.advance(9);
            client.refused("ping", "{}");
            gateway.advance(2);
            assertThat(client.closed()).isEqualTo(4501);
        }
    }

    @Test
    void theSubprotocolIsOfferedBackToThoseWhoAskForIt() throws IOException {
        try (RawSocket asking = new RawSocket(gateway.port(), "Sec-WebSocket-Protocol: other, parley.v1\r\n");
                RawSocket silent = new RawSocket(gateway.port())) {
            assertThat(asking.status()).contains("101");
            assertThat(asking.headers())
                    .filteredOn(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-protocol:"))
                    .singleElement()
                    .asString()
                    .endsWith("parley.v1");
            assertThat(silent.status()).contains("101");
            assertThat(silent.headers())
                    .noneMatch(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-protocol:"));
        }
    }

    @Test
    void itsAnswerTellsWhatAClientHasToKnow() {
        try (SocketClient user = gateway.socket();
                SocketClient agent = gateway.socket()) {
            JsonNode answer = user.connect("user", "ann");
            assertThat(answer.propertyNames())
                    .contains("connectionId", "heartbeatSeconds", "serverTime", "node", "limits", "sessions")
                    .doesNotContain("inbox");
            assertThat(answer.get("heartbeatSeconds").asInt()).isEqualTo(25);
            assertThat(answer.get("serverTime").asString()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{3}Z");
            assertThat(answer.get("sessions")).isEmpty();
            assertThat(agent.connect("agent", "helper")
                            .get("inbox")
                            .get("unread")
                            .asInt())
                    .isZero();
        }
    }

    @Test
    void aHundredSessionsAreNamedAtMost() {
        try (SocketClient client = gateway.socket()) {
            String hundred = IntStream.range(0, 100)
                    .mapToObj(i -> "{\"sessionId\":\"none-" + i + "\"}")
                    .collect(Collectors.joining(","));
            String connect = "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[";
            assertThat(code(client.refused("connect", connect + hundred + ",{\"sessionId\":\"more\"}]}")))
                    .isEqualTo("VALIDATION_ERROR");
            assertThat(client.call("connect", connect + hundred + "]}").get("sessions"))
                    .hasSize(100)
                    .allSatisfy(
                            entry -> assertThat(entry.get("error").get("code").asString())
                                    .isEqualTo("SESSION_NOT_FOUND"));
        }
    }

    @Test
    void aUserWhoNamesNoPositionGoesLiveFromTheHead() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient again = gateway.socket()) {
            String id = gateway.session(ann, "ann", "helper");
            ann.call("message.send", message(id, "before"));
            JsonNode entry = again.call("connect", "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[" + ref(id) + "]}")
                    .get("sessions")
                    .get(0);
            assertThat(entry.get("seq").asInt()).isEqualTo(2);
            assertThat(entry.get("epoch").asString()).isNotEmpty();
            assertThat(entry.has("gap")).isFalse();
            ann.call("message.send", message(id, "after"));
            assertThat(again.push("message").get("content").asString()).isEqualTo("after");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|kind,id",
                "{\"kind\":\"user\"}|id",
                "{\"kind\":null,\"id\":null}|kind,id",
            })
    void namesAllThatIsMissing(String params, String missing) {
        try (SocketClient client = gateway.socket()) {
            JsonNode error = client.refused("connect", params);
            assertThat(error.get("code").asInt()).isEqualTo(-32602);
            assertThat(error.get("data").get("details").get("missingFields"))
                    .map(JsonNode::asString)
                    .containsExactlyInAnyOrder(missing.split(","));
            client.connect("user", "ann");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"robot\",\"id\":\"x\"}",
                "{\"kind\":\"user\",\"id\":\"a b\"}",
                "{\"kind\":\"user\",\"id\":\"\"}",
                "{\"kind\":\"user\",\"id\":\"x\",\"resolve\":7}",
                "{\"kind\":\"user\",\"id\":\"x\",\"resolve\":{\"agentId\":\"a\",\"agentId\":\"b\"}}",
                "{\"kind\":\"user\",\"id\":\"x\",\"sessions\":[{}]}",
                "{\"kind\":\"agent\",\"id\":\"x\",\"capabilities\":{}}",
            })
    void withWrongParamsIsRefusedAndMayBeRepeated(String params) {
        try (SocketClient client = gateway.socket()) {
            assertThat(code(client.refused("connect", params))).isEqualTo("VALIDATION_ERROR");
            client.connect("user", "ann");
        }
    }

    @Test
    void namedSessionsComeFirstInTheirOrderWithTheirErrors() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient bob = gateway.user("bob");
                SocketClient again = gateway.socket()) {
            String mine = gateway.session(ann, "ann", "helper");
            String ended = gateway.session(ann, "ann", "helper");
            ann.call("session.complete", ref(ended));
            String his = gateway.session(bob, "bob", "helper");
            JsonNode entries = again.call(
                            "connect",
                            "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[{\"sessionId\":\"nowhere\"},{\"sessionId\":\""
                                    + mine + "\"},{\"sessionId\":\"" + his + "\"},{\"sessionId\":\"" + ended
                                    + "\"}]}")
                    .get("sessions");
            assertThat(entries.get(0).get("error").get("code").asString()).isEqualTo("SESSION_NOT_FOUND");
            assertThat(entries.get(1).get("sessionId").asString()).isEqualTo(mine);
            assertThat(entries.get(1).get("recovered").asBoolean()).isTrue();
            assertThat(entries.get(1).get("status").asString()).isEqualTo("created");
            assertThat(entries.get(2).get("error").get("status").asInt()).isEqualTo(403);
            assertThat(entries.get(3).get("error").get("code").asString()).isEqualTo("SESSION_ENDED");
        }
    }

    @Test
    void resolveFindsTheUsersSession() {
        try (SocketClient first = gateway.socket();
                SocketClient second = gateway.socket()) {
            String resolve =
                    "{\"kind\":\"user\",\"id\":\"ann\",\"surfaceId\":\"web\",\"resolve\":{\"agentId\":\"helper\"}}";
            JsonNode made = first.call("connect", resolve).get("sessions").get(0);
            first.call("message.send", message(made.get("sessionId").asString(), "hello"));
            JsonNode found = second.call("connect", resolve).get("sessions").get(0);
            assertThat(found.get("sessionId")).isEqualTo(made.get("sessionId"));
            assertThat(found.get("status").asString()).isEqualTo("active");
        }
    }

    @Test
    void fromAForeignPageIsRefused() throws IOException {
        try (RawSocket foreign = new RawSocket(gateway.port(), "Origin: https://elsewhere.example\r\n");
                RawSocket own = new RawSocket(gateway.port(), "Origin: http://127.0.0.1:" + gateway.port() + "\r\n")) {
            assertThat(foreign.status()).contains("403");
            assertThat(own.status()).contains("101");
        }
    }

    @Test
    void anUnknownMethodBeforeItIsRefusedLikeAnyOther() {
        try (SocketClient client = gateway.socket()) {
            assertThat(code(client.refused("no.such", "{}"))).isEqualTo("UNAUTHENTICATED");
        }
    }

    @Test
    void anAgentThatIsRefusedDoesNotComeOnline() {
        try (SocketClient client = gateway.socket();
                SocketClient ann = gateway.user("ann")) {
            assertThat(code(client.refused("connect", "{\"kind\":\"agent\",\"id\":\"helper\",\"resolve\":true}")))
                    .isEqualTo("VALIDATION_ERROR");
            assertThat(ann.call("agent.list", "{}").get("agents")).isEmpty();
        }
    }

    @Test
    void whatARefusedOneAttachedToIsLetGo() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient client = gateway.socket()) {
            String id = gateway.session(ann, "ann", "helper");
            String named = "{\"kind\":\"user\",\"id\":\"ann\",\"resolve\":true,\"sessions\":[" + ref(id) + "]}";
            assertThat(code(client.refused("connect", named))).isEqualTo("VALIDATION_ERROR");
            client.connect("user", "bob");
            assertThat(code(client.refused("session.attach", ref(id)))).isEqualTo("FORBIDDEN");
            ann.call("message.send", message(id, "hello"));
            assertThat(client.arrived("message")).isEmpty();
            assertThat(client.call("heartbeat", "{}").get("deadlines")).isEmpty();
        }
    }
}
