package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.FaultyStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: agents")
class SocketAgentsTest extends SocketRules {
    @Test
    void comeBackAndGetWhatTheyMissedWithoutRemembering() {
        try (SocketClient ann = gateway.user("ann")) {
            SocketClient agent = gateway.agent("helper");
            String id = gateway.session(ann, "ann", "helper");
            ann.call("message.send", message(id, "one"));
            int seen = agent.push("message").get("seq").asInt();
            agent.call("heartbeat", "{\"seen\":{\"" + id + "\":" + seen + "}}");
            agent.call("message.send", message(id, "own"));
            agent.call("session.context.patch", "{\"sessionId\":\"" + id + "\",\"patch\":{\"own\":1}}");
            agent.cut();
            ann.call("message.send", message(id, "two"));
            try (SocketClient again = gateway.agent("helper")) {
                assertThat(again.push("session.attached")
                                .get("entry")
                                .get("seq")
                                .asInt())
                        .isEqualTo(seen);
                assertThat(again.push("context.updated").get("by").asString())
                        .as("what it changed, though not what it said")
                        .isEqualTo("helper");
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
            critic.call("message.send", "{\"sessionId\":\"" + id + "\",\"content\":\"between us\",\"to\":\"writer\"}");
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
                assertThat(agent.push("message").get("sessionId").asString()).isEqualTo(any);
            }
        }
    }

    @Test
    void oneThatIsUnregisteredBetweenItsGrantAndItsAnswerIsClosed() {
        gateway.close();
        gateway = GatewayFixture.remote(config -> config);
        gateway.line.line((call, argument) ->
                call.equals("connect") ? FaultyStore.Trip.late(0, 1_000) : FaultyStore.Trip.AT_ONCE);
        SocketClient bot = gateway.socket();
        bot.send("connect", "{\"kind\":\"agent\",\"id\":\"bot\"}");
        await().until(() -> isOnline("bot"));
        gateway.store.agents().unregister("default", "bot", "op").block();
        CompletableFuture<Integer> closed = CompletableFuture.supplyAsync(bot::closed);
        // In small steps: the answer's way back may begin after any of them.
        await().until(() -> {
            gateway.time.advance(Duration.ofMillis(100));
            return closed.isDone();
        });
        assertThat(closed.join()).isEqualTo(1008);
        gateway.line.line((call, argument) -> FaultyStore.Trip.AT_ONCE);
        gateway.agent("bot").close();
    }

    private boolean isOnline(String agentId) {
        List<Agent> online = gateway.store.agents().list("default", true).block();
        return online != null && online.stream().anyMatch(agent -> agent.id().equals(agentId));
    }
}
