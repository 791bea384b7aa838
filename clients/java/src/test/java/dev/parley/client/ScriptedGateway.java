package dev.parley.client;

import dev.parley.protocol.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The other end of a client, played by the test: it sees every frame and says what comes back. */
final class ScriptedGateway implements Transport {
    private final VirtualThreads threads;
    private final List<Peer> peers = new ArrayList<>();

    ScriptedGateway(VirtualThreads threads) {
        this.threads = threads;
    }

    @Override
    public Link open(URI uri, Events events) {
        Peer peer = new Peer(events);
        peers.add(peer);
        return peer;
    }

    /** How many sockets were opened so far. */
    int sockets() {
        return peers.size();
    }

    /** The socket that was opened last. */
    Peer peer() {
        return peers.get(peers.size() - 1);
    }

    /** Accepts the newest socket and answers its connect. */
    Peer accept(String... entries) {
        Peer peer = peer();
        peer.open();
        peer.answer(peer.await("connect"), """
                {"connectionId":"c%d","heartbeatSeconds":25,"serverTime":"2026-01-01T00:00:00.000Z","node":"n",
                "limits":{"maxFrameBytes":1048576,"maxContentLength":4000,"maxMetadataLength":10240,
                "maxSessionsPerConnect":100,"maxInFlight":64},"sessions":[%s]}""".formatted(peers.size(), String.join(",", entries)));
        return peer;
    }

    static String entry(String sessionId, String epoch, long seq) {
        return "{\"sessionId\":\"%s\",\"status\":\"active\",\"epoch\":\"%s\",\"seq\":%d,\"recovered\":true}"
                .formatted(sessionId, epoch, seq);
    }

    /** One socket seen from the gateway's side. */
    final class Peer implements Link {
        private final Events events;
        private final List<JsonNode> unread = new ArrayList<>();
        private int consumed;
        private int told;
        private boolean gone;
        private int closedWith;
        private long queued;

        Peer(Events events) {
            this.events = events;
        }

        void open() {
            events.opened();
            threads.settle();
        }

        /** Takes the oldest request or notification of that name; fails when there is none. */
        JsonNode await(String method) {
            threads.settle();
            for (JsonNode frame : unread) {
                if (frame.path("method").asString().equals(method)) {
                    unread.remove(frame);
                    return frame;
                }
            }
            throw new AssertionError("no " + method + " was sent, but " + unread);
        }

        /** All frames of that name that were sent and not taken yet. */
        List<JsonNode> all(String method) {
            threads.settle();
            List<JsonNode> found = unread.stream()
                    .filter(frame -> frame.path("method").asString().equals(method))
                    .toList();
            unread.removeAll(found);
            return found;
        }

        void answer(JsonNode request, String result) {
            say("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}".formatted(request.get("id"), result));
        }

        void refuse(JsonNode request, String code, int status) {
            say(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32000,\"message\":\"no\",\"data\":{\"code\":\"%s\",\"status\":%d,\"details\":{}}}}"
                            .formatted(request.get("id"), code, status));
        }

        /** Acknowledges a message.send. */
        void acknowledge(JsonNode send, long seq) {
            answer(send, """
                    {"messageId":%s,"seq":%d,"epoch":"e","createdAt":"2026-01-01T00:00:00.000Z","sessionStatus":
                    {"expiresAt":"2026-01-01T00:30:00.000Z","renewalCount":1,"wasRenewed":true,"isNearExpiration":false}}""".formatted(send.path("params").get("messageId"), seq));
        }

        void push(String method, String params) {
            say("{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s}".formatted(method, params));
        }

        void message(String sessionId, String epoch, long seq, String messageId, String authorId) {
            push("message", """
                    {"messageId":"%s","sessionId":"%s","seq":%d,"epoch":"%s","authorId":"%s","role":"agent",
                    "content":"text %s","createdAt":"2026-01-01T00:00:00.000Z"}""".formatted(messageId, sessionId, seq, epoch, authorId, messageId));
        }

        void say(String text) {
            told++;
            events.text(text);
            threads.settle();
        }

        void cut(int code) {
            events.closed(code, "cut by the test", 0);
            threads.settle();
        }

        void refuseHandshake(int status) {
            events.closed(1006, "handshake", status);
            threads.settle();
        }

        void ping() {
            events.sign();
            threads.settle();
        }

        /** Messages that were told and that the client has not allowed to be followed by another yet. */
        int unconsumed() {
            return told - consumed;
        }

        boolean isGone() {
            return gone;
        }

        int closedWith() {
            return closedWith;
        }

        /** Pretends that the socket takes nothing. */
        void clog(long characters) {
            queued = characters;
        }

        @Override
        public void send(String text) {
            unread.add(Json.MAPPER.readTree(text));
        }

        @Override
        public long queued() {
            return queued;
        }

        @Override
        public void consumed() {
            consumed++;
        }

        @Override
        public void close(int code, String reason) {
            closedWith = code;
        }

        @Override
        public void abort() {
            gone = true;
        }
    }
}
