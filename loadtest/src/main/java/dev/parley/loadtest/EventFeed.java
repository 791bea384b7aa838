package dev.parley.loadtest;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads an HTTP/1.1 response of server-sent events (WHATWG HTML, section 9.2) from its first byte on, whether chunked or ended
 * by the connection. An event counts once the empty line behind it is there; half of one is dropped. Blocks; used by one thread.
 */
final class EventFeed {
    private static final int LONGEST_LINE = 1 << 20;

    /**
     * One event.
     *
     * @param id where a client goes on behind it; null when it said none
     */
    record Event(String name, @Nullable String id, String data) {}

    private final InputStream in;
    private final boolean chunked;
    private int inChunk;
    private boolean firstChunk = true;

    /**
     * Reads the head.
     *
     * @throws LoadException when it is no stream of events
     */
    EventFeed(InputStream in) throws IOException {
        this.in = in;
        String status = headLine();
        boolean pieces = false;
        boolean events = false;
        for (String line = headLine(); !line.isEmpty(); line = headLine()) {
            String header = line.toLowerCase(Locale.ROOT);
            pieces |= header.startsWith("transfer-encoding:") && header.contains("chunked");
            events |= header.startsWith("content-type:") && header.contains("text/event-stream");
        }
        chunked = pieces;
        if (!status.matches("HTTP/1\\.[01] 200( .*)?") || !events) {
            throw new LoadException("no stream of events: " + status);
        }
    }

    /** The next event; null when the response has ended. */
    @Nullable Event next() throws IOException {
        String name = "message";
        String id = null;
        StringBuilder data = new StringBuilder();
        for (String line = line(); line != null; line = line()) {
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> name = value;
                case "id" -> id = value;
                case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                default -> {
                    if (line.isEmpty() && !data.isEmpty()) {
                        return new Event(name, id, data.toString());
                    }
                }
            }
        }
        return null;
    }

    /** A line of the events; null at the end, where half a line is none. */
    private @Nullable String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = piece(); next >= 0; next = piece()) {
            if (next == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            if (next != '\r') {
                line.write(next);
            }
            if (line.size() > LONGEST_LINE) {
                throw new LoadException("an event of more than " + LONGEST_LINE + " bytes");
            }
        }
        return null;
    }

    /** A byte of the body; negative at its end. */
    private int piece() throws IOException {
        if (!chunked) {
            return in.read();
        }
        if (inChunk == 0) {
            if (!firstChunk) {
                headLine();
            }
            firstChunk = false;
            inChunk = Integer.parseInt(headLine().replaceAll(";.*", "").strip(), 16);
            if (inChunk == 0) {
                return -1;
            }
        }
        inChunk--;
        return in.read();
    }

    /** A line of the head or between chunks. */
    private String headLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }
}
