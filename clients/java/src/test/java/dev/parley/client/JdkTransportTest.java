package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A client on a real socket, with a server that does as it is told. */
@SuppressWarnings("FutureReturnValueIgnored") // Callbacks tell what the futures would.
class JdkTransportTest {
    private RawServer server;
    private ParleyClient client;
    private final Recorder told = new Recorder();

    @BeforeEach
    void start() throws IOException {
        server = new RawServer();
        client = ParleyClient.user(server.address(), "ada").listener(told).build();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        client.close();
    }

    private RawServer.Peer connected() {
        client.connect();
        RawServer.Peer peer = server.peer();
        JsonNode connect = Json.MAPPER.readTree(peer.text());
        peer.text("{\"jsonrpc\":\"2.0\",\"id\":" + connect.get("id")
                + ",\"result\":{\"connectionId\":\"c\",\"heartbeatSeconds\":25,\"sessions\":[]}}");
        return peer;
    }

    private static String message(int seq, String content) {
        return """
                {"jsonrpc":"2.0","method":"message","params":{"messageId":"m%d","sessionId":"s","seq":%d,"epoch":"e",
                "authorId":"bot","role":"agent","content":"%s","createdAt":"2026-01-01T00:00:00.000Z"}}""".formatted(seq, seq, content);
    }

    @Test
    void the_handshake_asks_for_the_protocol_by_name() {
        assertThat(connected().handshake().toLowerCase(java.util.Locale.ROOT))
                .contains("sec-websocket-protocol: parley.v1");
    }

    @Test
    void messages_in_fragments_are_put_together_also_within_a_character() {
        RawServer.Peer peer = connected();
        byte[] whole = message(1, "grüße " + "€".repeat(50_000)).getBytes(StandardCharsets.UTF_8);
        int cut = new String(whole, StandardCharsets.UTF_8).indexOf('ü') + 1;
        peer.send(1, false, java.util.Arrays.copyOfRange(whole, 0, cut));
        peer.send(9, true, "still there".getBytes(StandardCharsets.UTF_8));
        peer.send(0, false, java.util.Arrays.copyOfRange(whole, cut, 70_001));
        peer.send(0, true, java.util.Arrays.copyOfRange(whole, 70_001, whole.length));
        peer.text(message(2, "next"));

        await().untilAsserted(() -> assertThat(told.messageIds()).containsExactly("m1", "m2"));
        assertThat(told.messages.get(0).content()).startsWith("grüße €").hasSize(50_006);
        assertThat(peer.read().opcode()).as("a pong answers the ping").isEqualTo(10);
    }

    @Test
    void many_threads_may_send_at_once() throws InterruptedException {
        RawServer.Peer peer = connected();
        int threads = 8;
        int each = 250;
        for (int t = 0; t < threads; t++) {
            int number = t;
            new Thread(() -> {
                        for (int i = 0; i < each; i++) {
                            client.typing("s" + number, true);
                        }
                    })
                    .start();
        }

        int frames = 0;
        while (frames < threads * each) {
            String method = Json.MAPPER.readTree(peer.text()).path("method").asString();
            // A client that was kept waiting asks whether the server is there; on a slow machine a heartbeat is due.
            if (!method.equals("ping") && !method.equals("heartbeat")) {
                assertThat(method).isEqualTo("typing");
                frames++;
            }
        }

        assertThat(told.lastState().state()).isEqualTo(ConnectionState.OPEN);
    }

    @Test
    void a_program_that_is_slow_holds_the_server_back() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger taken = new AtomicInteger();
        client.close();
        client = ParleyClient.user(server.address(), "ada")
                .listener(new ClientListener() {
                    @Override
                    public void onMessage(dev.parley.protocol.session.SessionEvents.Message message) {
                        awaitQuietly(go);
                        taken.incrementAndGet();
                    }
                })
                .build();
        RawServer.Peer peer = connected();
        String large = "x".repeat(30_000);
        AtomicInteger written = new AtomicInteger();
        Thread writer = new Thread(() -> {
            for (int seq = 1; seq <= 2000; seq++) {
                peer.text(message(seq, large));
                written.incrementAndGet();
            }
        });
        writer.start();
        writer.join(TimeUnit.SECONDS.toMillis(3));
        int before = written.get();
        go.countDown();
        writer.join(TimeUnit.SECONDS.toMillis(30));

        assertThat(before).as("60 MB were not read ahead").isLessThan(1500);
        await().untilAsserted(() -> assertThat(taken).hasValue(2000));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_callback_may_wait_for_an_answer() {
        client.close();
        client = ParleyClient.user(server.address(), "ada")
                .listener(new ClientListener() {
                    @Override
                    public void onMessage(dev.parley.protocol.session.SessionEvents.Message message) {
                        client.send("s", "answer").join();
                        told.onMessage(message);
                    }
                })
                .build();
        RawServer.Peer peer = connected();
        peer.text(message(1, "question"));
        JsonNode send = Json.MAPPER.readTree(peer.text());
        peer.text("{\"jsonrpc\":\"2.0\",\"id\":" + send.get("id") + ",\"result\":{\"messageId\":\"m\",\"seq\":2}}");

        await().untilAsserted(() -> assertThat(told.messageIds()).containsExactly("m1"));
    }

    @Test
    void a_close_frame_ends_the_client_when_its_code_says_so() {
        RawServer.Peer peer = connected();
        peer.send(8, true, new byte[] {(byte) (4505 >> 8), (byte) (4505 & 0xff)});

        await().untilAsserted(() -> assertThat(told.lastState().state()).isEqualTo(ConnectionState.CLOSED));
        assertThat(told.lastState().closeCode()).isEqualTo(4505);
    }

    @Test
    void closing_says_goodbye_with_code_1000() {
        RawServer.Peer peer = connected();
        await().untilAsserted(() -> assertThat(told.lastState().state()).isEqualTo(ConnectionState.OPEN));
        Thread closing = new Thread(client::close);
        closing.start();

        RawServer.Peer.Frame frame = peer.read();

        assertThat(frame.opcode()).isEqualTo(8);
        assertThat(frame.payload().getShort()).isEqualTo((short) 1000);
    }
}
