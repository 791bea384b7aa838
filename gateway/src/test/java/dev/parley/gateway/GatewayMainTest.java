package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class GatewayMainTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve --port 1 --port 2            | --port",
                "serve --allow-open --allow-open    | --allow-open",
                "serve --wings                      | --wings",
                "serve --port                       | --port",
                "serve --port eighty                | --port is eighty",
                "serve --port 70000                 | 0 to 65535",
                "serve --store postgres://ann:secret@h | ***@h (from the command line); allowed: memory, or an address",
                "serve --store redis://127.0.0.1:1?startTimeoutMillis=1000 | cannot connect to 127.0.0.1:1",
                "check-config --store redis://:secret@h/3 | nothing after the host but options",
                "serve --transport pigeon           | --transport is pigeon",
                "serve --host 0.0.0.0               | --allow-open",
                "serve --host no.such.host.invalid  | no.such.host.invalid",
                "serve --config /no/such/file       | /no/such/file",
                "check-config --config /no/such/file | /no/such/file",
                "fly                                | fly",
                "''                                 | serve",
            })
    @DisplayName("what cannot be started with is one line on standard error, and status 2")
    void refused(String arguments, String said) {
        Run run = run(Map.of(), arguments.split(" "));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err().strip()).contains(said).doesNotContain("\n", "secret");
        assertThat(run.out()).isEmpty();
    }

    @Test
    @DisplayName("settings are checked, from the environment and from a file")
    void checkConfig() throws IOException {
        assertThat(run(Map.of(), "check-config").status()).isZero();
        Run wrong = run(Map.of("SESSION_MAX_TURNS", "0"), "check-config");
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).contains("SESSION_MAX_TURNS is 0").contains("1 to 1000");
        Path file = Files.writeString(directory.resolve("p.properties"), "HEARTBEAT_SECONDS=never\n");
        assertThat(run(Map.of("PARLEY_CONFIG", file.toString()), "check-config").err())
                .contains("HEARTBEAT_SECONDS is never");
    }

    @Test
    @DisplayName("a port that is taken is one line, and status 2")
    void portInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Run run = run(Map.of(), "serve", "--port", Integer.toString(taken.getLocalPort()));
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err().strip())
                    .contains(Integer.toString(taken.getLocalPort()))
                    .contains("in use")
                    .doesNotContain("\n");
        }
    }

    @Test
    @DisplayName("help shows every setting")
    void help() {
        Run run = run(Map.of(), "serve", "--help");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("--port")
                .contains("SESSION_DEFAULT_TIMEOUT_MINUTES (30;")
                .contains("AGENT_<ID>");
    }

    @Test
    @DisplayName("serves, says where and nothing else on standard output, and ends by itself on SIGTERM with status 0")
    void serve() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                GatewayMain.class.getName()));
        command.addAll(Arrays.asList("serve", "--port", "0", "--transport", "nio"));
        Path log = directory.resolve("log");
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String line = output.readLine();
            assertThat(line).matches("listening on http://127\\.0\\.0\\.1:\\d+");
            String address = line.substring("listening on ".length());
            assertThat(HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(URI.create(address + "/ready"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            // The process's own destroy would close the output that is read below.
            process.toHandle().destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(output.readLine()).isNull();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(log))
                .contains("open=true")
                .contains("transport=nio")
                .doesNotContain("level=ERROR")
                .doesNotContain("Exception");
    }

    private static Run run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] given = arguments.length == 1 && arguments[0].isEmpty() ? new String[0] : arguments;
        int status = GatewayMain.run(
                given,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment);
        return new Run(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private record Run(int status, String out, String err) {}
}
