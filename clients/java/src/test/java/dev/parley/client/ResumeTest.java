package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ReconnectDelay;
import dev.parley.protocol.session.SessionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a client says and tells when its connection was lost and comes back. */
@SuppressWarnings("FutureReturnValueIgnored") // The scripted gateway sees what is sent.
class ResumeTest {
    @Test
    void connect_says_who_it_is() {
        ClientFixture it = ClientFixture.of(
                ParleyClient.user(ClientFixture.ADDRESS, "ada").name("Ada").surfaceId("web"));
        it.client.connect();
        it.threads.settle();
        ScriptedGateway.Peer peer = it.gateway.peer();
        peer.open();

        JsonNode params = peer.await("connect").path("params");

        assertThat(params.path("kind").asString()).isEqualTo("user");
        assertThat(params.path("id").asString()).isEqualTo("ada");
        assertThat(params.path("name").asString()).isEqualTo("Ada");
        assertThat(params.path("surfaceId").asString()).isEqualTo("web");
        assertThat(params.has("sessions")).isFalse();
        assertThat(params.has("token")).isFalse();
    }

    @Test
    void a_reconnect_names_the_position_of_the_last_push() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        peer.message("s", "e", 5, "m5", "bot");
        peer.message("s", "e", 9, "m9", "bot");
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();
        JsonNode named = it.gateway.peer().await("connect").path("params").path("sessions");

        assertThat(named.toString()).isEqualTo("[{\"sessionId\":\"s\",\"epoch\":\"e\",\"seq\":9}]");
        assertThat(it.told.messageIds()).containsExactly("m5", "m9");
        assertThat(it.told.gaps)
                .as("numbers that are left out mean nothing by themselves")
                .isEmpty();
    }

    @Test
    void the_answer_to_an_own_send_does_not_move_the_position() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        it.client.send("s", "hi", "mine", null);
        peer.acknowledge(peer.await("message.send"), 7);
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        JsonNode named = it.gateway.peer().await("connect").path("params").path("sessions");
        assertThat(named.get(0).path("seq").asLong()).isEqualTo(4);
    }

    @Test
    void own_messages_that_come_with_a_resume_are_dropped_and_others_are_told_once() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        it.client.send("s", "hi", "mine", null);
        peer.acknowledge(peer.await("message.send"), 5);
        peer.message("s", "e", 6, "m6", "bot");
        peer.cut(1006);

        ScriptedGateway.Peer next = it.reconnected(ScriptedGateway.entry("s", "e", 4));
        next.message("s", "e", 5, "mine", "ada");
        next.message("s", "e", 6, "m6", "bot");
        next.message("s", "e", 7, "m7", "ada");

        assertThat(it.told.messageIds())
                .as("a message of the same user that another client sent is told")
                .containsExactly("m6", "m7");
    }

    @Test
    void a_session_that_this_client_created_resumes_from_its_start() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.client.createSession("bot");
        peer.answer(peer.await("session.create"), "{\"sessionId\":\"s1\"}");
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        JsonNode named = it.gateway.peer().await("connect").path("params").path("sessions");
        assertThat(named.toString()).isEqualTo("[{\"sessionId\":\"s1\",\"seq\":0}]");
    }

    @Test
    void beyond_a_hundred_sessions_the_rest_is_attached_one_by_one() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        for (int i = 0; i < 250; i++) {
            it.attach(peer, "s" + i, "e", i);
        }
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        ScriptedGateway.Peer next = it.gateway.peer();
        next.open();
        JsonNode connect = next.await("connect");
        next.answer(connect, "{\"connectionId\":\"c\",\"heartbeatSeconds\":25,\"sessions\":[]}");
        List<String> attached = new ArrayList<>();
        int most = 0;
        for (List<JsonNode> some = next.all("session.attach"); !some.isEmpty(); some = next.all("session.attach")) {
            most = Math.max(most, some.size());
            for (JsonNode attach : some) {
                JsonNode params = attach.path("params");
                String sessionId = params.path("sessionId").asString();
                attached.add(sessionId + "@" + params.path("seq").asLong());
                if (sessionId.equals("s180")) {
                    next.refuse(attach, "SESSION_EXPIRED", 410);
                } else {
                    next.answer(attach, ScriptedGateway.entry(sessionId, "e", 0));
                }
            }
        }

        assertThat(connect.path("params").path("sessions").size()).isEqualTo(100);
        assertThat(attached)
                .containsExactlyElementsOf(IntStream.range(100, 250)
                        .mapToObj(i -> "s" + i + "@" + i)
                        .toList());
        assertThat(most).isLessThanOrEqualTo(Reattachment.AT_ONCE);
        assertThat(it.told.refused).containsExactly("s180 SESSION_EXPIRED");
    }

    @Test
    void an_attachment_that_the_gateway_is_too_busy_for_is_asked_for_again() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        for (int i = 0; i < 101; i++) {
            it.attach(peer, "s" + i, "e", 1);
        }
        peer.cut(1006);
        ScriptedGateway.Peer next = it.reconnected();
        next.refuse(next.await("session.attach"), "RATE_LIMITED", 429);
        assertThat(next.all("session.attach")).isEmpty();

        it.threads.advance(ReconnectDelay.BASE_MILLIS);

        assertThat(next.await("session.attach").path("params").path("sessionId").asString())
                .isEqualTo("s100");
    }

    @Test
    void an_agent_names_no_sessions_and_drops_what_it_was_told_before() {
        ClientFixture it = ClientFixture.agent();
        ScriptedGateway.Peer peer = it.connect();
        peer.push("session.attached", "{\"entry\":" + ScriptedGateway.entry("s", "e", 0) + "}");
        peer.message("s", "e", 1, "m1", "ada");
        peer.message("s", "e", 2, "m2", "ada");
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();
        JsonNode connect = it.gateway.peer().await("connect");
        it.gateway.peer().answer(connect, "{\"connectionId\":\"c\",\"heartbeatSeconds\":25,\"sessions\":[]}");
        it.gateway.peer().push("session.attached", "{\"entry\":" + ScriptedGateway.entry("s", "e", 0) + "}");
        it.gateway.peer().message("s", "e", 1, "m1", "ada");
        it.gateway.peer().message("s", "e", 2, "m2", "ada");
        it.gateway.peer().message("s", "e", 3, "m3", "ada");

        assertThat(connect.path("params").has("sessions")).isFalse();
        assertThat(it.told.messageIds()).containsExactly("m1", "m2", "m3");
    }

    @Test
    void an_entry_with_a_gap_tells_it_and_goes_on_behind_it() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        peer.cut(1006);

        ScriptedGateway.Peer next = it.reconnected("""
                {"sessionId":"s","status":"active","epoch":"e","seq":20,"recovered":false,
                "gap":{"from":5,"to":20,"cause":"trimmed"}}""");
        next.message("s", "e", 21, "m21", "bot");

        assertThat(it.told.gaps).containsExactly(new SessionEvents.Gap("s", "e", 5, 20, "trimmed"));
        assertThat(it.told.messageIds()).containsExactly("m21");
    }

    @Test
    void after_a_loss_the_log_goes_on_in_a_new_life_with_lower_numbers() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e1", 50);
        peer.push("gap", "{\"sessionId\":\"s\",\"epoch\":\"e2\",\"from\":41,\"to\":50,\"cause\":\"lost\"}");
        peer.message("s", "e2", 41, "again", "bot");
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        assertThat(it.told.gaps).extracting(SessionEvents.Gap::cause).containsExactly("lost");
        assertThat(it.told.messageIds()).containsExactly("again");
        assertThat(it.gateway
                        .peer()
                        .await("connect")
                        .path("params")
                        .path("sessions")
                        .toString())
                .isEqualTo("[{\"sessionId\":\"s\",\"epoch\":\"e2\",\"seq\":41}]");
    }

    @Test
    void a_session_that_ended_meanwhile_is_told_and_not_named_again() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        it.attach(peer, "other", "e", 1);
        peer.cut(1006);
        ScriptedGateway.Peer next = it.reconnected(
                "{\"sessionId\":\"s\",\"error\":{\"code\":\"SESSION_EXPIRED\",\"status\":410}}",
                ScriptedGateway.entry("other", "e", 1));
        next.push(
                "session.ended",
                "{\"sessionId\":\"other\",\"seq\":2,\"epoch\":\"e\",\"end\":{\"status\":\"completed\"}}");
        next.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        assertThat(it.told.refused).containsExactly("s SESSION_EXPIRED");
        assertThat(it.told.ended).extracting(SessionEvents.Ended::sessionId).containsExactly("other");
        assertThat(it.gateway.peer().await("connect").path("params").has("sessions"))
                .isFalse();
    }

    @Test
    void a_detached_session_is_left_out() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        it.client.detach("s");
        peer.answer(peer.await("session.detach"), "{\"ok\":true}");
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        assertThat(it.gateway.peer().await("connect").path("params").has("sessions"))
                .isFalse();
    }

    @Test
    void pushes_that_overtake_the_answer_of_attach_count() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.client.attach("s", "e", 3);
        JsonNode attach = peer.await("session.attach");
        peer.message("s", "e", 4, "m4", "bot");
        peer.message("s", "e", 5, "m5", "bot");
        peer.answer(attach, ScriptedGateway.entry("s", "e", 3));
        peer.cut(1006);

        it.threads.advance(it.told.lastState().retryInMillis());
        it.gateway.peer().open();

        assertThat(attach.path("params").toString()).isEqualTo("{\"sessionId\":\"s\",\"epoch\":\"e\",\"seq\":3}");
        assertThat(it.told.messageIds()).containsExactly("m4", "m5");
        assertThat(it.gateway
                        .peer()
                        .await("connect")
                        .path("params")
                        .path("sessions")
                        .get(0)
                        .path("seq")
                        .asLong())
                .isEqualTo(5);
    }
}
