package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Histories are served by a small HTTP server that pages as the contract says: newest first, forward from afterSeq. */
final class HistoryCheckTest {
    private static final int PAGE = 3;
    private static final int BYTES = 64;

    private record Entry(long seq, String content) {}

    private final List<Entry> history = new ArrayList<>();
    private final Report report = new Report("pairs");
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/messaging/sessions/s1/messages", exchange -> {
            long after = Long.parseLong(exchange.getRequestURI().getQuery().replaceFirst(".*afterSeq=", ""));
            List<Entry> rest =
                    history.stream().filter(entry -> entry.seq() > after).toList();
            List<Entry> page = new ArrayList<>(rest.subList(0, Math.min(PAGE, rest.size())));
            Collections.reverse(page);
            String messages = String.join(
                    ",",
                    page.stream()
                            .map(entry -> "{\"seq\":" + entry.seq() + ",\"content\":\"" + entry.content() + "\"}")
                            .toList());
            byte[] body = ("{\"messages\":[" + messages + "],\"hasMore\":" + (rest.size() > PAGE) + "}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        for (int i = 0; i < 5; i++) {
            add(2L * i + 2, 0, Lane.REQUEST, i);
            add(2L * i + 3, 0, Lane.REPLY, i);
        }
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void add(long seq, int pair, char direction, long number) {
        history.add(new Entry(
                seq,
                String.format(
                        Locale.ROOT,
                        "p%06d%c %010d %019d %s",
                        pair,
                        direction,
                        number,
                        1L,
                        "x".repeat(BYTES - Lane.SHORTEST))));
    }

    private Tally check(long requests, long replies) {
        Target target =
                Target.of("test", "http://127.0.0.1:" + server.getAddress().getPort(), 0, false);
        new HistoryCheck(target, BYTES)
                .check(List.of(new HistoryCheck.Sent("s1", 0, requests, replies, Set.of(), Set.of())), report);
        return report.tally();
    }

    @Test
    void aWholeHistoryOverSeveralPagesIsGood() {
        assertThat(check(5, 5).failures()).isEmpty();
        assertThat(report.tables())
                .hasEntrySatisfying(
                        "histories read back",
                        table -> assertThat(table)
                                .containsEntry("messages compared", new Report.Figure(10L, "messages")));
    }

    @Test
    void aHistoryThatLostItsBeginningIsGood() {
        history.subList(0, 4).clear();

        assertThat(check(5, 5).failures()).isEmpty();
    }

    @Test
    void aHoleIsFound() {
        history.remove(4);

        assertThat(check(5, 5).failures()).anyMatch(failure -> failure.contains("message 2q is not in the history"));
    }

    @Test
    void aMissingEndIsFound() {
        assertThat(check(5, 6).failures()).anyMatch(failure -> failure.contains("ends with message 4r, not 5"));
    }

    @Test
    void aRepetitionIsFound() {
        add(12, 0, Lane.REPLY, 4);

        assertThat(check(5, 5).failures()).anyMatch(failure -> failure.contains("message 4r after 4"));
    }

    @Test
    void aForeignMessageIsFound() {
        add(12, 1, Lane.REPLY, 4);

        assertThat(check(5, 5).failures()).anyMatch(failure -> failure.contains("does not belong there"));
    }

    @Test
    void anEmptyHistoryIsFound() {
        history.clear();

        assertThat(check(5, 5).failures()).hasSize(2);
    }
}
