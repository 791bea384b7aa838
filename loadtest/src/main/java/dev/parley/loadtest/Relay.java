package dev.parley.loadtest;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The floor that every figure stands beside: a WebSocket relay that keeps nothing and knows nothing.
 *
 * <p>The first frame of a client names it ({@code "id":"…"}) and perhaps a room ({@code "room":"…"}); every later frame is
 * passed on as it is to the client, or to the others in the room, that its {@code "to":"…"} names, and no other byte of it
 * is read. One event loop, so that its maps need no care.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A task that fails says so through the listener or the socket.
final class Relay implements AutoCloseable {
    private static final byte[] ID = Scan.name("\"id\":\"");
    private static final byte[] ROOM = Scan.name("\"room\":\"");
    private static final byte[] TO = Scan.name("\"to\":\"");
    private static final String WELCOME = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    private final MultiThreadIoEventLoopGroup group;
    private final Channel server;
    private final Map<String, Channel> clients = new HashMap<>();
    private final Map<String, Map<Channel, Boolean>> rooms = new HashMap<>();
    private final List<Channel> unflushed = new ArrayList<>();

    /** Listens on a loopback port; 0 takes any free one. Blocks until it accepts connections. */
    Relay(int port) {
        boolean epoll = Epoll.isAvailable();
        group = new MultiThreadIoEventLoopGroup(1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        server = new ServerBootstrap()
                .group(group)
                .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        WebSocketServerProtocolConfig config = WebSocketServerProtocolConfig.newBuilder()
                                .websocketPath("/ws")
                                .withUTF8Validator(false)
                                .build();
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(8192))
                                .addLast(new WebSocketServerProtocolHandler(config))
                                .addLast(new Client());
                    }
                })
                .bind("127.0.0.1", port)
                .syncUninterruptibly()
                .channel();
    }

    /** Where it listens. */
    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Blocks until {@link #close} is called by another thread. */
    void awaitEnd() {
        server.closeFuture().awaitUninterruptibly();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }

    private final class Client extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private @Nullable String id;
        private @Nullable String room;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame frame) {
            ByteBuf content = frame.content();
            if (id == null) {
                String name = value(content, ID);
                id = name == null ? "" : name;
                clients.put(id, ctx.channel());
                room = value(content, ROOM);
                if (room != null) {
                    rooms.computeIfAbsent(room, any -> new LinkedHashMap<>()).put(ctx.channel(), Boolean.TRUE);
                }
                ctx.writeAndFlush(new TextWebSocketFrame(WELCOME));
                return;
            }
            String to = value(content, TO);
            Channel client = clients.get(to);
            if (client != null) {
                forward(client, content);
                return;
            }
            Map<Channel, Boolean> members = rooms.get(to);
            if (members != null) {
                for (Channel member : members.keySet()) {
                    if (!member.equals(ctx.channel())) {
                        forward(member, content);
                    }
                }
            }
        }

        private void forward(Channel to, ByteBuf content) {
            to.write(new TextWebSocketFrame(content.retainedDuplicate()), to.voidPromise());
            unflushed.add(to);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            for (int i = 0; i < unflushed.size(); i++) {
                unflushed.get(i).flush();
            }
            unflushed.clear();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (id != null) {
                clients.remove(id, ctx.channel());
            }
            Map<Channel, Boolean> members = room == null ? null : rooms.get(room);
            if (members != null) {
                members.remove(ctx.channel());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        private @Nullable String value(ByteBuf content, byte[] key) {
            int end = content.writerIndex();
            outer:
            for (int at = content.readerIndex(); at + key.length < end; at++) {
                for (int i = 0; i < key.length; i++) {
                    if (content.getByte(at + i) != key[i]) {
                        continue outer;
                    }
                }
                int from = at + key.length;
                int to = content.indexOf(from, end, (byte) '"');
                return to < 0 ? null : content.toString(from, to - from, StandardCharsets.ISO_8859_1);
            }
            return null;
        }
    }
}
