package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shared work in small, with a real gateway and a real Redis. */
final class OrchestrateRunTest {
    @TempDir
    private Path directory;

    @Test
    void whatAFewAgentsDoIsKnownToAll() throws IOException {
        Path json = directory.resolve("run.json");
        List<String> arguments = new ArrayList<>(List.of(
                "orchestrate --sessions 6 --agents 8 --users 2 --acts 4 --minutes 0.08 --gateways 1 --plan none --seed 3"
                        .split(" ")));
        arguments.addAll(List.of("--json", json.toString()));
        arguments.addAll(TestServers.OPTIONS);
        int exit = LoadMain.execute(arguments.toArray(String[]::new));

        JsonNode report = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(report.path("verdict").asString()).startsWith("verdict: ok");
        assertThat(exit).isZero();
        JsonNode tables = report.path("tables");
        assertThat(tables.path("sessions").path("judged [sessions]").asLong()).isEqualTo(6);
        assertThat(tables.path("tasks").path("in the store [tasks]").asLong()).isPositive();
    }
}
