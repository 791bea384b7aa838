package dev.parley.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@code redis-server} that this program started on the loopback address, with a directory of its own that goes with it. It
 * can be killed, stopped, frozen, and started again on the same port with what is in its directory. Blocks; one thread at a
 * time, but {@link #call} and {@link #info}, which any thread may use.
 */
final class RedisProcess implements AutoCloseable {
    private static final double START_SECONDS = 20;

    private final String name;
    private final Path directory;
    private final int port;
    private final List<String> command = new ArrayList<>();
    private final Path log;
    private final Thread hook = new Thread(this::reap, "stop-redis");
    private volatile @Nullable Process process;

    /**
     * Starts one.
     *
     * @param name what its log file is called
     * @param logs where the log goes
     * @param port where it listens, see {@link #freePort}
     * @param sentinel lines of configuration that make it a Sentinel; empty for a server of data
     * @param options as on its command line, {@code --name value}
     * @throws LoadException when there is no {@code redis-server}, or it does not start
     */
    RedisProcess(String name, Path logs, int port, String sentinel, List<String> options) {
        this.name = name;
        this.port = port;
        log = logs.resolve(name + ".log");
        try {
            Files.createDirectories(logs);
            Files.deleteIfExists(log);
            directory = Files.createTempDirectory("parley-redis");
            command.add(program());
            if (!sentinel.isEmpty()) {
                Path file = directory.resolve("sentinel.conf");
                Files.writeString(file, sentinel);
                command.addAll(List.of(file.toString(), "--sentinel"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        command.addAll(List.of("--dir", directory.toString(), "--logfile", log.toString()));
        command.addAll(options);
        Runtime.getRuntime().addShutdownHook(hook);
        start();
    }

    private static String program() {
        String named = System.getenv("REDIS_SERVER");
        return named == null || named.isBlank() ? "redis-server" : named;
    }

    /** A port of the loopback address that nobody listens on, below those that the system gives to clients. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // The next draw may be luckier.
            }
        }
    }

    /** Where it listens. */
    int port() {
        return port;
    }

    /** What it is called in logs. */
    String name() {
        return name;
    }

    /** The operating system's number of it. */
    long pid() {
        return running().pid();
    }

    /** Whether there is a process, frozen or not. */
    boolean isRunning() {
        Process present = process;
        return present != null && present.isAlive();
    }

    /** Starts it, again on the same port, and waits until it answers. */
    void start() {
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new LoadException(
                    "cannot start " + command.get(0)
                            + ": install it (Debian: apt-get install redis-server) or name it by REDIS_SERVER",
                    e);
        }
        Waiting.until(START_SECONDS, this::answers, () -> name + " does not answer; see " + log);
    }

    private boolean answers() {
        if (!isRunning()) {
            throw new LoadException(name + " ended at its start; see " + log);
        }
        try (RedisSocket socket = new RedisSocket(port)) {
            return "PONG".equals(socket.call("PING"));
        } catch (IOException | LoadException notYet) {
            return false;
        }
    }

    /** SIGKILL: nothing is saved. */
    void kill() {
        Signals.kill(running());
    }

    /** SIGTERM: what it was told to save is saved. */
    void stop() {
        Process present = running();
        present.destroy();
        Signals.awaitEnd(present, 20);
    }

    /** It stands still: connections stay open, nothing is answered. */
    void freeze() {
        Signals.freeze(running());
    }

    /** It goes on. */
    void thaw() {
        Signals.thaw(running());
    }

    /**
     * One command over a connection of its own.
     *
     * @throws LoadException when it is refused or nobody answers
     */
    @Nullable Object call(String... words) {
        try (RedisSocket socket = new RedisSocket(port)) {
            return socket.call(words);
        } catch (IOException e) {
            throw new LoadException(name + ": " + e.getMessage(), e);
        }
    }

    /** A field of {@code INFO}; empty when it is not there or nobody answers. */
    String info(String section, String field) {
        try {
            return String.valueOf(call("INFO", section))
                    .lines()
                    .filter(line -> line.startsWith(field + ":"))
                    .map(line -> line.substring(field.length() + 1))
                    .findFirst()
                    .orElse("");
        } catch (LoadException away) {
            return "";
        }
    }

    private Process running() {
        Process present = process;
        if (present == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return present;
    }

    private void reap() {
        Process present = process;
        if (present != null) {
            present.destroyForcibly();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // The system's own cleaning of temporary files takes what is left.
            return;
        }
    }

    @Override
    public void close() {
        Process present = process;
        if (present != null) {
            Signals.kill(present);
        }
        reap();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The whole program is shutting down: then the hook itself is at work.
            return;
        }
    }
}
