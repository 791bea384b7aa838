package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.message;
import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Several who work in one session from different gateways. */
@ParameterizedClass(name = "{0} on Redis")
@ValueSource(ints = {1, 2, 3})
@DisplayName("gateways: orchestration")
class FleetOrchestrationTest {
    private static final String SESSIONS = "/api/messaging/sessions/";

    @Parameter
    int gateways;

    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = Fleet.of(gateways);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    private static String with(String id, String more) {
        return "{\"sessionId\":\"" + id + "\"," + more + "}";
    }

    @Test
    @DisplayName("an agent who joins in the middle is attached at once and gets the log from its start")
    void joinsInTheMiddle() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient reviewer = fleet.agent(1, "reviewer")) {
            String id = Fleet.session(ann);
            ann.call("message.send", message(id, "before"));
            ann.call("session.workflow.set", with(id, "\"steps\":[{\"name\":\"read\"},{\"name\":\"judge\"}]"));

            JsonNode added = ann.call(
                    "session.participants.add", with(id, "\"id\":\"reviewer\",\"kind\":\"agent\",\"role\":\"critic\""));

            assertThat(added.get("created").asBoolean()).isTrue();
            assertThat(reviewer.push("session.attached").get("entry").get("seq").asInt())
                    .isZero();
            assertThat(reviewer.push("session.created").get("seq").asInt()).isEqualTo(1);
            assertThat(reviewer.push("message").get("content").asString()).isEqualTo("before");
            assertThat(reviewer.push("workflow.advanced").get("to").asString()).isEqualTo("read");
            assertThat(reviewer.push("participant.joined")
                            .get("participant")
                            .get("id")
                            .asString())
                    .isEqualTo("reviewer");
            assertThat(ann.push("workflow.advanced").has("from"))
                    .as("it begins")
                    .isFalse();
            assertThat(ann.push("participant.joined").get("seq").asInt()).isEqualTo(4);

            reviewer.call("session.workflow.advance", ref(id));
            JsonNode moved = ann.push("workflow.advanced");
            assertThat(moved.get("from").asString()).isEqualTo("read");
            assertThat(moved.get("workflow").get("progress").asDouble()).isEqualTo(50);
        }
    }

    @Test
    @DisplayName("whoever is removed hears of that, then nothing more, and nothing that they send is accepted")
    void removed() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient reviewer = fleet.agent(1, "reviewer")) {
            String id = Fleet.session(ann);
            String participants = SESSIONS + id + "/participants";
            String added = "{\"id\":\"reviewer\",\"kind\":\"agent\"}";
            assertThat(fleet.post(2, participants, added).status()).isEqualTo(201);
            assertThat(fleet.post(0, participants, added).status())
                    .as("who is there is updated")
                    .isEqualTo(200);
            reviewer.push("participant.joined");
            reviewer.call("message.send", message(id, "hello"));
            ann.push("message");

            assertThat(fleet.sending(2, "DELETE", participants + "/reviewer", "")
                            .join()
                            .json()
                            .get("status")
                            .asString())
                    .isEqualTo("left");

            assertThat(SocketRules.code(reviewer.refused("message.send", message(id, "still here"))))
                    .isEqualTo("FORBIDDEN");
            assertThat(reviewer.push("participant.left")
                            .get("participant")
                            .get("id")
                            .asString())
                    .isEqualTo("reviewer");
            try (SocketClient witness = fleet.user(1, "ann")) {
                witness.call("session.attach", ref(id));
                ann.call("message.send", message(id, "among us"));
                assertThat(witness.push("message").get("content").asString()).isEqualTo("among us");
                assertThat(reviewer.arrived("message")).isEmpty();
            }
        }
    }

    @Test
    @DisplayName("agents on all gateways add to one aggregation at once, over sockets and HTTP, and none is lost")
    void aggregation() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient helper = fleet.agent(1, "helper")) {
            String result = "\"result\":{\"ok\":true},\"confidence\":0.5}";
            String id = helper.call(
                            "aggregation.create",
                            "{\"sessionId\":\"" + Fleet.session(ann) + "\",\"taskType\":\"t\",\"method\":\"consensus\","
                                    + "\"results\":[{\"agentId\":\"first\"," + result + "]}")
                    .get("aggregationId")
                    .asString();
            List<CompletableFuture<Fleet.Reply>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                answers.add(fleet.sending(
                        i, "POST", "/api/aggregations/" + id + "/results", "{\"agentId\":\"a" + i + "\"," + result));
            }
            ann.call("aggregation.add", "{\"aggregationId\":\"" + id + "\",\"agentId\":\"last\"," + result);
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.join().status()).isEqualTo(200));
            JsonNode after = ann.call("aggregation.get", "{\"aggregationId\":\"" + id + "\"}");
            assertThat(after.get("results")).hasSize(22);
            assertThat(after.get("conflicts")).isEmpty();
            assertThat(after.get("confidence").asDouble()).isEqualTo(0.5);
        }
    }

    @Test
    @DisplayName("fifty who resolve the session of one user at once, over all gateways, get the same one")
    void fiftyResolve() {
        List<CompletableFuture<Fleet.Reply>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(fleet.sending(i, "POST", SESSIONS + "resolve", "{\"userId\":\"ann\",\"agentId\":\"helper\"}"));
        }
        assertThat(answers)
                .extracting(answer -> answer.join()
                        .json()
                        .path("sessionId")
                        .asString(answer.join().json().toString()))
                .containsOnly(answers.get(0).join().json().path("sessionId").asString("none"));
        assertThat(fleet.get(0, SESSIONS.substring(0, SESSIONS.length() - 1) + "?userId=ann")
                        .json()
                        .get("total")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("two hundred writers of one context at once, over all gateways: none is lost and none refused")
    void twoHundredWriters() {
        try (SocketClient ann = fleet.user(0, "ann")) {
            String id = Fleet.session(ann);
            int writers = 200;
            List<CompletableFuture<Fleet.Reply>> answers = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                answers.add(fleet.sending(i, "PATCH", SESSIONS + id + "/context", "{\"k" + i + "\":" + i + "}"));
            }
            CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();

            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.join().status()).isEqualTo(200));
            Fleet.Reply after = fleet.get(1, SESSIONS + id + "/context");
            assertThat(after.json().get("sharedContext").size()).isEqualTo(writers);
            assertThat(after.json().get("version").asInt()).isEqualTo(1 + writers);
            assertThat(after.response().headers().firstValue("ETag")).hasValue("\"" + (1 + writers) + "\"");
            long lastSeq = 1;
            for (int i = 0; i < writers; i++) {
                long seq = ann.push("context.updated").get("seq").asLong();
                assertThat(seq).as("in order, none missing").isEqualTo(lastSeq + 1);
                lastSeq = seq;
            }
        }
    }
}
