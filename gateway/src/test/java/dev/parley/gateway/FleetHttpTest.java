package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.code;
import static dev.parley.gateway.SocketRules.message;
import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.gateway.Fleet.Reply;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.http.EventReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Callers over HTTP on one gateway, agents on another; and a gateway that goes away while the others go on. */
@ParameterizedClass(name = "{0} on Redis")
@ValueSource(ints = {1, 2, 3})
@DisplayName("gateways: HTTP and drain")
class FleetHttpTest {
    private static final String SESSIONS = "/api/messaging/sessions";

    @Parameter
    int gateways;

    private Fleet fleet;
    private SocketClient agent;
    private String id;
    private String path;

    @BeforeEach
    void start() {
        fleet = Fleet.of(
                gateways,
                config -> config.withServer(ServerConfig.DEFAULT.withPort(0).withDrainMillis(3_000)));
        agent = fleet.agent(1, "helper");
        id = fleet.post(0, SESSIONS, "{\"agentId\":\"helper\",\"userId\":\"ann\"}")
                .json()
                .get("sessionId")
                .asString();
        path = SESSIONS + "/" + id + "/messages";
        agent.push("session.attached");
    }

    @AfterEach
    void stop() {
        agent.close();
        fleet.close();
    }

    @Test
    @DisplayName("overlapping callers on all gateways each get their own reply, in whatever order the replies come")
    void replies() {
        int callers = 60;
        Map<String, CompletableFuture<Reply>> waiting = new LinkedHashMap<>();
        for (int i = 0; i < callers; i++) {
            String body = "{\"content\":\"q\",\"messageId\":\"q" + i + "\",\"transport\":\"http\"}";
            waiting.put("q" + i, fleet.sending(i, "POST", path, body));
        }
        List<String> order = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            order.add(agent.push("message").get("messageId").asString());
        }
        long seed = System.nanoTime();
        Collections.shuffle(order, new Random(seed));
        for (String question : order) {
            agent.send(
                    "message.send",
                    "{\"sessionId\":\"" + id + "\",\"content\":\"to " + question + "\",\"inReplyTo\":\"" + question
                            + "\"}");
        }
        waiting.forEach((question, answer) -> {
            Reply reply = answer.join();
            assertThat(reply.status()).as("seed %d: %s", seed, reply.json()).isEqualTo(201);
            assertThat(reply.json().get("agentResponse").get("text").asString())
                    .as("seed %d", seed)
                    .isEqualTo("to " + question);
        });
    }

    @Test
    @DisplayName("one request after another on a connection: none is left without its answer")
    void oneAfterAnother() {
        for (int i = 0; i < 300; i++) {
            assertThat(fleet.get(0, "/api/agents/helper").status()).isEqualTo(200);
            assertThat(fleet.get(0, SESSIONS + "/none").status()).isEqualTo(404);
        }
    }

    @Test
    @DisplayName("sse: two streams on two gateways each get their own pieces and their own end")
    void streams() {
        try (EventReader one = fleet.events(0, path, question("q1"));
                EventReader two = fleet.events(2, path, question("q2"))) {
            one.next("user_message");
            two.next("user_message");
            for (int i = 0; i < 3; i++) {
                delta("r1", i, "a" + i, "q1");
                delta("r2", i, "b" + i, "q2");
            }
            reply("r2", "b0b1b2", "q2");
            reply("r1", "a0a1a2", "q1");
            assertStreamed(one, "a");
            assertStreamed(two, "b");
        }
    }

    @Test
    @DisplayName("events: what was missed is replayed on any gateway, then it is live")
    void events() {
        agent.call("message.send", message(id, "one"));
        int seq = agent.call("message.send", message(id, "two")).get("seq").asInt();
        try (EventReader events =
                fleet.events(2, SESSIONS + "/" + id + "/events", "", "Last-Event-ID", "" + (seq - 1))) {
            EventReader.Event replayed = events.next("message");
            assertThat(replayed.json().get("content").asString()).isEqualTo("two");
            assertThat(replayed.id()).isEqualTo("" + seq);
            agent.call("message.send", message(id, "three"));
            assertThat(events.next("message").json().get("content").asString()).isEqualTo("three");
        }
    }

    @Test
    @DisplayName(
            "one drains while the others go on: nobody is let in there, nothing is lost, everybody is back elsewhere")
    void drain() {
        SocketClient moving = fleet.user(0, "ann");
        moving.call("session.attach", ref(id));
        List<JsonNode> acknowledged = new ArrayList<>();
        acknowledged.add(moving.call("message.send", message(id, "m0")));
        fleet.gateway(0).drain().subscribe();
        assertThat(moving.push("server.draining").get("reconnectAfterMs").asInt())
                .isBetween(0, 3_000);
        assertThat(fleet.get(0, "/ready").status()).isEqualTo(503);
        assertThatThrownBy(() -> fleet.socket(0)).isInstanceOf(CompletionException.class);
        if (gateways == 1) {
            assertThat(moving.closed()).isEqualTo(4000);
            return;
        }
        assertThat(fleet.get(1, "/ready").status()).isEqualTo(200);
        boolean over = false;
        boolean inDoubt = false;
        for (int i = 1; !over; i++) {
            JsonNode answer = answerOrClose(moving, message(id, "m" + i));
            over = !answer.has("result");
            if (answer.has("error")) {
                assertThat(code(answer.get("error"))).isEqualTo("DRAINING");
                assertThat(moving.closed()).isEqualTo(4000);
            } else if (over) {
                // The time in which requests are refused was over before this machine came to send one.
                assertThat(answer.get("closed").asInt()).isEqualTo(4000);
                inDoubt = true;
            } else {
                acknowledged.add(answer.get("result"));
            }
        }
        // A log keeps a thousand entries, and a quick machine writes more of them while the gateway drains.
        int from = Math.max(0, acknowledged.size() - 500);
        JsonNode position = acknowledged.get(from);
        try (SocketClient back = fleet.socket(1)) {
            JsonNode entry = back.call(
                            "connect",
                            "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[{\"sessionId\":\"" + id + "\",\"epoch\":"
                                    + position.get("epoch") + ",\"seq\":" + position.get("seq") + "}]}")
                    .get("sessions")
                    .get(0);
            assertThat(entry.get("recovered").asBoolean()).isTrue();
            for (int i = from + 1; i < acknowledged.size(); i++) {
                assertThat(back.push("message").get("content").asString()).isEqualTo("m" + i);
            }
            for (int i = 0; i < acknowledged.size(); i++) {
                assertThat(agent.push("message").get("content").asString()).isEqualTo("m" + i);
            }
            back.call("message.send", message(id, "goes on"));
            String next = agent.push("message").get("content").asString();
            if (inDoubt && next.equals("m" + acknowledged.size())) {
                next = agent.push("message").get("content").asString();
            }
            assertThat(next).isEqualTo("goes on");
        }
    }

    private static JsonNode answerOrClose(SocketClient from, String message) {
        int id = from.send("message.send", message);
        return from.next("an answer or the close", frame -> frame.path("id").asInt(-2) == id || frame.has("closed"));
    }

    private static String question(String messageId) {
        return "{\"content\":\"q\",\"messageId\":\"" + messageId + "\",\"transport\":\"sse\"}";
    }

    private void delta(String reply, int index, String chunk, String question) {
        agent.call(
                "message.delta",
                "{\"sessionId\":\"" + id + "\",\"messageId\":\"" + reply + "\",\"index\":" + index + ",\"chunk\":\""
                        + chunk + "\",\"inReplyTo\":\"" + question + "\"}");
    }

    private void reply(String reply, String content, String question) {
        agent.call(
                "message.send",
                "{\"sessionId\":\"" + id + "\",\"messageId\":\"" + reply + "\",\"content\":\"" + content
                        + "\",\"inReplyTo\":\"" + question + "\"}");
    }

    private static void assertStreamed(EventReader stream, String letter) {
        for (int i = 0; i < 3; i++) {
            assertThat(stream.next("chunk").json().get("chunk").asString()).isEqualTo(letter + i);
        }
        assertThat(stream.next("done").json().get("text").asString())
                .isEqualTo(letter + "0" + letter + "1" + letter + "2");
    }
}
