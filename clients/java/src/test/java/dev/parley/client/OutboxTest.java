package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ReconnectDelay;
import dev.parley.protocol.session.SessionResults;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What becomes of messages that a program sends. */
@SuppressWarnings("FutureReturnValueIgnored") // The scripted gateway sees what is sent.
class OutboxTest {
    @Test
    void a_message_is_settled_by_its_acknowledgement() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();

        CompletableFuture<SessionResults.Sent> sent = it.client.send("s", "hello");
        JsonNode send = peer.await("message.send");
        assertThat(sent).isNotDone();
        peer.acknowledge(send, 3);

        assertThat(send.path("params").path("content").asString()).isEqualTo("hello");
        assertThat(sent.join().seq()).isEqualTo(3);
        assertThat(sent.join().messageId())
                .isEqualTo(send.path("params").path("messageId").asString())
                .isNotEmpty();
    }

    @Test
    void what_was_not_acknowledged_is_sent_again_in_order_under_the_same_ids() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.client.send("s", "one", "m1", null);
        it.client.send("s", "two", "m2", null);
        it.client.send("s", "three", "m3", null);
        peer.acknowledge(peer.await("message.send"), 1);
        assertThat(id(peer.await("message.send"))).isEqualTo("m2");
        peer.cut(1006);
        it.client.send("s", "four", "m4", null);

        ScriptedGateway.Peer next = it.reconnected();
        List<String> ids = new java.util.ArrayList<>();
        for (int seq = 2; seq <= 4; seq++) {
            JsonNode send = next.await("message.send");
            ids.add(id(send));
            next.acknowledge(send, seq);
        }

        assertThat(ids).containsExactly("m2", "m3", "m4");
        assertThat(next.all("message.send")).isEmpty();
    }

    @Test
    void sessions_do_not_wait_for_each_other() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.client.send("s1", "a", "a1", null);
        it.client.send("s1", "b", "b1", null);
        it.client.send("s2", "a", "a2", null);

        assertThat(peer.all("message.send")).extracting(OutboxTest::id).containsExactly("a1", "a2");
    }

    @Test
    void a_passing_refusal_is_tried_again_before_anything_that_comes_after_it() {
        for (String code : List.of("DRAINING", "STORE_UNAVAILABLE", "RATE_LIMITED")) {
            ClientFixture it = ClientFixture.user();
            ScriptedGateway.Peer peer = it.connect();
            CompletableFuture<SessionResults.Sent> first = it.client.send("s", "one", "m1", null);
            it.client.send("s", "two", "m2", null);
            peer.refuse(peer.await("message.send"), code, 503);
            assertThat(peer.all("message.send")).as("%s: at once", code).isEmpty();

            it.threads.advance(ReconnectDelay.BASE_MILLIS);
            JsonNode again = peer.await("message.send");
            peer.acknowledge(again, 1);

            assertThat(id(again)).as(code).isEqualTo("m1");
            assertThat(first.join().seq()).isEqualTo(1);
            assertThat(id(peer.await("message.send"))).as(code).isEqualTo("m2");
        }
    }

    @Test
    void a_send_without_an_answer_is_sent_again() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        it.client.send("s", "one", "m1", null);
        JsonNode first = peer.await("message.send");
        for (int second = 0; second < 32; second++) {
            it.threads.advance(1000);
            peer.ping();
        }

        JsonNode again = peer.await("message.send");

        assertThat(id(again)).isEqualTo(id(first));
        assertThat(it.gateway.sockets()).isEqualTo(1);
    }

    @Test
    void a_final_refusal_fails_the_message_and_lets_the_next_go() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        CompletableFuture<SessionResults.Sent> first = it.client.send("s", "one", "m1", null);
        CompletableFuture<SessionResults.Sent> second = it.client.send("s", "two", "m2", null);
        peer.refuse(peer.await("message.send"), "SESSION_EXPIRED", 410);
        peer.acknowledge(peer.await("message.send"), 9);

        assertThat(first.handle((sent, problem) ->
                                ((ParleyException) problem).errorCode().orElseThrow())
                        .join())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(second.join().seq()).isEqualTo(9);
    }

    @Test
    void a_message_that_was_given_up_is_not_sent_any_more() {
        ClientFixture it = ClientFixture.user();
        CompletableFuture<SessionResults.Sent> first = it.client.send("s", "one", "m1", null);
        it.client.send("s", "two", "m2", null);
        first.cancel(false);

        ScriptedGateway.Peer peer = it.connect();

        assertThat(id(peer.await("message.send"))).isEqualTo("m2");
    }

    @Test
    void a_full_outbox_refuses_at_once() {
        ClientFixture it =
                ClientFixture.of(ParleyClient.user(ClientFixture.ADDRESS, "ada").outboxLimit(2));
        it.client.send("s", "one");
        it.client.send("s", "two");
        CompletableFuture<SessionResults.Sent> third = it.client.send("s", "three");
        it.threads.settle();

        assertThat(code(third)).isEqualTo(ParleyException.QUEUE_FULL);
    }

    @Test
    void what_no_frame_may_hold_is_refused_before_it_costs_the_connection() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        CompletableFuture<SessionResults.Sent> huge = it.client.send("s", "x".repeat(1 << 20));
        CompletableFuture<SessionResults.Sent> broken = it.client.send("s", "half \ud83d of a pair");
        it.threads.settle();

        assertThat(code(huge)).isEqualTo("PAYLOAD_TOO_LARGE");
        assertThat(code(broken)).isEqualTo("VALIDATION_ERROR");
        assertThat(peer.all("message.send")).isEmpty();
    }

    @Test
    void closing_fails_what_is_unsettled() {
        ClientFixture it = ClientFixture.user();
        ScriptedGateway.Peer peer = it.connect();
        CompletableFuture<SessionResults.Sent> sent = it.client.send("s", "one");
        peer.await("message.send");

        it.client.close();
        it.threads.settle();
        CompletableFuture<SessionResults.Sent> late = it.client.send("s", "two");
        it.threads.settle();

        assertThat(code(sent)).isEqualTo(ParleyException.CLIENT_CLOSED);
        assertThat(code(late)).isEqualTo(ParleyException.CLIENT_CLOSED);
        assertThat(peer.closedWith()).isEqualTo(1000);
        peer.cut(1000);
        assertThat(it.threads.isClosed()).isTrue();
    }

    private static String id(JsonNode send) {
        return send.path("params").path("messageId").asString();
    }

    private static String code(CompletableFuture<?> future) {
        assertThat(future).isCompletedExceptionally();
        return future.handle((answer, problem) -> ((ParleyException) problem).code())
                .join();
    }
}
