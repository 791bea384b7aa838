package dev.parley.protocol.agent;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message that was published to a channel.
 *
 * @param channel which one
 * @param from who published it
 * @param payload any JSON, as it came
 * @param id unique among those of the channel that are kept
 * @param createdAt when it was accepted
 * @param seq its number in the channel, more than that of the message before: by 1, unless data was lost or the channel was gone
 *     meanwhile
 * @param gap true when messages before this one will not come to this connection; only as a push
 */
public record ChannelMessage(
        String channel,
        From from,
        @Doc("any JSON value") @ExplicitNull RawJson payload,
        String id,
        Instant createdAt,
        long seq,
        @Nullable Boolean gap) {
    /** Who published it. */
    public record From(
            String id,
            @Doc(oneOf = {"user", "agent", "program"}) String kind) {}

    /** The same, with messages before it that are lost to who gets it. */
    public ChannelMessage afterGap() {
        return new ChannelMessage(channel, from, payload, id, createdAt, seq, true);
    }
}
