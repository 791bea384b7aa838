package dev.parley.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.parley.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;

/** Somebody else's server that webhooks are sent to. It checks signatures by itself, after the specification. */
final class WebhookReceiver implements AutoCloseable {
    /** Answers nothing. */
    static final int HANG = -1;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger count = new AtomicInteger();
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private volatile IntUnaryOperator statuses = number -> 204;
    private volatile boolean failingOnce;

    /** A request, and what was answered. */
    record Received(String id, long seconds, List<String> signatures, String body, int status) {
        JsonNode json() {
            return Json.MAPPER.readTree(body);
        }

        String what() {
            return json().get("type").asString() + " "
                    + json().get("data").get("sessionId").asString();
        }

        /** Whether one of the signatures was made with a secret. */
        boolean isSignedWith(String secret) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(
                        Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
                byte[] made = mac.doFinal((id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8));
                return signatures.contains("v1," + Base64.getEncoder().encodeToString(made));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    WebhookReceiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    /** What is answered to the request of a number, from 1 on. */
    void answer(IntUnaryOperator byNumber) {
        statuses = byNumber;
    }

    /** Every event's first request fails, so half of all requests do. */
    void failEachOnce() {
        failingOnce = true;
    }

    List<Received> received() {
        return List.copyOf(received);
    }

    /** What was taken, with its type and session. */
    List<String> taken() {
        List<String> taken = new ArrayList<>();
        for (Received one : received) {
            if (one.status() / 100 == 2) {
                taken.add(one.what());
            }
        }
        return taken;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        int status = statuses.applyAsInt(count.incrementAndGet());
        String id = exchange.getRequestHeaders().getFirst("webhook-id");
        if (failingOnce && received.stream().noneMatch(before -> before.id().equals(id))) {
            status = 503;
        }
        received.add(new Received(
                id,
                Long.parseLong(exchange.getRequestHeaders().getFirst("webhook-timestamp")),
                List.of(exchange.getRequestHeaders()
                        .getFirst("webhook-signature")
                        .split(" ")),
                body,
                status));
        if (status == HANG) {
            return;
        }
        if (status / 100 == 3) {
            exchange.getResponseHeaders().add("Location", "/elsewhere");
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }
}
