package dev.parley.gateway;

import dev.parley.protocol.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A WebSocket client for tests: sends what it is told, keeps what comes, waits for what is asked of it. */
final class SocketClient implements WebSocket.Listener, AutoCloseable {
    private static final long WAIT_SECONDS = 60;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final LinkedBlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
    private final List<JsonNode> passed = new ArrayList<>();
    private final StringBuilder partial = new StringBuilder();
    private final WebSocket socket;
    private int nextId = 1;

    /** Opens a socket to a gateway on this machine. */
    SocketClient(int port) {
        socket = HTTP.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws"), this)
                .join();
    }

    /** Connects as somebody; answers the result. */
    JsonNode connect(String kind, String id) {
        return call("connect", "{\"kind\":\"" + kind + "\",\"id\":\"" + id + "\"}");
    }

    /** Sends a request and waits for its answer, which must be a result. */
    JsonNode call(String method, String params) {
        JsonNode answer = answer(send(method, params));
        if (!answer.has("result")) {
            throw new AssertionError(method + " answered " + answer);
        }
        return answer.get("result");
    }

    /** Sends a request and waits for its answer, which must be an error. */
    JsonNode refused(String method, String params) {
        JsonNode answer = answer(send(method, params));
        if (!answer.has("error")) {
            throw new AssertionError(method + " answered " + answer);
        }
        return answer.get("error");
    }

    /** Sends a request; answers its id. */
    int send(String method, String params) {
        int id = nextId++;
        text("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}");
        return id;
    }

    /** Waits for the answer to a request. */
    JsonNode answer(int id) {
        return next("the answer to " + id, frame -> frame.path("id").asInt(-1) == id);
    }

    /** Sends any text. */
    void text(String text) {
        socket.sendText(text, true).join();
    }

    /** Sends any bytes. */
    void binary(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    /** Waits for a push of a name; answers its params. */
    JsonNode push(String method) {
        return next(
                        "push " + method,
                        frame -> method.equals(frame.path("method").asString(null)))
                .get("params");
    }

    /** Waits for the close; answers its code. */
    int closed() {
        return next("close", frame -> frame.has("closed")).get("closed").asInt();
    }

    /** What has come of a name so far and was not asked for yet; asks for the server's time first, so all before it is here. */
    List<JsonNode> arrived(String method) {
        call("ping", "{}");
        List<JsonNode> found = new ArrayList<>();
        passed.removeIf(frame -> method.equals(frame.path("method").asString(null)) && found.add(frame.get("params")));
        return found;
    }

    /** Waits for a frame that fits; keeps the others for later. */
    JsonNode next(String what, Predicate<JsonNode> fits) {
        for (JsonNode frame : passed) {
            if (fits.test(frame)) {
                passed.remove(frame);
                return frame;
            }
        }
        try {
            while (true) {
                JsonNode frame = frames.poll(WAIT_SECONDS, TimeUnit.SECONDS);
                if (frame == null) {
                    throw new AssertionError("waited for " + what + ", got " + passed);
                }
                if (fits.test(frame)) {
                    return frame;
                }
                passed.add(frame);
            }
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Cuts the socket without a close frame. */
    void cut() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                .exceptionally(gone -> socket)
                .join();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            frames.add(Json.MAPPER.readTree(partial.toString()));
            partial.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        frames.add(Json.MAPPER.createObjectNode().put("closed", code).put("reason", reason));
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        frames.add(Json.MAPPER.createObjectNode().put("closed", 1006).put("reason", String.valueOf(error)));
    }
}
