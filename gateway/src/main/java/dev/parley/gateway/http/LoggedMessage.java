package dev.parley.gateway.http;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.store.LoggedEvent;
import org.jspecify.annotations.Nullable;

/** The members of a logged message's body that answers show. */
record LoggedMessage(
        @Nullable String messageId,
        @Nullable String authorId,
        @Nullable String role,
        @Nullable String content,
        @Nullable RawJson payload,
        @Nullable String inReplyTo,
        @Nullable RawJson metadata,
        @Nullable RawJson attachments) {
    private static final String AGENT = "agent";

    static LoggedMessage of(LoggedEvent event) {
        return BodyCodec.decode(event.body(), LoggedMessage.class);
    }

    boolean isAgents() {
        return AGENT.equals(role);
    }

    RawJson metadataOrEmpty() {
        return metadata == null ? RawJson.EMPTY_OBJECT : metadata;
    }
}
