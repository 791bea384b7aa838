package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: sessions and messages")
class SocketMessagesTest extends SocketRules {
    @Test
    void strangersAreKeptOut() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient eve = gateway.user("eve")) {
            String id = gateway.session(ann, "ann", "helper");
            for (String method :
                    List.of("session.attach", "session.get", "session.history", "session.renew", "session.delete")) {
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
            assertThat(two.call("session.attach", ref(id)).get("seq").asInt()).isEqualTo(1);
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
                            "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[{\"sessionId\":\"" + id + "\",\"epoch\":"
                                    + seen.get("epoch") + ",\"seq\":" + seen.get("seq") + "}]}")
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

    @Test
    void anAttachThatIsDetachedAtOnceGetsNothing() {
        try (SocketClient one = gateway.user("ann");
                SocketClient two = gateway.user("ann")) {
            String id = gateway.session(one, "ann", "helper");
            one.call("message.send", message(id, "before"));
            two.text("[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"session.attach\",\"params\":{\"sessionId\":\""
                    + id + "\",\"seq\":0}},{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"session.detach\",\"params\":"
                    + ref(id) + "}]");
            assertThat(two.next("batch", JsonNode::isArray)).hasSize(2);
            one.call("message.send", message(id, "after"));
            assertThat(two.arrived("message")).isEmpty();
        }
    }

    @Test
    void attachingAgainTellsWhatWasAcknowledgedSince() {
        try (SocketClient ann = gateway.user("ann")) {
            String id = gateway.session(ann, "ann", "helper");
            assertThat(ann.call("session.attach", ref(id)).has("acked")).isFalse();
            JsonNode sent = ann.call("message.send", message(id, "hello"));
            assertThat(ann.call("session.attach", ref(id)).get("acked").get("seq"))
                    .isEqualTo(sent.get("seq"));
            ann.call("session.complete", ref(id));
            assertThat(code(ann.refused("session.attach", ref(id)))).isEqualTo("SESSION_ENDED");
        }
    }
}
