package dev.parley.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Stands right behind the HTTP codec: answers what is no HTTP with the error shape of all others, and cuts connections whose
 * requests trickle in. Leaves the pipeline when the connection becomes a WebSocket. Everything happens on the loop.
 */
final class RequestGuard extends ChannelDuplexHandler {
    private static final long LINGER_MILLIS = 2_000;

    private final HttpTimeouts timeouts;
    private final LongSupplier clock;
    private final Bytes bytes = new Bytes();

    private @Nullable Future<?> timer;
    /** Requests whose answers are not complete. */
    private int outstanding;
    /** Between the first byte of a request, or the connection's begin, and the end of the head. */
    private boolean inHead = true;

    private boolean inBody;
    private @Nullable Throwable refusal;
    private boolean refused;

    private RequestGuard(HttpTimeouts timeouts, LongSupplier clock) {
        this.timeouts = timeouts;
        this.clock = clock;
    }

    /** Puts a guard around the HTTP codec of a new connection. */
    static void install(Channel channel, HttpTimeouts timeouts, LongSupplier clock) {
        RequestGuard guard = new RequestGuard(timeouts, clock);
        channel.pipeline().addBefore(NettyPipeline.HttpCodec, "parley.requestBytes", guard.bytes);
        channel.pipeline().addAfter(NettyPipeline.HttpCodec, "parley.requestGuard", guard);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        cutAfter(ctx, timeouts.headMillis());
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stopTimer();
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
            Throwable cause = part.decoderResult().cause();
            ReferenceCountUtil.release(message);
            stopTimer();
            refused = true;
            refusal = cause;
            if (outstanding == 0 || inBody) {
                refuse(ctx, cause);
            }
            return;
        }
        if (message instanceof HttpRequest) {
            stopTimer();
            outstanding++;
            inHead = false;
            inBody = true;
        }
        if (message instanceof LastHttpContent) {
            inBody = false;
            stopTimer();
            if (outstanding == 0) {
                // The answer was there before the request's end.
                cutAfter(ctx, timeouts.idleMillis());
            }
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        awaitBody(ctx);
        ctx.fireChannelReadComplete();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response) {
            if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                ctx.write(message, promise);
                leave(ctx);
                return;
            }
            if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                ctx.write(message, promise);
                return;
            }
        }
        boolean last = message instanceof LastHttpContent;
        ctx.write(message, promise);
        if (last) {
            answered(ctx);
        }
    }

    private void answered(ChannelHandlerContext ctx) {
        outstanding--;
        if (outstanding > 0) {
            awaitBody(ctx);
        } else if (refusal != null) {
            refuse(ctx, refusal);
        } else if (!inHead && !inBody) {
            cutAfter(ctx, timeouts.idleMillis());
        }
    }

    private void awaitBody(ChannelHandlerContext ctx) {
        if (inBody && outstanding == 1 && timer == null && !refused) {
            cutAfter(ctx, timeouts.bodyMillis());
        }
    }

    /** Answers and closes, in a way that lets the answer arrive: a close with bytes unread would take it back. */
    private void refuse(ChannelHandlerContext ctx, Throwable cause) {
        refusal = null;
        ByteBuf body = Unpooled.wrappedBuffer(ErrorBody.bytes(ErrorBody.malformed(reason(cause)), clock.getAsLong()));
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Answer.JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        ctx.writeAndFlush(response).addListener((ChannelFutureListener) written -> {
            Channel channel = written.channel();
            if (channel instanceof DuplexChannel duplex && channel.isActive()) {
                duplex.shutdownOutput();
                channel.config().setAutoRead(true);
                cutAfter(ctx, LINGER_MILLIS);
            } else {
                channel.close();
            }
        });
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private void leave(ChannelHandlerContext ctx) {
        stopTimer();
        ctx.pipeline().remove(this);
        ctx.pipeline().remove(bytes);
    }

    private void cutAfter(ChannelHandlerContext ctx, long millis) {
        stopTimer();
        timer = ctx.executor().schedule(() -> ctx.close(), millis, TimeUnit.MILLISECONDS);
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    /** Before the codec: sees the first byte of a request, which the codec keeps to itself until the head is whole. */
    private final class Bytes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (outstanding == 0 && !inHead && !inBody && !refused) {
                inHead = true;
                cutAfter(ctx, timeouts.headMillis());
            }
            ctx.fireChannelRead(message);
        }
    }
}
