package dev.parley.protocol.envelope;

import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * What became of an envelope.
 *
 * @param success false when the task that was waited for did not come to a response
 * @param status delivered: its agent is connected; queued: it is kept for when it is; responded, failed, timeout or cancelled:
 *     what came of a task that was waited for
 * @param task_id null where no task is concerned
 * @param recipient the agent that it went to
 * @param routingReason why that one, where the gateway chose it
 * @param response the result of the task
 * @param error why it failed
 */
@SuppressWarnings("MemberName") // the wire's names
public record EnvelopeAnswer(
        boolean success,

        @Doc(oneOf = {"delivered", "queued", "responded", "failed", "timeout", "cancelled"})
        String status,

        @Nullable String task_id,
        @Nullable String recipient,
        @Nullable String routingReason,
        @Doc("any JSON value") @Nullable RawJson response,
        @Doc("any JSON value") @Nullable RawJson error) {
    /** The recipient is connected. */
    public static final String DELIVERED = "delivered";

    /** It is kept for when the recipient connects. */
    public static final String QUEUED = "queued";

    /** The task was done. */
    public static final String RESPONDED = "responded";

    /** Whether this tells what came of a task, rather than that it was taken. */
    public boolean isSettled() {
        return !status.equals(DELIVERED) && !status.equals(QUEUED);
    }
}
