package dev.parley.protocol.agent;

import dev.parley.protocol.Doc;
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
            @Required @Doc("any JSON value, up to 64 KiB") RawJson payload,
            @Form(Kind.MESSAGE_ID) @Nullable String messageId) {}

    /**
     * What was published.
     *
     * @param duplicate whether it was there already
     */
    public record Published(
            String id,
            String channel,
            Instant createdAt,
            @Nullable Boolean duplicate) {}

    /** The messages of a channel that are kept, oldest first. */
    public record Messages(List<ChannelMessage> messages) {}

    /** A subscription that was made, with the messages before it that are kept, oldest first. */
    public record Subscribed(String channel, List<ChannelMessage> messages) {}
}
