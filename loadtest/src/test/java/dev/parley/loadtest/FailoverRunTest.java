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

/** Failover in small, with real gateways and a real Redis: a good run is found good, and a damaged one is not. */
final class FailoverRunTest {
    @TempDir
    private Path directory;

    private int exit;

    private JsonNode run(String... arguments) throws IOException {
        Path json = directory.resolve("run.json");
        List<String> all = new ArrayList<>(List.of("failover", "--pairs", "5", "--cut-every", "5"));
        // Just long enough for both warnings.
        all.addAll(List.of("--shortest", "9", "--longest", "10"));
        all.addAll(List.of(arguments));
        // How late deadlines are says something of the machine that runs this; that they come does not.
        all.addAll(List.of("--calm-p99", "10000", "--disturbed-p99", "10000", "--json", json.toString()));
        all.addAll(TestServers.OPTIONS);
        exit = LoadMain.execute(all.toArray(String[]::new));
        return JsonMapper.shared().readTree(Files.readString(json));
    }

    @Test
    void aGatewayIsKilledAndNothingIsLost() throws IOException {
        JsonNode report = run(
                "--seed", "2", "--minutes", "0.15", "--gateways", "2", "--watchers", "2", "--sessions-per-second", "1");

        assertThat(report.path("verdict").asString()).startsWith("verdict: ok");
        assertThat(exit).isZero();
        assertThat(report.path("tables").path("faults").path("kill [times]").asLong())
                .isPositive();
        assertThat(report.path("counts").path("got").asLong()).isGreaterThan(20);
    }

    @Test
    void aMessageThatRedisLosesIsFound() throws IOException {
        JsonNode report =
                run("--minutes", "0.1", "--gateways", "1", "--plan", "none", "--watchers", "0", "--sabotage", "lose");

        assertThat(report.path("verdict").asString()).startsWith("verdict: FAILED");
        assertThat(exit).isEqualTo(1);
        assertThat(report.path("counts").path("lost").asLong()).isPositive();
    }
}
