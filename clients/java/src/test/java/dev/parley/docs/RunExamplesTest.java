package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.sample.SampleAgent;
import dev.parley.gateway.Gateway;
import dev.parley.gateway.config.ConfigLoader;
import dev.parley.store.redis.RedisServers;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compiles {@code docs/examples/} together and runs them: the chat as a process, the others by their main methods. */
@Timeout(180)
class RunExamplesTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final Path DIRECTORY = Path.of("..", "..", "docs", "examples");

    @TempDir
    static Path classes;

    private static final List<Gateway> embedded = new ArrayList<>();
    private static final List<Gateway> onRedis = new ArrayList<>();

    @BeforeAll
    static void start() {
        embedded.add(gateway("memory"));
        String redis = RedisServers.shared().url() + "?prefix="
                + UUID.randomUUID().toString().substring(0, 8);
        onRedis.add(gateway(redis));
        onRedis.add(gateway(redis));
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "this needs a JDK");
        List<String> arguments =
                new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString()));
        File[] files = Objects.requireNonNull(DIRECTORY.toFile().listFiles((place, name) -> name.endsWith(".java")));
        Stream.of(files).map(File::toString).forEach(arguments::add);
        assertThat(compiler.run(null, null, null, arguments.toArray(new String[0])))
                .as("they compile")
                .isZero();
    }

    @AfterAll
    static void stop() {
        Stream.of(embedded, onRedis)
                .flatMap(List::stream)
                .forEach(gateway -> gateway.close().block(WAIT));
    }

    @Test
    void chatShowsTheAnswerOfTheAgent() throws Exception {
        URI socket = URI.create(socket(embedded.get(0)));
        try (SampleAgent agent = new SampleAgent(socket, "sample")) {
            agent.start();
            Process chat = java("Chat", "ada", "sample", socket.toString());
            try (Writer keyboard = chat.outputWriter(StandardCharsets.UTF_8)) {
                keyboard.write("hello there\n");
                keyboard.flush();
                assertThat(lineWith(chat.inputReader(StandardCharsets.UTF_8), "hello there"))
                        .startsWith("sample: ");
            }
            assertThat(chat.waitFor(60, TimeUnit.SECONDS))
                    .as("the chat ended with its input")
                    .isTrue();
            assertThat(chat.exitValue()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Assistant", "Orchestrator", "Review", "Router"})
    void runsOnTheEmbeddedStore(String example) throws Exception {
        run(example, embedded);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Assistant", "Orchestrator", "Review", "Router"})
    void runsOnRedisWithTwoGateways(String example) throws Exception {
        run(example, onRedis);
    }

    /** As {@code ./parley example} starts them. */
    private static Gateway gateway(String store) {
        Gateway gateway = Objects.requireNonNull(Gateway.open(ConfigLoader.load(
                        null,
                        Map.of("SESSION_MIN_TIMEOUT_MINUTES", "0.01", "PARLEY_PORT", "0", "PARLEY_STORE", store),
                        Map.of()))
                .block(WAIT));
        gateway.start().block(WAIT);
        return gateway;
    }

    /** An example fails by what its main method throws. */
    private static void run(String example, List<Gateway> gateways) throws Exception {
        URL[] place = {classes.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(place, RunExamplesTest.class.getClassLoader())) {
            Method main = loader.loadClass(example).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            String[] sockets = gateways.stream().map(RunExamplesTest::socket).toArray(String[]::new);
            main.invoke(null, (Object) sockets);
        } catch (InvocationTargetException failed) {
            throw new AssertionError(example + " failed", failed.getCause());
        }
    }

    private static String socket(Gateway gateway) {
        return "ws://127.0.0.1:" + gateway.port() + "/ws";
    }

    private static Process java(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path")));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String lineWith(BufferedReader output, String text) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.contains(text)) {
                return line;
            }
        }
        throw new AssertionError("the program ended without saying " + text);
    }
}
