package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.config.GatewayConfig.EventsConfig;
import dev.parley.gateway.config.GatewayConfig.WebhookConfig;
import dev.parley.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Webhooks of one gateway, told to a server that is not ours. Each test of time moves it. */
@DisplayName("webhooks")
class WebhooksTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private final WebhookReceiver receiver = new WebhookReceiver();
    private GatewayFixture gateway;

    @BeforeEach
    void start() {
        gateway = new GatewayFixture(config -> config.withEvents(EventsConfig.DEFAULT.withWebhooks(
                true,
                List.of(new WebhookConfig(
                        "config-audit", "default", receiver.url(), List.of("session.deleted"), List.of(SECRET))))));
    }

    @AfterEach
    void stop() {
        gateway.close();
        receiver.close();
    }

    @Test
    @DisplayName("tell creation, end and deletion, signed with the secret that was shown once")
    void tell() {
        JsonNode made = created("\"events\":[\"session.created\",\"session.closed\"]");
        String secret = made.get("secret").asString();
        JsonNode webhook = made.get("webhook");
        assertThat(webhook.toString()).doesNotContain("whsec_");
        String id = session();
        request("POST", "/api/messaging/sessions/" + id + "/complete", "{}");
        until(() -> receiver.taken().size() == 2);
        assertThat(receiver.taken()).containsExactlyInAnyOrder("session.created " + id, "session.closed " + id);
        for (WebhookReceiver.Received one : receiver.received()) {
            assertThat(one.isSignedWith(secret)).isTrue();
            assertThat(one.isSignedWith(SECRET)).isFalse();
            assertThat(one.seconds()).isLessThanOrEqualTo(gateway.time.nowMillis() / 1000);
            assertThat(one.json().get("data").get("workspaceId").asString()).isEqualTo("default");
            assertThat(one.json().has("timestamp")).isTrue();
        }
        String path = "/api/webhooks/" + webhook.get("id").asString();
        assertThat(request("GET", path, "").body()).doesNotContain("whsec_");
        until(() -> json(request("GET", path + "/deliveries", ""))
                .get("deliveries")
                .get(0)
                .get("status")
                .asString()
                .equals("delivered"));
        JsonNode deliveries = json(request("GET", path + "/deliveries", "")).get("deliveries");
        assertThat(deliveries).hasSize(2);
        assertThat(deliveries.get(0).get("responseStatus").asInt()).isEqualTo(204);
        assertThat(deliveries.get(0).get("attempts").asInt()).isEqualTo(1);
    }

    @Test
    @DisplayName("a receiver that fails half of the time gets every event, under the same id each time")
    void failsHalfOfTheTime() {
        created("\"events\":[\"session.created\"]");
        receiver.answer(number -> number % 2 == 0 ? 200 : number % 3 == 0 ? 302 : 500);
        Set<String> expected = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            expected.add("session.created " + session());
        }
        until(() -> new HashSet<>(receiver.taken()).equals(expected));
        List<WebhookReceiver.Received> all = receiver.received();
        assertThat(all).hasSizeGreaterThan(60);
        assertThat(all.stream().map(WebhookReceiver.Received::id).distinct()).hasSize(40);
    }

    @Test
    @DisplayName("a receiver that hangs is given ten seconds, and the log says so")
    void hangs() {
        String id = created("\"events\":[\"session.created\"]")
                .get("webhook")
                .get("id")
                .asString();
        receiver.answer(number -> number == 1 ? WebhookReceiver.HANG : 200);
        session();
        until(() -> receiver.received().size() == 1);
        List<String> seen = new ArrayList<>();
        until(() -> {
            JsonNode delivery = json(request("GET", "/api/webhooks/" + id + "/deliveries", ""))
                    .get("deliveries")
                    .get(0);
            if (delivery.has("error")) {
                seen.add(delivery.get("error").asString());
            }
            return delivery.get("status").asString().equals("delivered");
        });
        assertThat(seen).contains("no answer within 10 s");
    }

    @Test
    @DisplayName("410 ends it: the webhook is not active any more, and says why; until somebody activates it")
    void gone() {
        String path = "/api/webhooks/"
                + created("\"events\":[\"session.created\"]")
                        .get("webhook")
                        .get("id")
                        .asString();
        receiver.answer(number -> 410);
        session();
        until(() -> !json(request("GET", path, "")).get("active").asBoolean());
        assertThat(json(request("GET", path, "")).get("disabledReason").asString())
                .contains("410");
        receiver.answer(number -> 200);
        session();
        gateway.advance(1);
        JsonNode active = json(request("PATCH", path, "{\"active\":true}"));
        assertThat(active.get("active").asBoolean()).isTrue();
        assertThat(active.has("disabledReason")).isFalse();
        String id = session();
        until(() -> receiver.taken().contains("session.created " + id));
    }

    @Test
    @DisplayName("after a rotation both secrets are signed with, until the overlap is over")
    void rotates() {
        JsonNode made = created("\"events\":[\"session.created\"],\"secret\":\"" + SECRET + "\"");
        assertThat(made.get("secret").asString()).isEqualTo(SECRET);
        String path = "/api/webhooks/" + made.get("webhook").get("id").asString();
        JsonNode rotated = json(request("POST", path + "/rotate", "{\"overlapSeconds\":3600}"));
        String fresh = rotated.get("secret").asString();
        assertThat(fresh).startsWith("whsec_").isNotEqualTo(SECRET);
        assertThat(rotated.get("webhook").has("secretUntil")).isTrue();
        session();
        until(() -> receiver.taken().size() == 1);
        assertThat(receiver.received().get(0).isSignedWith(SECRET)).isTrue();
        assertThat(receiver.received().get(0).isSignedWith(fresh)).isTrue();
        gateway.advance(3600);
        session();
        until(() -> receiver.taken().size() == 2);
        assertThat(receiver.received().get(1).isSignedWith(SECRET)).isFalse();
        assertThat(receiver.received().get(1).isSignedWith(fresh)).isTrue();
        assertThat(json(request("GET", path, "")).has("secretUntil")).isFalse();
    }

    @Test
    @DisplayName("those of the settings are there, tell, and can be changed nowhere else")
    void configured() {
        until(() -> json(request("GET", "/api/webhooks", "")).get("webhooks").size() == 1);
        String path = "/api/webhooks/config-audit";
        assertThat(json(request("GET", path, "")).get("configured").asBoolean()).isTrue();
        assertThat(request("PATCH", path, "{\"active\":false}").statusCode()).isEqualTo(403);
        assertThat(request("DELETE", path, "").statusCode()).isEqualTo(403);
        assertThat(request("POST", path + "/rotate", "{}").statusCode()).isEqualTo(403);
        String id = session();
        request("DELETE", "/api/messaging/sessions/" + id, "");
        until(() -> receiver.taken().size() == 1);
        assertThat(receiver.taken()).containsExactly("session.deleted " + id);
        assertThat(receiver.received().get(0).isSignedWith(SECRET)).isTrue();
    }

    @Test
    @DisplayName("the same over a socket, by agents; people may not, as a webhook tells of everybody's sessions")
    void overSockets() {
        try (SocketClient agent = gateway.agent("helper");
                SocketClient ann = gateway.user("ann")) {
            JsonNode made = agent.call("webhook.create", "{\"url\":\"" + receiver.url() + "\"}");
            String ref = "{\"id\":\"" + made.get("webhook").get("id").asString() + "\"}";
            assertThat(made.get("webhook").get("events")).hasSize(5);
            assertThat(agent.call("webhook.list", "{}").get("webhooks").toString())
                    .contains(made.get("webhook").get("id").asString());
            assertThat(agent.call("webhook.get", ref)).isEqualTo(made.get("webhook"));
            String update = ref.replace("}", ",\"description\":\"mine\",\"events\":[\"session.closed\"]}");
            assertThat(agent.call("webhook.update", update).get("events")).hasSize(1);
            assertThat(agent.call("webhook.rotate", ref).get("secret").asString())
                    .startsWith("whsec_");
            assertThat(agent.call("webhook.deliveries", ref).get("deliveries")).isEmpty();
            for (String method : List.of("get", "delete", "rotate", "deliveries", "update")) {
                assertThat(ann.refused("webhook." + method, ref)
                                .get("data")
                                .get("code")
                                .asString())
                        .isEqualTo("FORBIDDEN");
            }
            assertThat(agent.call("webhook.delete", ref).get("deleted").asBoolean())
                    .isTrue();
            assertThat(agent.refused("webhook.get", ref).get("data").get("code").asString())
                    .isEqualTo("NOT_FOUND");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"url\":7}",
                "{\"url\":\"\"}",
                "{\"url\":\"ftp://example.org/\"}",
                "{\"url\":\"https://\"}",
                "{\"url\":\"https://user:pw@example.org/\"}",
                "{\"url\":\"https://example.org/#part\"}",
                "{\"url\":\"https://example.org/\\u0000\"}",
                "{\"url\":\"https://example.org/\",\"events\":[]}",
                "{\"url\":\"https://example.org/\",\"events\":[\"session.exploded\"]}",
                "{\"url\":\"https://example.org/\",\"events\":[null]}",
                "{\"url\":\"https://example.org/\",\"events\":\"session.closed\"}",
                "{\"url\":\"https://example.org/\",\"active\":\"perhaps\"}",
                "{\"url\":\"https://example.org/\",\"secret\":\"whsec_short\"}",
                "{\"url\":\"https://example.org/\",\"secret\":\"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}",
            })
    @DisplayName("what cannot be a webhook is refused, and says which field and what would do")
    void refused(String body) {
        HttpResponse<String> answer = request("POST", "/api/webhooks", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode error = json(answer);
        assertThat(error.toString()).contains("VALIDATION_ERROR").doesNotContain("short");
        assertThat(json(request("GET", "/api/webhooks", "")).get("webhooks").toString())
                .doesNotContain("example.org");
    }

    @Test
    @DisplayName("without the setting no private address is taken, nor one that a name leads to")
    void privateAddresses() {
        gateway.close();
        gateway = new GatewayFixture();
        for (String url : List.of(
                receiver.url(),
                "http://10.0.0.1/",
                "http://[::1]/",
                "http://169.254.169.254/",
                "http://LOCALHOST:80/")) {
            HttpResponse<String> answer = request("POST", "/api/webhooks", "{\"url\":\"" + url + "\"}");
            assertThat(answer.statusCode()).as(url).isEqualTo(400);
            assertThat(answer.body()).contains("WEBHOOK_ALLOW_PRIVATE");
        }
        assertThat(request("POST", "/api/webhooks/nothing/rotate", "{\"overlapSeconds\":604801}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(request("POST", "/api/webhooks/nothing/rotate", "{}").statusCode())
                .isEqualTo(404);
        assertThat(receiver.received()).isEmpty();
    }

    private JsonNode created(String more) {
        HttpResponse<String> answer =
                request("POST", "/api/webhooks", "{\"url\":\"" + receiver.url() + "\"," + more + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return json(answer);
    }

    private String session() {
        return json(request("POST", "/api/messaging/sessions", "{\"userId\":\"ann\",\"agentId\":\"helper\"}"))
                .get("sessionId")
                .asString();
    }

    /**
     * Waits for something while time passes, a second at each look. A receiver has ten of them to answer in, which must be enough
     * for one that answers at once on a busy machine.
     */
    private void until(Callable<Boolean> condition) {
        await().atMost(WAIT).pollInterval(Duration.ofMillis(50)).until(() -> {
            gateway.advance(1);
            return condition.call();
        });
    }

    private HttpResponse<String> request(String method, String path, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                            .header("Content-Type", "application/json")
                            .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return Json.MAPPER.readTree(answer.body());
    }
}
