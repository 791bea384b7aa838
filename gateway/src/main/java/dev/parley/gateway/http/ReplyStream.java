package dev.parley.gateway.http;

import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a reply as the events {@code chunk}, {@code done}, {@code error}. The chunks joined are the reply's text: where its
 * pieces did not come, or not all of them, the rest of the text follows as a last chunk. While the client takes nothing more,
 * pieces are joined. Confined to the stream's loop.
 */
final class ReplyStream {
    private final EventStream stream;
    private final String messageId;
    private final HttpParts parts;
    private final StringBuilder text = new StringBuilder();

    private @Nullable String replyId;
    private int flushed;
    private long index;

    /**
     * @param messageId of the message that is replied to
     */
    ReplyStream(EventStream stream, String messageId, HttpParts parts) {
        this.stream = stream;
        this.messageId = messageId;
        this.parts = parts;
    }

    void on(ReplyEvent event) {
        if (event instanceof ReplyEvent.Chunk chunk) {
            replyId = chunk.messageId();
            text.append(chunk.text());
            if (stream.writable()) {
                flush();
            }
        } else if (event instanceof ReplyEvent.Reply reply) {
            done(reply);
        } else if (event instanceof ReplyEvent.Failed failed) {
            failed(failed.problem());
        }
    }

    /** Writes what waits as one chunk. */
    void flush() {
        if (flushed < text.length() && replyId != null) {
            Map<String, Object> chunk = new LinkedHashMap<>();
            chunk.put("messageId", replyId);
            chunk.put("chunk", text.substring(flushed));
            chunk.put("index", index++);
            stream.event("chunk", RawJson.of(Json.write(chunk)), null);
            flushed = text.length();
        }
    }

    private void done(ReplyEvent.Reply reply) {
        String whole = reply.message().content() == null ? "" : reply.message().content();
        if (whole.startsWith(text.toString())) {
            text.append(whole, text.length(), whole.length());
        }
        if (replyId == null) {
            replyId = reply.event().messageId();
        }
        flush();
        Map<String, Object> done = new LinkedHashMap<>(MessageViews.agentResponse(reply));
        done.putIfAbsent("inReplyTo", messageId);
        stream.event("done", RawJson.of(Json.write(done)), null);
        stream.end();
    }

    private void failed(ProtocolException problem) {
        flush();
        parts.metrics().rejected(problem.code());
        stream.event("error", RawJson.of(ErrorBody.bytes(problem, parts.store().nowMillis())), null);
        stream.end();
    }
}
