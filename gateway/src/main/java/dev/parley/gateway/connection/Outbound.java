package dev.parley.gateway.connection;

import dev.parley.gateway.routing.Push;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing side of one connection: writes frames, flushes once per loop turn, knows whether there is room. Its queue is
 * the channel's own, bounded by the channel's water marks. Confined to the connection's loop.
 */
final class Outbound {
    private final Channel channel;
    private final LoopTicker ticker;
    private boolean dirty;

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
        write(Push.textFrame(channel.alloc(), text));
    }

    /** Writes a push; {@code shared} as {@link dev.parley.gateway.routing.PushSink#push} says. */
    void push(Push push, @Nullable ByteBuf shared) {
        write(shared == null ? push.frame(channel.alloc()) : shared.retainedDuplicate());
    }

    /** Writes anything the pipeline takes. */
    void write(Object frame) {
        channel.write(frame, channel.voidPromise());
        if (!dirty) {
            dirty = true;
            ticker.flushLater(this);
        }
    }

    /** Bytes that wait to be sent; from any thread. */
    long pendingBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    void flushNow() {
        dirty = false;
        channel.flush();
    }

    /** The outbounds that were written to in this turn of a loop, flushed together at its end. */
    static final class Dirty implements Runnable {
        private List<Outbound> written = new ArrayList<>();
        private List<Outbound> spare = new ArrayList<>();

        boolean add(Outbound outbound) {
            written.add(outbound);
            return written.size() == 1;
        }

        @Override
        public void run() {
            List<Outbound> now = written;
            written = spare;
            spare = now;
            for (Outbound outbound : now) {
                outbound.flushNow();
            }
            now.clear();
        }
    }
}
