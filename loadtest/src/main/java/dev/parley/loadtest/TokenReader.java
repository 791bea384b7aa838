package dev.parley.loadtest;

import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One reader of a stream of tokens, which can be made to read slowly and which goes on from its position when it was closed
 * for that. It holds the rules of the stream: pieces follow one another, none comes after its message's end, and together
 * they are the message. Runs on one event loop.
 */
final class TokenReader extends Watch {
    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] MESSAGE = Scan.name("message");
    private static final byte[] DELTA = Scan.name("message.delta");
    private static final byte[] GAP = Scan.name("gap");
    private static final byte[] MESSAGE_ID = Scan.name("messageId");
    private static final byte[] INDEX = Scan.name("index");
    private static final byte[] LAST_INDEX = Scan.name("lastIndex");
    private static final byte[] CHUNK = Scan.name("chunk");
    private static final byte[] CONTENT = Scan.name("content");
    private static final byte[] SEQ = Scan.name("seq");
    private static final int SLOW_CONSUMER = 4002;
    private static final int READ_BYTES = 512;
    private static final int SMALL_BUFFER = 4096;

    private final Generator generator;
    private final Target target;
    private final int index;
    private final String user;
    private final String session;
    private final boolean slow;
    private final int bytesPerSecond;
    private final LongAdder counter;
    private final StreamCheck finals = new StreamCheck();
    private final Map<Long, String> texts = new TreeMap<>();
    private final Histogram latency = new Histogram(3);
    private @Nullable LoadConnection connection;
    private @Nullable ScheduledFuture<?> reading;
    private boolean throttled;
    /** Whether the present connection was read slowly, so that it may be closed for it, even when it is read fast again. */
    private boolean behind;

    private String epoch = "";
    private long position;
    private long streaming = -1;
    private long nextPiece;
    private StringBuilder pieces = new StringBuilder();
    private long deltas;
    private long merged;
    private long misordered;
    private long closedAsSlow;
    private long resumes;
    private long recovered;

    TokenReader(
            Generator generator,
            Target target,
            int index,
            String user,
            String session,
            boolean slow,
            int bytesPerSecond,
            LongAdder counter) {
        this.generator = generator;
        this.target = target;
        this.index = index;
        this.user = user;
        this.session = session;
        this.slow = slow;
        this.bytesPerSecond = bytesPerSecond;
        this.counter = counter;
    }

    /** Connects and attaches at the head of the log, or goes on from the position. */
    CompletableFuture<Void> open() {
        Map<ChannelOption<?>, Object> options = slow
                ? Map.of(
                        ChannelOption.SO_RCVBUF,
                        SMALL_BUFFER,
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(READ_BYTES).maxMessagesPerRead(1))
                : Map.of();
        String from = epoch.isEmpty() ? "" : ",\"epoch\":\"" + epoch + "\",\"seq\":" + position;
        return generator
                .connect(target, index, this, options)
                .thenCompose(opened -> {
                    connection = opened;
                    return opened.call(
                            "connect",
                            "{\"kind\":\"user\",\"id\":\"" + user + "\",\"sessions\":[{\"sessionId\":\"" + session
                                    + "\"" + from + "}]}");
                })
                .thenAccept(reply -> {
                    JsonNode entry = reply.orThrow("connect").path("sessions").path(0);
                    if (epoch.isEmpty()) {
                        epoch = entry.path("epoch").asString("");
                        position = Math.max(position, entry.path("seq").asLong());
                    } else {
                        resumes++;
                        recovered += entry.path("recovered").asBoolean(false) ? 1 : 0;
                    }
                    pace();
                });
    }

    /** Makes it read slowly, or as fast as it can again; from any thread. */
    void throttle(boolean on) {
        generator.loop(index).execute(() -> {
            throttled = on;
            behind |= on;
            pace();
        });
    }

    private void pace() {
        LoadConnection present = connection;
        ScheduledFuture<?> before = reading;
        reading = null;
        if (before != null) {
            before.cancel(false);
        }
        if (present == null || !present.isOpen()) {
            return;
        }
        present.channel().config().setAutoRead(!throttled);
        if (throttled) {
            long period = TimeUnit.SECONDS.toMicros(1) * READ_BYTES / bytesPerSecond;
            reading = present.loop()
                    .scheduleAtFixedRate(() -> present.channel().read(), period, period, TimeUnit.MICROSECONDS);
        }
    }

    @Override
    public void onPush(LoadConnection from, Scan frame) {
        int method = frame.outer(METHOD);
        if (frame.is(method, DELTA)) {
            delta(frame);
        } else if (frame.is(method, MESSAGE)) {
            position = Math.max(position, frame.number(frame.inner(SEQ), 0));
            long number = number(frame);
            if (finals.accept(number)) {
                String text = frame.text(frame.inner(CONTENT));
                texts.put(number, text);
                if (!slow
                        && number == streaming
                        && nextPiece * SlowCommand.CHUNK == text.length()
                        && !pieces.toString().equals(text)) {
                    problem("the pieces of message " + number + " are not its text");
                }
            }
        } else if (frame.is(method, GAP)) {
            problem("a gap was pushed: " + frame.all());
        }
    }

    private void delta(Scan frame) {
        long now = System.nanoTime();
        long number = number(frame);
        long first = frame.number(frame.inner(INDEX), -1);
        long last = frame.number(frame.inner(LAST_INDEX), first);
        String chunk = frame.text(frame.inner(CHUNK));
        deltas++;
        counter.increment();
        if (last > first) {
            merged++;
        }
        if (chunk.length() != (last - first + 1) * SlowCommand.CHUNK) {
            problem("a delta has " + chunk.length() + " characters: " + frame.all());
        }
        if (finals.has(number)) {
            misordered++;
        }
        if (number != streaming) {
            streaming = number;
            nextPiece = first;
            pieces = new StringBuilder();
            if (first != 0 && deltas > 1 && !slow) {
                misordered++;
            }
        }
        if (first != nextPiece) {
            misordered++;
        }
        nextPiece = last + 1;
        pieces.append(chunk);
        for (int at = 0; at + SlowCommand.CHUNK <= chunk.length(); at += SlowCommand.CHUNK) {
            latency.recordValue(Math.max(0, now - Long.parseLong(chunk.substring(at, at + 19))));
        }
    }

    private long number(Scan frame) {
        String id = frame.text(frame.inner(MESSAGE_ID));
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    @Override
    public void onClosed(LoadConnection from, int code) {
        // What is stuck before the close frame may keep it from arriving: then the socket just ends.
        if (behind && (code == SLOW_CONSUMER || code == LoadConnection.NO_CLOSE_FRAME)) {
            closedAsSlow++;
            behind = throttled;
            generator
                    .loop(index)
                    .execute(() -> open().exceptionally(failure -> {
                        problem("the slow reader could not come back: " + failure.getMessage());
                        return null;
                    }));
        } else {
            super.onClosed(from, code);
        }
    }

    /** Forgets the latencies so far; from any thread. */
    void reset() {
        generator.loop(index).execute(latency::reset);
    }

    Histogram latency() {
        return latency;
    }

    long finals() {
        return finals.got();
    }

    long deltas() {
        return deltas;
    }

    long merged() {
        return merged;
    }

    long closedAsSlow() {
        return closedAsSlow;
    }

    long resumes() {
        return resumes;
    }

    /** Adds what it got and compares the texts with those that were sent. */
    void into(Tally tally, Map<Long, String> sent) {
        expectClosing();
        tally.addStream(finals, finals.lost(sent.size(), Set.of()));
        tally.misordered += misordered;
        tally.resumes += resumes;
        tally.recovered += recovered;
        long different = texts.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(sent.get(entry.getKey())))
                .count();
        if (different > 0) {
            tally.fail(different + " texts are not what was sent");
        }
        into(tally);
    }
}
