package dev.parley.protocol.agent;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Params and results of the operations on channels. */
public final class ChannelParams {
    private ChannelParams() {}

    /** One channel. */
    public record Ref(@Required @Form(Kind.ID) String channel) {}

    /**
     * What is published.
     *
     * @param messageId of the caller's own, so that it can be published again when the answer was lost
     */
    public record Publish(
            @Required @Form(Kind.ID) String channel,

            @Required @Doc("any JSON value, up to 64 KiB") @ExplicitNull
            RawJson payload,

            @Form(Kind.MESSAGE_ID) @Nullable String messageId) {}

    /**
     * What was published.
     *
     * @param seq its number in the channel
     * @param duplicate whether it was there already
     */
    public record Published(
            String id,
            String channel,
            Instant createdAt,
            long seq,
            @Nullable Boolean duplicate) {}

    /** The messages of a channel that are kept, oldest first. */
    public record Messages(List<ChannelMessage> messages) {}

    /**
     * A subscription to be made.
     *
     * @param seq position: what comes after it is pushed
     * @param last without a position, how many of the kept messages are pushed first
     */
    public record Subscribe(
            @Required @Form(Kind.ID) String channel,

            @Doc(value = "0 or more; not together with last", minimum = 0) @Nullable Long seq,

            @Doc(value = "0 to 100; all that are kept when left out", minimum = 0, maximum = 100) @Nullable Long last) {}

    /**
     * A subscription.
     *
     * @param seq what comes after it follows as pushes
     * @param gap true when messages between the position that was asked for and this one are gone, or may be
     */
    public record Subscribed(
            String channel, long seq, @Nullable Boolean gap) {}
}
