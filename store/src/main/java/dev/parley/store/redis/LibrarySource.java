package dev.parley.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The text of the functions that run on the server. Stateless; reads the class path, so not for hot paths. */
final class LibrarySource {
    /** In the order of their text: what is used stands before what uses it. */
    private static final List<String> FILES = List.of(
            "base",
            "sessions",
            "tasks",
            "turns",
            "taskcalls",
            "entries",
            "outbox",
            "deadlines",
            "messages",
            "changes",
            "finding",
            "agents",
            "inboxes",
            "webhooks",
            "channels",
            "presence",
            "aggregations",
            "library");

    private static final String NAME_HERE = "@library@";
    private static final int DIGITS = 12;
    private static final String TEMPLATE = readAll();

    /**
     * Name of the library; the functions are {@code NAME_function}. It follows from their text, so gateways of two versions can
     * work on one server, each with the functions that it knows.
     */
    static final String NAME = "parley_" + digest(TEMPLATE).substring(0, DIGITS);

    private LibrarySource() {}

    /** The functions' source without a library's head line; as it is, it is a script that dispatches by its first argument. */
    static String text() {
        return TEMPLATE.replace(NAME_HERE, NAME);
    }

    /** What {@code FUNCTION LOAD} takes. */
    static String library() {
        return "#!lua name=" + NAME + "\n" + text();
    }

    /** The name under which a server knows a function. */
    static String nameOf(RedisFunction function) {
        return NAME + "_" + function.sourceName;
    }

    private static String readAll() {
        StringBuilder text = new StringBuilder();
        for (String file : FILES) {
            text.append(read(file + ".lua")).append('\n');
        }
        return text.toString();
    }

    private static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
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
