package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.CONFIG;
import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.http.EventReader.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EventsEndpointTest {
    private HttpBench bench;
    private String id;
    private String path;

    @BeforeEach
    void start() {
        bench = new HttpBench();
        id = bench.create();
        path = SESSIONS + "/" + id;
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    @DisplayName("replays from the position, then goes on live; events carry name, seq and params")
    void replayThenLive() {
        say("one");
        say("two");
        try (EventReader stream = bench.events("GET", path + "/events", null, "Last-Event-ID", "0")) {
            assertThat(stream.response.headers().firstValue("content-type")).hasValue("text/event-stream");
            assertThat(stream.response.headers().firstValue("cache-control")).hasValue("no-cache");
            assertThat(stream.response.headers().firstValue("x-accel-buffering"))
                    .hasValue("no");
            assertThat(stream.next("session.created").id()).isEqualTo("1");
            Event one = stream.next("message");
            assertThat(one.id()).isEqualTo("2");
            assertThat(one.json().get("content").asString()).isEqualTo("one");
            assertThat(one.json().get("seq").asInt()).isEqualTo(2);
            stream.next("message");
            say("three");
            assertThat(stream.next("message").id()).isEqualTo("4");
            bench.agentStreams(id, "r", 0, "piece", null);
            Event delta = stream.next("message.delta");
            assertThat(delta.id()).isNull();
            assertThat(delta.json().get("chunk").asString()).isEqualTo("piece");
        }
        await().until(() -> bench.router.localSessions() == 0);
    }

    @Test
    @DisplayName("without a position it begins with what comes next; a query parameter does for browsers")
    void fromNow() {
        say("before");
        try (EventReader stream = bench.events("GET", path + "/events", null)) {
            await().until(() -> bench.router.localSessions() == 1);
            say("after");
            assertThat(stream.next("message").json().get("content").asString()).isEqualTo("after");
        }
        try (EventReader stream = bench.events("GET", path + "/events?lastEventId=2", null)) {
            assertThat(stream.next("message").json().get("content").asString()).isEqualTo("after");
        }
    }

    @Test
    @DisplayName("a client that is cut at any byte, over and over, gets all of 500 events once and in order")
    void resume() throws IOException {
        Random random = new Random(20);
        long seq = 1;
        int cuts = 0;
        for (int i = 0; i < 500; i++) {
            bench.agentSays(id, "m" + i + " über", null, null);
            // At the end it comes back until it has all.
            while (seq < i + 2 && (i % 20 == 19 || i == 499)) {
                long position = seq;
                seq = readSome(position, i + 2, random.nextInt(4_000));
                cuts += seq < i + 2 ? 1 : 0;
            }
        }
        assertThat(seq).isEqualTo(501);
        assertThat(cuts).isGreaterThan(20);
    }

    /** Reads so many bytes behind a position, or up to an event; answers the last event that came whole. */
    private long readSome(long position, long last, int bytes) throws IOException {
        long seq = position;
        try (EventReader stream =
                bench.events("GET", path + "/events", null, "Last-Event-ID", Long.toString(position))) {
            StringBuilder event = new StringBuilder();
            for (int i = 0; i < bytes && seq < last; i++) {
                event.append((char) stream.response.body().read());
                if (event.indexOf("\n\n") > 0) {
                    if (event.indexOf("id: ") == 0) {
                        assertThat(event.toString()).startsWith("id: " + ++seq + "\nevent: message\n");
                        assertThat(event.toString()).contains("\"m" + (seq - 2) + " ");
                    }
                    event.setLength(0);
                }
            }
        }
        return seq;
    }

    @Test
    @DisplayName("a position that there never was is told as a gap")
    void gap() {
        try (EventReader stream = bench.events("GET", path + "/events", null, "Last-Event-ID", "99")) {
            Event gap = stream.next("gap");
            assertThat(gap.json().get("to").asInt()).isEqualTo(99);
            assertThat(gap.json().get("cause").asString()).isEqualTo("lost");
        }
        for (String junk : List.of("x", "-1", "1.5", "9999999999999999999999")) {
            bench.get(path + "/events", "Last-Event-ID", junk).refused(400, "VALIDATION_ERROR");
        }
    }

    @Test
    @DisplayName("unknown and expired sessions are refused as any read is")
    void refused() {
        bench.get(SESSIONS + "/unknown/events").refused(404, "SESSION_NOT_FOUND");
        bench.post(path + "/expire", "").expect(200);
        bench.get(path + "/events").refused(410, "SESSION_EXPIRED");
    }

    @Test
    @DisplayName("who follows for a person gets what that person may see, and nothing after they were removed")
    void forAPerson() {
        bench.post(path + "/participants", "{\"id\":\"bob\",\"kind\":\"user\"}").expect(201);
        sayTo("helper", "not for bob");
        say("for all");
        try (EventReader stream =
                bench.events("GET", path + "/events", null, "Last-Event-ID", "2", "X-User-Id", "bob")) {
            assertThat(stream.next("message").json().get("content").asString()).isEqualTo("for all");
            sayTo("helper", "not for bob either");
            sayTo("bob", "for bob");
            assertThat(stream.next("message").json().get("content").asString()).isEqualTo("for bob");
            bench.send("DELETE", path + "/participants/bob", null).expect(200);
            stream.next("participant.left");
            say("among us");
            assertThat(stream.rest()).isEmpty();
        }
    }

    @Test
    @DisplayName("the stream ends after the session's end, and a completed session can be replayed")
    void end() {
        say("one");
        try (EventReader stream = bench.events("GET", path + "/events", null, "Last-Event-ID", "1")) {
            stream.next("message");
            bench.post(path + "/complete", "{}").expect(200);
            stream.next("session.ended");
            assertThat(stream.rest()).isEmpty();
        }
        try (EventReader replay = bench.events("GET", path + "/events", null, "Last-Event-ID", "0")) {
            assertThat(replay.rest())
                    .extracting(Event::name)
                    .containsExactly("session.created", "message", "session.ended");
        }
        try (EventReader nothing = bench.events("GET", path + "/events", null)) {
            assertThat(nothing.rest()).isEmpty();
        }
    }

    @Test
    @DisplayName("deletion is told, and ends the stream")
    void deleted() {
        try (EventReader stream = bench.events("GET", path + "/events", null, "Last-Event-ID", "0")) {
            stream.next("session.created");
            bench.send("DELETE", path, null).expect(200);
            assertThat(stream.next("session.ended").data()).contains("deleted");
            assertThat(stream.rest()).isEmpty();
        }
    }

    @Test
    @DisplayName("comments keep a silent stream alive; a drain ends it with a word on when to come back")
    void comments() throws Exception {
        try (HttpBench often = new HttpBench(CONFIG, new HttpTimeouts(10_000, 30_000, 75_000, 100));
                EventReader stream = often.events("GET", SESSIONS + "/" + often.create() + "/events", null)) {
            stream.awaitComment();
            stream.awaitComment();
            often.server.drain(700);
            assertThat(stream.next("server.draining")
                            .json()
                            .get("reconnectAfterMs")
                            .asInt())
                    .isEqualTo(700);
            assertThat(stream.rest()).isEmpty();
        }
    }

    @Test
    @DisplayName("a slow reader holds up to its queue, gets the rest from the log, and everything in order")
    void slowReader() throws Exception {
        String text = "x".repeat(3900);
        int messages = 900;
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), bench.server.port()));
            socket.getOutputStream()
                    .write(("GET " + path + "/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> bench.router.localSessions() == 1);
            for (int i = 0; i < messages; i++) {
                bench.agentSays(id, i + " " + text, null, null);
            }
            assertThat(bench.server.streamBytes())
                    .isLessThan(CONFIG.connection().outboundBytes() + 64L * 1024);
            // TCP's probes of a closed window grow rarer, so the first bytes may take as long as the writing did.
            socket.setSoTimeout(60_000);
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            int next = 2;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("id: ")) {
                    assertThat(line).isEqualTo("id: " + next++);
                    if (next == messages + 2) {
                        break;
                    }
                }
            }
            assertThat(next).isEqualTo(messages + 2);
        }
        await().until(() -> bench.router.localSessions() == 0);
    }

    private void sayTo(String to, String text) {
        bench.post(path + "/messages", "{\"content\":\"" + text + "\",\"to\":\"" + to + "\"}")
                .expect(201);
    }

    private void say(String text) {
        bench.post(path + "/messages", "{\"content\":\"" + text + "\"}").expect(201);
    }
}
