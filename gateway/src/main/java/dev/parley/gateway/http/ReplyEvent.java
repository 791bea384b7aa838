package dev.parley.gateway.http;

import dev.parley.protocol.ProtocolException;
import dev.parley.store.LoggedEvent;

/** What somebody who waits for an agent's reply hears. */
sealed interface ReplyEvent {
    /** A piece of the reply; pieces come without a hole from the first on, or not at all. */
    record Chunk(String messageId, String text) implements ReplyEvent {}

    /** The reply itself; nothing follows. */
    record Reply(LoggedEvent event, LoggedMessage message) implements ReplyEvent {}

    /** No reply will come; nothing follows. */
    record Failed(ProtocolException problem) implements ReplyEvent {}
}
