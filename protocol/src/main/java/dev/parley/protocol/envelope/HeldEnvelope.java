package dev.parley.protocol.envelope;

import dev.parley.protocol.RawJson;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An envelope as it is kept with its task.
 *
 * @param envelope as its agents are given it, but for the payload, which is the task's
 * @param status that its sender was answered
 * @param recipient that its sender was answered
 * @param routingReason that its sender was answered; null where it named the recipient
 */
public record HeldEnvelope(
        RawJson envelope,
        String status,
        String recipient,
        @Nullable String routingReason) {
    /** The envelope with its payload. */
    public RawJson whole(RawJson payload) {
        byte[] head = envelope.array();
        int length = envelope.length() - 1;
        byte[] name = ",\"payload\":".getBytes(StandardCharsets.US_ASCII);
        byte[] whole = new byte[length + name.length + payload.length() + 1];
        System.arraycopy(head, envelope.offset(), whole, 0, length);
        System.arraycopy(name, 0, whole, length, name.length);
        System.arraycopy(payload.array(), payload.offset(), whole, length + name.length, payload.length());
        whole[whole.length - 1] = '}';
        return RawJson.slice(whole, 0, whole.length);
    }
}
