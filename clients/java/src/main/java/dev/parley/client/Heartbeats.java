package dev.parley.client;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Proves life once per interval, tells how far the program has seen, renews what it is told to. The first one is spread over
 * an interval, so that clients that connected together do not beat together. Belongs to the engine thread.
 */
final class Heartbeats {
    /** For requests whose answer, whatever it says, changes nothing. */
    static final Requests.Outcome IGNORE = new Requests.Outcome() {
        @Override
        public void result(RawJson result) {}

        @Override
        public void failed(ParleyException problem) {}
    };

    /** Sends a request on the present connection. */
    interface Sender {
        void request(String method, RawJson params, Requests.Outcome outcome);
    }

    private final ClientOptions options;
    private final SessionTracks tracks;
    private final ClientThreads threads;
    private final RandomGenerator random;
    private final Sender sender;
    private final ClientListener listener;
    private final Set<String> keptAlive = new LinkedHashSet<>();
    private @Nullable String health;
    private @Nullable Double load;
    private long intervalMillis;
    private ClientThreads.@Nullable Timer next;

    Heartbeats(
            ClientOptions options,
            SessionTracks tracks,
            ClientThreads threads,
            RandomGenerator random,
            Sender sender,
            ClientListener listener) {
        this.options = options;
        this.tracks = tracks;
        this.threads = threads;
        this.random = random;
        this.sender = sender;
        this.listener = listener;
    }

    /** Whether heartbeats renew a session. */
    void keepAlive(String sessionId, boolean on) {
        if (on) {
            keptAlive.add(sessionId);
        } else {
            keptAlive.remove(sessionId);
        }
    }

    /** What an agent says of itself from now on. */
    void condition(String health, double load) {
        this.health = health;
        this.load = load;
    }

    /** A connection is open. */
    void start(long intervalMillis) {
        this.intervalMillis = intervalMillis;
        next = threads.later(random.nextLong(intervalMillis + 1), this::beat);
    }

    /** The connection is gone. */
    void stop() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    private void beat() {
        next = threads.later(intervalMillis, this::beat);
        Map<String, Long> seen = tracks.seenNews();
        sender.request(Operations.HEARTBEAT.name(), params(seen, renewed()), new Requests.Outcome() {
            @Override
            public void result(RawJson result) {
                tracks.reported(seen);
                try {
                    SessionResults.HeartbeatAnswer answer =
                            ClientJson.read(result, SessionResults.HeartbeatAnswer.class);
                    threads.callback(() -> listener.onDeadlines(answer));
                } catch (JacksonException e) {
                    IGNORE.result(result);
                }
            }

            @Override
            public void failed(ParleyException problem) {
                // What was seen is told by the next one.
            }
        });
    }

    /** The last one before a close: tells what was seen, renews nothing. */
    void last() {
        Map<String, Long> seen = tracks.seenNews();
        if (!seen.isEmpty()) {
            sender.request(Operations.HEARTBEAT.name(), params(seen, List.of()), IGNORE);
        }
    }

    /** The sessions to name; null lets the gateway renew all that a user is attached to. */
    private @Nullable List<String> renewed() {
        return options.renewOnHeartbeat() && !options.agent() ? null : new ArrayList<>(keptAlive);
    }

    private RawJson params(Map<String, Long> seen, @Nullable List<String> sessions) {
        return ClientJson.write(new SessionParams.Heartbeat(seen.isEmpty() ? null : seen, sessions, health, load));
    }
}
