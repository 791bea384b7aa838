package dev.parley.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * A text frame that is built once and sent many times with other numbers in it.
 *
 * <p>Slots are written in the text as {@code #} runs; each run becomes a slot as wide as it is, filled with decimal digits.
 * Not thread-safe: it belongs to the event loop of the connection that sends it.
 */
final class FrameTemplate {
    private final byte[] frame;
    private final int header;
    private final int[] slotAt;
    private final int[] slotWidth;

    /**
     * @param text the payload, ASCII, with its slots
     * @param slots how many slots it must have
     */
    FrameTemplate(String text, int slots) {
        byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
        slotAt = new int[slots];
        slotWidth = new int[slots];
        int found = 0;
        for (int i = 0; i < payload.length; i++) {
            if (payload[i] != '#') {
                continue;
            }
            if (found == slots) {
                throw new IllegalArgumentException("more than " + slots + " slots: " + text);
            }
            slotAt[found] = i;
            while (i < payload.length && payload[i] == '#') {
                payload[i++] = '0';
            }
            slotWidth[found] = i - slotAt[found];
            found++;
        }
        if (found != slots) {
            throw new IllegalArgumentException(found + " slots, not " + slots + ": " + text);
        }
        header = ClientFrames.headerLength(payload.length);
        frame = ClientFrames.frame(ClientFrames.TEXT, payload);
    }

    /** Fills a slot. */
    FrameTemplate with(int slot, long value) {
        ClientFrames.patch(frame, header, slotAt[slot], slotWidth[slot], value);
        return this;
    }

    /** The frame as it stands now, in a buffer of its own. */
    ByteBuf build(ByteBufAllocator allocator) {
        return ClientFrames.buffer(allocator, frame);
    }
}
