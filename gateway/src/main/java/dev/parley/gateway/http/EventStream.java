package dev.parley.gateway.http;

import dev.parley.protocol.RawJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.NettyPipeline;

/**
 * A response of server-sent events (WHATWG HTML, section 9.2) whose headers were sent. Written straight to the channel, so
 * that its writability is the back-pressure. All methods are called on the connection's loop.
 */
final class EventStream {
    private final Channel channel;
    private final Sinks.Empty<Void> done = Sinks.empty();
    private final ChannelFutureListener gone = closed -> end();
    private final Writability writability = new Writability();

    private boolean ended;
    private boolean flushing;
    private Runnable onWritable = () -> {};
    private Runnable onEnd = () -> {};

    EventStream(Channel channel) {
        this.channel = channel;
        channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, null, writability);
        channel.closeFuture().addListener(gone);
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    /** Completes when the stream has ended, by either side. */
    Mono<Void> done() {
        return done.asMono();
    }

    /** Sets what is done when the client takes more again. */
    void onWritable(Runnable action) {
        onWritable = action;
    }

    /** Sets what is done when the stream ends, the client going away included; at once when it has ended. */
    void onEnd(Runnable action) {
        onEnd = action;
        if (ended) {
            action.run();
        }
    }

    boolean writable() {
        return !ended && channel.isWritable();
    }

    /** Bytes that wait for the client. */
    long waiting() {
        return channel.unsafe().outboundBuffer() == null
                ? 0
                : channel.unsafe().outboundBuffer().totalPendingWriteBytes();
    }

    /**
     * Writes an event.
     *
     * @param id that a client resumes from; null for none
     */
    void event(String name, RawJson data, @Nullable String id) {
        if (ended) {
            return;
        }
        ByteBuf out = channel.alloc().directBuffer(data.length() + name.length() + 64);
        if (id != null) {
            line(out, "id: " + id);
        }
        line(out, "event: " + name);
        ByteBufUtil.writeAscii(out, "data: ");
        int at = out.writerIndex();
        out.writeBytes(data.array(), data.offset(), data.length());
        // A line break in JSON is white space between its parts, and would end the field here.
        for (int i = at; i < out.writerIndex(); i++) {
            byte b = out.getByte(i);
            if (b == '\n' || b == '\r') {
                out.setByte(i, ' ');
            }
        }
        ByteBufUtil.writeAscii(out, "\n\n");
        write(out);
    }

    /** Writes a comment, which keeps the connection alive and is seen by nobody; not to a client that is behind. */
    void comment(String text) {
        if (writable()) {
            ByteBuf out = channel.alloc().directBuffer(text.length() + 8);
            ByteBufUtil.writeAscii(out, ": " + text + "\n\n");
            write(out);
        }
    }

    /** Tells how long a client should wait before it connects again, in milliseconds. */
    void retry(long millis) {
        ByteBuf out = channel.alloc().directBuffer(32);
        ByteBufUtil.writeAscii(out, "retry: " + millis + "\n\n");
        write(out);
    }

    /** Ends the stream; idempotent. */
    void end() {
        if (!ended) {
            ended = true;
            channel.closeFuture().removeListener(gone);
            if (writability.context != null && !writability.context.isRemoved()) {
                channel.pipeline().remove(writability);
            }
            onEnd.run();
            done.tryEmitEmpty();
        }
    }

    /** Cuts the connection: for a client that cannot be served any more. */
    void cut() {
        channel.close();
    }

    private static void line(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        out.writeByte('\n');
    }

    private void write(ByteBuf out) {
        channel.write(new DefaultHttpContent(out));
        if (!flushing) {
            flushing = true;
            loop().execute(() -> {
                flushing = false;
                channel.flush();
            });
        }
    }

    private final class Writability extends ChannelInboundHandlerAdapter {
        private @Nullable ChannelHandlerContext context;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ctx.fireChannelWritabilityChanged();
            if (!ended && channel.isWritable()) {
                onWritable.run();
            }
        }
    }
}
