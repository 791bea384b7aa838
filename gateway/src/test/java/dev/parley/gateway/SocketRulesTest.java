package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SocketRulesTest {
    private GatewayFixture gateway;

    @BeforeEach
    void start() {
        gateway = new GatewayFixture();
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static String code(JsonNode error) {
        return error.get("data").get("code").asString();
    }

    private static String message(String sessionId, String content) {
        return "{\"sessionId\":\"" + sessionId + "\",\"content\":\"" + content + "\"}";
    }

    private static String ref(String sessionId) {
        return "{\"sessionId\":\"" + sessionId + "\"}";
    }

    private void restart(java.util.function.UnaryOperator<dev.parley.gateway.config.GatewayConfig> change) {
        gateway.close();
        gateway = new GatewayFixture(change);
    }

    @Nested
    @DisplayName("connecting")
    class Connecting {
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
                    RawSocket own =
                            new RawSocket(gateway.port(), "Origin: http://127.0.0.1:" + gateway.port() + "\r\n")) {
                assertThat(foreign.status()).contains("403");
                assertThat(own.status()).contains("101");
            }
        }
    }

    @Nested
    @DisplayName("sessions and messages")
    class Sessions {
        @Test
        void strangersAreKeptOut() {
            try (SocketClient ann = gateway.user("ann");
                    SocketClient eve = gateway.user("eve")) {
                String id = gateway.session(ann, "ann", "helper");
                for (String method : List.of(
                        "session.attach", "session.get", "session.history", "session.renew", "session.delete")) {
                    assertThat(code(eve.refused(method, ref(id)))).as(method).isEqualTo("FORBIDDEN");
                }
                assertThat(code(eve.refused("message.send", message(id, "let me in"))))
                        .isEqualTo("FORBIDDEN");
                assertThat(code(eve.refused("typing", "{\"sessionId\":\"" + id + "\",\"on\":true}")))
                        .isEqualTo("FORBIDDEN");
                assertThat(code(eve.refused("session.create", "{\"agentId\":\"helper\",\"userId\":\"ann\"}")))
                        .isEqualTo("FORBIDDEN");
                assertThat(ann.call("session.get", ref(id)).get("status").asString())
                        .isEqualTo("created");
            }
        }

        @Test
        void theOtherConnectionOfASenderGetsTheMessage() {
            try (SocketClient one = gateway.user("ann");
                    SocketClient two = gateway.user("ann")) {
                String id = gateway.session(one, "ann", "helper");
                assertThat(two.call("session.attach", ref(id)).get("seq").asInt())
                        .isEqualTo(1);
                one.call("message.send", message(id, "hello"));
                assertThat(two.push("message").get("content").asString()).isEqualTo("hello");
                assertThat(one.arrived("message")).isEmpty();
                two.call("session.detach", ref(id));
                one.call("message.send", message(id, "again"));
                assertThat(two.arrived("message")).isEmpty();
            }
        }

        @Test
        void aRepeatedMessageIsAcknowledgedAndNotDeliveredTwice() {
            try (SocketClient ann = gateway.user("ann");
                    SocketClient agent = gateway.agent("helper")) {
                String id = gateway.session(ann, "ann", "helper");
                String send = "{\"sessionId\":\"" + id + "\",\"content\":\"once\",\"messageId\":\"m-1\"}";
                JsonNode first = ann.call("message.send", send);
                JsonNode again = ann.call("message.send", send);
                assertThat(again.get("seq")).isEqualTo(first.get("seq"));
                assertThat(again.get("duplicate").asBoolean()).isTrue();
                agent.push("message");
                assertThat(agent.arrived("message")).isEmpty();
                assertThat(code(agent.refused("message.send", send))).isEqualTo("MESSAGE_CONFLICT");
                ann.call("session.complete", ref(id));
                assertThat(ann.call("message.send", send).get("duplicate").asBoolean())
                        .isTrue();
            }
        }

        @Test
        void aCutUserResumesFromItsPosition() {
            try (SocketClient ann = gateway.user("ann");
                    SocketClient agent = gateway.agent("helper");
                    SocketClient back = gateway.socket()) {
                String id = gateway.session(ann, "ann", "helper");
                agent.push("session.attached");
                agent.call("message.send", message(id, "one"));
                JsonNode seen = ann.push("message");
                ann.cut();
                agent.call("message.send", message(id, "two"));
                agent.call("message.send", message(id, "three"));
                JsonNode entry = back.call(
                                "connect",
                                "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[{\"sessionId\":\"" + id
                                        + "\",\"epoch\":" + seen.get("epoch") + ",\"seq\":" + seen.get("seq") + "}]}")
                        .get("sessions")
                        .get(0);
                assertThat(entry.get("recovered").asBoolean()).isTrue();
                assertThat(back.push("message").get("content").asString()).isEqualTo("two");
                assertThat(back.push("message").get("content").asString()).isEqualTo("three");
                agent.call("message.send", message(id, "four"));
                assertThat(back.push("message").get("content").asString()).isEqualTo("four");
            }
        }

        @Test
        void lonelySurrogatesAndEmptyMessagesAreRefused() {
            try (SocketClient ann = gateway.user("ann")) {
                String id = gateway.session(ann, "ann", "helper");
                int sent = ann.send("message.send", message(id, ""));
                assertThat(code(ann.answer(sent).get("error"))).isEqualTo("VALIDATION_ERROR");
                ann.text("{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"message.send\",\"params\":"
                        + message(id, "\\ud800 alone") + "}");
                assertThat(ann.next("error", frame -> frame.has("error"))
                                .get("error")
                                .get("message")
                                .asString())
                        .containsIgnoringCase("surrogate");
                assertThat(ann.call("session.get", ref(id)).get("status").asString())
                        .isEqualTo("created");
            }
        }

        @Test
        void tenThousandSessionsOfOneCallerAreAllThere() {
            try (SocketClient ann = gateway.user("ann")) {
                int last = 0;
                for (int i = 0; i < 10_000; i++) {
                    last = ann.send("session.create", "{\"agentId\":\"helper\",\"userId\":\"ann\"}");
                }
                assertThat(ann.answer(last).has("result")).isTrue();
                assertThat(ann.call("session.list", "{}").get("total").asInt()).isEqualTo(10_000);
            }
        }
    }

    @Nested
    @DisplayName("agents")
    class Agents {
        @Test
        void comeBackAndGetWhatTheyMissedWithoutRemembering() {
            try (SocketClient ann = gateway.user("ann")) {
                SocketClient agent = gateway.agent("helper");
                String id = gateway.session(ann, "ann", "helper");
                ann.call("message.send", message(id, "one"));
                int seen = agent.push("message").get("seq").asInt();
                agent.call("heartbeat", "{\"seen\":{\"" + id + "\":" + seen + "}}");
                agent.call("message.send", message(id, "own"));
                agent.cut();
                ann.call("message.send", message(id, "two"));
                try (SocketClient again = gateway.agent("helper")) {
                    assertThat(again.push("session.attached")
                                    .get("entry")
                                    .get("seq")
                                    .asInt())
                            .isEqualTo(seen);
                    assertThat(again.push("message").get("content").asString()).isEqualTo("two");
                    ann.call("message.send", message(id, "three"));
                    assertThat(again.push("message").get("content").asString()).isEqualTo("three");
                }
            }
        }

        @Test
        void theNewestConnectionTakesOver() {
            try (SocketClient old = gateway.agent("helper");
                    SocketClient ann = gateway.user("ann")) {
                String id = gateway.session(ann, "ann", "helper");
                old.push("session.attached");
                try (SocketClient young = gateway.agent("helper")) {
                    assertThat(old.closed()).isEqualTo(4505);
                    young.push("session.attached");
                    JsonNode agents =
                            ann.call("agent.list", "{\"online\":\"true\"}").get("agents");
                    assertThat(agents).hasSize(1);
                    ann.call("message.send", message(id, "hello"));
                    assertThat(young.push("message").get("content").asString()).isEqualTo("hello");
                    assertThat(ann.arrived("agent.offline")).isEmpty();
                }
                assertThat(ann.push("agent.offline").get("agentId").asString()).isEqualTo("helper");
                assertThat(ann.call("agent.get", "{\"id\":\"helper\"}")
                                .get("isOnline")
                                .asBoolean())
                        .isFalse();
            }
        }

        @Test
        void twoInOneSessionHearEachOther() {
            try (SocketClient ann = gateway.user("ann");
                    SocketClient writer = gateway.agent("writer");
                    SocketClient critic = gateway.agent("critic")) {
                String id = ann.call(
                                "session.create",
                                "{\"agentId\":\"writer\",\"userId\":\"ann\",\"participants\":[{\"id\":\"critic\",\"kind\":\"agent\",\"role\":\"critic\"}]}")
                        .get("sessionId")
                        .asString();
                writer.push("session.attached");
                critic.push("session.attached");
                writer.call("message.send", message(id, "draft"));
                assertThat(critic.push("message").get("content").asString()).isEqualTo("draft");
                critic.call(
                        "message.send", "{\"sessionId\":\"" + id + "\",\"content\":\"between us\",\"to\":\"writer\"}");
                assertThat(writer.push("message").get("content").asString()).isEqualTo("between us");
                assertThat(ann.arrived("message")).hasSize(1);
            }
        }

        @Test
        void withTenThousandSessionsAreAttachedToAll() {
            try (SocketClient ann = gateway.user("ann")) {
                int last = 0;
                for (int i = 0; i < 10_000; i++) {
                    last = ann.send("session.create", "{\"agentId\":\"helper\",\"userId\":\"ann\"}");
                }
                ann.answer(last);
                try (SocketClient agent = gateway.agent("helper")) {
                    Set<String> attached = new HashSet<>();
                    while (attached.size() < 10_000) {
                        attached.add(agent.push("session.attached")
                                .get("entry")
                                .get("sessionId")
                                .asString());
                    }
                    String any = attached.iterator().next();
                    ann.call("message.send", message(any, "hello"));
                    assertThat(agent.push("message").get("sessionId").asString())
                            .isEqualTo(any);
                }
            }
        }
    }

    @Nested
    @DisplayName("frames")
    class Frames {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "{|-32700",
                    "nonsense|-32700",
                    "[]|-32600",
                    "7|-32600",
                    "{\"jsonrpc\":\"2.0\",\"id\":1}|-32600",
                    "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}|-32600",
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no.such\"}|-32601",
                })
        void thatAreNoRequestsAreAnsweredAndLeaveTheSocketOpen(String frame, int expected) {
            try (SocketClient client = gateway.user("ann")) {
                client.text(frame);
                JsonNode error = client.next("error", got -> got.has("error"));
                assertThat(error.get("error").get("code").asInt()).isEqualTo(expected);
                client.call("ping", "{}");
            }
        }

        @Test
        void thatAreBadTooOftenEndWith4500() {
            try (SocketClient client = gateway.user("ann")) {
                for (int i = 0; i < 6; i++) {
                    client.text("{nonsense");
                    client.binary(new byte[] {1, 2, 3});
                }
                assertThat(client.closed()).isEqualTo(4500);
            }
        }

        @Test
        void nestedTooDeepAreBadRequestsNotOurFault() {
            try (SocketClient client = gateway.user("ann")) {
                client.text("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":" + "[".repeat(5000)
                        + "]".repeat(5000) + "}");
                assertThat(client.next("error", got -> got.has("error"))
                                .get("error")
                                .get("code")
                                .asInt())
                        .isEqualTo(-32700);
                client.call("ping", "{}");
            }
        }

        @Test
        void overOneMebibyteEndWith1009() throws IOException {
            try (RawSocket client = new RawSocket(gateway.port())) {
                client.text(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"ann\"}}");
                client.read();
                client.send(RawSocket.TEXT, new byte[(1 << 20) + 1]);
                assertThat(client.readToClose()).isEqualTo(1009);
            }
        }

        @Test
        void inABatchAreAnsweredTogether() {
            try (SocketClient client = gateway.user("ann")) {
                client.text(
                        "[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},"
                                + "{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"session.get\",\"params\":{\"sessionId\":\"x\"}},4]");
                JsonNode answers = client.next("batch", JsonNode::isArray);
                assertThat(answers).hasSize(3);
                assertThat(answers.get(0).get("id").asString()).isEqualTo("a");
                assertThat(code(answers.get(1).get("error"))).isEqualTo("SESSION_NOT_FOUND");
                assertThat(answers.get(2).get("error").get("code").asInt()).isEqualTo(-32600);
            }
        }
    }

    @Nested
    @DisplayName("liveness and closing")
    class Liveness {
        @Test
        void aSilentSocketIsPingedThenClosedWith4001() throws IOException {
            try (RawSocket client = new RawSocket(gateway.port())) {
                client.text(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"ann\"}}");
                client.read();
                gateway.advance(26);
                assertThat(client.read().opcode()).isEqualTo(RawSocket.PING);
                gateway.advance(9);
                assertThat(client.readToClose()).isEqualTo(4001);
            }
        }

        @Test
        void aReaderThatFallsBehindIsClosedWith4002() throws IOException {
            restart(config -> config.withConnection(
                    new ConnectionConfig(10_000, 3_600_000, 8_000, 1 << 20, 1 << 16, 10_000, 10, 64, 5_000)));
            try (RawSocket slow = new RawSocket(gateway.port());
                    SocketClient ann = gateway.user("ann")) {
                slow.text(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"agent\",\"id\":\"slow\"}}");
                slow.read();
                String id = gateway.session(ann, "ann", "slow");
                String payload = "x".repeat(60_000);
                for (int i = 0; i < 200; i++) {
                    ann.call("message.send", "{\"sessionId\":\"" + id + "\",\"payload\":\"" + payload + "\"}");
                }
                gateway.advance(1);
                ann.call("ping", "{}");
                gateway.advance(11);
                assertThat(slow.readToClose()).isEqualTo(4002);
                ann.call("message.send", message(id, "still here"));
            }
        }

        @Test
        void tooManyRequestsAreToldWhenToGoOn() {
            restart(config -> config.withLimits(new LimitsConfig(0, 5, 0, 0, 2 << 20, 10_240, 256 << 10)));
            try (SocketClient ann = gateway.user("ann")) {
                String id = gateway.session(ann, "ann", "helper");
                JsonNode refusal = null;
                for (int i = 0; i < 11; i++) {
                    JsonNode answer = ann.answer(ann.send("message.send", message(id, "m" + i)));
                    refusal = answer.get("error");
                }
                assertThat(refusal).isNotNull();
                assertThat(code(refusal)).isEqualTo("RATE_LIMITED");
                assertThat(refusal.get("data")
                                .get("details")
                                .get("retryAfterMs")
                                .asInt())
                        .isBetween(1, 1000);
                gateway.advance(1);
                ann.call("message.send", message(id, "later"));
            }
        }

        @Test
        void aGatewayThatGoesAwayTellsRefusesAndCloses() throws IOException {
            restart(config -> config.withServer(ServerConfig.DEFAULT.withPort(0).withDrainMillis(10_000)));
            try (SocketClient ann = gateway.user("ann")) {
                String id = gateway.session(ann, "ann", "helper");
                gateway.gateway.drain().subscribe();
                assertThat(ann.push("server.draining").get("reconnectAfterMs").asInt())
                        .isBetween(0, 5000);
                try (RawSocket late = new RawSocket(gateway.port())) {
                    assertThat(late.status()).contains("503");
                }
                // Its turn to be refused comes somewhere in the time; then its close, shortly after.
                boolean refused = false;
                for (int i = 0; i < 200 && !refused; i++) {
                    gateway.time.advance(java.time.Duration.ofMillis(100));
                    JsonNode answer = ann.answer(ann.send("message.send", message(id, "m" + i)));
                    refused = answer.has("error");
                    if (refused) {
                        assertThat(code(answer.get("error"))).isEqualTo("DRAINING");
                        assertThat(answer.get("error").get("data").get("status").asInt())
                                .isEqualTo(503);
                    }
                }
                assertThat(refused).isTrue();
                gateway.advance(1);
                assertThat(ann.closed()).isEqualTo(4000);
            }
        }
    }

    @Nested
    @DisplayName("deadlines")
    class Deadlines {
        @Test
        void warnAndEndTheSessionForAllWhoAreThere() {
            try (SocketClient ann = gateway.user("ann");
                    SocketClient agent = gateway.agent("helper")) {
                String id = gateway.session(ann, "ann", "helper");
                agent.push("session.attached");
                for (int minute = 0; minute < 25; minute++) {
                    beat(60, ann, agent);
                }
                JsonNode warning = ann.push("session.expiring");
                assertThat(warning.get("rung").asInt()).isEqualTo(300);
                assertThat(warning.get("secondsRemaining").asInt()).isBetween(295, 300);
                assertThat(warning.get("renewable").asBoolean()).isTrue();
                assertThat(agent.push("session.expiring").get("sessionId").asString())
                        .isEqualTo(id);
                JsonNode renewed = ann.call("session.renew", ref(id));
                assertThat(renewed.get("renewalCount").asInt()).isEqualTo(1);
                assertThat(agent.push("session.renewed").get("expiresAt")).isEqualTo(renewed.get("expiresAt"));
                for (int minute = 0; minute < 30; minute++) {
                    beat(60, ann, agent);
                }
                assertThat(ann.push("session.expired").get("cause").asString()).isEqualTo("idle");
                assertThat(ann.arrived("session.expiring")).hasSize(3);
                assertThat(code(ann.refused("message.send", message(id, "late"))))
                        .isEqualTo("SESSION_EXPIRED");
                assertThat(code(ann.refused("session.get", ref(id)))).isEqualTo("SESSION_EXPIRED");
                assertThat(ann.arrived("session.ended")).isEmpty();
            }
        }

        /** Moves time in steps that let the sockets answer pings, as they would in real time. */
        private void beat(int seconds, SocketClient... clients) {
            for (int passed = 0; passed < seconds; passed += 20) {
                gateway.advance(20);
                for (SocketClient client : clients) {
                    client.call("ping", "{}");
                }
            }
        }

        @Test
        void aUsersHeartbeatRenewsWhatItIsAttachedToAndTellsTheDeadlines() {
            try (SocketClient ann = gateway.user("ann")) {
                String id = gateway.session(ann, "ann", "helper");
                gateway.advance(20);
                ann.call("ping", "{}");
                JsonNode deadline = ann.call("heartbeat", "{}").get("deadlines").get(0);
                assertThat(deadline.get("sessionId").asString()).isEqualTo(id);
                assertThat(deadline.get("renewable").asBoolean()).isTrue();
                assertThat(ann.call("session.get", ref(id)).get("status").asString())
                        .isEqualTo("active");
            }
        }
    }
}
