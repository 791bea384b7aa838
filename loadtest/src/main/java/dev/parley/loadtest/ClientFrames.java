package dev.parley.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * Frames as a WebSocket client writes them (RFC 6455 section 5.2), masked with one fixed key.
 *
 * <p>The random key of section 5.3 protects proxies from hostile pages; a load generator on loopback has neither, and with
 * a fixed key a frame can be built and masked once and then only patched. The server does the same work to unmask it.
 */
final class ClientFrames {
    static final int TEXT = 0x1;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xA;

    private static final byte[] KEY = {0x37, (byte) 0xfa, 0x21, 0x3d};

    private ClientFrames() {}

    /** A whole text frame as bytes. */
    static byte[] text(String payload) {
        return frame(TEXT, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** A close frame with a status code (RFC 6455 section 5.5.1). */
    static byte[] close(int code) {
        return frame(CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    }

    /** A whole frame with the given opcode. */
    static byte[] frame(int opcode, byte[] payload) {
        int header = headerLength(payload.length);
        byte[] frame = new byte[header + payload.length];
        frame[0] = (byte) (0x80 | opcode);
        if (header == 6) {
            frame[1] = (byte) (0x80 | payload.length);
        } else if (header == 8) {
            frame[1] = (byte) (0x80 | 126);
            frame[2] = (byte) (payload.length >> 8);
            frame[3] = (byte) payload.length;
        } else {
            frame[1] = (byte) (0x80 | 127);
            for (int i = 0; i < 4; i++) {
                frame[6 + i] = (byte) (payload.length >> (24 - 8 * i));
            }
        }
        System.arraycopy(KEY, 0, frame, header - 4, 4);
        for (int i = 0; i < payload.length; i++) {
            frame[header + i] = (byte) (payload[i] ^ KEY[i & 3]);
        }
        return frame;
    }

    /** How many bytes come before a payload of that length: opcode, length and key. */
    static int headerLength(int payloadLength) {
        return payloadLength < 126 ? 6 : payloadLength < 65_536 ? 8 : 14;
    }

    /** Overwrites digits inside a built frame: {@code value} right-aligned in {@code width}, padded with zeros. */
    static void patch(byte[] frame, int header, int payloadOffset, int width, long value) {
        long rest = value;
        for (int i = payloadOffset + width - 1; i >= payloadOffset; i--) {
            frame[header + i] = (byte) (('0' + (int) (rest % 10)) ^ KEY[i & 3]);
            rest /= 10;
        }
    }

    /** The frame in a buffer that the transport can write. */
    static ByteBuf buffer(ByteBufAllocator allocator, byte[] frame) {
        return allocator.directBuffer(frame.length).writeBytes(frame);
    }
}
