package dev.parley.store.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real {@code redis-server} process on a free port of the loopback interface, with a directory of its own, that tests may
 * stop, kill, freeze and start again on the same port. Made by {@link RedisServers}; for use by one thread at a time. Every
 * method blocks until what it does is done.
 */
public final class RedisServer implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final int ATTEMPTS = 10;

    private final List<String> options;
    private final @Nullable String sentinelFile;
    private final @Nullable TestCertificates tls;
    private final @Nullable String password;
    private final Path directory = Reaper.newDirectory();
    private final int fixedPort;
    private int port;
    private @Nullable Process process;

    RedisServer(RedisServers.Options wanted) {
        this.options = wanted.arguments();
        this.sentinelFile = wanted.sentinelFile();
        this.tls = wanted.certificates();
        this.password = wanted.password();
        this.fixedPort = wanted.port();
        start();
    }

    /** A port of the loopback interface that nobody listens on, below those that the system gives to clients. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // the next draw may be luckier
            }
        }
    }

    /** Where it listens, on 127.0.0.1; the same after a restart. */
    public int port() {
        return port;
    }

    /** {@code redis://} or {@code rediss://} with the password of the default user, if it has one. */
    public String url() {
        String login = password == null ? "" : ":" + password + "@";
        return (tls == null ? "redis://" : "rediss://") + login + "127.0.0.1:" + port;
    }

    /** The process id of the running server. */
    public long pid() {
        return running().pid();
    }

    /** Whether the process runs (or is frozen). */
    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** Where its files are. */
    Path directory() {
        return directory;
    }

    /** What the server wrote to its log. */
    public String log() {
        try {
            Path file = directory.resolve("redis.log");
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it at once, as {@code kill -9} does: nothing is saved. */
    public void kill() {
        running().destroyForcibly();
        awaitEnd();
    }

    /** Ends it in order (SIGTERM): it saves what it was told to save. */
    public void stop() {
        running().destroy();
        awaitEnd();
    }

    /** Freezes it (SIGSTOP): connections stay open, nothing is answered. */
    public void pause() {
        signal("STOP");
    }

    /** Lets a frozen server go on (SIGCONT). */
    public void resume() {
        signal("CONT");
    }

    /** Starts it again on the same port, with the data that is in its directory. */
    public void start() {
        if (isRunning()) {
            throw new IllegalStateException("redis-server on port " + port + " runs already");
        }
        RuntimeException last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (process == null) {
                port = fixedPort != 0 ? fixedPort : freePort();
            }
            try {
                process = launch();
                return;
            } catch (PortTaken e) {
                last = e;
            }
        }
        throw new IllegalStateException("no free port for redis-server", last);
    }

    /** Starts it again on the same port with nothing in it. */
    public void startEmpty() {
        removeFiles(false);
        start();
    }

    /** Removes all keys; the functions stay. */
    public void flushAll() {
        command("FLUSHALL");
    }

    /**
     * Sends a command on a connection of its own, logged in as the default user.
     *
     * @return a String, a Long, a List of those, or null
     * @throws IllegalStateException when the server answers with an error; the message is the server's
     */
    public @Nullable Object command(String... words) {
        try (RespClient client = connect()) {
            return client.command(words);
        } catch (RespClient.ErrorAnswer e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("redis-server on port " + port + ": " + e.getMessage(), e);
        }
    }

    /** One field of {@code INFO}; empty when it is not there. */
    public String info(String section, String field) {
        String all = String.valueOf(command("INFO", section));
        return all.lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1))
                .findFirst()
                .orElse("");
    }

    /** Kills it and removes its files. May be called again. */
    @Override
    public void close() {
        if (process != null) {
            kill();
        }
        removeFiles(true);
    }

    private RespClient connect() throws IOException {
        RespClient client = new RespClient(socket(), port, 10_000);
        try {
            if (password != null) {
                client.command("AUTH", password);
            }
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private Socket socket() throws IOException {
        try {
            return tls == null
                    ? new Socket()
                    : tls.clientContext().getSocketFactory().createSocket();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process launch() {
        List<String> command = new ArrayList<>();
        command.add(RedisServers.executable());
        if (sentinelFile != null) {
            command.add(writeOnce("sentinel.conf", sentinelFile).toString());
            command.add("--sentinel");
        }
        command.addAll(List.of("--bind", "127.0.0.1", "--protected-mode", "no", "--daemonize", "no"));
        command.addAll(List.of("--dir", directory.toString(), "--logfile", "redis.log"));
        if (tls == null) {
            command.addAll(List.of("--port", Integer.toString(port)));
        } else {
            command.addAll(List.of("--port", "0", "--tls-port", Integer.toString(port)));
            command.addAll(tls.serverArguments());
        }
        command.addAll(options);
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("console.log").toFile())
                    .start();
            Reaper.started(started);
            awaitAnswer(started);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sentinel keeps its state in its configuration file, which must be there before the first start only. */
    private Path writeOnce(String name, String content) {
        try {
            Path file = directory.resolve(name);
            return Files.exists(file) ? file : Files.writeString(file, content, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitAnswer(Process started) throws IOException {
        long end = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < end) {
            if (!started.isAlive()) {
                Reaper.ended(started);
                String why = log() + Files.readString(directory.resolve("console.log"), StandardCharsets.UTF_8);
                if (why.contains("Address already in use")) {
                    throw new PortTaken(why);
                }
                throw new IllegalStateException("redis-server did not start:\n" + why);
            }
            try (RespClient client = new RespClient(socket(), port, 10_000)) {
                client.command("PING");
                return;
            } catch (RespClient.ErrorAnswer e) {
                if (!String.valueOf(e.getMessage()).startsWith("LOADING")) {
                    return;
                }
            } catch (IOException notYet) {
                // it does not listen yet
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        started.destroyForcibly();
        throw new IllegalStateException("redis-server did not answer within " + START + ":\n" + log());
    }

    private Process running() {
        return Objects.requireNonNull(process);
    }

    private void awaitEnd() {
        Process process = running();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("redis-server on port " + port + " does not end");
            }
            Reaper.ended(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder(
                            "/bin/sh", "-c", "kill -" + name + " " + running().pid())
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("could not send SIG" + name + " to process " + pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Removes the data, or everything. */
    private void removeFiles(boolean all) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                boolean kept = file.equals(directory)
                        || file.endsWith("redis.log")
                        || file.endsWith("nodes.conf")
                        || file.endsWith("sentinel.conf");
                if (all || !kept) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Somebody else took the port between the look and the start. */
    private static final class PortTaken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        PortTaken(String message) {
            super(message);
        }
    }
}
