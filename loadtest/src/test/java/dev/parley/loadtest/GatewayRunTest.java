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

/** Scenarios in small against a real gateway in a process of its own: no message is lost, whatever happens to sockets. */
final class GatewayRunTest {
    @TempDir
    private Path directory;

    private JsonNode run(String... arguments) throws IOException {
        Path json = directory.resolve("run.json");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--json", json.toString(), "--seed", "1"));
        all.addAll(TestServers.OPTIONS);

        int exit = LoadMain.execute(all.toArray(String[]::new));

        JsonNode report = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(report.path("verdict").asString()).startsWith("verdict: ok");
        assertThat(exit).isZero();
        return report;
    }

    @Test
    void pairsTalkAndTheirHistoriesHoldEveryMessage() throws IOException {
        JsonNode report =
                run("pairs", "--users", "12", "--agents", "6", "--warm-up", "0.5", "--seconds", "2", "--verify");

        assertThat(report.path("counts").path("got").asLong()).isGreaterThan(50);
        assertThat(report.path("tables")
                        .path("histories read back")
                        .path("messages compared [messages]")
                        .asLong())
                .isGreaterThan(50);
        assertThat(report.path("settings")
                        .path("processor time taken by other machines")
                        .asString())
                .matches("\\d+\\.\\d %");
    }

    @Test
    void clientsThatAreCutOverAndOverMissNothing() throws IOException {
        JsonNode report = run("cuts", "--clients", "40", "--seconds", "5", "--every", "0.5", "--verify");

        assertThat(report.path("counts").path("resumes").asLong()).isGreaterThan(20);
    }

    @Test
    void readersOfEventsThatAreCutAtAnyByteHaveAllOfThemOnce() throws IOException {
        JsonNode report = run("events", "--events", "500", "--cuts", "20");

        assertThat(report.path("counts").path("got").asLong()).isEqualTo(2 * 500);
        assertThat(report.path("tables")
                        .path("events of a session")
                        .path("cuts [times]")
                        .asLong())
                .isEqualTo(2 * 20);
    }

    @Test
    void fanOutReachesEveryMember() throws IOException {
        JsonNode report = run("fanout", "--members", "30", "--warm-up", "0.5", "--seconds", "2", "--rounds", "1");

        assertThat(report.path("counts").path("got").asLong())
                .isEqualTo(30 * report.path("counts").path("sent").asLong());
    }

    @Test
    void aGatewayThatIsToldToStopLosesNothing() throws IOException {
        JsonNode report = run("drain", "--pairs", "10", "--rate", "200", "--seconds", "2");

        assertThat(report.path("tables")
                        .path("drain")
                        .path("clients told server.draining [clients]")
                        .asLong())
                .isEqualTo(20);
    }
}
