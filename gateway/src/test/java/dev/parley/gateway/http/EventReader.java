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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads server-sent events as a client would. Reading blocks until there is an event, or the stream ends. */
public final class EventReader implements AutoCloseable {
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

    /** The next event; null at the end of the stream. */
    public @Nullable Event next() {
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

    /** The next event, which must have that name; renewals, which come when they come, are passed over. */
    public Event next(String name) {
        Event event = next();
        while (event != null && event.name().equals("session.renewed")) {
            event = next();
        }
        if (event == null || !event.name().equals(name)) {
            throw new AssertionError("expected " + name + ", got " + event);
        }
        return event;
    }

    /** All events to the end of the stream. */
    public List<Event> rest() {
        List<Event> events = new ArrayList<>();
        for (Event event = next(); event != null; event = next()) {
            events.add(event);
        }
        return events;
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
