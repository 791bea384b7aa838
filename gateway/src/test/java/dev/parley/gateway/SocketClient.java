package dev.parley.gateway;

import dev.parley.protocol.Json;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * A WebSocket client for tests: sends what it is told, keeps what comes, waits for what is asked of it. Its handshake tells an
 * origin, as that of a page does. What is sent into a socket that was closed meanwhile is nobody's; whoever waits sees the
 * close.
 */
final class SocketClient implements AutoCloseable {
    private static final long WAIT_SECONDS = 60;
    private static final int LARGEST = 16 << 20;
    private static final EventLoopGroup LOOP = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("socket-client", true), NioIoHandler.newFactory());

    private final LinkedBlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
    private final List<JsonNode> passed = new ArrayList<>();
    private final CompletableFuture<Void> open = new CompletableFuture<>();
    private final Channel channel;
    private int nextId = 1;

    /**
     * Opens a socket to a gateway on this machine.
     *
     * @throws java.util.concurrent.CompletionException when it is refused
     */
    SocketClient(int port) {
        WebSocketClientProtocolConfig config = WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri("ws://127.0.0.1:" + port + "/ws")
                .generateOriginHeader(true)
                .maxFramePayloadLength(LARGEST)
                .handleCloseFrames(false)
                .sendCloseFrame(null)
                .build();
        channel = new Bootstrap()
                .group(LOOP)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel made) {
                        made.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(LARGEST),
                                        new WebSocketClientProtocolHandler(config),
                                        new WebSocketFrameAggregator(LARGEST),
                                        new Incoming());
                    }
                })
                .connect("127.0.0.1", port)
                .awaitUninterruptibly()
                .channel();
        if (!channel.isActive()) {
            open.completeExceptionally(new ConnectException("nobody listens on " + port));
        }
        open.join();
    }

    /** Connects as somebody; answers the result. */
    JsonNode connect(String kind, String id) {
        return call("connect", "{\"kind\":\"" + kind + "\",\"id\":\"" + id + "\"}");
    }

    /** Sends a request and waits for its answer, which must be a result. */
    JsonNode call(String method, String params) {
        JsonNode answer = answer(send(method, params));
        if (!answer.has("result")) {
            throw new AssertionError(method + " answered " + answer);
        }
        return answer.get("result");
    }

    /** Sends a request and waits for its answer, which must be an error. */
    JsonNode refused(String method, String params) {
        JsonNode answer = answer(send(method, params));
        if (!answer.has("error")) {
            throw new AssertionError(method + " answered " + answer);
        }
        return answer.get("error");
    }

    /** Sends a request; answers its id. */
    int send(String method, String params) {
        int id = nextId++;
        text("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}");
        return id;
    }

    /** Waits for the answer to a request. */
    JsonNode answer(int id) {
        return next("the answer to " + id, frame -> frame.path("id").asInt(-1) == id);
    }

    /** Sends any text. */
    void text(String text) {
        channel.writeAndFlush(new TextWebSocketFrame(text)).awaitUninterruptibly();
    }

    /** Sends any bytes. */
    void binary(byte[] bytes) {
        channel.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes)))
                .awaitUninterruptibly();
    }

    /** Waits for a push of a name; answers its params. */
    JsonNode push(String method) {
        return next(
                        "push " + method,
                        frame -> method.equals(frame.path("method").asString(null)))
                .get("params");
    }

    /** Waits for the close; answers its code. */
    int closed() {
        return next("close", frame -> frame.has("closed")).get("closed").asInt();
    }

    /** What has come of a name so far and was not asked for yet; asks for the server's time first, so all before it is here. */
    List<JsonNode> arrived(String method) {
        call("ping", "{}");
        List<JsonNode> found = new ArrayList<>();
        passed.removeIf(frame -> method.equals(frame.path("method").asString(null)) && found.add(frame.get("params")));
        return found;
    }

    /** Waits for a frame that fits; keeps the others for later. */
    JsonNode next(String what, Predicate<JsonNode> fits) {
        for (JsonNode frame : passed) {
            if (fits.test(frame)) {
                passed.remove(frame);
                return frame;
            }
        }
        try {
            while (true) {
                JsonNode frame = frames.poll(WAIT_SECONDS, TimeUnit.SECONDS);
                if (frame == null) {
                    throw new AssertionError("waited for " + what + ", got " + passed);
                }
                if (fits.test(frame)) {
                    return frame;
                }
                passed.add(frame);
            }
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Cuts the socket without a close frame. */
    void cut() {
        channel.close().awaitUninterruptibly();
    }

    @Override
    public void close() {
        channel.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
                .awaitUninterruptibly();
    }

    /** Called on the loop. */
    private final class Incoming extends SimpleChannelInboundHandler<WebSocketFrame> {
        private boolean ended;

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            if (frame instanceof TextWebSocketFrame text) {
                frames.add(Json.MAPPER.readTree(text.text()));
            } else if (frame instanceof CloseWebSocketFrame close) {
                ended(close.statusCode(), close.reasonText());
                context.close();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                open.complete(null);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            open.completeExceptionally(cause);
            ended(WebSocketCloseStatus.ABNORMAL_CLOSURE.code(), String.valueOf(cause));
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            open.completeExceptionally(new ConnectException("closed before it was open"));
            ended(WebSocketCloseStatus.ABNORMAL_CLOSURE.code(), "");
        }

        private void ended(int code, String reason) {
            if (!ended) {
                ended = true;
                frames.add(Json.MAPPER.createObjectNode().put("closed", code).put("reason", reason));
            }
        }
    }
}
