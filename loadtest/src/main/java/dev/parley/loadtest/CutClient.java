package dev.parley.loadtest;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One party of a pair whose connection is cut over and over: it goes on from its position, sends again what was not
 * acknowledged, and notes what it gets. Everything happens on one event loop, whatever connection it comes by.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A task that fails says so through the listener or the socket.
final class CutClient implements LoadConnection.Listener {
    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] MESSAGE = Scan.name("message");
    private static final byte[] GAP = Scan.name("gap");
    private static final byte[] CONTENT = Scan.name("content");
    private static final byte[] SESSION_ID = Scan.name("sessionId");
    private static final byte[] SEQ = Scan.name("seq");
    private static final byte[] EPOCH = Scan.name("epoch");
    private static final byte[] ERROR = Scan.name("error");
    private static final double AT_ONCE_SHARE = 0.1;
    private static final double RESET_SHARE = 0.6;

    private final CutsCommand scenario;
    private final Generator generator;
    private final Target target;
    private final int index;
    private final int pair;
    private final char direction;
    private final String kind;
    private final String id;
    private final String sessionId;
    private final byte[] sessionBytes;
    private final SplittableRandom random;

    private @Nullable LoadConnection connection;
    private boolean ready;
    private boolean cutting;
    private String epoch = "";
    private long position;
    private long sent;
    private long acknowledged;
    private long answeredSeq;
    private boolean waiting;
    private boolean planned;
    private String pending = "";

    final StreamCheck incoming = new StreamCheck();
    long doubled;
    long misrouted;
    long misordered;
    long repeated;
    long resumes;
    long recovered;
    long cuts;

    CutClient(
            CutsCommand scenario,
            Generator generator,
            Target target,
            int index,
            int pair,
            char direction,
            String id,
            String sessionId,
            long seed) {
        this.scenario = scenario;
        this.generator = generator;
        this.target = target;
        this.index = index;
        this.pair = pair;
        this.direction = direction;
        this.id = id;
        this.sessionId = sessionId;
        kind = direction == Lane.REQUEST ? "user" : "agent";
        sessionBytes = Scan.name(sessionId);
        random = new SplittableRandom(seed);
    }

    /** Who it is on the wire. */
    String id() {
        return id;
    }

    /** How many messages it numbered. */
    long sent() {
        return sent;
    }

    /** How many of them were acknowledged. */
    long acknowledged() {
        return acknowledged;
    }

    /** Whether it is connected and nothing of it is under way. */
    boolean settled() {
        return ready && !waiting;
    }

    /** Takes over the connection and the position that the set-up made. */
    void begin(LoadConnection first, String logEpoch, long seq) {
        first.run(() -> {
            connection = first;
            epoch = logEpoch;
            position = Math.max(position, seq);
            ready = true;
            live();
        });
    }

    private void live() {
        if (waiting) {
            write(pending);
            repeated++;
        } else {
            planSend();
        }
        planCut();
    }

    private void planCut() {
        LoadConnection present = connection;
        if (!cutting || present == null) {
            return;
        }
        double after = -Math.log(1 - random.nextDouble()) * scenario.cutEverySeconds();
        later(after, () -> {
            if (cutting && connection == present) {
                cut(present);
            }
        });
    }

    private void cut(LoadConnection present) {
        cuts++;
        if (random.nextDouble() < RESET_SHARE) {
            present.reset();
        } else {
            present.closeCleanly();
        }
    }

    /** Begins or ends the cutting; from any thread. */
    void cutting(boolean on) {
        generator.loop(index).execute(() -> {
            cutting = on;
            planCut();
        });
    }

    private void planSend() {
        if (!planned) {
            planned = true;
            later(random.nextDouble() * 2 * scenario.thinkSeconds(), this::sendNext);
        }
    }

    private void sendNext() {
        planned = false;
        if (!ready || waiting || !scenario.sending()) {
            return;
        }
        long number = sent++;
        String content = String.format(
                Locale.ROOT,
                "p%06d%c %010d %019d %s",
                pair,
                direction,
                number,
                System.nanoTime(),
                "c".repeat(CutsCommand.BYTES - Lane.SHORTEST));
        pending = "{\"jsonrpc\":\"2.0\",\"id\":" + (LoadConnection.LISTENER_IDS + number)
                + ",\"method\":\"message.send\",\"params\":{\"sessionId\":\"" + sessionId + "\",\"messageId\":\"" + id
                + "-" + number + "\",\"content\":\"" + content + "\"}}";
        waiting = true;
        write(pending);
    }

    private void write(String frame) {
        LoadConnection present = connection;
        if (present != null && present.isOpen()) {
            present.write(ClientFrames.text(frame));
            present.flush();
        }
    }

    private void later(double seconds, Runnable task) {
        generator.loop(index).schedule(task, (long) (seconds * 1e6), TimeUnit.MICROSECONDS);
    }

    @Override
    public void onPush(LoadConnection from, Scan frame) {
        int method = frame.outer(METHOD);
        int session = frame.inner(SESSION_ID);
        if (frame.is(method, GAP)) {
            scenario.problem("a gap was pushed: " + frame.all());
            return;
        }
        long seq = frame.number(frame.inner(SEQ), 0);
        if (seq == 0 || session == Scan.ABSENT) {
            return;
        }
        if (!frame.is(session, sessionBytes)) {
            misrouted++;
            return;
        }
        boolean known = seq <= position;
        position = Math.max(position, seq);
        if (!epoch.isEmpty() && !frame.is(frame.inner(EPOCH), Scan.name(epoch))) {
            scenario.problem("another epoch: " + frame.all());
        }
        if (!frame.is(method, MESSAGE)) {
            if (known) {
                doubled++;
            }
            return;
        }
        int content = frame.inner(CONTENT);
        int at = content == Scan.ABSENT ? 0 : frame.textAt(content);
        if (content == Scan.ABSENT || Lane.markedPair(frame.bytes(), at, frame.textLength(content)) != pair) {
            misrouted++;
            return;
        }
        boolean own = Lane.markedReply(frame.bytes(), at) == (direction == Lane.REPLY);
        if (own) {
            // After a resume the own messages come too; a client knows them by their id.
            if (known) {
                doubled++;
            }
            return;
        }
        if (incoming.accept(Lane.markedNumber(frame.bytes(), at)) && known) {
            misordered++;
        }
    }

    @Override
    public void onAnswer(LoadConnection from, long answerId, Scan frame) {
        if (!waiting || answerId != LoadConnection.LISTENER_IDS + sent - 1) {
            return;
        }
        if (frame.outer(ERROR) != Scan.ABSENT) {
            scenario.problem("a send was refused: " + frame.all());
            return;
        }
        long seq = frame.number(frame.inner(SEQ), 0);
        if (seq <= answeredSeq) {
            misordered++;
        }
        answeredSeq = seq;
        waiting = false;
        acknowledged++;
        planSend();
    }

    @Override
    public void onClosed(LoadConnection from, int code) {
        if (connection != from) {
            return;
        }
        connection = null;
        ready = false;
        if (scenario.over()) {
            return;
        }
        if (code != LoadConnection.NO_CLOSE_FRAME && code != 1000) {
            scenario.problem("the server closed a connection with " + code);
        }
        later(random.nextDouble() * scenario.awaySeconds(), this::resume);
    }

    private void resume() {
        generator
                .connect(target, index, this)
                .whenCompleteAsync(
                        (opened, failure) -> {
                            if (failure != null) {
                                later(random.nextDouble() * scenario.awaySeconds(), this::resume);
                            } else {
                                connection = opened;
                                sayConnect(opened);
                            }
                        },
                        generator.loop(index));
    }

    private void sayConnect(LoadConnection opened) {
        if (!opened.isOpen()) {
            return;
        }
        resumes++;
        opened.call(
                        "connect",
                        "{\"kind\":\"" + kind + "\",\"id\":\"" + id + "\",\"sessions\":[{\"sessionId\":\"" + sessionId
                                + "\",\"epoch\":\"" + epoch + "\",\"seq\":" + position + "}]}")
                .whenComplete((reply, failure) -> {
                    if (failure != null) {
                        // Cut before the answer: this attempt does not count.
                        resumes--;
                    } else {
                        resumed(opened, reply);
                    }
                });
        if (cutting && random.nextDouble() < AT_ONCE_SHARE) {
            cut(opened);
        }
    }

    private void resumed(LoadConnection opened, Reply reply) {
        JsonNode entry = reply.ok() ? reply.tree().path("sessions").path(0) : reply.tree();
        if (entry.path("recovered").asBoolean(false) && entry.path("gap").isMissingNode()) {
            recovered++;
        } else {
            scenario.problem("a resume at " + position + " was not recovered: " + reply.json());
        }
        if (opened.isOpen()) {
            ready = true;
            live();
        }
    }

    @Override
    public void onDefect(LoadConnection from, String what) {
        scenario.problem(what);
    }
}
