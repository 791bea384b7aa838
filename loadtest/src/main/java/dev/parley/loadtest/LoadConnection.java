package dev.parley.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket client connection on plain Netty, made to cost less per message than the server does.
 *
 * <p>It shakes hands by hand (RFC 6455 section 4.1), reads server frames straight from the socket's buffer and hands each
 * text frame to the listener as a {@link Scan}. Everything runs on the channel's event loop; {@link #call} and
 * {@link #run} may be used from anywhere.
 */
// Futures of writes and closes are not looked at: a write that fails shows as a closed socket.
@SuppressWarnings("FutureReturnValueIgnored")
final class LoadConnection extends ChannelInboundHandlerAdapter {
    /** Request ids from here on belong to the listener; smaller ones to {@link #call}. */
    static final long LISTENER_IDS = 1_000_000_000L;

    /** Told to {@link Listener#onClosed} when the server sent no close frame (RFC 6455 section 7.1.5). */
    static final int NO_CLOSE_FRAME = 1006;

    /** What a scenario does with a connection. All calls come on the connection's event loop. */
    interface Listener {
        /** A notification; its {@code method} and {@code params} are in the scan. */
        void onPush(LoadConnection connection, Scan frame);

        /** The answer to a request that the listener numbered itself. */
        default void onAnswer(LoadConnection connection, long id, Scan frame) {}

        /** The socket is closed; {@code code} is that of the server's close frame. Told once. */
        default void onClosed(LoadConnection connection, int code) {}

        /** The server broke the protocol, or the listener failed; the connection is dropped. */
        void onDefect(LoadConnection connection, String what);
    }

    private static final byte[] ID = Scan.name("id");
    private static final int HEADER_LIMIT = 8192;

    private static final class Scratch {
        byte[] bytes = new byte[64 * 1024];
        final Scan scan = new Scan();
    }

    private static final FastThreadLocal<Scratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    private final byte[] handshake;
    private final Listener listener;
    private final CompletableFuture<LoadConnection> opened = new CompletableFuture<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf partial;
    private @Nullable Map<Long, CompletableFuture<Reply>> calls;
    private long nextCall = 1;
    private boolean open;
    private boolean reading;
    private boolean unflushed;
    private int closeCode = NO_CLOSE_FRAME;
    private long heardAt = System.nanoTime();

    LoadConnection(byte[] handshake, Listener listener) {
        this.handshake = handshake;
        this.listener = listener;
    }

    /** Completes when the WebSocket is open. */
    CompletableFuture<LoadConnection> opened() {
        return opened;
    }

    /** The socket. */
    Channel channel() {
        return context().channel();
    }

    /** The event loop that everything runs on. */
    EventLoop loop() {
        return channel().eventLoop();
    }

    /** Whether the WebSocket is open; exact on the event loop. */
    boolean isOpen() {
        return open;
    }

    /** When anything came last, by {@link System#nanoTime}; exact on the event loop. */
    long heardAt() {
        return heardAt;
    }

    /** Runs something on the event loop. */
    void run(Runnable task) {
        if (loop().inEventLoop()) {
            task.run();
        } else {
            loop().execute(task);
        }
    }

    /**
     * Sends a request and waits for its answer without blocking.
     *
     * @param method name of the operation
     * @param params its params, a JSON object
     * @return the answer; fails with {@link LoadException} when the socket closes first
     */
    CompletableFuture<Reply> call(String method, String params) {
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        run(() -> {
            if (!open) {
                answer.completeExceptionally(new LoadException(method + ": the connection is closed"));
                return;
            }
            Map<Long, CompletableFuture<Reply>> waiting = calls == null ? new HashMap<>() : calls;
            calls = waiting;
            long id = nextCall++;
            waiting.put(id, answer);
            write(ClientFrames.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}"));
            flush();
        });
        return answer;
    }

    /** Writes a frame that {@link ClientFrames} built; on the event loop, flushed later. */
    void write(byte[] frame) {
        write(ClientFrames.buffer(context().alloc(), frame));
    }

    /** Writes a frame and takes over the buffer; on the event loop, flushed at the end of the read or by {@link #flush}. */
    void write(ByteBuf frame) {
        unflushed = true;
        context().write(frame, context().voidPromise());
    }

    /** Writes a frame from a template. */
    void write(FrameTemplate template) {
        write(template.build(context().alloc()));
    }

    /** Sends what was written, unless a read is under way that will do so at its end. */
    void flush() {
        if (unflushed && !reading) {
            unflushed = false;
            context().flush();
        }
    }

    /** Says good-bye with a close frame; the server answers it and the socket closes. */
    void closeCleanly() {
        run(() -> {
            if (open) {
                write(ClientFrames.close(1000));
                flush();
                open = false;
            }
        });
    }

    /** Cuts the connection with a TCP reset, as a lost network or a killed process does. */
    void reset() {
        run(() -> {
            open = false;
            if (channel().isOpen()) {
                channel().config().setOption(ChannelOption.SO_LINGER, 0);
                channel().close();
            }
        });
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(ctx.alloc().buffer(handshake.length).writeBytes(handshake), ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        ByteBuf before = partial;
        if (before != null) {
            before.writeBytes(in);
            in.release();
            in = before;
            partial = null;
        }
        reading = true;
        heardAt = System.nanoTime();
        try {
            if (open || opened.isDone() || shakeHands(in)) {
                frames(in);
            }
            if (in.isReadable() && ctx.channel().isActive()) {
                partial = ctx.alloc()
                        .buffer(Math.max(512, in.readableBytes() * 2))
                        .writeBytes(in);
            }
        } catch (RuntimeException e) {
            defect("failed on a frame: " + e);
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        open = false;
        ByteBuf rest = partial;
        partial = null;
        if (rest != null) {
            rest.release();
        }
        LoadException closed = new LoadException("the connection was closed (" + closeCode + ")");
        opened.completeExceptionally(closed);
        Map<Long, CompletableFuture<Reply>> waiting = calls;
        calls = null;
        if (waiting != null) {
            waiting.values().forEach(answer -> answer.completeExceptionally(closed));
        }
        listener.onClosed(this, closeCode);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private boolean shakeHands(ByteBuf in) {
        int from = in.readerIndex();
        for (int at = from; at + 4 <= in.writerIndex(); at++) {
            if (in.getInt(at) == 0x0D0A0D0A) {
                String head = in.readCharSequence(at + 4 - from, StandardCharsets.ISO_8859_1)
                        .toString();
                if (!head.startsWith("HTTP/1.1 101")) {
                    throw new LoadException("the server refused the WebSocket: "
                            + head.lines().findFirst().orElse(head));
                }
                open = true;
                opened.complete(this);
                return true;
            }
        }
        if (in.readableBytes() > HEADER_LIMIT) {
            throw new LoadException("the server's handshake has no end");
        }
        return false;
    }

    private void frames(ByteBuf in) {
        while (in.readableBytes() >= 2) {
            int at = in.readerIndex();
            int first = in.getUnsignedByte(at);
            int length = in.getUnsignedByte(at + 1);
            int header = 2;
            if (length == 126) {
                header = 4;
                if (in.readableBytes() < header) {
                    return;
                }
                length = in.getUnsignedShort(at + 2);
            } else if (length == 127) {
                header = 10;
                if (in.readableBytes() < header) {
                    return;
                }
                length = Math.toIntExact(in.getLong(at + 2));
            } else if (length > 127) {
                throw new LoadException("the server masked a frame");
            }
            if (in.readableBytes() < header + length) {
                return;
            }
            in.skipBytes(header + length);
            frame(first, in, at + header, length);
        }
    }

    private void frame(int first, ByteBuf in, int at, int length) {
        switch (first) {
            case 0x80 | ClientFrames.TEXT -> text(in, at, length);
            case 0x80 | ClientFrames.PING -> {
                byte[] payload = new byte[length];
                in.getBytes(at, payload);
                write(ClientFrames.frame(ClientFrames.PONG, payload));
            }
            case 0x80 | ClientFrames.PONG -> {}
            case 0x80 | ClientFrames.CLOSE -> {
                closeCode = length >= 2 ? in.getUnsignedShort(at) : 1005;
                if (open) {
                    open = false;
                    write(ClientFrames.close(closeCode));
                }
                context().flush();
                context().close();
            }
            default -> throw new LoadException("unexpected first byte of a frame: 0x" + Integer.toHexString(first));
        }
    }

    private void text(ByteBuf in, int at, int length) {
        Scratch scratch = SCRATCH.get();
        if (scratch.bytes.length < length) {
            scratch.bytes = new byte[length * 2];
        }
        in.getBytes(at, scratch.bytes, 0, length);
        Scan scan = scratch.scan;
        scan.read(scratch.bytes, 0, length);
        long id = scan.number(scan.outer(ID), 0);
        if (id == 0) {
            listener.onPush(this, scan);
        } else if (id >= LISTENER_IDS) {
            listener.onAnswer(this, id, scan);
        } else {
            CompletableFuture<Reply> answer = calls == null ? null : calls.remove(id);
            if (answer == null) {
                throw new LoadException("an answer to no request: " + scan.all());
            }
            answer.complete(Reply.of(scan));
        }
    }

    private void defect(String what) {
        if (!opened.completeExceptionally(new LoadException(what))) {
            listener.onDefect(this, what);
        }
        channel().close();
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext present = context;
        if (present == null) {
            throw new IllegalStateException("not connected yet");
        }
        return present;
    }
}
