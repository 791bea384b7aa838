package dev.parley.docs;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway as its users meet it: a process of its own, started as documents say, on a free port. */
final class RunningGateway implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("listening on http://(\\S+)");

    private final Process process;
    private final String address;

    private RunningGateway(Process process) throws IOException {
        this.process = process;
        this.address = readAddress(process);
    }

    static RunningGateway start() throws IOException {
        return new RunningGateway(new ProcessBuilder(
                        java(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.parley.gateway.GatewayMain",
                        "serve",
                        "--port",
                        "0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Host and port. */
    String address() {
        return address;
    }

    /** The {@code java} that runs this test. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Stops it as SIGTERM does, and waits for its end. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static String readAddress(Process process) throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                return listening.group(1);
            }
        }
        throw new AssertionError("the gateway ended without listening");
    }
}
