package dev.parley.loadtest;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One party of a pair that talks while gateways come and go. It may have several sends under way, keeps them in order, and
 * sends each again, with the same id, until it is settled: when a connection is lost all that is unsettled, and when one is
 * refused for a while, all of them once none is under way any more. Runs on one event loop.
 */
final class TalkingClient extends RoamingClient {
    /** Length of each content. */
    static final int BYTES = 160;

    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] MESSAGE = Scan.name("message");
    private static final byte[] GAP = Scan.name("gap");
    private static final byte[] MESSAGE_ID = Scan.name("messageId");
    private static final byte[] CONTENT = Scan.name("content");
    private static final byte[] SESSION_ID = Scan.name("sessionId");
    private static final byte[] SEQ = Scan.name("seq");
    private static final byte[] EPOCH = Scan.name("epoch");
    private static final byte[] FROM = Scan.name("from");
    private static final byte[] TO = Scan.name("to");
    private static final byte[] CAUSE = Scan.name("cause");
    private static final byte[] ERROR = Scan.name("error");
    private static final long HEARTBEATS = 2 * LoadConnection.LISTENER_IDS;
    private static final long ATTACHES = 3 * LoadConnection.LISTENER_IDS;
    private static final double HEARTBEAT_SECONDS = 5;
    private static final double ANSWER_SECONDS = 20;
    private static final double FIRST_REPEAT_SECONDS = 0.1;
    private static final double LONGEST_REPEAT_SECONDS = 2;

    private final int pair;
    private final char direction;
    private final String sessionId;
    private final byte[] sessionBytes;
    private final int window;
    private final double thinkSeconds;
    private final Ledger ledger;

    private final Deque<Long> unsettled = new ArrayDeque<>();
    private final Set<Long> underWay = new HashSet<>();
    private final Map<String, Long> refusals = new TreeMap<>();
    private final Histogram acknowledgements = new Histogram(3);
    private String epoch = "";
    private long position;
    private long sent;
    private long wroteAt;
    private boolean attached;
    private boolean planned;
    private boolean holding;
    private int repeats;
    private long heartbeat;
    private final LongAdder acknowledged = new LongAdder();
    private long repeated;
    private boolean resuming;
    private long resumes;
    private long recovered;
    private long cutOff;
    private long misrouted;
    private long doubled;

    /**
     * @param window sends that may be under way
     * @param thinkSeconds mean time between sends
     */
    TalkingClient(
            Roaming run,
            int index,
            int pair,
            char direction,
            String id,
            String sessionId,
            long seed,
            int window,
            double thinkSeconds) {
        super(run, index, direction == Lane.REQUEST ? "user" : "agent", id, seed);
        this.pair = pair;
        this.direction = direction;
        this.sessionId = sessionId;
        this.window = window;
        this.thinkSeconds = thinkSeconds;
        sessionBytes = Scan.name(sessionId);
        ledger = new Ledger(direction == Lane.REQUEST ? 0 : 1);
    }

    @Override
    String connectMembers() {
        return ",\"sessions\":[" + place() + "]";
    }

    private String place() {
        return "{\"sessionId\":\"" + sessionId + "\"" + (epoch.isEmpty() ? "" : ",\"epoch\":\"" + epoch + "\"")
                + ",\"seq\":" + position + "}";
    }

    @Override
    void onReady(JsonNode answer) {
        if (!epoch.isEmpty()) {
            resuming = true;
            resumes++;
        }
        entry(answer.path("sessions").path(0));
        laterHere(random().nextDouble() * HEARTBEAT_SECONDS, this::beat);
    }

    private void entry(JsonNode entry) {
        JsonNode error = entry.path("error");
        if (!error.isMissingNode()) {
            String code = error.path("code").asString("");
            if (isPassing(code)) {
                laterHere(0.2 + random().nextDouble(), () -> request(ATTACHES, "session.attach", place()));
            } else {
                gone(code);
            }
            return;
        }
        JsonNode gap = entry.path("gap");
        boolean whole = entry.path("recovered").asBoolean(false) && gap.isMissingNode();
        long seq = entry.path("seq").asLong();
        if (!epoch.isEmpty()) {
            resumed();
            if (!whole) {
                ledger.gap(
                        gap.path("from").asLong(),
                        gap.path("to").asLong(),
                        gap.path("cause").asString("none told"),
                        unsettled.size());
            } else if (seq != position) {
                run().problem(id() + " asked to go on at " + position + " and was put at " + seq);
            }
            ledger.stillThere(entry.path("acked").path("seq").asLong(0), unsettled.size());
        }
        epoch = entry.path("epoch").asString("");
        position = seq;
        attached = true;
        holding = false;
        sendAgain();
        plan();
    }

    /** The session is not there any more: all that was learned of it is lost. */
    private void gone(String code) {
        if (!epoch.isEmpty()) {
            resumed();
        }
        run().sessionLost(id() + " has no session any more: " + code);
        ledger.gap(1, Long.MAX_VALUE, Ledger.GONE, unsettled.size());
        unsettled.clear();
    }

    /** The resume under way has its answer, whatever it says. A second one to the same would show in the counts. */
    private void resumed() {
        resuming = false;
        recovered++;
    }

    @Override
    void onLost() {
        if (resuming) {
            // Redis had no answer yet, and the connection went before it was asked again: the next one asks.
            resuming = false;
            resumes--;
            cutOff++;
        }
        attached = false;
        underWay.clear();
    }

    private void plan() {
        if (!planned) {
            planned = true;
            later(random().nextDouble() * 2 * thinkSeconds, () -> {
                planned = false;
                if (attached && !holding && unsettled.size() < window && run().talking()) {
                    long number = sent++;
                    unsettled.add(number);
                    send(number);
                }
                if (run().talking()) {
                    plan();
                }
            });
        }
    }

    private void send(long number) {
        String content = String.format(
                Locale.ROOT,
                "p%06d%c %010d %019d %s",
                pair,
                direction,
                number,
                System.nanoTime(),
                "c".repeat(BYTES - Lane.SHORTEST));
        underWay.add(number);
        wroteAt = System.nanoTime();
        request(
                LoadConnection.LISTENER_IDS + number,
                "message.send",
                "{\"sessionId\":\"" + sessionId + "\",\"messageId\":\"" + id() + "-" + number + "\",\"content\":\""
                        + content + "\"}");
        laterHere(ANSWER_SECONDS, () -> {
            if (underWay.contains(number) && System.nanoTime() - wroteAt > ANSWER_SECONDS * 1e9) {
                run().problem(id() + " got no answer to message " + number + " for " + ANSWER_SECONDS + " s");
                giveUp("no answer");
            }
        });
    }

    private void sendAgain() {
        for (long number : unsettled) {
            repeated++;
            send(number);
        }
    }

    private void beat() {
        request(HEARTBEATS + ++heartbeat, "heartbeat", "{\"seen\":{\"" + sessionId + "\":" + position + "}}");
        laterHere(HEARTBEAT_SECONDS, this::beat);
    }

    @Override
    void onAnswered(long requestId, Scan frame) {
        boolean refused = frame.outer(ERROR) != Scan.ABSENT;
        if (requestId >= ATTACHES) {
            answeredAttach(frame);
        } else if (requestId >= HEARTBEATS) {
            if (refused && !isPassing(Reply.of(frame).code())) {
                run().problem(id() + ": a heartbeat was refused: " + frame.all());
            }
        } else if (refused) {
            refused(requestId - LoadConnection.LISTENER_IDS, frame);
        } else {
            settled(requestId - LoadConnection.LISTENER_IDS, frame);
        }
    }

    private void answeredAttach(Scan frame) {
        Reply reply = Reply.of(frame);
        if (reply.ok()) {
            entry(reply.tree());
        } else if (isPassing(reply.code())) {
            laterHere(0.2 + random().nextDouble(), () -> request(ATTACHES, "session.attach", place()));
        } else {
            gone(reply.code());
        }
    }

    private void settled(long number, Scan frame) {
        if (!underWay.remove(number) || !unsettled.remove(number)) {
            run().problem(id() + ": an answer to nothing: " + frame.all());
            return;
        }
        acknowledgements.recordValue(Math.max(0, System.nanoTime() - wroteAt));
        ledger.acknowledged(frame.number(frame.inner(SEQ), 0), number);
        acknowledged.increment();
        repeats = 0;
        proceed();
    }

    private void refused(long number, Scan frame) {
        String code = Reply.of(frame).code();
        refusals.merge(code, 1L, Long::sum);
        underWay.remove(number);
        if (!isPassing(code)) {
            run().problem(id() + ": message " + number + " was refused: " + frame.all());
            unsettled.remove(number);
        }
        holding = true;
        proceed();
    }

    /** After a refusal: once nothing is under way, all that is unsettled goes out again in its order. */
    private void proceed() {
        if (holding && underWay.isEmpty()) {
            double ceiling = Math.min(LONGEST_REPEAT_SECONDS, FIRST_REPEAT_SECONDS * (1 << Math.min(repeats++, 6)));
            laterHere(random().nextDouble() * ceiling, () -> {
                if (holding && attached) {
                    holding = false;
                    sendAgain();
                }
            });
        }
    }

    @Override
    void onPushed(Scan frame) {
        int session = frame.inner(SESSION_ID);
        if (session == Scan.ABSENT) {
            return;
        }
        if (!frame.is(session, sessionBytes)) {
            misrouted++;
            return;
        }
        if (!attached) {
            // An agent is attached by itself too, from what it was last known to have seen. It asked to go on at its
            // position,
            // and what comes after that comes after the answer.
            return;
        }
        int method = frame.outer(METHOD);
        if (frame.is(method, GAP)) {
            gap(frame);
            return;
        }
        long seq = frame.number(frame.inner(SEQ), 0);
        if (seq == 0) {
            return;
        }
        if (frame.is(method, MESSAGE)) {
            message(frame, seq);
        } else if (seq <= position) {
            doubled++;
        }
        position = seq;
        epoch = frame.text(frame.inner(EPOCH));
    }

    private void gap(Scan frame) {
        long from = frame.number(frame.inner(FROM), 0);
        long to = frame.number(frame.inner(TO), 0);
        String cause = frame.text(frame.inner(CAUSE));
        ledger.gap(from, to, cause, unsettled.size());
        position = cause.equals("lost") ? from - 1 : Math.max(position, to);
        epoch = frame.text(frame.inner(EPOCH));
    }

    private void message(Scan frame, long seq) {
        int content = frame.inner(CONTENT);
        int at = content == Scan.ABSENT ? 0 : frame.textAt(content);
        if (content == Scan.ABSENT
                || frame.textLength(content) != BYTES
                || Lane.markedPair(frame.bytes(), at, BYTES) != pair) {
            misrouted++;
            return;
        }
        int side = Lane.markedReply(frame.bytes(), at) ? 1 : 0;
        long number = Lane.markedNumber(frame.bytes(), at);
        String messageId = frame.text(frame.inner(MESSAGE_ID));
        if (!messageId.endsWith("-" + number)) {
            run().problem("a message has another's content: " + frame.all());
        }
        ledger.saw(seq, Ledger.key(number, side));
    }

    /** Whether it is connected, attached, and nothing of it is unsettled. */
    boolean isSettled() {
        return isReady() && attached && unsettled.isEmpty();
    }

    /** Whether it has been let into its session. */
    boolean isAttached() {
        return isReady() && attached;
    }

    /** Sends that were acknowledged; from any thread. */
    long acknowledged() {
        return acknowledged.sum();
    }

    Ledger ledger() {
        return ledger;
    }

    String sessionId() {
        return sessionId;
    }

    int pair() {
        return pair;
    }

    /** The highest place in the log that it was acknowledged and that is still there, as far as it knows. */
    long lastKnown() {
        return ledger.highestAcknowledged();
    }

    /** Its position now. */
    long position() {
        return position;
    }

    /** From the last write of a window until an answer, ns. */
    Histogram acknowledgements() {
        return acknowledgements;
    }

    /** Adds its counts. */
    void into(Tally tally, Map<String, Long> refusedBy) {
        tally.sent += sent;
        tally.unanswered += unsettled.size();
        tally.misrouted += misrouted;
        tally.doubled += doubled;
        tally.resumes += resumes;
        tally.recovered += recovered;
        refusals.forEach((code, times) -> refusedBy.merge(code, times, Long::sum));
        refusedBy.merge("sends repeated", repeated, Long::sum);
        refusedBy.merge("resumes cut off before their answer", cutOff, Long::sum);
    }

    /** What stands in the way of being settled, for a message to people; null for nothing. */
    @Nullable String trouble() {
        return isSettled()
                ? null
                : id()
                        + (isReady()
                                ? attached ? " has " + unsettled.size() + " unsettled" : " is not attached"
                                : " is away");
    }
}
