package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.message;
import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.http.EventReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The examples of load balancers, run as they are but for their ports, each before two gateways on one Redis. */
@DisplayName("load balancers")
class LoadBalancerTest {
    private static final Path EXAMPLES = Path.of("..", "docs", "examples", "load-balancer");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path directory;

    private final Queue<String> names = new ArrayDeque<>(List.of("one", "two"));
    private final Fleet fleet = Fleet.of(
            2,
            config -> config.withServer(
                    new ServerConfig("127.0.0.1", 0, false, "auto", 0, List.of(), 1_000, names.remove())));
    private final int port = freePort();
    private @Nullable Process process;

    enum Balancer {
        HAPROXY {
            @Override
            List<String> prepare(Path directory, String example) throws IOException {
                Path file = Files.writeString(directory.resolve(example()), example);
                return List.of(program("haproxy"), "-db", "-f", file.toString());
            }

            @Override
            String example() {
                return "haproxy.cfg";
            }
        },
        NGINX {
            @Override
            List<String> prepare(Path directory, String example) throws IOException {
                Files.writeString(directory.resolve("site.conf"), example);
                StringBuilder main = new StringBuilder("daemon off; pid nginx.pid; events {} http { access_log off;");
                for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
                    main.append(' ')
                            .append(kind)
                            .append("_temp_path ")
                            .append(kind)
                            .append(';');
                }
                Files.writeString(directory.resolve("main.conf"), main.append(" include site.conf; }\n"));
                return List.of(program("nginx"), "-p", directory.toString(), "-e", "error.log", "-c", "main.conf");
            }

            @Override
            String example() {
                return "nginx.conf";
            }
        };

        /** Debian keeps programs of the system where not every user's path leads. */
        private static String program(String name) {
            Path system = Path.of("/usr/sbin", name);
            return Files.isExecutable(system) ? system.toString() : name;
        }

        /** Writes the files that it reads; answers its command line. */
        abstract List<String> prepare(Path directory, String example) throws IOException;

        /** Name of the example. */
        abstract String example();
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (process != null) {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        fleet.close();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("sockets spread over both gateways, and messages, replies over HTTP and streams come through at once")
    void through(Balancer balancer) throws IOException {
        start(balancer);
        try (SocketClient agent = new SocketClient(port);
                SocketClient ann = new SocketClient(port)) {
            assertThat(List.of(node(agent.connect("agent", "helper")), node(ann.connect("user", "ann"))))
                    .containsExactlyInAnyOrder("one", "two");
            String id = Fleet.session(ann);
            agent.push("session.attached");
            ann.call("message.send", message(id, "hello"));
            assertThat(agent.push("message").get("content").asString()).isEqualTo("hello");

            String path = "/api/messaging/sessions/" + id + "/messages";
            try (EventReader stream = new EventReader(HTTP.send(
                    post(path, "{\"content\":\"q\",\"messageId\":\"q1\",\"transport\":\"sse\"}"),
                    BodyHandlers.ofInputStream()))) {
                stream.next("user_message");
                agent.push("message");
                agent.call(
                        "message.delta",
                        "{\"sessionId\":\"" + id
                                + "\",\"messageId\":\"r1\",\"index\":0,\"chunk\":\"an\",\"inReplyTo\":\"q1\"}");
                // Before the reply is there, so nothing on the way holds pieces back.
                assertThat(stream.next("chunk").data()).contains("an");
                agent.call(
                        "message.send",
                        "{\"sessionId\":\"" + id
                                + "\",\"messageId\":\"r1\",\"content\":\"answer\",\"inReplyTo\":\"q1\"}");
                assertThat(stream.rest()).anyMatch(event -> event.data().contains("answer"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("clients of a gateway that drains are warned, come back at once on the other, and have missed nothing")
    void drain(Balancer balancer) {
        start(balancer);
        Map<String, SocketClient> byNode = new HashMap<>();
        try (SocketClient first = new SocketClient(port);
                SocketClient second = new SocketClient(port);
                SocketClient agent = fleet.agent(1, "helper")) {
            byNode.put(node(first.connect("user", "ann")), first);
            byNode.put(node(second.connect("user", "ann")), second);
            assertThat(byNode).containsOnlyKeys("one", "two");
            SocketClient leaving = Objects.requireNonNull(byNode.get("one"));
            String id = Fleet.session(leaving);
            agent.push("session.attached");
            fleet.gateway(0).drain().subscribe();
            leaving.push("server.draining");
            assertThat(leaving.closed()).isEqualTo(4000);
            agent.call("message.send", message(id, "meanwhile"));
            List<String> nodes = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                try (SocketClient back = new SocketClient(port)) {
                    nodes.add(node(back.connect("user", "ann")));
                    JsonNode history = back.call("session.history", ref(id));
                    assertThat(history.toString()).contains("meanwhile");
                }
            }
            assertThat(nodes).containsOnly("two");
        }
    }

    private static String node(JsonNode connected) {
        return connected.get("node").asString();
    }

    private HttpRequest post(String path, String json) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build();
    }

    private void start(Balancer balancer) {
        try {
            String example = Files.readString(EXAMPLES.resolve(balancer.example()))
                    .replace("127.0.0.1:8080", "127.0.0.1:" + port)
                    .replace("127.0.0.1:3001", "127.0.0.1:" + fleet.gateway(0).port())
                    .replace("127.0.0.1:3002", "127.0.0.1:" + fleet.gateway(1).port());
            Process started = new ProcessBuilder(balancer.prepare(directory, example))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("output").toFile())
                    .start();
            process = started;
            awaitListening(started);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + balancer + "; ./parley test installs it", e);
        }
    }

    private void awaitListening(Process started) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException notYet) {
                if (System.nanoTime() > end || !started.isAlive()) {
                    throw new AssertionError("the load balancer does not listen: " + output(), notYet);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private String output() {
        try {
            return Files.readString(directory.resolve("output"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
