package dev.parley.store;

import dev.parley.protocol.Json;
import java.nio.charset.StandardCharsets;

/** Text as a JSON string. */
final class JsonStrings {
    private JsonStrings() {}

    /** The text in quotes, escaped where JSON asks for it. */
    static String quote(String text) {
        return new String(Json.write(text), StandardCharsets.UTF_8);
    }
}
