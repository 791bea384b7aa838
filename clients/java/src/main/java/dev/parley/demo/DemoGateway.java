package dev.parley.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A gateway as a process of its own. When it was killed, another one takes its place after some seconds, on another port. Safe
 * for use from any thread.
 */
final class DemoGateway implements AutoCloseable {
    private static final long AGAIN_AFTER_SECONDS = 5;
    private static final String LISTENING = "listening on http://127.0.0.1:";

    private final String name;
    private final List<String> command;
    private final Path log;
    private final CompletableFuture<Integer> first = new CompletableFuture<>();
    private @Nullable Process process;
    private boolean closed;
    private volatile int port;

    /**
     * @param name that it tells its clients
     * @param command that starts a gateway, to which port and store are added
     * @param store address of its store
     * @param directory for its log
     */
    DemoGateway(String name, List<String> command, String store, Path directory) {
        this.name = name;
        this.command = new ArrayList<>(command);
        this.command.addAll(List.of("--port", "0", "--store", store));
        this.log = directory.resolve("gateway-" + name + ".log");
    }

    String name() {
        return name;
    }

    /** Where it listens; 0 while it does not. */
    int port() {
        return port;
    }

    synchronized void start() {
        if (closed) {
            return;
        }
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("PARLEY_NODE_NAME", name);
        // The clients of a demo need no time to move elsewhere when all of it ends.
        builder.environment().putIfAbsent("DRAIN_SECONDS", "1");
        try {
            Process started = builder.start();
            process = started;
            Thread reader = new Thread(() -> listen(started), "demo-" + name);
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Blocks until it listens for the first time. */
    void awaitStart() {
        try {
            first.get(TwoGateways.patience(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException problem) {
            throw new IllegalStateException(
                    "gateway " + name + " does not start: " + TwoGateways.lastLine(log), problem);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Ends it as {@code kill -9} does. */
    synchronized void kill() {
        port = 0;
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** Ends it in order, and no other takes its place. */
    @Override
    public void close() {
        Process last;
        synchronized (this) {
            closed = true;
            last = process;
        }
        if (last == null) {
            return;
        }
        last.destroy();
        try {
            if (!last.waitFor(5, TimeUnit.SECONDS)) {
                last.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            last.destroyForcibly();
        }
    }

    /** Reads where it listens, and waits for its end. */
    private void listen(Process started) {
        try (BufferedReader output = started.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(LISTENING)) {
                    port = Integer.parseInt(line.substring(LISTENING.length()));
                    first.complete(port);
                }
            }
        } catch (IOException broken) {
            // It ended, which is seen below.
        }
        port = 0;
        if (!first.completeExceptionally(new IllegalStateException("it ended"))) {
            CompletableFuture.delayedExecutor(AGAIN_AFTER_SECONDS, TimeUnit.SECONDS)
                    .execute(this::start);
        }
    }
}
