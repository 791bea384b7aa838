package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: envelopes")
class SocketEnvelopesTest extends SocketRules {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Single quotes stand for double ones. */
    static String envelope(String id, String sender, String type, String more) {
        return ("{'message_id':'" + id + "','timestamp':'2026-01-31T23:59:59.007Z','sender':{'agent_id':'" + sender
                        + "','framework':'crew'},'message_type':'" + type + "'" + more + "}")
                .replace('\'', '"');
    }

    private static String to(String recipient, String more) {
        return ",'recipient':{'agent_id':'" + recipient + "'},'payload':{'n':1}" + more;
    }

    private static String about(JsonNode pushed, String payload) {
        return ",'payload':" + payload + ",'metadata':{'task_id':'" + taskId(pushed) + "'}";
    }

    private static String taskId(JsonNode pushed) {
        return pushed.get("metadata").get("task_id").asString();
    }

    private CompletableFuture<HttpResponse<String>> http(String json) {
        return HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/messages/send"))
                        .header("Content-Type", "application/json")
                        .header("x-agent-api-key", "none is needed yet")
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void aRequestIsDeliveredOnceAndItsResponseCompletesTheTask() {
        try (SocketClient lead = gateway.agent("crew://lead");
                SocketClient critic = gateway.agent("graph://critic-1");
                SocketClient ann = gateway.user("ann")) {
            String session = gateway.session(ann, "ann", "crew://lead");
            String request = envelope(
                            "m-1",
                            "crew://lead",
                            "task_request",
                            to("graph://critic-1", ",'priority':'high','metadata':{'x':1e3}"))
                    .replace("\"framework\":\"crew\"", "\"session_id\":\"" + session + "\"");
            JsonNode sent = lead.call("envelope.send", request);
            assertThat(sent.get("status").asString()).isEqualTo("delivered");
            assertThat(sent.get("recipient").asString()).isEqualTo("graph://critic-1");
            assertThat(sent.has("routingReason")).isFalse();

            JsonNode pushed = critic.push("envelope");
            assertThat(pushed.get("message_id").asString()).isEqualTo("m-1");
            assertThat(pushed.get("payload").get("n").asInt()).isEqualTo(1);
            assertThat(pushed.get("metadata").get("x").asDouble()).isEqualTo(1000);
            assertThat(taskId(pushed)).isEqualTo(sent.get("task_id").asString());

            critic.call(
                    "envelope.send",
                    envelope("u-1", "graph://critic-1", "status_update", about(pushed, "{'progress':40}")));
            assertThat(lead.push("task.updated").get("task").get("progress").asDouble())
                    .isEqualTo(40);
            assertThat(ann.push("task.updated").get("task").get("sessionId").asString())
                    .isEqualTo(session);
            String response = envelope("r-1", "graph://critic-1", "task_response", about(pushed, "{'verdict':'fine'}"));
            JsonNode taken = critic.call("envelope.send", response);
            assertThat(critic.call("envelope.send", response)).isEqualTo(taken);
            JsonNode done = lead.push("task.updated").get("task");
            assertThat(done.get("status").asString()).isEqualTo("completed");
            assertThat(done.get("result").get("verdict").asString()).isEqualTo("fine");

            assertThat(lead.call("envelope.send", request)).as("a repeat").isEqualTo(sent);
            lead.call("ping", "{}");
            assertThat(critic.arrived("envelope")).isEmpty();
            assertThat(critic.arrived("task.assigned")).isEmpty();
            assertThat(code(critic.refused(
                            "envelope.send",
                            envelope("r-2", "graph://critic-1", "error", about(pushed, "'too late'")))))
                    .isEqualTo("TASK_FINISHED");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"+1000000000-12-31T23:59:59Z", "+10000-01-01T00:00:00Z", "-0001-12-31T23:59:59.999Z"})
    void ofAnInstantThatTheWireCannotShowIsRefused(String timestamp) {
        try (SocketClient lead = gateway.agent("lead");
                SocketClient critic = gateway.agent("critic")) {
            String request = envelope("m-1", "lead", "task_request", to("critic", ""));
            JsonNode error = lead.refused("envelope.send", request.replace("2026-01-31T23:59:59.007Z", timestamp));
            assertThat(code(error)).isEqualTo("VALIDATION_ERROR");
            assertThat(error.get("data").get("details").get("field").asString()).isEqualTo("timestamp");
            lead.call("envelope.send", request.replace("2026-01-31T23:59:59.007Z", "9999-12-31T23:59:59.999Z"));
            assertThat(critic.push("envelope").get("timestamp").asString()).isEqualTo("9999-12-31T23:59:59.999Z");
        }
    }

    @Test
    void waitsForItsRecipientMostUrgentFirstAndOverHttp() throws Exception {
        gateway.agent("critic").close();
        Awaitility.await()
                .until(() -> !gateway.store
                        .agents()
                        .get("default", "critic")
                        .blockOptional()
                        .orElseThrow()
                        .isOnline());
        for (String priority : List.of("low", "medium", "critical", "high", "critical")) {
            HttpResponse<String> sent = http(envelope(
                            "m-" + priority + System.identityHashCode(priority) + sequence++,
                            "anybody",
                            "task_request",
                            to("critic", ",'priority':'" + priority + "'")))
                    .get();
            assertThat(sent.statusCode()).isEqualTo(202);
            assertThat(Json.MAPPER.readTree(sent.body()).get("status").asString())
                    .isEqualTo("queued");
        }
        try (SocketClient critic = gateway.agent("critic")) {
            for (String priority : List.of("critical", "critical", "high", "medium", "low")) {
                assertThat(critic.push("envelope").get("priority").asString()).isEqualTo(priority);
            }
        }
    }

    private int sequence;

    @Test
    void whoeverWaitsGetsTheResponseOrTheTruth() throws Exception {
        try (SocketClient critic = gateway.agent("critic")) {
            String sync = ",'routing':{'delivery_mode':'sync','timeout':'10s'}";
            CompletableFuture<HttpResponse<String>> waiting =
                    http(envelope("m-1", "lead", "task_request", to("critic", sync)));
            JsonNode pushed = critic.push("envelope");
            critic.call("envelope.send", envelope("r-1", "critic", "task_response", about(pushed, "[7]")));
            JsonNode responded = arrived(critic, waiting, 200);
            assertThat(responded.get("status").asString()).isEqualTo("responded");
            assertThat(responded.get("success").asBoolean()).isTrue();
            assertThat(responded.get("response").get(0).asInt()).isEqualTo(7);

            waiting = http(envelope("m-2", "lead", "task_request", to("critic", sync)));
            pushed = critic.push("envelope");
            critic.call("envelope.send", envelope("r-2", "critic", "error", about(pushed, "'cannot'")));
            JsonNode failed = arrived(critic, waiting, 200);
            assertThat(failed.get("status").asString()).isEqualTo("failed");
            assertThat(failed.get("success").asBoolean()).isFalse();
            assertThat(failed.get("error").asString()).isEqualTo("cannot");

            waiting = http(envelope("m-3", "lead", "task_request", to("critic", sync)));
            pushed = critic.push("envelope");
            critic.call("envelope.send", envelope("u-3", "critic", "status_update", about(pushed, "{}")));
            assertThat(arrived(critic, waiting, 200).get("status").asString()).isEqualTo("timeout");

            String retried = ",'routing':{'delivery_mode':'sync','timeout':'10s','retry_policy':{'max_retries':1}}";
            waiting = http(envelope("m-4", "lead", "task_request", to("critic", retried)));
            critic.push("envelope");
            JsonNode truth = arrived(critic, waiting, 202);
            assertThat(truth.get("status").asString()).isEqualTo("delivered");
            assertThat(truth.get("success").asBoolean()).isTrue();
        }
    }

    @Test
    void whoeverWaitsIsToldTheTruthBeforeTheGatewayGoes() throws Exception {
        try (SocketClient critic = gateway.agent("critic")) {
            CompletableFuture<HttpResponse<String>> waiting =
                    http(envelope("m-1", "lead", "task_request", to("critic", ",'routing':{'delivery_mode':'sync'}")));
            critic.push("envelope");
            gateway.close();
            HttpResponse<String> answer = waiting.get(30, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(Json.MAPPER.readTree(answer.body()).get("status").asString())
                    .isEqualTo("delivered");
        }
    }

    /**
     * Lets seconds pass until an answer is there, but not so many that a second turn of ten seconds would be over: whoever waits
     * may begin to only after some of them have passed. The agent shows that it lives meanwhile.
     */
    private JsonNode arrived(SocketClient critic, CompletableFuture<HttpResponse<String>> waiting, int status)
            throws Exception {
        long last = gateway.time.nowMillis() + 20_000;
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    if (gateway.time.nowMillis() < last) {
                        critic.call("ping", "{}");
                        gateway.advance(1);
                    }
                    return waiting.isDone();
                });
        assertThat(waiting.get().statusCode()).isEqualTo(status);
        return Json.MAPPER.readTree(waiting.get().body());
    }

    @Test
    void goesToTheNextFallbackAgentAndThenFails() {
        try (SocketClient lead = gateway.agent("lead");
                SocketClient one = gateway.agent("one");
                SocketClient two = gateway.agent("two")) {
            String fallback = ",'routing':{'timeout':'5s','fallback_agents':['nobody','two']}";
            lead.call("envelope.send", envelope("m-1", "lead", "task_request", to("one", fallback)));
            one.call("envelope.send", envelope("e-1", "one", "error", about(one.push("envelope"), "'no'")));
            gateway.advance(1);
            JsonNode second = two.push("envelope");
            two.call("envelope.send", envelope("e-2", "two", "error", about(second, "{'why':'no'}")));
            Awaitility.await()
                    .until(() -> lead.push("task.updated")
                            .get("task")
                            .get("status")
                            .asString()
                            .equals("failed"));

            JsonNode instead =
                    lead.call("envelope.send", envelope("m-2", "lead", "task_request", to("nobody", fallback)));
            assertThat(instead.get("recipient").asString()).isEqualTo("two");
            assertThat(instead.get("routingReason").asString()).contains("nobody is not known");
            assertThat(code(lead.refused("envelope.send", envelope("m-3", "lead", "task_request", to("nobody", "")))))
                    .isEqualTo("AGENT_NOT_FOUND");
        }
    }

    @Test
    void isSentInOnesOwnNameAndTellsThatOneLives() {
        try (SocketClient lead = gateway.agent("lead")) {
            assertThat(code(lead.refused("envelope.send", envelope("m-1", "other", "heartbeat", ",'payload':{}"))))
                    .isEqualTo("FORBIDDEN");
            lead.call(
                    "envelope.send",
                    envelope("m-1", "lead", "heartbeat", ",'payload':{'health':'degraded','load':0.5}"));
            assertThat(lead.call("agent.get", "{\"id\":\"lead\"}").get("health").asString())
                    .isEqualTo("degraded");
        }
    }
}
