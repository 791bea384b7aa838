package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Signal;
import dev.parley.store.StoredSession;
import dev.parley.time.TimeSource;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * One caller who waits for the reply to one message. Fields are confined to the desk's loop; {@link #events()}, {@link
 * #sent} and {@link #leave()} may be called on any thread.
 */
final class ReplyWaiter {
    private final ReplyDesk desk;
    private final String messageId;
    private final boolean streaming;
    private final TimeSource time;
    private final long patienceMillis;
    private final Sinks.Many<ReplyEvent> events = Sinks.many().unicast().onBackpressureBuffer();

    private TimeSource.@Nullable Cancellable timer;
    private long progressAt;
    private boolean over;
    /** Of the message in the log; 0 until it is there. */
    private long sentSeq;

    private @Nullable String author;
    private @Nullable String streamId;
    private long nextPiece;

    ReplyWaiter(ReplyDesk desk, String messageId, boolean streaming, TimeSource time, long patienceMillis) {
        this.desk = desk;
        this.messageId = messageId;
        this.streaming = streaming;
        this.time = time;
        this.patienceMillis = patienceMillis;
    }

    /** What is heard, ending with a reply or a failure; for one subscriber, who by cancelling stops waiting. */
    Flux<ReplyEvent> events() {
        return events.asFlux().doFinally(how -> leave());
    }

    /** The message was stored. */
    void sent(LoggedEvent event, boolean duplicate) {
        desk.loop().execute(() -> {
            markSent(event.seq(), event.authorId());
            if (duplicate) {
                desk.lookBack(this);
            }
        });
    }

    /** Stops waiting; idempotent. */
    void leave() {
        desk.loop().execute(() -> {
            if (!over) {
                finish();
            }
        });
    }

    /** The session as last heard of. */
    StoredSession session() {
        return desk.session();
    }

    String messageId() {
        return messageId;
    }

    long sentSeq() {
        return sentSeq;
    }

    /** Begins to wait; false when the caller has gone already. */
    boolean begin() {
        if (!over) {
            progressAt = time.nanoTime();
            timerFor(patienceMillis);
        }
        return !over;
    }

    void markSent(long seq, @Nullable String by) {
        sentSeq = seq;
        author = by;
    }

    boolean isAfter(long seq) {
        return sentSeq > 0 && seq > sentSeq;
    }

    /** Whether an event may be the reply of somebody else, for the author's eyes. */
    boolean mayBeReply(LoggedEvent event) {
        return isAfter(event.seq())
                && (event.authorId() == null || !event.authorId().equals(author))
                && (event.to() == null || event.to().equals(author));
    }

    boolean streams(@Nullable String id) {
        return id != null && id.equals(streamId);
    }

    boolean isOwn(Signal signal) {
        return signal.authorId().equals(author);
    }

    void piece(Piece piece) {
        if (over || !streaming) {
            return;
        }
        if (streamId == null && piece.index() == 0) {
            streamId = piece.messageId();
        }
        if (piece.messageId().equals(streamId) && piece.index() == nextPiece) {
            nextPiece++;
            progressAt = time.nanoTime();
            events.tryEmitNext(new ReplyEvent.Chunk(piece.messageId(), piece.chunk()));
        }
    }

    void reply(LoggedEvent event, LoggedMessage message) {
        last(new ReplyEvent.Reply(event, message));
    }

    void fail(ProtocolException problem) {
        last(new ReplyEvent.Failed(problem));
    }

    private void last(ReplyEvent event) {
        if (!over) {
            finish();
            events.tryEmitNext(event);
            events.tryEmitComplete();
        }
    }

    private void finish() {
        over = true;
        if (timer != null) {
            timer.cancel();
        }
        desk.left(this);
    }

    private void timerFor(long millis) {
        timer = time.schedule(millis, () -> desk.loop().execute(this::timeUp));
    }

    /** A reply that is still being written is waited for: patience runs from the last piece. */
    private void timeUp() {
        if (over) {
            return;
        }
        long left = patienceMillis - (time.nanoTime() - progressAt) / 1_000_000;
        if (left > 0) {
            timerFor(left);
            return;
        }
        fail(timeout(
                "The agent did not reply in time; the message stays sent, and a late reply goes into the history."));
    }

    ProtocolException timeout(String message) {
        return ProtocolException.of(ErrorCode.AGENT_TIMEOUT, message)
                .with("sessionId", desk.sessionId())
                .with("messageId", messageId)
                .with("timeoutMs", patienceMillis);
    }

    /** A piece of a message that is being written. */
    record Piece(
            @Required String messageId,
            @Required Long index,
            @Required String chunk,
            @Nullable String inReplyTo) {
        static Piece of(RawJson body) {
            return BodyCodec.decode(body, Piece.class);
        }
    }
}
