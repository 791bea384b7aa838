package dev.parley.gateway.connection;

import dev.parley.gateway.routing.Push;
import dev.parley.time.TimeSource;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing side of one connection: writes frames, flushes once per loop turn, knows whether there is room. Its queue is
 * the channel's own, bounded by the channel's water marks. Pushes are sent at the end of the turn. Answers are sent once a
 * look at the sockets found nothing more urgent to do, so at once on a loop that has time, and after {@value #PATIENCE_NANOS}
 * ns on one that has none: there a push for the same connection often comes along, and sending two frames costs hardly more
 * than sending one. Confined to the connection's loop.
 */
final class Outbound {
    private enum Unsent {
        NOTHING,
        /** Answers alone. */
        PATIENT,
        URGENT
    }

    /** The longest that an answer waits on a loop that always finds something more urgent to do. */
    private static final long PATIENCE_NANOS = 20_000_000;

    /** The handler of the upgrade that makes frames of messages; ours are frames already. */
    private static final String ENCODER = "wsencoder";

    private final Channel channel;
    private final LoopTicker ticker;
    private @Nullable ChannelHandlerContext encoder;
    private Unsent unsent = Unsent.NOTHING;

    Outbound(Channel channel, LoopTicker ticker) {
        this.channel = channel;
        this.ticker = ticker;
    }

    /** Whether the queue has room. */
    boolean writable() {
        return channel.isWritable();
    }

    /** Writes an answer. */
    void text(byte[] text) {
        writeFrame(Push.textFrame(channel.alloc(), text));
        if (unsent == Unsent.NOTHING) {
            unsent = Unsent.PATIENT;
            ticker.dirty().addPatient(this);
        }
    }

    /** Writes a push; {@code shared} as {@link dev.parley.gateway.routing.PushSink#push} says. */
    void push(Push push, @Nullable ByteBuf shared) {
        writeFrame(shared == null ? push.frame(channel.alloc()) : shared.retainedDuplicate());
        markUrgent();
    }

    /** Writes what has to be made a frame of. */
    void write(WebSocketFrame message) {
        channel.write(message, channel.voidPromise());
        markUrgent();
    }

    /** Writes a whole frame, past the handlers that have nothing to do for it. */
    private void writeFrame(ByteBuf frame) {
        ChannelHandlerContext past = encoder;
        if (past == null) {
            past = channel.pipeline().context(ENCODER);
            encoder = past;
        }
        if (past == null) {
            channel.write(frame, channel.voidPromise());
        } else {
            past.write(frame, past.voidPromise());
        }
    }

    private void markUrgent() {
        if (unsent != Unsent.URGENT) {
            unsent = Unsent.URGENT;
            ticker.dirty().addUrgent(this);
        }
    }

    /** Bytes that wait to be sent; from any thread. */
    long pendingBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    void flushNow() {
        unsent = Unsent.NOTHING;
        if (encoder == null) {
            channel.flush();
        } else {
            encoder.flush();
        }
    }

    private void flushIfUnsent() {
        if (unsent != Unsent.NOTHING) {
            flushNow();
        }
    }

    /** The outbounds of a loop that were written to and not flushed yet. */
    static final class Dirty {
        private final EventLoop loop;
        private final TimeSource time;
        private List<Outbound> urgent = new ArrayList<>();
        private List<Outbound> spare = new ArrayList<>();
        private List<Outbound> patient = new ArrayList<>();
        private List<Outbound> sparePatient = new ArrayList<>();
        private boolean waiting;
        private long waitingSince;
        private long work;
        private long workBefore;

        Dirty(EventLoop loop, TimeSource time) {
            this.loop = loop;
            this.time = time;
        }

        /** A frame came in: the loop has something to do. */
        void worked() {
            work++;
        }

        private void addUrgent(Outbound outbound) {
            urgent.add(outbound);
            if (urgent.size() == 1) {
                loop.execute(this::flushUrgent);
            }
        }

        private void addPatient(Outbound outbound) {
            patient.add(outbound);
            if (!waiting) {
                waiting = true;
                waitingSince = time.nanoTime();
                awaitTurn();
            }
        }

        private void awaitTurn() {
            workBefore = work;
            if (loop instanceof SingleThreadEventLoop turning) {
                turning.executeAfterEventLoopIteration(this::turnEnded);
            } else {
                turnEnded();
            }
        }

        private void flushUrgent() {
            List<Outbound> now = urgent;
            urgent = spare;
            spare = now;
            flushAll(now);
        }

        /** A task that is there keeps the loop from sleeping: it looks at its sockets once, then comes to this. */
        private void turnEnded() {
            // Twice, as what the sockets bring puts its tasks behind the first.
            loop.execute(() -> loop.execute(this::flushPatient));
        }

        private void flushPatient() {
            if (work != workBefore && time.nanoTime() - waitingSince < PATIENCE_NANOS) {
                awaitTurn();
                return;
            }
            waiting = false;
            List<Outbound> now = patient;
            patient = sparePatient;
            sparePatient = now;
            flushAll(now);
        }

        private static void flushAll(List<Outbound> written) {
            for (Outbound outbound : written) {
                outbound.flushIfUnsent();
            }
            written.clear();
        }
    }
}
