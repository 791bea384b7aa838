package dev.parley.loadtest;

import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A user with one session who is cut and comes back from their position. Its listener side runs on one event loop. */
final class StormClient implements LoadConnection.Listener {
    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] MESSAGE = Scan.name("message");
    private static final byte[] GAP = Scan.name("gap");
    private static final byte[] CONTENT = Scan.name("content");
    private static final byte[] SEQ = Scan.name("seq");
    private static final byte[] SESSION_ID = Scan.name("sessionId");

    private final Generator generator;
    private final Target target;
    private final int index;
    private final int number;
    private final String id;
    private final String sessionId;
    private final Watch notes;
    private final StreamCheck incoming = new StreamCheck();
    private volatile @Nullable LoadConnection connection;
    private volatile String epoch = "";
    private volatile long position;
    private volatile int wanted;
    private volatile CompletableFuture<Void> complete = new CompletableFuture<>();
    private long misrouted;
    private long sent;
    private long resumes;
    private long recovered;
    private volatile boolean cut;

    StormClient(Generator generator, Target target, int index, int number, String id, String sessionId, Watch notes) {
        this.generator = generator;
        this.target = target;
        this.index = index;
        this.number = number;
        this.id = id;
        this.sessionId = sessionId;
        this.notes = notes;
    }

    /** Its number. */
    int index() {
        return index;
    }

    /** Connects for the first time, creates its session and learns its position. */
    CompletableFuture<Void> create(String agentId) {
        return Clients.connect(generator, target, index, this, Clients.identity("user", id))
                .thenCompose(connected -> {
                    connection = connected.connection();
                    return connected
                            .connection()
                            .call("session.create", Clients.session(sessionId, agentId, id))
                            .thenCompose(reply -> {
                                reply.orThrow("session.create");
                                return connected
                                        .connection()
                                        .call("session.attach", "{\"sessionId\":\"" + sessionId + "\"}");
                            });
                })
                .thenAccept(reply -> {
                    JsonNode entry = reply.orThrow("session.attach");
                    epoch = entry.path("epoch").asString("");
                    position = Math.max(position, entry.path("seq").asLong());
                });
    }

    /** Connects again and goes on from its position; complete when that was answered. */
    CompletableFuture<Void> resume() {
        cut = false;
        String params = "{\"kind\":\"user\",\"id\":\"" + id + "\",\"sessions\":[{\"sessionId\":\"" + sessionId
                + "\",\"epoch\":\"" + epoch + "\",\"seq\":" + position + "}]}";
        return Clients.connect(generator, target, index, this, params).thenAccept(connected -> {
            connection = connected.connection();
            resumes++;
            if (connected
                    .reply()
                    .tree()
                    .path("sessions")
                    .path(0)
                    .path("recovered")
                    .asBoolean(false)) {
                recovered++;
            } else {
                notes.problem("a resume was not recovered: " + connected.reply().json());
            }
        });
    }

    /** As {@link #resume}, but complete only when so many messages have come since the beginning. */
    CompletableFuture<Void> resumeUntil(int messages) {
        complete = new CompletableFuture<>();
        wanted = messages;
        if (incoming.got() >= messages) {
            complete.complete(null);
        }
        CompletableFuture<Void> all = complete;
        return resume().thenCompose(done -> all);
    }

    /** Cuts the connection with a reset. */
    void cut() {
        LoadConnection present = connection;
        cut = true;
        if (present != null) {
            present.reset();
        }
    }

    /** The params of the next message to this client's session. Called by one thread. */
    String nextMessage(int bytes) {
        return String.format(
                Locale.ROOT,
                "{\"sessionId\":\"%s\",\"content\":\"p%06d%c %010d %019d %s\"}",
                sessionId,
                number,
                Lane.REPLY,
                sent++,
                System.nanoTime(),
                "s".repeat(bytes - Lane.SHORTEST));
    }

    /** Adds what it got. */
    void into(Tally tally) {
        tally.sent += sent;
        tally.acknowledged += sent;
        tally.addStream(incoming, incoming.lost(sent, Set.of()));
        tally.misrouted += misrouted;
        tally.resumes += resumes;
        tally.recovered += recovered;
    }

    @Override
    public void onPush(LoadConnection from, Scan frame) {
        int method = frame.outer(METHOD);
        if (frame.is(method, GAP)) {
            notes.problem("a gap was pushed: " + frame.all());
            return;
        }
        long seq = frame.number(frame.inner(SEQ), 0);
        if (seq > position) {
            position = seq;
        }
        if (!frame.is(method, MESSAGE)) {
            return;
        }
        int content = frame.inner(CONTENT);
        int at = content == Scan.ABSENT ? 0 : frame.textAt(content);
        if (content == Scan.ABSENT
                || Lane.markedPair(frame.bytes(), at, frame.textLength(content)) != number
                || !frame.text(frame.inner(SESSION_ID)).equals(sessionId)) {
            misrouted++;
            return;
        }
        incoming.accept(Lane.markedNumber(frame.bytes(), at));
        if (incoming.got() >= wanted) {
            complete.complete(null);
        }
    }

    @Override
    public void onClosed(LoadConnection from, int code) {
        if (!cut) {
            notes.onClosed(from, code);
        }
    }

    @Override
    public void onDefect(LoadConnection from, String what) {
        notes.problem(what);
    }
}
