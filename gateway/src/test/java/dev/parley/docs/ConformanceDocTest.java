package dev.parley.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/conformance.md} to the tests that there are: each that it names exists, and each rule names one. */
class ConformanceDocTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+)(?:\\.(\\w+))?`");

    @Test
    void everyRuleNamesTestsThatThereAre() throws IOException {
        String document = Files.readString(ROOT.resolve("docs/conformance.md"));
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        int rules = 0;
        for (String line : document.split("\n", -1)) {
            if (!line.startsWith("| ") || line.startsWith("| rule |")) {
                continue;
            }
            rules++;
            String holders = line.substring(line.indexOf(" | ") + 3);
            List<MatchResult> names = NAME.matcher(holders).results().toList();
            if (names.isEmpty()) {
                missing.add("no test: " + line);
            }
            for (MatchResult name : names) {
                String source = sources.get(name.group(1));
                if (source == null || (name.group(2) != null && !source.contains(" " + name.group(2) + "("))) {
                    missing.add(name.group());
                }
            }
        }
        assertThat(rules).isGreaterThan(50);
        assertThat(missing)
                .as("rules or tests of docs/conformance.md that are not there")
                .isEmpty();
    }

    /** Every test source of all modules, by its name. */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("protocol", "store", "gateway", "clients/java")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String name = file.getFileName().toString();
                    sources.merge(name.substring(0, name.length() - 5), Files.readString(file), String::concat);
                }
            }
        }
        return sources;
    }
}
