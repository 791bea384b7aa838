package dev.parley.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.PathWords;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Ids that a fixed path would hide. */
@DisplayName("http: ids and words of paths")
class PathWordsTest {
    private final HttpBench bench = new HttpBench();

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    @DisplayName("of all paths, those with a word where others have an id are known, and nobody may choose such an id")
    void known() {
        assertThat(hidden(paths()))
                .isEqualTo(Map.of(
                        Operations.AGENTS + "/:id",
                        PathWords.OF_AGENTS,
                        Operations.SESSIONS + "/:sessionId",
                        PathWords.OF_SESSIONS));
    }

    @Test
    @DisplayName("finds them, in the midst of paths too, and not where nothing could be taken for the other")
    void found() {
        assertThat(hidden(List.of(
                        "/a/:id", "/a/word", "/a/:id/b", "/a/other/:name", "/a/:id/c/:x", "/a/:id/c/fix", "/b/:y")))
                .isEqualTo(Map.of("/a/:id", Set.of("word", "other"), "/a/:id/c/:x", Set.of("fix")));
        assertThat(hidden(List.of("/a/:id/b", "/a/word/c", "/a/word", "/a/:id/d/e")))
                .isEmpty();
    }

    @Test
    @DisplayName("an agent of such an id is refused, whatever the case, and nothing is kept of it")
    void agents() {
        for (String word : PathWords.OF_AGENTS) {
            for (String id : List.of(word, word.toUpperCase(Locale.ROOT))) {
                String details = bench.post(Operations.AGENTS + "/register", "{\"id\":\"" + id + "\"}")
                        .refused(400, "VALIDATION_ERROR")
                        .toString();
                assertThat(details).contains("\"field\":\"id\"").contains(word);
            }
        }
        assertThat(bench.get(Operations.AGENTS).expect(200).json().get("agents"))
                .isEmpty();
        bench.post(Operations.AGENTS + "/register", "{\"id\":\"registered\"}").expect(200);
        bench.get(Operations.AGENTS + "/registered").expect(200);
    }

    @Test
    @DisplayName("a session of such an id is refused, and the path answers what it always does")
    void sessions() {
        for (String word : PathWords.OF_SESSIONS) {
            String details = bench.post(
                            Operations.SESSIONS,
                            "{\"sessionId\":\"" + word + "\",\"userId\":\"ada\",\"agentId\":\"helper\"}")
                    .refused(400, "VALIDATION_ERROR")
                    .toString();
            assertThat(details).contains("\"field\":\"sessionId\"").contains(word);
        }
        assertThat(bench.get(Operations.SESSIONS + "/health")
                        .expect(200)
                        .json()
                        .get("status")
                        .asString())
                .isEqualTo("healthy");
    }

    private static List<String> paths() {
        Stream<String> operations = Operations.all().stream()
                .flatMap(operation -> Stream.ofNullable(operation.http()))
                .map(binding -> binding.path());
        return Stream.concat(
                        operations,
                        ((Map<?, ?>) Objects.requireNonNull(OpenApi.document().get("paths")))
                                .keySet().stream().map(path -> path.toString().replaceAll("\\{([^}]*)}", ":$1")))
                .distinct()
                .toList();
    }

    /** Words by the parameter, with the path up to it, whose place they take in a path that could be taken for its. */
    private static Map<String, Set<String>> hidden(List<String> paths) {
        Map<String, Set<String>> hidden = new TreeMap<>();
        for (String path : paths) {
            for (String other : paths) {
                String[] one = path.split("/");
                String[] two = other.split("/");
                if (one.length == two.length && isHiddenBy(one, two)) {
                    for (int i = 0; i < one.length; i++) {
                        if (one[i].startsWith(":") && !two[i].startsWith(":")) {
                            hidden.computeIfAbsent(
                                            String.join("/", List.of(one).subList(0, i + 1)), key -> new TreeSet<>())
                                    .add(two[i]);
                        }
                    }
                }
            }
        }
        return hidden;
    }

    /** Whether there is an address that both fit, and the second wins it: the one with a word where they first differ does. */
    private static boolean isHiddenBy(String[] one, String[] two) {
        boolean decided = false;
        for (int i = 0; i < one.length; i++) {
            if (!decided && one[i].startsWith(":") != two[i].startsWith(":")) {
                if (two[i].startsWith(":")) {
                    return false;
                }
                decided = true;
            }
            if (!one[i].startsWith(":") && !two[i].startsWith(":") && !one[i].equalsIgnoreCase(two[i])) {
                return false;
            }
        }
        return true;
    }
}
