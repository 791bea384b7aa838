package dev.parley.gateway.connection;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.WireTime;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@code GET /ws} into a WebSocket connection (RFC 6455 section 4.2). It stands right behind the HTTP codec; everything
 * that serves HTTP behind it is taken out of an upgraded channel, so that an idle socket holds no more than it needs. All other
 * requests pass through untouched.
 */
public final class UpgradeHandler extends ChannelInboundHandlerAdapter {
    /** Name of this handler in the pipeline. */
    public static final String NAME = "parley.upgrade";

    private static final String PATH = "/ws";

    private final Connections connections;
    private @Nullable HttpRequest upgrade;
    private boolean dropping;

    /** One for each channel. */
    public UpgradeHandler(Connections connections) {
        this.connections = connections;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && isOurs(request)) {
            ProtocolException refusal = refusal(request);
            if (refusal != null) {
                dropping = true;
                ReferenceCountUtil.release(message);
                refuse(context, refusal);
                return;
            }
            upgrade = request;
            if (!(message instanceof LastHttpContent)) {
                return;
            }
        }
        if (dropping) {
            ReferenceCountUtil.release(message);
            return;
        }
        HttpRequest pending = upgrade;
        if (pending == null) {
            context.fireChannelRead(message);
            return;
        }
        boolean complete = message instanceof LastHttpContent;
        ReferenceCountUtil.release(message);
        if (complete) {
            upgrade = null;
            upgrade(context, pending);
        }
    }

    private static boolean isOurs(HttpRequest request) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        return request.decoderResult().isSuccess() && (query < 0 ? uri : uri.substring(0, query)).equals(PATH);
    }

    private @Nullable ProtocolException refusal(HttpRequest request) {
        if (connections.isDraining()) {
            return ProtocolException.of(
                    ErrorCode.DRAINING, "This gateway is going away; connect to another one, or again in a moment.");
        }
        if (connections.isStoreLost()) {
            return ProtocolException.of(
                            ErrorCode.STORE_UNAVAILABLE,
                            "The store is away; connect to another gateway, or again in a moment.")
                    .with("outcome", "refused");
        }
        if (!HttpMethod.GET.equals(request.method())) {
            return ProtocolException.of(
                            ErrorCode.METHOD_NOT_ALLOWED, "This address speaks WebSocket; ask for an upgrade with GET.")
                    .with("allowed", List.of("GET"));
        }
        if (!request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            return ProtocolException.of(
                    ErrorCode.VALIDATION_ERROR, "This address speaks WebSocket; ask for an upgrade with GET.");
        }
        if (!"13".equals(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
                || request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY) == null) {
            return ProtocolException.of(
                    ErrorCode.VALIDATION_ERROR, "Send Sec-WebSocket-Version: 13 and a Sec-WebSocket-Key.");
        }
        if (!originAllowed(request)) {
            return ProtocolException.of(
                    ErrorCode.FORBIDDEN, "Pages of this origin may not connect; have it added to the allowed origins.");
        }
        return null;
    }

    /** A browser always tells the page's origin; a page of somebody else's must not speak as the person in front of it. */
    private boolean originAllowed(HttpRequest request) {
        String origin = request.headers().get(HttpHeaderNames.ORIGIN);
        if (origin == null) {
            return true;
        }
        if (connections.corsOrigins().contains("*") || connections.corsOrigins().contains(origin)) {
            return true;
        }
        try {
            return String.valueOf(URI.create(origin).getAuthority())
                    .equals(request.headers().get(HttpHeaderNames.HOST));
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    private void upgrade(ChannelHandlerContext context, HttpRequest request) {
        Channel channel = context.channel();
        ChannelPipeline pipeline = channel.pipeline();
        for (ChannelHandler last = pipeline.last(); last != this; last = pipeline.last()) {
            pipeline.removeLast();
        }
        WebSocketServerHandshaker handshaker = new WebSocketServerHandshakerFactory(
                        PATH,
                        "parley.v1",
                        WebSocketDecoderConfig.newBuilder()
                                .maxFramePayloadLength(connections.config().maxFrameBytes())
                                .allowExtensions(false)
                                .closeOnProtocolViolation(false)
                                .withUTF8Validator(false)
                                .build())
                .newHandshaker(request);
        DefaultFullHttpRequest full = new DefaultFullHttpRequest(
                request.protocolVersion(), request.method(), request.uri(), Unpooled.EMPTY_BUFFER);
        full.headers().set(request.headers());
        Connection connection = connections.open(channel);
        pipeline.addLast(
                "parley.aggregate",
                new WebSocketFrameAggregator(connections.config().maxFrameBytes()));
        pipeline.addLast("parley.frames", new FrameHandler(connection));
        int high = connections.config().outboundBytes();
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(high / 2, high));
        handshaker.handshake(channel, full).addListener(done -> {
            if (done.isSuccess()) {
                pipeline.remove(this);
                channel.config().setAutoRead(true);
                channel.read();
            } else {
                channel.close();
            }
        });
    }

    private void refuse(ChannelHandlerContext context, ProtocolException refusal) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", refusal.code().name());
        error.put("message", refusal.message());
        error.put("timestamp", WireTime.format(connections.nowMillis()));
        error.put("details", refusal.details());
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(refusal.code().status()),
                Unpooled.wrappedBuffer(Json.write(Map.of("error", error))));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (refusal.code() == ErrorCode.METHOD_NOT_ALLOWED) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET");
        }
        if (refusal.code() == ErrorCode.DRAINING || refusal.code() == ErrorCode.STORE_UNAVAILABLE) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
        }
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
