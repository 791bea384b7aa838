package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionParams;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** When a client comes back, when it does not, and how it notices that it has to. */
@SuppressWarnings("FutureReturnValueIgnored") // The scripted gateway sees what is sent.
class ConnectionTest {
    @Test
    void waits_grow_while_nobody_answers() {
        ClientFixture it = ClientFixture.user();
        it.client.connect();
        it.threads.settle();
        List<Long> waits = new ArrayList<>();
        for (int attempt = 0; attempt < 8; attempt++) {
            it.gateway.peer().cut(1006);
            waits.add(it.told.lastState().retryInMillis());
            it.threads.advance(it.told.lastState().retryInMillis());
        }

        assertThat(waits).containsExactly(250L, 500L, 1000L, 2000L, 4000L, 8000L, 15000L, 15000L);
        assertThat(it.gateway.sockets()).isEqualTo(9);
    }

    @Test
    void a_connection_that_breaks_at_once_does_not_shorten_the_waits_but_one_that_held_does() {
        ClientFixture it = ClientFixture.user();
        it.connect().cut(1006);
        it.reconnected().cut(1006);
        assertThat(it.told.lastState().retryInMillis()).isEqualTo(500);

        ScriptedGateway.Peer held = it.reconnected();
        it.threads.advance(ClientCore.STABLE_MILLIS + 1000);
        held.cut(1006);

        assertThat(it.told.lastState().retryInMillis()).isEqualTo(250);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1006, 1011, 4000, 4001, 4002, 4004, 4321, 4499})
    void these_codes_advise_to_come_back(int code) {
        ClientFixture it = ClientFixture.user();
        it.connect().cut(code);

        assertThat(it.told.lastState().state()).isEqualTo(ConnectionState.WAITING);
        assertThat(it.told.lastState().closeCode()).isEqualTo(code);
        it.reconnected();
        assertThat(it.told.lastState().state()).isEqualTo(ConnectionState.OPEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {1008, 1009, 4500, 4501, 4502, 4503, 4504, 4505, 4777, 4999})
    void these_codes_advise_to_stay_away(int code) {
        ClientFixture it = ClientFixture.user();
        it.connect().cut(code);
        it.threads.advance(120_000);

        assertThat(it.told.lastState().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(it.told.lastState().closeCode()).isEqualTo(code);
        assertThat(it.gateway.sockets()).isEqualTo(1);
        assertThat(it.threads.isClosed()).isTrue();
    }

    @Test
    void a_draining_gateway_tells_when_to_come_back() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        peer.push("server.draining", "{\"reconnectAfterMs\":1434}");
        it.threads.advance(200);
        assertThat(it.told.lastState().state()).isEqualTo(ConnectionState.OPEN);
        peer.cut(4000);

        assertThat(it.told.lastState().retryInMillis())
                .as("what is left of it, counted from when it was told")
                .isEqualTo(1234);
        it.threads.advance(1233);
        assertThat(it.gateway.sockets()).isEqualTo(1);
        it.threads.advance(1);
        assertThat(it.gateway.sockets()).isEqualTo(2);
        it.gateway.peer().cut(1006);
        assertThat(it.told.lastState().retryInMillis())
                .as("told once, used once")
                .isEqualTo(250);
    }

    @Test
    void silence_after_a_send_is_probed_and_not_forgiven_beyond_the_grace() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.threads.advance(10_000);
        assertThat(peer.all("ping"))
                .as("nothing was sent, so nothing is missed")
                .isEmpty();
        peer.ping();
        it.client.send("s", "anybody there?");
        it.threads.advance(4_000);
        assertThat(peer.all("ping")).hasSize(1);
        it.threads.advance(3_000);
        assertThat(peer.all("ping")).hasSize(1);
        it.threads.advance(25_000);
        assertThat(peer.all("ping")).hasSize(2);
        assertThat(it.told.lastState().state()).isEqualTo(ConnectionState.OPEN);

        it.threads.advance(1_000);

        assertThat(peer.isGone()).isTrue();
        assertThat(it.told.states).extracting(StateChange::state).contains(ConnectionState.WAITING);
    }

    @Test
    void a_ping_of_the_gateway_or_the_answer_to_a_probe_proves_life() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        for (int i = 0; i < 10; i++) {
            it.threads.advance(20_000);
            peer.ping();
        }
        it.threads.advance(26_000);
        peer.answer(peer.await("ping"), "{\"serverTime\":\"2026-01-01T00:00:00.000Z\"}");
        it.threads.advance(20_000);

        assertThat(it.told.lastState().state()).isEqualTo(ConnectionState.OPEN);
        assertThat(it.gateway.sockets()).isEqualTo(1);
    }

    @Test
    void a_gateway_that_does_not_answer_connect_is_tried_again() {
        ClientFixture it = ClientFixture.user();
        CompletableFuture<?> connected = it.client.connect();
        it.threads.settle();
        it.gateway.peer().open();
        it.threads.advance(ClientCore.CONNECT_MILLIS);
        it.threads.advance(it.told.lastState().retryInMillis());
        assertThat(it.gateway.sockets()).isEqualTo(2);
        it.gateway.accept();

        assertThat(connected).isCompleted();
    }

    @Test
    void a_refusal_of_connect_that_will_stay_ends_the_client_and_one_that_passes_does_not() {
        ClientFixture refused = ClientFixture.user();
        CompletableFuture<?> connected = refused.client.connect();
        refused.threads.settle();
        refused.gateway.peer().open();
        refused.gateway.peer().refuse(refused.gateway.peer().await("connect"), "FORBIDDEN", 403);
        assertThat(refused.told.lastState().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(connected
                        .handle((answer, problem) -> ((ParleyException) problem).code())
                        .join())
                .isEqualTo("FORBIDDEN");

        ClientFixture busy = ClientFixture.user();
        busy.client.connect();
        busy.threads.settle();
        busy.gateway.peer().open();
        busy.gateway.peer().refuse(busy.gateway.peer().await("connect"), "STORE_UNAVAILABLE", 503);
        assertThat(busy.told.lastState().state()).isEqualTo(ConnectionState.WAITING);
    }

    @Test
    void a_handshake_that_is_refused_by_its_nature_is_not_repeated() {
        ClientFixture wrong = ClientFixture.user();
        wrong.client.connect();
        wrong.threads.settle();
        wrong.gateway.peer().refuseHandshake(404);
        assertThat(wrong.told.lastState().state()).isEqualTo(ConnectionState.CLOSED);

        ClientFixture busy = ClientFixture.user();
        busy.client.connect();
        busy.threads.settle();
        busy.gateway.peer().refuseHandshake(503);
        assertThat(busy.told.lastState().state()).isEqualTo(ConnectionState.WAITING);
    }

    @Test
    void a_request_waits_for_a_connection_but_is_not_repeated_when_it_breaks() {
        ClientFixture it = ClientFixture.user();
        CompletableFuture<SessionInfo> early = it.client.request(Operations.SESSION_GET, new SessionParams.Ref("s"));
        ScriptedGateway.Peer peer = it.connect();
        peer.refuse(peer.await("session.get"), "SESSION_NOT_FOUND", 404);
        CompletableFuture<SessionInfo> late = it.client.request(Operations.SESSION_RENEW, new SessionParams.Ref("s"));
        peer.await("session.renew");
        peer.cut(1006);

        assertThat(early.handle((info, problem) -> ((ParleyException) problem).code())
                        .join())
                .isEqualTo("SESSION_NOT_FOUND");
        assertThat(late.handle((info, problem) -> ((ParleyException) problem).code())
                        .join())
                .isEqualTo(ParleyException.CONNECTION_LOST);
        assertThat(it.reconnected().all("session.renew")).isEmpty();
    }

    @Test
    void a_request_that_nobody_answers_fails_in_time() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        CompletableFuture<SessionInfo> asked = it.client.request(Operations.SESSION_GET, new SessionParams.Ref("s"));
        for (int second = 0; second < 31; second++) {
            it.threads.advance(1000);
            peer.ping();
        }

        assertThat(asked.handle((info, problem) -> ((ParleyException) problem).code())
                        .join())
                .isEqualTo(ParleyException.REQUEST_TIMEOUT);
    }

    @Test
    void a_slow_program_stops_the_reading_and_is_not_taken_for_a_dead_peer() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 0);
        it.threads.holdCallbacks();
        for (int seq = 1; seq <= ClientCore.WINDOW; seq++) {
            peer.message("s", "e", seq, "m" + seq, "bot");
        }
        assertThat(peer.unconsumed()).isEqualTo(ClientCore.WINDOW);
        it.threads.advance(120_000);
        assertThat(it.gateway.sockets()).isEqualTo(1);

        it.threads.letCallbacksGo();

        assertThat(peer.unconsumed()).isZero();
        assertThat(it.told.messages).hasSize(ClientCore.WINDOW);
    }

    @Test
    void nonsense_from_the_gateway_is_passed_over() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 0);
        peer.say("{\"jsonrpc\":");
        peer.say("[]");
        peer.say("{\"jsonrpc\":\"2.0\",\"id\":\"not ours\",\"result\":1}");
        peer.push("message", "{\"sessionId\":[1]}");
        peer.push("session.created", "{\"sessionId\":\"s\",\"seq\":1,\"epoch\":\"e\",\"new\":{\"member\":1}}");
        peer.message("s", "e", 2, "m2", "bot");

        assertThat(it.told.messageIds()).containsExactly("m2");
        assertThat(it.told.others).extracting(Push::method).containsExactly("session.created");
        assertThat(peer.unconsumed()).isZero();
    }

    @Test
    void heartbeats_tell_what_was_seen_and_renew_only_what_they_are_told_to() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 4);
        peer.message("s", "e", 5, "m5", "bot");
        it.threads.advance(12_501);
        JsonNode first = peer.await("heartbeat");
        peer.answer(first, """
                {"serverTime":"2026-01-01T00:00:00.000Z","deadlines":[
                {"sessionId":"s","expiresAt":"2026-01-01T00:30:00.000Z","cause":"idle","renewable":true}]}""");
        it.client.keepAlive("s", true);
        it.threads.advance(25_000);
        JsonNode second = peer.await("heartbeat");

        assertThat(first.path("params").toString()).isEqualTo("{\"seen\":{\"s\":5},\"sessions\":[]}");
        assertThat(second.path("params").toString()).isEqualTo("{\"sessions\":[\"s\"]}");
        assertThat(it.told.deadlines.get(0).deadlines())
                .extracting(deadline -> deadline.sessionId())
                .containsExactly("s");
    }

    @Test
    void heartbeats_of_a_user_renew_everything_when_the_client_was_built_so() {
        ClientFixture it =
                ClientFixture.of(ParleyClient.user(ClientFixture.ADDRESS, "ada").renewOnHeartbeat());
        ScriptedGateway.Peer peer = it.connect();
        it.threads.advance(12_501);

        assertThat(peer.await("heartbeat").path("params").toString()).isEqualTo("{}");
    }

    @Test
    void with_manual_seen_only_what_the_program_says_is_told_and_a_close_tells_it_at_once() {
        ClientFixture it = ClientFixture.of(
                ParleyClient.agent(ClientFixture.ADDRESS, "bot").manualSeen());
        ScriptedGateway.Peer peer = it.connect();
        peer.push("session.attached", "{\"entry\":" + ScriptedGateway.entry("s", "e", 0) + "}");
        peer.message("s", "e", 1, "m1", "ada");
        peer.message("s", "e", 2, "m2", "ada");
        it.client.seen("s", 1);
        it.client.close();

        assertThat(peer.await("heartbeat").path("params").path("seen").toString())
                .isEqualTo("{\"s\":1}");
    }

    @Test
    void pieces_of_a_message_go_out_without_holes_or_not_at_all() {
        ClientFixture it = ClientFixture.user();
        it.client.delta("s", "early", 0, "lost", null);
        ScriptedGateway.Peer peer = it.connect();
        it.client.delta("s", "early", 1, "dropped too", null);
        it.client.delta("s", "m", 0, "a", null);
        it.client.delta("s", "m", 1, "b", "q");
        it.threads.settle();
        peer.clog(ClientCore.WRITE_LIMIT);
        it.client.delta("s", "m", 2, "c", null);
        it.threads.settle();
        peer.clog(0);
        it.client.delta("s", "m", 3, "d", null);
        it.client.delta("s", "n", 0, "x", null);
        it.client.delta("s", "half", 0, "\ud83d", null);
        it.client.delta("s", "half", 1, "\ude00", null);
        it.threads.settle();
        assertThat(peer.all("message.delta"))
                .extracting(frame -> frame.path("params").path("chunk").asString())
                .containsExactly("a", "b", "x");
        peer.cut(1006);

        ScriptedGateway.Peer next = it.reconnected();
        it.client.delta("s", "n", 1, "y", null);

        assertThat(next.all("message.delta")).isEmpty();
    }

    @Test
    void every_push_reaches_its_callback() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.attached("s", "e", 0);
        peer.push(
                "message.delta",
                "{\"sessionId\":\"s\",\"messageId\":\"m\",\"index\":0,\"lastIndex\":2,\"chunk\":\"abc\",\"authorId\":\"bot\"}");
        peer.push("typing", "{\"sessionId\":\"s\",\"participantId\":\"bot\",\"on\":true}");
        peer.push(
                "session.renewed",
                "{\"sessionId\":\"s\",\"expiresAt\":\"2026-01-01T00:30:00.000Z\",\"renewalCount\":3}");
        peer.push(
                "session.expiring",
                "{\"sessionId\":\"s\",\"expiresAt\":\"2026-01-01T00:30:00.000Z\",\"secondsRemaining\":59.5,\"minutesRemaining\":0,\"cause\":\"idle\",\"renewable\":true,\"rung\":60}");
        peer.push("session.suspended", "{\"sessionId\":\"s\",\"seq\":1,\"epoch\":\"e\",\"cause\":\"idle\"}");
        peer.push("agent.online", "{\"agentId\":\"bot\",\"agent\":{}}");
        peer.push("session.expired", "{\"sessionId\":\"s\",\"seq\":2,\"epoch\":\"e\",\"cause\":\"max-duration\"}");

        assertThat(it.told.deltas).containsExactly(new SessionEvents.Delta("s", "m", 0, 2L, "abc", "bot", null));
        assertThat(it.told.typing).containsExactly(new SessionEvents.Typing("s", "bot", true));
        assertThat(it.told.renewed)
                .extracting(SessionEvents.Renewed::renewalCount)
                .containsExactly(3L);
        assertThat(it.told.expiring)
                .extracting(SessionEvents.DeadlineNotice::rung)
                .containsExactly(60);
        assertThat(it.told.suspended).hasSize(1);
        assertThat(it.told.expired)
                .extracting(SessionEvents.DeadlineNotice::cause)
                .containsExactly("max-duration");
        assertThat(it.told.others).extracting(Push::method).containsExactly("agent.online");
    }
}
