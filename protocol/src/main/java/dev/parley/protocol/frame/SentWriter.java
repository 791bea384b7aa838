package dev.parley.protocol.frame;

import dev.parley.protocol.session.SessionResults;

/**
 * The answer of {@code message.send}, written member by member: it is made once for every message that passes, and the
 * general writer takes a sixth of an event loop's time for it. A test holds it to what the general writer says.
 */
final class SentWriter {
    private static final String ID = "{\"messageId\":";
    private static final String SEQ = ",\"seq\":";
    private static final String EPOCH = ",\"epoch\":";
    private static final String CREATED = ",\"createdAt\":";
    private static final String DUPLICATE = ",\"duplicate\":";
    private static final String EXPIRES = ",\"sessionStatus\":{\"expiresAt\":";
    private static final String COUNT = ",\"renewalCount\":";
    private static final String RENEWED = ",\"wasRenewed\":true";
    private static final String NOT_RENEWED = ",\"wasRenewed\":false";
    private static final String NEAR = ",\"isNearExpiration\":true}}";
    private static final String NOT_NEAR = ",\"isNearExpiration\":false}}";
    private static final int QUOTES = 2;
    private static final int INSTANT = 26;
    private static final int FIXED = ID.length()
            + QUOTES
            + SEQ.length()
            + EPOCH.length()
            + QUOTES
            + CREATED.length()
            + INSTANT
            + EXPIRES.length()
            + INSTANT
            + COUNT.length();

    private SentWriter() {}

    /** Bytes that the answer takes, unless something in it has to be escaped. */
    static int length(SessionResults.Sent sent) {
        SessionResults.SendStatus status = sent.sessionStatus();
        return FIXED
                + sent.messageId().length()
                + JsonBuffer.digits(sent.seq())
                + sent.epoch().length()
                + (sent.duplicate() == null
                        ? 0
                        : DUPLICATE.length() + sent.duplicate().toString().length())
                + JsonBuffer.digits(status.renewalCount())
                + (status.wasRenewed() ? RENEWED : NOT_RENEWED).length()
                + (status.isNearExpiration() ? NEAR : NOT_NEAR).length();
    }

    /** Writes an answer without outcomes. */
    static JsonBuffer write(JsonBuffer out, SessionResults.Sent sent) {
        SessionResults.SendStatus status = sent.sessionStatus();
        out.ascii(ID)
                .string(sent.messageId())
                .ascii(SEQ)
                .number(sent.seq())
                .ascii(EPOCH)
                .string(sent.epoch())
                .ascii(CREATED)
                .instant(sent.createdAt().toEpochMilli());
        if (sent.duplicate() != null) {
            out.ascii(DUPLICATE).ascii(sent.duplicate().toString());
        }
        return out.ascii(EXPIRES)
                .instant(status.expiresAt().toEpochMilli())
                .ascii(COUNT)
                .number(status.renewalCount())
                .ascii(status.wasRenewed() ? RENEWED : NOT_RENEWED)
                .ascii(status.isNearExpiration() ? NEAR : NOT_NEAR);
    }
}
