package dev.parley.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The event loops that all scripted clients share, and the way to connect one.
 *
 * <p>Connections are spread over several loopback source addresses (127.0.0.2 and up), because one address has only some
 * 28,000 ports. Epoll where there is one, else NIO. Methods may be called from any thread; {@link #each} and
 * {@link #await} block their caller and must not be called on an event loop.
 */
final class Generator implements AutoCloseable {
    private static final int SOURCE_ADDRESSES = 16;
    private static final long PATIENCE_SECONDS = 60;

    private final MultiThreadIoEventLoopGroup group;
    private final List<EventLoop> loops = new ArrayList<>();
    private final boolean epoll = Epoll.isAvailable();

    /** Starts that many event loops. */
    Generator(int threads) {
        group = new MultiThreadIoEventLoopGroup(
                threads, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        for (int i = 0; i < threads; i++) {
            loops.add(group.next());
        }
    }

    /** The transport in use, for the report. */
    String transport() {
        return epoll ? "epoll" : "nio";
    }

    /** All event loops. */
    List<EventLoop> loops() {
        return loops;
    }

    /** The event loop of the client with that number. */
    EventLoop loop(int index) {
        return loops.get(Math.floorMod(index, loops.size()));
    }

    /**
     * Opens a WebSocket.
     *
     * @param index number of the client; settles its event loop and source address
     */
    CompletableFuture<LoadConnection> connect(Target target, int index, LoadConnection.Listener listener) {
        return connect(target, index, listener, Map.of());
    }

    /** As {@link #connect(Target, int, LoadConnection.Listener)}, with socket options. */
    CompletableFuture<LoadConnection> connect(
            Target target, int index, LoadConnection.Listener listener, Map<ChannelOption<?>, Object> options) {
        String request = "GET " + target.path() + " HTTP/1.1\r\nHost: " + target.authority()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        LoadConnection connection = new LoadConnection(request.getBytes(StandardCharsets.US_ASCII), listener);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop(index))
                .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 30_000)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .handler(connection);
        if (epoll) {
            bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
        }
        options.forEach((option, value) -> set(bootstrap, option, value));
        InetSocketAddress source = new InetSocketAddress("127.0.0." + (2 + Math.floorMod(index, SOURCE_ADDRESSES)), 0);
        ChannelFuture connecting = target.address().getAddress().getAddress().length == 4
                ? bootstrap.connect(target.address(), source)
                : bootstrap.connect(target.address());
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                connection
                        .opened()
                        .completeExceptionally(
                                new LoadException("cannot connect to " + target.authority() + ": " + done.cause()));
            }
        });
        return connection.opened();
    }

    @SuppressWarnings("unchecked")
    private static void set(Bootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }

    /**
     * Does something for each number from 0 with at most {@code width} under way, and waits until all is done.
     *
     * @throws LoadException with the first failure, after which no more are begun
     */
    static void each(int count, int width, IntFunction<? extends CompletionStage<?>> action) {
        Semaphore slots = new Semaphore(width);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        try {
            for (int i = 0; i < count && failure.get() == null; i++) {
                if (!slots.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new LoadException("no answer for " + PATIENCE_SECONDS + " s at " + i + " of " + count);
                }
                action.apply(i).whenComplete((done, error) -> {
                    if (error != null) {
                        failure.compareAndSet(null, error);
                    }
                    slots.release();
                });
            }
            if (failure.get() == null && !slots.tryAcquire(width, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new LoadException("no answer for " + PATIENCE_SECONDS + " s, " + slots.availablePermits() + " of "
                        + width + " slots free");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
        Throwable first = failure.get();
        if (first != null) {
            throw new LoadException(String.valueOf(first.getMessage()), first);
        }
    }

    /** Waits for one answer. */
    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new LoadException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        } catch (TimeoutException e) {
            throw new LoadException("no answer for " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
    }

    /** Waits until every event loop has done what it was given before, so that what they wrote can be read here. */
    void barrier() {
        for (Iterator<EventLoop> i = loops.iterator(); i.hasNext(); ) {
            CompletableFuture<Void> reached = new CompletableFuture<>();
            i.next().execute(() -> reached.complete(null));
            await(reached);
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(6, TimeUnit.SECONDS);
    }
}
