package dev.parley.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A server that this program started as another Java process: it is ready when it says {@code listening on URL}, and it is
 * stopped when the run ends, however it ends. All that it prints goes to a log file.
 */
final class ServerProcess implements AutoCloseable {
    /** What a server says once it accepts connections, before its URL. */
    static final String READY = "listening on ";

    private static final long START_SECONDS = 60;

    private final Process process;
    private final Target target;
    private final Path log;
    private final Thread hook;

    private ServerProcess(Process process, Target target, Path log) {
        this.process = process;
        this.target = target;
        this.log = log;
        hook = new Thread(process::destroyForcibly, "stop-server");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Starts a gateway from its jar, with environment variables set besides those of this process. */
    static ServerProcess gateway(ServerOptions options, Path logDirectory, Map<String, String> environment) {
        return gateway(options, "gateway", 0, "memory", logDirectory, environment);
    }

    /**
     * Starts one of several gateways.
     *
     * @param name what it and its log are called
     * @param port where it listens; 0 for any
     * @param store where it keeps its sessions
     */
    static ServerProcess gateway(
            ServerOptions options,
            String name,
            int port,
            String store,
            Path logDirectory,
            Map<String, String> environment) {
        List<String> arguments = options.gatewayCommand();
        arguments.addAll(List.of("--port", Integer.toString(port), "--store", store));
        return start(name, arguments, logDirectory, environment, false);
    }

    /** Starts the bare relay from the classes of this very program. */
    static ServerProcess relay(ServerOptions options, Path logDirectory) {
        List<String> arguments = new ArrayList<>(options.javaCommand());
        arguments.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), LoadMain.class.getName(), "relay", "--port", "0"));
        return start("relay", arguments, logDirectory, Map.of(), true);
    }

    private static ServerProcess start(
            String name, List<String> command, Path logDirectory, Map<String, String> environment, boolean relay) {
        try {
            Files.createDirectories(logDirectory);
            Path log = logDirectory.resolve(name + ".log");
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            CompletableFuture<String> url = new CompletableFuture<>();
            Thread reader = new Thread(() -> copy(process, log, url), name + "-log");
            reader.setDaemon(true);
            reader.start();
            try {
                String ready = url.get(START_SECONDS, TimeUnit.SECONDS);
                return new ServerProcess(process, Target.of(name, ready, process.pid(), relay), log);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
                throw new LoadException("interrupted", e);
            } catch (Exception e) {
                process.destroyForcibly();
                throw new LoadException("the " + name + " did not start; see " + log, e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Process process, Path log, CompletableFuture<String> url) {
        try (BufferedReader in =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                var out = Files.newBufferedWriter(log)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.write(line);
                out.newLine();
                out.flush();
                if (line.startsWith(READY)) {
                    url.complete(line.substring(READY.length()).trim());
                }
            }
        } catch (IOException e) {
            url.completeExceptionally(e);
        }
        url.completeExceptionally(new LoadException("it ended"));
    }

    /** The server to drive. */
    Target target() {
        return target;
    }

    /** The operating system's handle on it. */
    Process process() {
        return process;
    }

    /** Where its output is. */
    Path log() {
        return log;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            // Time enough to write a recording; not for a drain, as nobody is measured any more.
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // The whole program is shutting down: then the hook itself is at work.
            process.destroyForcibly();
        }
    }
}
