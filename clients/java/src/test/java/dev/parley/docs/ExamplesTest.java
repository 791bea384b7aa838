package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.sample.SampleAgent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs {@code docs/examples/} as its README says, against a gateway in a process of its own. */
@Timeout(180)
class ExamplesTest {
    private static final String LISTENING = "listening on http://";

    @Test
    void chatShowsTheAnswerOfTheAgent() throws Exception {
        Process gateway = java("dev.parley.gateway.GatewayMain", "serve", "--port", "0");
        try {
            String address = lineWith(gateway.inputReader(StandardCharsets.UTF_8), LISTENING)
                    .substring(LISTENING.length());
            URI socket = URI.create("ws://" + address + "/ws");
            try (SampleAgent agent = new SampleAgent(socket, "sample")) {
                agent.start();
                String example =
                        Path.of("..", "..", "docs", "examples", "Chat.java").toString();
                Process chat = java(example, "ada", "sample", socket.toString());
                try (Writer keyboard = chat.outputWriter(StandardCharsets.UTF_8)) {
                    keyboard.write("hello there\n");
                    keyboard.flush();
                    assertThat(lineWith(chat.inputReader(StandardCharsets.UTF_8), "hello there"))
                            .startsWith("sample: ");
                }
                assertThat(chat.waitFor(20, TimeUnit.SECONDS))
                        .as("the chat ended with its input")
                        .isTrue();
                assertThat(chat.exitValue()).isZero();
            }
        } finally {
            gateway.destroy();
            gateway.waitFor();
        }
    }

    private static Process java(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path")));
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
