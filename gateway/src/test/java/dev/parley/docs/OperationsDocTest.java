package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the list of meters in {@code docs/operations.md} to what a gateway shows. */
class OperationsDocTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "operations.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(parley_[a-z_]+)` \\| ([a-z]+) \\|");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (parley_[a-z_]+) ([a-z]+)$");

    @Test
    void everyMeterIsExplainedAndNoOther() throws Exception {
        String document = Files.readString(DOCUMENT);
        try (RunningGateway gateway = RunningGateway.start()) {
            HttpRequest metrics = HttpRequest.newBuilder(URI.create("http://" + gateway.address() + "/metrics"))
                    .build();
            String shown = HttpClient.newHttpClient()
                    .send(metrics, BodyHandlers.ofString())
                    .body();
            assertThat(names(ROW, document)).containsExactlyInAnyOrderElementsOf(names(TYPE, shown));
        }
    }

    /** Each name with its type. */
    private static List<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();
    }
}
