package dev.parley.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Starts a Redis that keeps nothing, two gateways and the balancer, says where they and the page are, and ends all of them when it is
 * ended itself. Logs go into a directory that the caller names.
 */
public final class TwoGateways implements AutoCloseable {
    private static final String USAGE =
            "usage: TwoGateways PORT DIRECTORY REDIS_SERVER COMMAND..., where COMMAND starts a gateway";

    private final Path directory;
    private final List<Process> servers = new ArrayList<>();
    private final List<DemoGateway> gateways = new ArrayList<>();
    private final Balancer balancer;

    private TwoGateways(int port, Path directory, String redisServer, List<String> command) throws IOException {
        this.directory = directory;
        this.balancer = new Balancer(port, gateways);
        int redis = startRedis(redisServer);
        for (String name : List.of("one", "two")) {
            gateways.add(new DemoGateway(name, command, "redis://127.0.0.1:" + redis, directory));
        }
    }

    /** Runs until it is ended by a signal; status 1 with one line when it cannot start. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length < 4) {
            System.err.println(USAGE);
            System.exit(2);
        }
        List<String> words = List.of(arguments);
        try {
            TwoGateways demo = new TwoGateways(
                    Integer.parseInt(words.get(0)),
                    Path.of(words.get(1)),
                    words.get(2),
                    words.subList(3, words.size()));
            Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "demo-stop"));
            demo.start();
        } catch (IOException | IllegalStateException problem) {
            System.err.println("demo: " + problem.getMessage());
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    /** Ends everything; the gateways first, as they want to say goodbye. */
    @Override
    public void close() {
        balancer.close();
        gateways.forEach(DemoGateway::close);
        servers.forEach(Process::destroyForcibly);
    }

    private void start() {
        gateways.forEach(DemoGateway::start);
        gateways.forEach(DemoGateway::awaitStart);
        balancer.start();
        for (DemoGateway gateway : gateways) {
            System.out.println("gateway " + gateway.name() + ": http://127.0.0.1:" + gateway.port());
        }
        System.out.println("listening on http://127.0.0.1:" + balancer.port());
        System.out.flush();
    }

    private int startRedis(String executable) throws IOException {
        int port = freePort();
        Process redis = new ProcessBuilder(
                        executable,
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "no",
                        "--dir",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        servers.add(redis);
        redis.onExit().thenAccept(ended -> System.err.println("demo: redis-server ended with " + ended.exitValue()));
        return port;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a process said last, for the one line that tells why it did not start. */
    static String lastLine(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
        } catch (IOException e) {
            return "its log cannot be read: " + e.getMessage();
        }
    }

    /** How long a gateway may take to start, in seconds. */
    static long patience() {
        return TimeUnit.MINUTES.toSeconds(1);
    }
}
