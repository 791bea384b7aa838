package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.catalog.EventTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code docs/protocol.md} to the catalogue. Running it with {@code -Ddocs.update=true} writes the generated tables
 * anew instead of comparing them.
 */
class ProtocolDocTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "protocol.md");
    private static final Pattern PUSH_ROW = Pattern.compile("(?m)^\\| `([a-z.]+)` \\|");

    @Test
    void generatedTablesAreThoseOfTheCatalogue() throws IOException {
        String document = Files.readString(DOCUMENT);
        String current = document;
        for (Map.Entry<String, String> table : ProtocolTables.all().entrySet()) {
            current = withTable(current, table.getKey(), table.getValue());
        }
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(DOCUMENT, current);
        } else {
            assertThat(document)
                    .as("docs/protocol.md; mvn test -pl protocol -Dtest=ProtocolDocTest -Ddocs.update=true writes it")
                    .isEqualTo(current);
        }
    }

    @Test
    void everyPushIsExplainedAndNoOther() throws IOException {
        String pushes = section(Files.readString(DOCUMENT), "pushes");
        assertThat(PUSH_ROW.matcher(pushes).results().map(row -> row.group(1)))
                .containsExactlyElementsOf(EventTypes.all());
    }

    private static String withTable(String document, String name, String table) {
        Matcher place = place(name, document);
        assertThat(place.find()).as("the place of the table " + name).isTrue();
        return document.substring(0, place.start(1)) + table + document.substring(place.end(1));
    }

    private static String section(String document, String name) {
        Matcher place = place(name, document);
        assertThat(place.find()).as("the section " + name).isTrue();
        return place.group(1);
    }

    private static Matcher place(String name, String document) {
        return Pattern.compile("(?s)<!-- table: " + name + " -->\n(.*?)<!-- end -->")
                .matcher(document);
    }
}
