package dev.parley.loadtest;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Follows {@code GET /:sessionId/events} to the session's end, each time from another gateway, by {@code Last-Event-ID}. */
final class EventFollower extends CutFollower {
    private static final int WORDS = 5;

    private final List<Target> gateways;
    private final String sessionId;
    private final List<Seen> seen = new ArrayList<>();
    private final List<String> odd = new ArrayList<>();
    private String position = "0";

    /** An event of the log. */
    private record Seen(long seq, String messageId, String content) {}

    EventFollower(List<Target> gateways, String sessionId, long seed, int events, int cuts) {
        super("follower", seed, events, cuts);
        this.gateways = gateways;
        this.sessionId = sessionId;
    }

    @Override
    InetSocketAddress address(int connection) {
        return gateways.get(connection % gateways.size()).address();
    }

    @Override
    boolean follow(Socket socket, CutInput in) throws IOException {
        String request = "GET /api/messaging/sessions/" + sessionId + "/events HTTP/1.1\r\nHost: localhost\r\n"
                + "Accept: text/event-stream\r\nLast-Event-ID: " + position + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        EventFeed feed = new EventFeed(in);
        for (EventFeed.Event event = feed.next(); event != null; event = feed.next()) {
            JsonNode data = JsonMapper.shared().readTree(event.data());
            if (event.id() != null) {
                position = event.id();
                seen.add(new Seen(
                        Long.parseLong(event.id()),
                        data.path("messageId").asString(data.path("id").asString("")),
                        data.path("content").asString("")));
                if (data.path("seq").asLong() != Long.parseLong(event.id())) {
                    say("an event is not what its id says: " + event);
                }
            } else if (event.name().equals("gap") || event.name().equals("error")) {
                say("told: " + event);
            }
            took(in);
            if (event.name().equals("session.ended")) {
                return true;
            }
        }
        return false;
    }

    private void say(String what) {
        if (odd.size() < WORDS) {
            odd.add(what);
        }
    }

    /**
     * Compares what came with what was acknowledged; after {@link #join}.
     *
     * @param sent ids of messages by seq
     * @param last the seq of the session's end
     * @param content what a message of an id says
     */
    void judge(Tally tally, Map<Long, String> sent, long last, UnaryOperator<String> content) {
        boolean[] had = new boolean[(int) last + 1];
        long newest = 0;
        for (Seen event : seen) {
            if (event.seq < 1 || event.seq > last) {
                say("an event that nobody caused: " + event);
                continue;
            }
            tally.doubled += had[(int) event.seq] ? 1 : 0;
            tally.misordered += event.seq < newest ? 1 : 0;
            newest = Math.max(newest, event.seq);
            had[(int) event.seq] = true;
            String messageId = sent.get(event.seq);
            if (messageId != null
                    && (!messageId.equals(event.messageId)
                            || !content.apply(messageId).equals(event.content))) {
                tally.misrouted++;
            }
        }
        for (int seq = 1; seq <= last; seq++) {
            tally.got += had[seq] ? 1 : 0;
            tally.lost += had[seq] ? 0 : 1;
        }
        odd.forEach(tally::fail);
        String trouble = trouble();
        if (trouble != null) {
            tally.fail(trouble);
        }
    }
}
