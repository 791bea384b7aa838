package dev.parley.gateway.http;

import dev.parley.gateway.session.MessageService.SendOutcome;
import dev.parley.gateway.session.SessionViews;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.LoggedEvent;
import dev.parley.store.StoredSession;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages as the HTTP answers of a send show them. Pure. */
final class MessageViews {
    private MessageViews() {}

    /**
     * The whole answer of a send: {@code success}, the facts, and the same once more as {@code data}, which is all that a
     * known client reads.
     */
    static Map<String, Object> sent(
            SendOutcome outcome, SessionResults.SendStatus status, @Nullable Map<String, Object> agentResponse) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("success", true);
        answer.put("userMessage", userMessage(outcome));
        if (agentResponse != null) {
            answer.put("agentResponse", agentResponse);
        }
        answer.put("sessionStatus", status);
        if (outcome.answer().duplicate() != null) {
            answer.put("duplicate", outcome.answer().duplicate());
        }
        if (outcome.answer().outcomes() != null) {
            answer.put("outcomes", outcome.answer().outcomes());
        }
        answer.put("data", new LinkedHashMap<>(answer));
        return answer;
    }

    /** The message that was sent, in both spellings that clients know. */
    static Map<String, Object> userMessage(SendOutcome outcome) {
        LoggedEvent event = outcome.event();
        LoggedMessage message = LoggedMessage.of(event);
        String author = event.authorId() == null ? "" : event.authorId();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", outcome.answer().messageId());
        view.put("channel_id", outcome.session().document().channelId());
        view.put("author_id", author);
        putUnlessNull(view, "content", message.content());
        view.put("created_at", event.at());
        view.put("source_type", message.isAgents() ? "agent" : "user");
        view.put("metadata", message.metadataOrEmpty());
        view.put("authorId", author);
        view.put("createdAt", event.at());
        view.put("sessionId", event.sessionId());
        view.put("seq", event.seq());
        putUnlessNull(view, "payload", message.payload());
        putUnlessNull(view, "attachments", message.attachments());
        putUnlessNull(view, "inReplyTo", message.inReplyTo());
        putUnlessNull(view, "to", event.to());
        return view;
    }

    /** The reply that was waited for. */
    static Map<String, Object> agentResponse(ReplyEvent.Reply reply) {
        LoggedEvent event = reply.event();
        LoggedMessage message = reply.message();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("text", message.content() == null ? "" : message.content());
        view.put("messageId", event.messageId() == null ? "" : event.messageId());
        view.put("authorId", event.authorId() == null ? "" : event.authorId());
        putUnlessNull(view, "inReplyTo", message.inReplyTo());
        putUnlessNull(view, "payload", message.payload());
        putUnlessNull(view, "attachments", message.attachments());
        view.put("metadata", message.metadataOrEmpty());
        view.put("createdAt", WireTime.format(event.at()));
        view.put("seq", event.seq());
        return view;
    }

    /** The session's standing at an instant after the send. */
    static SessionResults.SendStatus status(SendOutcome outcome, StoredSession latest, long now) {
        return SessionViews.sendStatus(latest, outcome.renewed(), now);
    }

    private static void putUnlessNull(Map<String, Object> view, String name, @Nullable Object value) {
        if (value != null) {
            view.put(name, value);
        }
    }
}
