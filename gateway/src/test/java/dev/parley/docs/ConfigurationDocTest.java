package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code docs/configuration.md} to the list of settings. Running it with {@code -Ddocs.update=true} writes the table
 * anew instead of comparing it.
 */
class ConfigurationDocTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");
    private static final String START = "<!-- table: settings -->\n";
    private static final String END = "<!-- end -->\n";

    @Test
    void tableIsThatOfTheSettings() throws IOException {
        String document = Files.readString(DOCUMENT);
        int start = document.indexOf(START);
        int end = document.indexOf(END);
        assertThat(start).as("the place of the table").isPositive();
        String current = document.substring(0, start + START.length()) + Settings.markdown() + document.substring(end);
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(DOCUMENT, current);
        } else {
            assertThat(document)
                    .as("docs/configuration.md; mvn test -pl gateway -am -Dtest=ConfigurationDocTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.update=true writes it")
                    .isEqualTo(current);
        }
    }
}
