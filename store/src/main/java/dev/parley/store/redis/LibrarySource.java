package dev.parley.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The text of the functions that run on the server. Stateless; reads the class path, so not for hot paths. */
final class LibrarySource {
    /**
     * Name of the library; the functions are {@code NAME_function}. It ends in the version of what is stored, so that gateways
     * of two versions can work on one server: a change of a function's arguments, answers or keys needs another one.
     */
    static final String NAME = "parley_v1";

    /** In the order of their text: what is used stands before what uses it. */
    private static final List<String> FILES =
            List.of("base", "sessions", "entries", "deadlines", "messages", "changes", "finding", "agents", "library");

    private LibrarySource() {}

    /** The functions' source without a library's head line; as it is, it is a script that dispatches by its first argument. */
    static String text() {
        StringBuilder text = new StringBuilder();
        for (String file : FILES) {
            text.append(read(file + ".lua")).append('\n');
        }
        return text.toString();
    }

    /** What {@code FUNCTION LOAD} takes. */
    static String library() {
        return "#!lua name=" + NAME + "\n" + text();
    }

    /** The name under which a server knows a function. */
    static String nameOf(RedisFunction function) {
        return NAME + "_" + function.sourceName;
    }

    private static String read(String file) {
        try (InputStream in = LibrarySource.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
