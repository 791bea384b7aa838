package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.http.DescribedApi;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.store.InboxStore.Bounds;
import dev.parley.store.InboxStore.Send;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Agents that follow channels, on one gateway with the embedded store, on time that the test moves. */
@DisplayName("followers:")
class FollowersTest extends SocketRules {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration WAIT = Duration.ofSeconds(30);

    @Test
    @DisplayName("every creation and every end is told once, whatever the way, and not to the one who caused it")
    void orchestration() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient boss = follower("boss", "orchestration");
                SocketClient deaf = gateway.agent("deaf")) {
            List<String> expected = new ArrayList<>();
            String completed = created(ann, expected);
            String terminated = created(ann, expected);
            String expired = created(ann, expected);
            String deleted = created(ann, expected);
            String own = boss.call("session.create", "{\"agentId\":\"boss\",\"userId\":\"bob\"}")
                    .get("sessionId")
                    .asString();
            end(ann, "session.complete", completed, expected);
            end(ann, "session.terminate", terminated, expected);
            end(ann, "session.expire", expired, expected);
            end(ann, "session.delete", deleted, expected);
            ann.call("session.complete", ref(completed));
            ann.call("session.expire", ref(expired));
            ann.call("session.delete", ref(terminated));
            ann.refused("session.complete", ref("unknown"));
            boss.call("session.complete", ref(own));
            end(ann, "session.complete", created(ann, expected), expected);

            List<JsonNode> told = told(boss, expected.size());
            assertThat(told.stream().map(FollowersTest::event)).containsExactlyElementsOf(expected);
            JsonNode first = told.get(0);
            assertThat(first.get("channel").asString()).isEqualTo("orchestration");
            assertThat(first.get("type").asString()).isEqualTo("broadcast");
            assertThat(first.get("to").asString()).isEqualTo("boss");
            JsonNode session = first.get("payload").get("session");
            assertThat(session.get("userId").asString()).isEqualTo("ann");
            assertThat(session.get("createdBy").asString()).isEqualTo("ann");
            JsonNode end = told.get(4).get("payload");
            assertThat(end.get("endedBy").asString()).isEqualTo("ann");
            assertThat(end.get("endedAt").asString()).matches("\\d{4}-.*Z");
            assertThat(deaf.arrived("inbox.message")).isEmpty();

            JsonNode page = http("GET", "/api/agents/boss/messages?channel=orchestration&limit=100", "");
            assertThat(page.get("messages")).hasSize(expected.size());
            assertThat(page.get("messages").get(expected.size() - 1)).isEqualTo(first);
        }
    }

    @Test
    @DisplayName("a warning names the session and the minutes that remain; a deadline's end is the system's")
    void alerts() {
        String id;
        try (SocketClient ann = gateway.user("ann")) {
            id = ann.call("session.create", "{\"agentId\":\"helper\",\"userId\":\"ann\",\"name\":\"Tax\"}")
                    .get("sessionId")
                    .asString();
        }
        gateway.advance(25 * 60 - 5);
        try (SocketClient boss = follower("boss", "alerts")) {
            JsonNode alert = told(boss, 1).get(0);
            assertThat(alert.get("channel").asString()).isEqualTo("alerts");
            JsonNode payload = alert.get("payload");
            assertThat(payload.get("type").asString()).isEqualTo("session:expiring");
            assertThat(payload.get("sessionId").asString()).isEqualTo(id);
            assertThat(payload.get("sessionName").asString()).isEqualTo("Tax");
            assertThat(payload.get("minutesRemaining").asInt()).isEqualTo(5);
        }
        gateway.advance(5 * 60 - 15);
        try (SocketClient boss = follower("boss", "orchestration")) {
            JsonNode payload = told(boss, 1).get(0).get("payload");
            assertThat(payload.get("type").asString()).isEqualTo("session:ended");
            assertThat(payload.get("sessionId").asString()).isEqualTo(id);
            assertThat(payload.get("status").asString()).isEqualTo("expired");
            assertThat(payload.get("endedBy").asString()).isEqualTo("system");
        }
    }

    @Test
    @DisplayName("one that reads nothing gets as much as an inbox holds, and then one message that tells of the gap")
    void neverReads() {
        for (int i = 0; i < Bounds.DEFAULT.messages(); i++) {
            gateway.store
                    .inbox()
                    .send(new Send(
                            "default",
                            "boss",
                            "m" + i,
                            new InboxMessage.From("filler", null, null),
                            "default",
                            InboxMessage.EVENT,
                            RawJson.of("1"),
                            null,
                            3_600_000,
                            Bounds.DEFAULT))
                    .block();
        }
        try (SocketClient ann = gateway.user("ann");
                SocketClient boss = follower("boss", "orchestration");
                SocketClient other = follower("other", "orchestration")) {
            ann.call("session.complete", ref(gateway.session(ann, "ann", "helper")));
            told(other, 2);
            JsonNode gap = told(boss, 1).get(0).get("payload");
            assertThat(gap.get("type").asString()).isEqualTo("session:missed");
            assertThat(gap.has("since")).isTrue();
            assertThat(boss.arrived("inbox.message")).isEmpty();
            await().atMost(WAIT).until(() -> text("/metrics").contains("parley_followers_missed_total 2.0"));
        }
    }

    @Test
    @DisplayName("who follows agents hears who comes and goes, from the moment on that it says so")
    void agents() {
        try (SocketClient boss = follower("boss", "agents");
                SocketClient late = gateway.agent("late")) {
            assertThat(boss.push("agent.online").get("agentId").asString()).isEqualTo("late");
            http("POST", "/api/agents/register", "{\"id\":\"late\",\"follows\":[\"agents\"]}");
            http("POST", "/api/agents/register", "{\"id\":\"boss\",\"follows\":[\"alerts\"]}");
            try (SocketClient helper = gateway.agent("helper")) {
                JsonNode online = late.push("agent.online");
                assertThat(online.get("agentId").asString()).isEqualTo("helper");
                assertThat(online.get("agent").get("isOnline").asBoolean()).isTrue();
                helper.call("ping", "{}");
            }
            assertThat(late.push("agent.offline").get("agentId").asString()).isEqualTo("helper");
            assertThat(boss.arrived("agent.online")).isEmpty();
            assertThat(late.arrived("agent.online")).isEmpty();
            http("DELETE", "/api/agents/boss", "");
            assertThat(late.push("agent.offline").get("agentId").asString()).isEqualTo("boss");
        }
    }

    private SocketClient follower(String id, String channel) {
        SocketClient socket = gateway.socket();
        socket.call("connect", "{\"kind\":\"agent\",\"id\":\"" + id + "\",\"follows\":[\"" + channel + "\"]}");
        return socket;
    }

    private String created(SocketClient user, List<String> expected) {
        String id = gateway.session(user, "ann", "helper");
        expected.add("session:created " + id);
        return id;
    }

    private static void end(SocketClient user, String method, String id, List<String> expected) {
        String params =
                method.equals("session.terminate") ? "{\"sessionId\":\"" + id + "\",\"reason\":\"no use\"}" : ref(id);
        user.call(method, params);
        expected.add("session:ended " + id);
    }

    /** Waits for so many messages of an inbox, while time goes by. */
    private List<JsonNode> told(SocketClient agent, int count) {
        List<JsonNode> told = new ArrayList<>();
        await().atMost(WAIT).pollInterval(Duration.ofMillis(10)).until(() -> {
            gateway.time.advance(Duration.ofMillis(200));
            told.addAll(agent.arrived("inbox.message"));
            return told.size() >= count;
        });
        return told;
    }

    private static String event(JsonNode message) {
        JsonNode payload = message.get("payload");
        JsonNode session = payload.has("session") ? payload.get("session") : payload;
        return payload.get("type").asString() + " " + session.get("sessionId").asString();
    }

    private String text(String path) {
        return HTTP.sendAsync(request("GET", path, ""), BodyHandlers.ofString())
                .join()
                .body();
    }

    private JsonNode http(String method, String path, String body) {
        return Json.MAPPER.readTree(
                DescribedApi.check(HTTP.sendAsync(request(method, path, body), BodyHandlers.ofString())
                                .join())
                        .body());
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }
}
