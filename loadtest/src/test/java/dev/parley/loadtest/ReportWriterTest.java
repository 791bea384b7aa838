package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ReportWriterTest {
    @TempDir
    private Path directory;

    private final Report report = new Report("pairs");

    ReportWriterTest() {
        report.figure("gateway", "server CPU per <message>", 7.25, "µs");
        report.figure("gateway", "not known", Double.NaN, "µs");
        report.count("gateway", "resident", 1_234_567, "bytes");
        Histogram latency = new Histogram(3);
        for (int i = 1; i <= 1000; i++) {
            latency.recordValue(i * 1000L);
        }
        report.latency("delivery", latency);
        report.line("Over time", "msg/s", "delivered", List.of(new double[] {1, 10}, new double[] {2, 20}));
        report.tally().sent = 2;
        report.tally().got = 1;
        report.tally().lost = 1;
    }

    @Test
    void theTableShowsFiguresAndPercentiles() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        new ReportWriter(report).print(new PrintStream(bytes, true, StandardCharsets.UTF_8));

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("7.25 µs", "1,234,567 bytes", "p99.9", "0.500", "0.990", "1,000");
    }

    @Test
    void theJsonSaysTheVerdictAndEveryFigure() throws IOException {
        Path json = directory.resolve("run").resolve("pairs.json");

        new ReportWriter(report).write(json, directory.resolve("pairs.html"));

        JsonNode tree = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(tree.path("ok").asBoolean(true)).isFalse();
        assertThat(tree.path("verdict").asString())
                .startsWith("verdict: FAILED")
                .contains("lost=1");
        assertThat(tree.path("counts").path("lost").asLong()).isEqualTo(1);
        assertThat(tree.path("tables").path("gateway").path("resident [bytes]").asLong())
                .isEqualTo(1_234_567);
        assertThat(tree.path("latencyMs").path("delivery").path("p99").asDouble())
                .isBetween(0.98, 1.0);
        assertThat(tree.path("latencyMs").path("delivery").path("max").asDouble())
                .isBetween(0.99, 1.01);
    }

    @Test
    void thePageNeedsNothingElseAndEscapes() throws IOException {
        Path html = directory.resolve("pairs.html");

        new ReportWriter(report).write(directory.resolve("pairs.json"), html);

        String page = Files.readString(html);
        assertThat(page).contains("<svg", "<polyline", "server CPU per &lt;message&gt;", "verdict: FAILED");
        assertThat(page).doesNotContain("http://", "https://", "<script", "src=");
    }
}
