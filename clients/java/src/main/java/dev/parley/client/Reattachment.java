package dev.parley.client;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.util.ArrayDeque;
import java.util.List;
import java.util.random.RandomGenerator;
import tools.jackson.core.JacksonException;

/**
 * Takes up the sessions that did not fit into {@code connect}, a few at a time. One belongs to one connection; engine thread.
 */
final class Reattachment {
    /** Attachments under way at once. */
    static final int AT_ONCE = 16;

    /** What it needs of the connection. */
    interface Connection {
        /** Sends a request; nothing is told when the connection is gone. */
        void request(String method, RawJson params, Requests.Outcome outcome);

        /** A session is attached again. */
        void attached(SessionResults.Entry entry);

        /** A session cannot be taken up again. */
        void refused(String sessionId, SessionResults.EntryError error);

        /** Whether it still is the present one. */
        boolean alive();
    }

    private final Connection connection;
    private final ClientThreads threads;
    private final Backoff backoff;
    private final ArrayDeque<SessionParams.Attach> waiting;
    private int underWay;

    Reattachment(
            Connection connection,
            ClientThreads threads,
            RandomGenerator random,
            List<SessionParams.Attach> positions) {
        this.connection = connection;
        this.threads = threads;
        this.backoff = new Backoff(random);
        this.waiting = new ArrayDeque<>(positions);
    }

    /** Goes on as far as it may. */
    void proceed() {
        while (connection.alive() && underWay < AT_ONCE && !waiting.isEmpty()) {
            SessionParams.Attach position = waiting.remove();
            underWay++;
            connection.request(Operations.SESSION_ATTACH.name(), ClientJson.write(position), new Requests.Outcome() {
                @Override
                public void result(RawJson result) {
                    underWay--;
                    try {
                        connection.attached(ClientJson.read(result, SessionResults.Entry.class));
                    } catch (JacksonException e) {
                        connection.refused(
                                position.sessionId(), new SessionResults.EntryError(ParleyException.BAD_ANSWER, 0));
                    }
                    proceed();
                }

                @Override
                public void failed(ParleyException problem) {
                    underWay--;
                    if (isPassing(problem)) {
                        waiting.add(position);
                        threads.later(backoff.nextMillis(), Reattachment.this::proceed);
                    } else {
                        connection.refused(
                                position.sessionId(), new SessionResults.EntryError(problem.code(), problem.status()));
                        proceed();
                    }
                }
            });
        }
    }

    /** Whether asking again may end otherwise; when the connection is gone, the next one asks. */
    private static boolean isPassing(ParleyException problem) {
        return problem.is(ErrorCode.RATE_LIMITED)
                || problem.status() >= 500
                || problem.code().equals(ParleyException.REQUEST_TIMEOUT)
                || problem.code().equals(ParleyException.CONNECTION_LOST)
                || problem.code().equals(ParleyException.QUEUE_FULL);
    }
}
