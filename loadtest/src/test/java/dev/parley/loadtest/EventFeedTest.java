package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a reader of events makes of an answer, wherever it breaks off. */
final class EventFeedTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String chunk(String text) {
        return Integer.toHexString(bytes(text).length) + "\r\n" + text + "\r\n";
    }

    private static List<EventFeed.Event> read(byte[] answer, int upTo) {
        List<EventFeed.Event> events = new ArrayList<>();
        CutInput in = new CutInput(new ByteArrayInputStream(answer));
        in.cutBehind(upTo);
        try {
            EventFeed feed = new EventFeed(in);
            for (EventFeed.Event event = feed.next(); event != null; event = feed.next()) {
                events.add(event);
            }
        } catch (IOException cut) {
            assertThat(upTo).isLessThan(answer.length);
        }
        return events;
    }

    @Test
    void anEventThatBreaksOffIsNone() {
        String first = "retry: 2000\n\n: still here\n\nid: 7\nevent: message\ndata: {\"a\":\"é\"}\n\n";
        byte[] whole = bytes(HEAD + "\r\n" + first + "id: 8\ndata: one\ndata: two\n\n");
        for (int upTo = 0; upTo < whole.length; upTo++) {
            List<EventFeed.Event> events = read(whole, upTo);
            assertThat(events).hasSize(upTo < bytes(HEAD + "\r\n" + first).length ? 0 : 1);
        }
        assertThat(read(whole, whole.length + 1))
                .containsExactly(
                        new EventFeed.Event("message", "7", "{\"a\":\"é\"}"),
                        new EventFeed.Event("message", "8", "one\ntwo"));
    }

    @Test
    void chunksMayEndAnywhere() {
        byte[] whole = bytes(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk("id: 1\nda") + chunk("ta: x\n")
                + chunk("\nid: 2\ndata: y\n\n") + "0\r\n\r\n");
        assertThat(read(whole, whole.length + 1))
                .extracting(EventFeed.Event::id)
                .containsExactly("1", "2");
    }

    @Test
    void whatIsNoStreamOfEventsIsRefused() {
        for (String head : List.of("HTTP/1.1 503 Away\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")) {
            assertThatThrownBy(() -> new EventFeed(new ByteArrayInputStream(bytes(head))))
                    .isInstanceOf(LoadException.class)
                    .hasMessageContaining("no stream of events");
        }
    }
}
