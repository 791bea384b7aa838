package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.CONFIG;
import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.http.EventReader.Event;
import dev.parley.gateway.http.HttpBench.Answer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class MessageTransportsTest {
    private HttpBench bench;
    private String id;
    private String path;

    @BeforeEach
    void start() {
        bench = new HttpBench();
        id = bench.create();
        path = SESSIONS + "/" + id + "/messages";
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    @DisplayName("websocket: answered when stored, with the message in both spellings, and all of it again as data")
    void stored() {
        JsonNode answer = bench.post(path, "{\"content\":\"hi\",\"metadata\":{\"k\":1}}")
                .expect(201)
                .json();
        assertThat(answer.get("success").asBoolean()).isTrue();
        JsonNode message = answer.get("userMessage");
        assertThat(message.get("content").asString()).isEqualTo("hi");
        assertThat(message.get("author_id").asString())
                .isEqualTo("ada")
                .isEqualTo(message.get("authorId").asString());
        assertThat(message.get("created_at").isNumber()).isTrue();
        assertThat(message.get("createdAt")).isEqualTo(message.get("created_at"));
        assertThat(message.get("sessionId").asString()).isEqualTo(id);
        assertThat(message.get("seq").asInt()).isEqualTo(2);
        assertThat(message.get("metadata").get("k").asInt()).isEqualTo(1);
        assertThat(message.has("id") && message.has("channel_id") && message.has("source_type"))
                .isTrue();
        JsonNode status = answer.get("sessionStatus");
        assertThat(status.get("wasRenewed").asBoolean()).isTrue();
        assertThat(status.get("expiresAt"))
                .isEqualTo(bench.get(SESSIONS + "/" + id).json().get("expiresAt"));
        assertThat(answer.get("data").get("userMessage")).isEqualTo(message);
        assertThat(answer.get("data").get("sessionStatus")).isEqualTo(status);
    }

    @Test
    @DisplayName("a repeated message id is answered as the first time, and says so")
    void duplicate() {
        JsonNode first = bench.post(path, "{\"content\":\"a\",\"messageId\":\"m\"}")
                .expect(201)
                .json();
        JsonNode again = bench.post(path, "{\"content\":\"b\",\"messageId\":\"m\"}")
                .expect(201)
                .json();
        assertThat(again.get("duplicate").asBoolean()).isTrue();
        assertThat(again.get("userMessage")).isEqualTo(first.get("userMessage"));
        assertThat(first.has("duplicate")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"content\":\"x\",\"transport\":\"carrier pigeon\"} | Invalid transport",
                "{\"content\":\"x\",\"transport\":\"\"}               | Invalid transport",
                "{\"content\":\"x\",\"mode\":\"async\"}               | Invalid transport",
                "{\"content\":\"x\",\"transport\":5}                  | Transport must be a string",
                "{\"transport\":[\"http\"]}                           | Transport must be a string",
                "{\"transport\":{\"a\":1,\"a\":2}}                    | Transport must be a string",
            })
    @DisplayName("a transport that there is not is refused before anything else")
    void transport(String body, String message) {
        for (String where : List.of(path, SESSIONS + "/unknown/messages")) {
            Answer answer = bench.post(where, body);
            answer.refused(400, "VALIDATION_ERROR");
            assertThat(answer.body()).contains(message);
        }
    }

    @Test
    @DisplayName("checks come in the order of the contract, whatever the transport")
    void order() {
        String expired = SESSIONS + "/" + bench.create();
        bench.post(expired + "/expire", "").expect(200);
        String tooLong = "\"content\":\"" + "x".repeat(4001) + "\"";
        String tooMuch = "\"metadata\":{\"a\":\"" + "y".repeat(10_300) + "\"}";
        for (String transport : List.of("websocket", "http", "sse")) {
            String suffix = ",\"transport\":\"" + transport + "\"}";
            bench.post(SESSIONS + "/unknown/messages", "{\"content\":7" + suffix)
                    .refused(400, "VALIDATION_ERROR");
            bench.post(SESSIONS + "/unknown/messages", "{\"content\":\"\"" + suffix)
                    .refused(400, "VALIDATION_ERROR");
            bench.post(SESSIONS + "/unknown/messages", "{" + tooLong + suffix).refused(404, "SESSION_NOT_FOUND");
            bench.post(expired + "/messages", "{" + tooLong + suffix).refused(410, "SESSION_EXPIRED");
            Answer length = bench.post(path, "{" + tooLong + "," + tooMuch + suffix);
            length.refused(400, "VALIDATION_ERROR");
            assertThat(length.body()).contains("content");
            Answer metadata = bench.post(path, "{\"content\":\"x\"," + tooMuch + suffix);
            metadata.refused(400, "VALIDATION_ERROR");
            assertThat(metadata.body()).contains("metadata");
        }
        assertThat(bench.get(path).json().get("messages")).isEmpty();
        assertThat(bench.get(SESSIONS + "/" + id).json().get("status").asString())
                .isEqualTo("created");
    }

    @ParameterizedTest
    @CsvSource({"transport,http", "mode,sync"})
    @DisplayName("http: answered with the agent's reply, which is in the history too")
    void reply(String member, String value) {
        CompletableFuture<Answer> waiting =
                sending("{\"content\":\"q\",\"messageId\":\"q1\",\"" + member + "\":\"" + value + "\"}");
        awaitSent(1);
        bench.agentSays(id, "not for you", "another", null);
        bench.agentSays(id, "the answer", "q1", null);
        JsonNode answer = waiting.join().expect(201).json();
        assertThat(answer.get("success").asBoolean()).isTrue();
        assertThat(answer.get("agentResponse").get("text").asString()).isEqualTo("the answer");
        assertThat(answer.get("agentResponse").get("messageId").asString()).isNotBlank();
        assertThat(answer.get("data").get("agentResponse")).isEqualTo(answer.get("agentResponse"));
        assertThat(answer.get("userMessage").get("content").asString()).isEqualTo("q");
        JsonNode history = bench.get(path).json().get("messages");
        assertThat(history.get(0).get("content").asString()).isEqualTo("the answer");
        assertThat(history.get(0).get("isAgent").asBoolean()).isTrue();
        assertThat(history.get(0).get("inReplyTo").asString()).isEqualTo("q1");
        awaitNobodyWaits();
    }

    @Test
    @DisplayName("transport wins over mode")
    void transportWins() {
        bench.post(path, "{\"content\":\"q\",\"mode\":\"sync\",\"transport\":\"websocket\"}")
                .expect(201);
    }

    @Test
    @DisplayName("a reply that names no message answers the only one who waits, and nobody when two wait")
    void unnamed() {
        CompletableFuture<Answer> only = sending("{\"content\":\"q\",\"transport\":\"http\"}");
        awaitSent(1);
        bench.agentSays(id, "for the only one", null, null);
        assertThat(text(only.join())).isEqualTo("for the only one");
        CompletableFuture<Answer> one = sending("{\"content\":\"q\",\"messageId\":\"a\",\"transport\":\"http\"}");
        CompletableFuture<Answer> two = sending("{\"content\":\"q\",\"messageId\":\"b\",\"transport\":\"http\"}");
        awaitSent(4);
        bench.agentSays(id, "whose?", null, null);
        bench.agentSays(id, "for b", "b", null);
        bench.agentSays(id, "for a, who is left", null, null);
        assertThat(text(two.join())).isEqualTo("for b");
        assertThat(text(one.join())).isEqualTo("for a, who is left");
    }

    @Test
    @DisplayName("two hundred overlapping callers each get their own reply, in whatever order the replies come")
    void overlapping() {
        int callers = 200;
        long seed = System.nanoTime();
        Map<String, CompletableFuture<Answer>> waiting = new HashMap<>();
        for (int i = 0; i < callers; i++) {
            waiting.put("q" + i, sending("{\"content\":\"q\",\"messageId\":\"q" + i + "\",\"transport\":\"http\"}"));
        }
        await().until(
                        () -> bench.memory
                                .sessions()
                                .load(id)
                                .map(session -> session.state().head())
                                .block(),
                        head -> head != null && head >= callers + 1);
        List<String> order = new ArrayList<>(waiting.keySet());
        Collections.shuffle(order, new Random(seed));
        order.forEach(question -> bench.agentSays(id, "reply to " + question, question, null));
        waiting.forEach((question, answer) ->
                assertThat(text(answer.join())).as("seed " + seed).isEqualTo("reply to " + question));
        awaitNobodyWaits();
    }

    @Test
    @DisplayName("a message that is sent again is answered with the reply that had come meanwhile")
    void replyMissed() {
        bench.post(path, "{\"content\":\"q\",\"messageId\":\"q1\"}").expect(201);
        bench.agentSays(id, "early", "q1", null);
        Answer again = bench.post(path, "{\"content\":\"q\",\"messageId\":\"q1\",\"transport\":\"http\"}");
        assertThat(text(again)).isEqualTo("early");
        assertThat(again.json().get("duplicate").asBoolean()).isTrue();
    }

    @Test
    @DisplayName("without a reply in time it is 504, the message stays sent, and nobody waits any more")
    void timeout() {
        try (HttpBench impatient = new HttpBench(CONFIG.withSession(HttpBench.session(5, 200)), HttpTimeouts.DEFAULT)) {
            String session = impatient.create();
            String messages = SESSIONS + "/" + session + "/messages";
            JsonNode details = impatient
                    .post(messages, "{\"content\":\"q\",\"messageId\":\"q1\",\"transport\":\"http\"}")
                    .refused(504, "AGENT_TIMEOUT");
            assertThat(details.get("messageId").asString()).isEqualTo("q1");
            assertThat(impatient.get(messages).json().get("messages")).hasSize(1);
            try (EventReader stream = impatient.events("POST", messages, "{\"content\":\"q\",\"transport\":\"sse\"}")) {
                stream.next("user_message");
                assertThat(stream.next("error").json().get("error").get("code").asString())
                        .isEqualTo("AGENT_TIMEOUT");
                assertThat(stream.rest()).isEmpty();
            }
            await().until(() -> impatient.router.localSessions() == 0);
        }
    }

    @Test
    @DisplayName("who waits hears at once when the session ends, or is deleted")
    void ended() {
        CompletableFuture<Answer> waiting = sending("{\"content\":\"q\",\"transport\":\"http\"}");
        awaitSent(1);
        bench.post(SESSIONS + "/" + id + "/complete", "{}").expect(200);
        waiting.join().refused(504, "AGENT_TIMEOUT");
        id = bench.create();
        path = SESSIONS + "/" + id + "/messages";
        CompletableFuture<Answer> other = sending("{\"content\":\"q\",\"transport\":\"http\"}");
        awaitSent(1);
        bench.send("DELETE", SESSIONS + "/" + id, null).expect(200);
        other.join().refused(504, "AGENT_TIMEOUT");
        awaitNobodyWaits();
    }

    @Test
    @DisplayName("who waits when the gateway goes away is answered before it is gone")
    void goingAway() {
        CompletableFuture<Answer> waiting = sending("{\"content\":\"q\",\"transport\":\"http\"}");
        awaitSent(1);
        bench.server.close().block();
        waiting.join().refused(504, "AGENT_TIMEOUT");
    }

    @Test
    @DisplayName("a caller who goes away is waited for no more")
    void gone() throws Exception {
        for (String transport : List.of("http", "sse")) {
            String body = "{\"content\":\"q\",\"transport\":\"" + transport + "\"}";
            try (Socket socket = bench.socket()) {
                socket.getOutputStream()
                        .write(("POST " + path
                                        + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                                        + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII));
                await().until(() -> bench.router.localSessions() == 1);
            }
            awaitNobodyWaits();
        }
    }

    @ParameterizedTest
    @CsvSource({"transport,sse", "mode,stream"})
    @DisplayName("sse: the message, the reply's pieces as they are written, and the whole of it")
    void stream(String member, String value) {
        try (EventReader stream = bench.events(
                "POST", path, "{\"content\":\"q\",\"messageId\":\"q1\",\"" + member + "\":\"" + value + "\"}")) {
            assertThat(stream.response.statusCode()).isEqualTo(200);
            assertThat(stream.response.headers().firstValue("content-type")).hasValue("text/event-stream");
            JsonNode message = stream.next("user_message").json();
            assertThat(message.get("id").asString()).isEqualTo("q1");
            bench.agentStreams(id, "other", 0, "nothing to do with it", "another");
            bench.agentStreams(id, "r1", 0, "Hello ", "q1");
            bench.agentStreams(id, "r1", 1, "wor", "q1");
            Event first = stream.next("chunk");
            assertThat(first.json().get("messageId").asString()).isEqualTo("r1");
            assertThat(first.json().get("chunk").asString()).isEqualTo("Hello ");
            assertThat(first.json().get("index").asInt()).isZero();
            Event second = stream.next("chunk");
            assertThat(second.json().get("index").asInt()).isEqualTo(1);
            bench.agentSays(id, "Hello world\nagain", "q1", "r1");
            assertThat(stream.next("chunk").json().get("chunk").asString()).isEqualTo("ld\nagain");
            JsonNode done = stream.next("done").json();
            assertThat(done.get("text").asString()).isEqualTo("Hello world\nagain");
            assertThat(done.get("messageId").asString()).isEqualTo("r1");
            assertThat(stream.rest()).isEmpty();
        }
        awaitNobodyWaits();
    }

    @Test
    @DisplayName("sse: the chunks joined are the text, though the agent wrote no pieces or some were lost")
    void chunksAreTheText() {
        try (EventReader whole = bench.events("POST", path, "{\"content\":\"q\",\"transport\":\"sse\"}")) {
            whole.next("user_message");
            bench.agentSays(id, "in one go", null, null);
            assertThat(joined(whole)).isEqualTo("in one go");
        }
        try (EventReader holes = bench.events("POST", path, "{\"content\":\"q\",\"transport\":\"sse\"}")) {
            holes.next("user_message");
            bench.agentStreams(id, "r", 0, "one ", null);
            bench.agentStreams(id, "r", 2, "three", null);
            bench.agentSays(id, "one two three", null, "r");
            assertThat(joined(holes)).isEqualTo("one two three");
        }
    }

    @Test
    @DisplayName("a payload goes through as it was written, however large its numbers")
    void payloadOnly() {
        CompletableFuture<Answer> waiting =
                sending("{\"payload\":{\"n\":1e400},\"messageId\":\"p\",\"transport\":\"http\"}");
        awaitSent(1);
        bench.agentSays(id, "fine", "p", null);
        Answer answer = waiting.join().expect(201);
        assertThat(answer.body()).contains("1e400");
    }

    private static String joined(EventReader stream) {
        List<Event> events = stream.rest();
        assertThat(events.get(events.size() - 1).name()).isEqualTo("done");
        return events.stream()
                .filter(event -> event.name().equals("chunk"))
                .map(event -> event.json().get("chunk").asString())
                .collect(Collectors.joining());
    }

    private CompletableFuture<Answer> sending(String body) {
        return bench.sending("POST", path, body, "Content-Type", "application/json");
    }

    private static String text(Answer answer) {
        return answer.expect(201).json().get("agentResponse").get("text").asString();
    }

    private void awaitSent(int messages) {
        await().until(() -> bench.get(path).json().get("messages").size() == messages);
    }

    private void awaitNobodyWaits() {
        await().until(() -> bench.router.localSessions() == 0);
    }
}
