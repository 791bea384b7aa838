package dev.parley.gateway.routing;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.frame.FrameWriter;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Something that the server pushes, encoded once for all who get it. Immutable; the frames made from it are counted as any
 * buffer.
 */
public final class Push {
    // {"jsonrpc":"2.0","method":"…","params":…} as FrameWriter lays it out.
    private static final int BEFORE_METHOD = "{\"jsonrpc\":\"2.0\",\"method\":\"".length();
    private static final int BEFORE_PARAMS = "\",\"params\":".length();
    private static final int FINAL_TEXT = 0x81;

    private final String method;
    private final byte[] text;

    private Push(String method, byte[] text) {
        this.method = method;
        this.text = text;
    }

    /** The push of a log entry. */
    public static Push logged(LoggedEvent event) {
        long createdAt = EventTypes.MESSAGE.equals(event.type()) ? event.at() : -1;
        return new Push(
                event.type(),
                FrameWriter.push(event.type(), event.sessionId(), event.epoch(), event.seq(), createdAt, event.body()));
    }

    /** The push of a signal. */
    public static Push signal(Signal signal) {
        return new Push(signal.type(), FrameWriter.signal(signal.type(), signal.sessionId(), signal.body()));
    }

    /**
     * Any other push.
     *
     * @param params written as JSON
     */
    public static Push of(String method, Object params) {
        return new Push(method, FrameWriter.notification(method, RawJson.of(Json.write(params))));
    }

    /** The wire name. */
    public String method() {
        return method;
    }

    /** The params alone, as JSON: for event streams. */
    public RawJson params() {
        int start = BEFORE_METHOD + method.length() + BEFORE_PARAMS;
        return RawJson.slice(text, start, text.length - 1 - start);
    }

    /** Bytes of the notification. */
    public int length() {
        return text.length;
    }

    /** The notification as one unmasked WebSocket text frame (RFC 6455 section 5.2); the caller releases it. */
    public ByteBuf frame(ByteBufAllocator allocator) {
        return textFrame(allocator, text);
    }

    /** Any text as one unmasked WebSocket text frame (RFC 6455 section 5.2); the caller releases it. */
    public static ByteBuf textFrame(ByteBufAllocator allocator, byte[] text) {
        int length = text.length;
        ByteBuf frame = allocator.directBuffer(length + 10);
        frame.writeByte(FINAL_TEXT);
        if (length < 126) {
            frame.writeByte(length);
        } else if (length < 1 << 16) {
            frame.writeByte(126).writeShort(length);
        } else {
            frame.writeByte(127).writeLong(length);
        }
        return frame.writeBytes(text);
    }
}
