package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.store.FaultyStore.Trip;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A remote store that goes away for a while, and comes back. */
class StoreAwayTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private GatewayFixture gateway;

    @BeforeEach
    void start() {
        gateway = GatewayFixture.remote(config -> config);
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private void silent() {
        gateway.line.line((call, argument) -> Trip.SWALLOWED);
    }

    private void away() {
        gateway.line.line((call, argument) -> Trip.REFUSED);
    }

    private void back() {
        gateway.line.line((call, argument) -> Trip.AT_ONCE);
    }

    private HttpResponse<String> get(String path) {
        return asking(HttpRequest.newBuilder(uri(path))).join();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + gateway.port() + path);
    }

    private static CompletableFuture<HttpResponse<String>> asking(HttpRequest.Builder request) {
        return HTTP.sendAsync(request.build(), BodyHandlers.ofString());
    }

    /** What comes of a request once the store has not answered a call of that name in time. */
    private <T> T unanswered(String call, CompletableFuture<T> outcome) {
        while (!gateway.line.calls().contains(call)) {
            Thread.onSpinWait();
        }
        gateway.advance(2);
        return outcome.join();
    }

    private static String send(String sessionId, String messageId) {
        return "{\"sessionId\":\"" + sessionId + "\",\"content\":\"hello\",\"messageId\":\"" + messageId + "\"}";
    }

    @Test
    @DisplayName("a send without an answer fails with an unknown outcome, and its repeat settles it")
    void unknownOutcome() {
        try (SocketClient user = gateway.user("ann")) {
            String id = gateway.session(user, "ann", "helper");
            gateway.line.line((call, argument) -> call.equals("append") ? Trip.MUTE : Trip.AT_ONCE);
            int request = user.send("message.send", send(id, "m1"));
            JsonNode error = unanswered("append", CompletableFuture.supplyAsync(() -> user.answer(request)))
                    .get("error")
                    .get("data");
            assertThat(error.get("code").asString()).isEqualTo("STORE_UNAVAILABLE");
            assertThat(error.get("details").get("outcome").asString()).isEqualTo("unknown");
            assertThat(error.get("details").get("messageId").asString()).isEqualTo("m1");
            back();
            JsonNode again = user.call("message.send", send(id, "m1"));
            assertThat(again.get("duplicate").asBoolean()).isTrue();
            assertThat(again.get("seq").asInt()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("who asks for more than the store answers is not read on until it has")
    void unread() throws IOException {
        gateway.close();
        // Nobody is asked for a sign of life while the test hurries on.
        gateway = GatewayFixture.remote(config -> config.withConnection(
                new ConnectionConfig(10_000, 100_000_000, 8_000, 1 << 20, 1 << 20, 10_000, 10, 64, 100, 5_000)));
        try (RawSocket client = new RawSocket(gateway.port())) {
            client.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"ann\"}}");
            client.read();
            AtomicInteger asked = new AtomicInteger();
            gateway.line.line((call, argument) -> {
                asked.addAndGet(call.equals("load") ? 1 : 0);
                return Trip.SWALLOWED;
            });
            // More than the buffers of a connection hold.
            int requests = 300;
            String request =
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.get\",\"params\":{\"sessionId\":\"x\",\"more\":\""
                            + "y".repeat(100_000) + "\"}}";
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < requests; i++) {
                    try {
                        client.text(request);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
            await().until(() -> asked.get() >= 64);
            assertThat(sending).isNotDone();
            assertThat(asked).hasValueLessThan(70);
            back();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                gateway.advance(1);
                return sending.isDone();
            });
            for (int i = 0; i < requests; i++) {
                assertThat(client.read().text()).contains("\"error\"");
            }
        }
    }

    @Test
    @DisplayName("over HTTP it is 503 with Retry-After, and a read was refused")
    void overHttp() {
        silent();
        HttpResponse<String> read =
                unanswered("load", asking(HttpRequest.newBuilder(uri("/api/messaging/sessions/some"))));
        assertThat(read.statusCode()).isEqualTo(503);
        assertThat(read.headers().firstValue("Retry-After")).isPresent();
        assertThat(read.body()).contains("STORE_UNAVAILABLE").contains("\"outcome\":\"refused\"");

        gateway.line.line((call, argument) -> call.equals("create") ? Trip.SWALLOWED : Trip.AT_ONCE);
        HttpResponse<String> written = unanswered(
                "create",
                asking(HttpRequest.newBuilder(uri("/api/messaging/sessions"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"userId\":\"ann\",\"agentId\":\"helper\"}"))));
        assertThat(written.statusCode()).isEqualTo(503);
        assertThat(written.headers().firstValue("Retry-After")).isPresent();
        assertThat(written.body()).contains("\"outcome\":\"unknown\"");
    }

    @Test
    @DisplayName("/ready says 503 while the store is silent or away, and 200 again when it is back")
    void ready() {
        assertThat(get("/ready").statusCode()).isEqualTo(200);
        silent();
        gateway.line.calls();
        assertThat(unanswered("ping", asking(HttpRequest.newBuilder(uri("/ready"))))
                        .statusCode())
                .isEqualTo(503);
        away();
        assertThat(get("/ready").statusCode()).isEqualTo(503);
        assertThat(get("/health").statusCode()).isEqualTo(200);
        back();
        assertThat(get("/ready").statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName(
            "sockets stay for 30 s without the store, then are closed with 4004; new ones are let in when it is back")
    void lost() {
        try (SocketClient user = gateway.user("ann")) {
            away();
            // Noticed within a second; counted from there.
            gateway.advance(1);
            for (int i = 0; i < 29; i++) {
                gateway.advance(1);
                user.call("ping", "{}");
            }
            assertThat(user.refused("session.get", "{\"sessionId\":\"some\"}")
                            .get("data")
                            .get("code")
                            .asString())
                    .isEqualTo("STORE_UNAVAILABLE");
            gateway.advance(1);
            assertThat(user.closed()).isEqualTo(4004);
            assertThat(get("/ready").statusCode()).isEqualTo(503);
            assertThat(refusedHandshake()).isInstanceOf(WebSocketClientHandshakeException.class);
            back();
            gateway.advance(1);
            try (SocketClient again = gateway.user("ann")) {
                gateway.session(again, "ann", "helper");
            }
        }
    }

    @Test
    @DisplayName("a store that is away for less than that costs nobody the socket, and counts anew the next time")
    void shortly() {
        try (SocketClient user = gateway.user("ann")) {
            for (int i = 0; i < 3; i++) {
                away();
                gateway.advance(20);
                user.call("ping", "{}");
                back();
                gateway.advance(2);
                user.call("ping", "{}");
            }
            gateway.session(user, "ann", "helper");
        }
    }

    @Test
    @DisplayName(
            "an agent that leaves while the store is away is offline once it is back, and one that comes is attached then")
    void agents() {
        try (SocketClient user = gateway.user("ann");
                SocketClient helper = gateway.agent("helper")) {
            gateway.session(user, "ann", "helper");
            helper.push("session.attached");
            away();
            gateway.line.calls();
            helper.cut();
            while (!gateway.line.calls().contains("disconnect")) {
                Thread.onSpinWait();
            }
            assertThat(user.arrived("agent.offline")).isEmpty();
            back();
            gateway.advance(31);
            // The refusal of before may be heard of only now, and then the next attempt is a little further away.
            List<JsonNode> offline = new ArrayList<>();
            await().until(() -> {
                gateway.advance(1);
                offline.addAll(user.arrived("agent.offline"));
                return !offline.isEmpty();
            });
            assertThat(offline)
                    .extracting(push -> push.get("agentId").asString())
                    .containsExactly("helper");
            gateway.line.line((call, argument) -> call.equals("ofAgent") ? Trip.REFUSED : Trip.AT_ONCE);
            gateway.line.calls();
            try (SocketClient again = gateway.agent("helper")) {
                while (!gateway.line.calls().contains("ofAgent")) {
                    Thread.onSpinWait();
                }
                back();
                gateway.advance(1);
                again.push("session.attached");
            }
        }
    }

    @Test
    @DisplayName("another method than GET at the WebSocket's address is not allowed, and the answer says which is")
    void methodOfUpgrade() {
        HttpResponse<String> answer = asking(HttpRequest.newBuilder(uri("/ws")).POST(BodyPublishers.noBody()))
                .join();
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains("GET");
        assertThat(answer.body()).contains("METHOD_NOT_ALLOWED");
    }

    private Throwable refusedHandshake() {
        try {
            gateway.socket().close();
            throw new AssertionError("was let in");
        } catch (CompletionException refused) {
            return Objects.requireNonNull(refused.getCause());
        }
    }
}
