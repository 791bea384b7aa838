package dev.parley.loadtest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Follows the stream {@code session-events} in Redis by XREAD from the last id that it took. */
final class StreamFollower extends CutFollower {
    private final int port;
    private final String stream;
    private final List<String> seen = new ArrayList<>();
    private String position = "0";
    private volatile boolean over;

    StreamFollower(int port, String stream, long seed, int events, int cuts) {
        super("stream follower", seed, events, cuts);
        this.port = port;
        this.stream = stream;
    }

    @Override
    InetSocketAddress address(int connection) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    boolean follow(Socket socket, CutInput in) throws IOException {
        RedisSocket redis = new RedisSocket(socket, in);
        while (true) {
            boolean last = over;
            Object answer = redis.call("XREAD", "COUNT", "16", "BLOCK", "200", "STREAMS", stream, position);
            if (answer instanceof List<?> streams) {
                for (Object entry : (List<?>) ((List<?>) streams.get(0)).get(1)) {
                    List<?> fields = (List<?>) ((List<?>) entry).get(1);
                    position = String.valueOf(((List<?>) entry).get(0));
                    seen.add(field(fields, "event") + " " + field(fields, "session_id"));
                    took(in);
                }
            } else if (last) {
                return true;
            }
        }
    }

    private static String field(List<?> fields, String name) {
        int at = fields.indexOf(name);
        return at < 0 ? "" : String.valueOf(fields.get(at + 1));
    }

    /** Nothing new will come: it ends once it has all. */
    void over() {
        over = true;
    }

    /** Compares what came with the sessions that were created and completed; after {@link #join}. */
    void judge(Tally tally, Set<String> sessions) {
        Set<String> had = new TreeSet<>();
        for (String event : seen) {
            String sessionId = event.substring(event.indexOf(' ') + 1);
            if (!sessions.contains(sessionId)) {
                continue;
            }
            tally.doubled += had.add(event) ? 0 : 1;
            tally.misordered +=
                    event.startsWith("session.closed ") && !had.contains("session.created " + sessionId) ? 1 : 0;
        }
        for (String sessionId : sessions) {
            for (String event : List.of("session.created ", "session.closed ")) {
                tally.got += had.contains(event + sessionId) ? 1 : 0;
                tally.lost += had.contains(event + sessionId) ? 0 : 1;
            }
        }
        String trouble = trouble();
        if (trouble != null) {
            tally.fail("session-events: " + trouble);
        }
    }
}
