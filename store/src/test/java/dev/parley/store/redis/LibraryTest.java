package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The library as a text: loaded beside another version of itself, and run as a script. */
@DisplayName("The library")
final class LibraryTest {
    private static final List<String> BOUNDS = List.of("", "3600000", "1000", "1000");
    private static final String DOCUMENT = "{\"createdBy\":\"ann\",\"createdAt\":\"2026-01-01T00:00:00.000Z\"}\n"
            + "[]\n[\"-ann\"]\n{\"c\":\"operation\"}";

    private final RedisServer server = RedisServers.shared();
    private final String tag = UUID.randomUUID() + ":{p000}:";
    private final String runId = server.info("server", "run_id");

    @BeforeEach
    void load() {
        server.command("FUNCTION", "LOAD", "REPLACE", LibrarySource.library());
    }

    @Test
    @DisplayName("of two versions is on one server at once, and both work on the same session")
    void twoVersions() {
        String next = LibrarySource.NAME + "next";
        server.command("FUNCTION", "LOAD", "REPLACE", LibrarySource.library().replace(LibrarySource.NAME, next));
        try {
            call("FCALL", LibrarySource.NAME + "_fence", List.of());
            assertThat(call("FCALL", LibrarySource.NAME + "_create", creation()))
                    .startsWith("OK");
            assertThat(call("FCALL", next + "_append", message("m1"))).startsWith("OK, 0");
            assertThat(call("FCALL", LibrarySource.NAME + "_append", message("m1")))
                    .startsWith("OK, 1");
            assertThat(call("FCALL", LibrarySource.NAME + "_append", message("m2")))
                    .startsWith("OK, 0");
        } finally {
            server.command("FUNCTION", "DELETE", next);
        }
    }

    @Test
    @DisplayName("does as a script what it does as functions")
    void script() {
        assertThatThrownBy(() -> script("create", creation())).hasMessageContaining("FENCE");
        server.command("EVAL", LibrarySource.text(), "1", tag, "fence", runId);
        assertThat(script("create", creation())).startsWith("OK");
        assertThat(script("append", message("m1"))).startsWith("OK, 0");
        assertThat(call("FCALL", LibrarySource.NAME + "_append", message("m1"))).startsWith("OK, 1");
        assertThat(script("load", List.of("unknown"))).isEqualTo("NOT_FOUND");
    }

    @Test
    @DisplayName("has a function for every one that is called")
    void complete() {
        String listed = String.valueOf(server.command("FUNCTION", "LIST", "LIBRARYNAME", LibrarySource.NAME));
        for (RedisFunction function : RedisFunction.values()) {
            assertThat(listed).contains(LibrarySource.nameOf(function));
        }
    }

    private String call(String command, String function, List<String> args) {
        return send(List.of(command, function, "1", tag), args);
    }

    private String script(String function, List<String> args) {
        return send(List.of("EVAL", LibrarySource.text(), "1", tag, function), args);
    }

    private String send(List<String> head, List<String> args) {
        List<String> words = new ArrayList<>(head);
        words.add(runId);
        words.addAll(BOUNDS);
        words.addAll(args);
        Object answer = server.command(words.toArray(String[]::new));
        StringBuilder text = new StringBuilder();
        for (Object element : answer instanceof List<?> list ? list : List.of()) {
            text.append(text.isEmpty() ? "" : ", ").append(element);
        }
        return text.toString();
    }

    private static List<String> creation() {
        long never = Long.MAX_VALUE / 1_000_000;
        return List.of(
                "s",
                "operation",
                DOCUMENT,
                "1767225600000",
                never + "," + never + ",1,0",
                "",
                "default",
                "ann",
                "1",
                "0",
                "",
                "0",
                "");
    }

    private static List<String> message(String id) {
        return List.of("s", id, "ann", "", "", "{}", "-1", "");
    }
}
