package dev.parley.store.redis;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy before a server of the tests. It cuts, delays and stalls connections when a test says so, and by itself at
 * moments drawn from a seed. Connections between servers (replication, Sentinel), and those that log in as {@link #SPARED},
 * are passed on unharmed. Everything happens on one thread of its own; the methods may be called from any other thread and
 * return when it is done.
 */
public final class FaultProxy implements AutoCloseable {
    /** The user, and its password, whose connections get no faults; servers know it once {@link #welcomeSpared} is done. */
    public static final String SPARED = "spared-by-proxies";

    private final Plan plan;
    private final int targetPort;
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final Channel server;
    private final Set<Line> lines = new LinkedHashSet<>();
    private final AtomicInteger faults = new AtomicInteger();
    private int accepted;
    private boolean refusing;
    private boolean stalled;
    private boolean losingAnswers;

    /**
     * Starts to listen on a free port.
     *
     * @param targetPort of the server on the loopback interface; need not be up yet
     * @param plan the faults that it gives by itself
     */
    public FaultProxy(int targetPort, Plan plan) {
        this.targetPort = targetPort;
        this.plan = plan;
        server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        accept(client);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Where it listens, on 127.0.0.1. */
    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Lets {@link #SPARED} do everything on a server. */
    static void welcomeSpared(RedisServer server) {
        server.command("ACL", "SETUSER", SPARED, "on", ">" + SPARED, "~*", "&*", "+@all");
    }

    /** How many faults it has given so far, by itself or because it was told to. */
    public int faults() {
        return faults.get();
    }

    /** How many bytes it has taken and not passed on. */
    public int heldBytes() {
        AtomicInteger bytes = new AtomicInteger();
        onLoop(() -> lines.forEach(line -> bytes.addAndGet(line.up.heldBytes() + line.down.heldBytes())));
        return bytes.get();
    }

    /** Closes all connections of clients; new ones are accepted. */
    public void cut() {
        onLoop(this::cutAll);
    }

    /** Closes all connections of clients, and new ones at once, until {@link #restore}. */
    public void takeDown() {
        onLoop(() -> {
            refusing = true;
            cutAll();
        });
    }

    /** Passes nothing on in either direction, connections stay open, new ones are accepted, until {@link #restore}. */
    public void stall() {
        onLoop(() -> {
            stalled = true;
            faults.incrementAndGet();
        });
    }

    /** Passes on what clients ask; the first answer from now on is dropped with its connection. */
    public void loseNextAnswer() {
        onLoop(() -> losingAnswers = true);
    }

    /** Ends what {@link #takeDown}, {@link #stall} and {@link #loseNextAnswer} began; what was stalled is passed on. */
    public void restore() {
        onLoop(() -> {
            refusing = false;
            stalled = false;
            losingAnswers = false;
            for (Line line : List.copyOf(lines)) {
                line.up.pump();
                line.down.pump();
            }
        });
    }

    /** Closes everything. */
    @Override
    public void close() {
        server.close().syncUninterruptibly();
        onLoop(() -> List.copyOf(lines).forEach(Line::close));
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void onLoop(Runnable task) {
        loop.submit(task).syncUninterruptibly();
    }

    private void cutAll() {
        for (Line line : List.copyOf(lines)) {
            if (!line.isSpared) {
                faults.incrementAndGet();
                line.close();
            }
        }
    }

    private void accept(Channel client) {
        if (refusing) {
            client.close();
            return;
        }
        Line line = new Line(client, new Random(plan.seed * 1_000_003L + accepted++));
        lines.add(line);
        client.pipeline().addLast(line.up);
        client.closeFuture().addListener(closed -> line.close());
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                .handler(line.down)
                .connect(InetAddress.getLoopbackAddress(), targetPort)
                .addListener(connecting -> {
                    if (connecting.isSuccess() && client.isOpen()) {
                        line.connected(((ChannelFuture) connecting).channel());
                    } else {
                        line.close();
                    }
                });
    }

    /**
     * The faults that a proxy gives by itself.
     *
     * @param seed decides, with the order in which connections come, when which fault is given
     * @param meanBytes after how many bytes in one direction a fault comes, on average; 0 for none
     * @param maxDelay the longest delay of one direction
     * @param maxStall the longest stall of one direction, which is longer than a client waits
     */
    public record Plan(long seed, int meanBytes, Duration maxDelay, Duration maxStall) {
        /** No faults but those that a test asks for. */
        public static final Plan NONE = new Plan(0, 0, Duration.ZERO, Duration.ZERO);

        /** The same faults at other moments. */
        public Plan withSeed(long other) {
            return new Plan(other, meanBytes, maxDelay, maxStall);
        }
    }

    /** One connection of a client and the one to the server that belongs to it. */
    private final class Line {
        private final Channel client;
        private final Pipe up;
        private final Pipe down;
        private @Nullable Channel upstream;
        private boolean isSpared;

        Line(Channel client, Random random) {
            this.client = client;
            up = new Pipe(this, random, true);
            down = new Pipe(this, new Random(random.nextLong()), false);
        }

        void connected(Channel channel) {
            upstream = channel;
            up.target = channel;
            down.target = client;
            up.pump();
            down.pump();
            client.config().setAutoRead(true);
            channel.config().setAutoRead(true);
        }

        void close() {
            if (lines.remove(this)) {
                client.close();
                if (upstream != null) {
                    upstream.close();
                }
                up.drop();
                down.drop();
            }
        }
    }

    /** One direction of a line. */
    private final class Pipe extends ChannelInboundHandlerAdapter {
        private final Line line;
        private final Random random;
        private final boolean isUp;
        private final Deque<ByteBuf> held = new ArrayDeque<>();
        private @Nullable Channel target;
        private boolean waiting;
        private long untilFault;

        Pipe(Line line, Random random, boolean isUp) {
            this.line = line;
            this.random = random;
            this.isUp = isUp;
            untilFault = nextFault();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            if (isUp && !line.isSpared) {
                line.isSpared = isToSpare(bytes);
            }
            held.add(bytes);
            pump();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            line.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            line.close();
        }

        /** Passes on what is held, until a fault comes. */
        void pump() {
            Channel to = target;
            while (to != null && !waiting && !held.isEmpty()) {
                if (line.isSpared) {
                    to.writeAndFlush(held.remove());
                } else if (stalled) {
                    return;
                } else if (losingAnswers && !isUp) {
                    losingAnswers = false;
                    faults.incrementAndGet();
                    line.close();
                } else {
                    pass(held.remove(), to);
                }
            }
        }

        int heldBytes() {
            return held.stream().mapToInt(ByteBuf::readableBytes).sum();
        }

        void drop() {
            target = null;
            held.forEach(ByteBuf::release);
            held.clear();
        }

        private void pass(ByteBuf bytes, Channel to) {
            untilFault -= bytes.readableBytes();
            if (untilFault > 0) {
                to.writeAndFlush(bytes);
                return;
            }
            untilFault = nextFault();
            faults.incrementAndGet();
            int kind = random.nextInt(10);
            if (kind < 3) {
                int passed = random.nextInt(bytes.readableBytes() + 1);
                to.writeAndFlush(bytes.readSlice(passed).retain()).addListener(written -> line.close());
                bytes.release();
                waiting = true;
            } else {
                Duration longest = kind < 9 ? plan.maxDelay : plan.maxStall;
                waiting = true;
                held.addFirst(bytes);
                loop.schedule(this::goOn, (long) (longest.toNanos() * random.nextDouble()), TimeUnit.NANOSECONDS);
            }
        }

        private void goOn() {
            waiting = false;
            pump();
        }

        private long nextFault() {
            return plan.meanBytes == 0
                    ? Long.MAX_VALUE
                    : 1 + (long) (-Math.log(1 - random.nextDouble()) * plan.meanBytes);
        }

        private boolean isToSpare(ByteBuf bytes) {
            String text = bytes.toString(StandardCharsets.ISO_8859_1);
            return text.contains("REPLCONF")
                    || text.contains("PSYNC")
                    || text.contains("sentinel-")
                    || text.contains(SPARED);
        }
    }
}
