package dev.parley.client;

import dev.parley.protocol.RawJson;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests that wait for their answers, by JSON-RPC id. Belongs to the engine thread. */
final class Requests {
    /** Requests that may wait at once. */
    static final int LIMIT = 10_000;

    /** What becomes of a request; exactly one of the two is told, once. */
    interface Outcome {
        /** The answer came. */
        void result(RawJson result);

        /** It was refused, or no answer came. */
        void failed(ParleyException problem);
    }

    private static final class Waiting {
        private final String text;
        private final Outcome outcome;
        private final long since;
        private boolean sent;

        Waiting(String text, Outcome outcome, long since) {
            this.text = text;
            this.outcome = outcome;
            this.since = since;
        }
    }

    private final Map<Long, Waiting> waiting = new LinkedHashMap<>();
    private long lastId;

    /**
     * Takes a request.
     *
     * @param link where to send it now; null to keep it until {@link #sendKept}
     * @param now in nanoseconds
     */
    void add(String method, RawJson params, Outcome outcome, Transport.@Nullable Link link, long now) {
        if (waiting.size() >= LIMIT) {
            outcome.failed(ParleyException.local(
                    ParleyException.QUEUE_FULL,
                    LIMIT + " requests are waiting already; wait for some of their answers."));
            return;
        }
        long id = ++lastId;
        Waiting request = new Waiting(call(method, params, id), outcome, now);
        waiting.put(id, request);
        if (link != null) {
            request.sent = true;
            link.send(request.text);
        }
    }

    /** The text of a notification, or of a request when the id is above 0. */
    static String call(String method, RawJson params, long id) {
        return "{\"jsonrpc\":\"2.0\"," + (id > 0 ? "\"id\":" + id + ',' : "") + "\"method\":\"" + method
                + "\",\"params\":" + params + '}';
    }

    /** Whether an answer is owed to a request that was sent. */
    boolean areUnderWay() {
        return waiting.values().stream().anyMatch(request -> request.sent);
    }

    /** Sends what was asked for while there was no connection, in order. */
    void sendKept(Transport.Link link) {
        for (Waiting request : waiting.values()) {
            if (!request.sent) {
                request.sent = true;
                link.send(request.text);
            }
        }
    }

    /** An answer came; one that nobody waits for any more is passed over. */
    void answered(ClientJson.Frame frame) {
        Waiting request = waiting.remove(idOf(frame.id()));
        if (request == null) {
            return;
        }
        if (frame.error() != null) {
            request.outcome.failed(frame.error().toException());
        } else {
            RawJson result = frame.result();
            request.outcome.result(result == null ? RawJson.EMPTY_OBJECT : result);
        }
    }

    private static long idOf(@Nullable RawJson id) {
        if (id == null) {
            return 0;
        }
        try {
            return Long.parseLong(id.toString());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The connection is gone: what was sent on it has no answer any more, the rest is kept. */
    void connectionLost() {
        List<Waiting> lost = new ArrayList<>();
        for (Iterator<Waiting> all = waiting.values().iterator(); all.hasNext(); ) {
            Waiting request = all.next();
            if (request.sent) {
                all.remove();
                lost.add(request);
            }
        }
        fail(
                lost,
                ParleyException.CONNECTION_LOST,
                "The connection was lost before the answer came; it may have been carried out or not.");
    }

    /** Fails what has waited since before an instant, in nanoseconds. */
    void expire(long before) {
        List<Waiting> late = new ArrayList<>();
        for (Iterator<Waiting> all = waiting.values().iterator(); all.hasNext(); ) {
            Waiting request = all.next();
            if (request.since - before >= 0) {
                break;
            }
            all.remove();
            late.add(request);
        }
        fail(late, ParleyException.REQUEST_TIMEOUT, "No answer came in time; it may have been carried out or not.");
    }

    /** The client ends. */
    void closed(ParleyException problem) {
        List<Waiting> all = new ArrayList<>(waiting.values());
        waiting.clear();
        all.forEach(request -> request.outcome.failed(problem));
    }

    private static void fail(List<Waiting> requests, String code, String message) {
        requests.forEach(request -> request.outcome.failed(ParleyException.local(code, message)));
    }
}
