package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Operations asked for and pushes heard by their names. */
@SuppressWarnings("FutureReturnValueIgnored") // The scripted gateway sees what is sent.
class ByNameTest {
    private static String code(CompletableFuture<JsonNode> asked) {
        return asked.handle((answer, problem) -> ((ParleyException) problem).code())
                .join();
    }

    @Test
    void an_operation_that_the_client_does_not_know_is_asked_for_with_a_map() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        CompletableFuture<JsonNode> asked = it.client.request("future.things", Map.of("many", List.of(1, 2)));
        JsonNode sent = peer.await("future.things");
        peer.answer(sent, "{\"deep\":{\"number\":7}}");

        assertThat(sent.path("params").path("many").size()).isEqualTo(2);
        assertThat(asked.join().at("/deep/number").asInt()).isEqualTo(7);
    }

    @Test
    void a_refusal_fails_it_with_its_code() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        CompletableFuture<JsonNode> asked = it.client.request("future.things", Map.of());
        peer.refuse(peer.await("future.things"), "NOT_YET", 409);

        assertThat(code(asked)).isEqualTo("NOT_YET");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\",\"id\":1", "two words", "x\n"})
    void a_name_that_could_not_be_one_is_not_sent(String method) {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();

        assertThat(code(it.client.request(method, Map.of()))).isEqualTo("VALIDATION_ERROR");
        assertThat(peer.all(method)).isEmpty();
    }

    @Test
    void a_session_created_by_name_is_taken_up_again_after_a_cut() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.client.request("session.create", Map.of("agentId", "bot"));
        peer.answer(peer.await("session.create"), "{\"sessionId\":\"s\"}");
        peer.cut(1006);
        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        JsonNode named = it.gateway.peer().await("connect").path("params").path("sessions");
        assertThat(named.path(0).path("sessionId").asString()).isEqualTo("s");
    }

    @Test
    void pushes_are_heard_by_name_before_the_listener_and_once() {
        List<String> heard = new ArrayList<>();
        ClientFixture it = ClientFixture.of(ParleyClient.user(ClientFixture.ADDRESS, "ada")
                .on(
                        "message",
                        push -> heard.add(
                                "message " + push.json().path("messageId").asString()))
                .on(
                        "task.updated",
                        push -> heard.add(push.sessionId() + " "
                                + push.json().at("/task/status").asString()))
                .on("session.attached", push -> heard.add("attached")));
        ScriptedGateway.Peer peer = it.attached("s", "e", 0);
        peer.message("s", "e", 1, "m1", "bot");
        peer.message("s", "e", 1, "m1", "bot");
        peer.push("task.updated", "{\"sessionId\":\"s\",\"seq\":2,\"epoch\":\"e\",\"task\":{\"status\":\"failed\"}}");
        peer.push("session.attached", "{\"entry\":" + ScriptedGateway.entry("t", "f", 0) + "}");
        it.client.send("s", "mine", "own", null);
        peer.acknowledge(peer.await("message.send"), 3);
        peer.message("s", "e", 3, "own", "ada");
        peer.push("elsewhere", "{}");

        assertThat(heard).containsExactly("message m1", "s failed", "attached");
        assertThat(it.told.messageIds()).containsExactly("m1");
        assertThat(it.told.others).extracting(Push::method).containsExactly("task.updated", "elsewhere");
        assertThat(it.told.attached).hasSize(2);
        assertThat(peer.unconsumed()).isZero();
    }

    @Test
    void one_that_throws_keeps_nothing_from_the_listener() {
        ClientFixture it =
                ClientFixture.of(ParleyClient.user(ClientFixture.ADDRESS, "ada").on("message", push -> {
                    throw new IllegalStateException("not today");
                }));
        ScriptedGateway.Peer peer = it.attached("s", "e", 0);
        peer.message("s", "e", 1, "m1", "bot");

        assertThat(it.told.messageIds()).containsExactly("m1");
    }
}
