package dev.parley.gateway.http;

import dev.parley.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads server-sent events as a client would. Reading blocks until there is an event, or the stream ends. */
public final class EventReader implements AutoCloseable {
    /** Events that are about others than the reader's own exchange, and so may lie anywhere in a stream. */
    private static final Set<String> AT_ANY_PLACE = Set.of("session.renewed", "presence.changed");

    public final HttpResponse<InputStream> response;
    private final BufferedReader reader;
    int comments;

    public EventReader(HttpResponse<InputStream> response) {
        this.response = response;
        this.reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** One event. */
    public record Event(String name, @Nullable String id, String data) {
        public JsonNode json() {
            return Json.MAPPER.readTree(data);
        }
    }

    /** The next event, whatever it is; null at the end of the stream. */
    private @Nullable Event next() {
        String name = "message";
        String id = null;
        StringBuilder data = new StringBuilder();
        try {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith(":")) {
                    comments++;
                } else if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("data: ")) {
                    data.append(line, 6, line.length());
                } else if (line.isEmpty() && data.length() > 0) {
                    return new Event(name, id, data.toString());
                }
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next event, which must have that name; those of {@link #AT_ANY_PLACE} are passed over, unless asked for. */
    public Event next(String name) {
        Event event = next();
        while (event != null && passedOver(event) && !event.name().equals(name)) {
            event = next();
        }
        if (event == null || !event.name().equals(name)) {
            throw new AssertionError("expected " + name + ", got " + event);
        }
        return event;
    }

    /** The events to the end of the stream, without those of {@link #AT_ANY_PLACE}. */
    public List<Event> rest() {
        List<Event> events = new ArrayList<>();
        for (Event event = next(); event != null; event = next()) {
            if (!passedOver(event)) {
                events.add(event);
            }
        }
        return events;
    }

    private static boolean passedOver(Event event) {
        return AT_ANY_PLACE.contains(event.name());
    }

    /** Reads lines until a comment came. */
    void awaitComment() throws IOException {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith(":")) {
                comments++;
                return;
            }
        }
        throw new AssertionError("the stream ended without a comment");
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
