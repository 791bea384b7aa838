package dev.parley.protocol.frame;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionResults;

/**
 * The answer of {@code message.send}, written member by member: it is made once for every message that passes, and the
 * general writer takes a sixth of an event loop's time for it. A test holds it to what the general writer says.
 */
final class SentWriter {
    private static final int ROOM = 256;

    private SentWriter() {}

    static RawJson write(SessionResults.Sent sent) {
        if (sent.outcomes() != null) {
            return RawJson.of(Json.write(sent));
        }
        SessionResults.SendStatus status = sent.sessionStatus();
        JsonBuffer out = new JsonBuffer(ROOM)
                .ascii("{\"messageId\":")
                .string(sent.messageId())
                .ascii(",\"seq\":")
                .number(sent.seq())
                .ascii(",\"epoch\":")
                .string(sent.epoch())
                .ascii(",\"createdAt\":")
                .instant(sent.createdAt().toEpochMilli());
        if (sent.duplicate() != null) {
            out.ascii(",\"duplicate\":").ascii(sent.duplicate().toString());
        }
        out.ascii(",\"sessionStatus\":{\"expiresAt\":")
                .instant(status.expiresAt().toEpochMilli())
                .ascii(",\"renewalCount\":")
                .number(status.renewalCount())
                .ascii(status.wasRenewed() ? ",\"wasRenewed\":true" : ",\"wasRenewed\":false")
                .ascii(status.isNearExpiration() ? ",\"isNearExpiration\":true}}" : ",\"isNearExpiration\":false}}");
        return RawJson.of(out.toByteArray());
    }
}
