package dev.parley.gateway.http;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.routing.Attachment;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.gateway.session.SessionAccess;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.StoredSession;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code GET /:sessionId/events}: what is pushed for a session, as server-sent events. {@code Last-Event-ID} is a position in
 * the log, from which what was missed is replayed first; without it the stream begins with what comes next.
 */
final class EventsEndpoint implements Endpoint {
    private static final String LAST_EVENT_ID = "Last-Event-ID";

    private final HttpParts parts;
    private final AtomicLong streams = new AtomicLong();

    EventsEndpoint(HttpParts parts) {
        this.parts = parts;
    }

    @Override
    public Mono<Answer> answer(Exchange exchange) {
        Long position = position(exchange);
        String sessionId = exchange.parameter("sessionId");
        RawJson params = RawJson.of(Json.write(Map.of("sessionId", sessionId)));
        Call call = OperationEndpoint.call(exchange);
        // Whoever may read the session may follow it; and what refuses a read refuses this.
        return parts.dispatcher()
                .dispatch(call, Operations.SESSION_GET, params, false)
                .map(info -> new Answer.Events(stream -> open(stream, call.caller(), sessionId, position)));
    }

    private void open(EventStream stream, Caller caller, String sessionId, @Nullable Long position) {
        EventSink sink = new EventSink(
                stream,
                "sse-" + streams.incrementAndGet(),
                parts.config().connection().slowMillis(),
                parts.time(),
                parts.metrics());
        stream.retry(EventSink.RETRY_MILLIS);
        parts.router()
                .attach(
                        sessionId,
                        sink,
                        new SessionRouter.AttachRequest(
                                SessionAccess.viewer(caller),
                                null,
                                position,
                                false,
                                session -> refusal(caller, session)))
                .subscribe(attachment -> attached(stream, sink, attachment), failure -> {
                    stream.event(
                            "error",
                            RawJson.of(ErrorBody.bytes(
                                    dev.parley.gateway.operation.ErrorMapper.map(failure, sessionId),
                                    parts.store().nowMillis())),
                            null);
                    stream.end();
                });
    }

    /** Why a session is not for a caller, now or any more; null when it is. Its end is told, not refused. */
    private static @Nullable ProtocolException refusal(Caller caller, StoredSession session) {
        try {
            SessionAccess.check(caller, session.document());
            return null;
        } catch (ProtocolException refusal) {
            return refusal;
        }
    }

    private void attached(EventStream stream, EventSink sink, Attachment attachment) {
        sink.attached(attachment);
        stream.onWritable(attachment::onWritable);
        stream.onEnd(attachment::close);
        SessionResults.Entry entry = attachment.entry();
        SessionResults.Gap gap = entry.gap();
        if (gap != null) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("sessionId", entry.sessionId());
            told.put("epoch", entry.epoch());
            told.put("from", gap.from());
            told.put("to", gap.to());
            told.put("cause", gap.cause());
            stream.event(EventTypes.GAP, RawJson.of(Json.write(told)), null);
        }
        attachment.start();
        sink.started();
    }

    /** The header wins; browsers cannot set it on a first connection, and give the query parameter. */
    private static @Nullable Long position(Exchange exchange) {
        Long asked = position("lastEventId", exchange.queryParameter("lastEventId"));
        Long seen = position(LAST_EVENT_ID, exchange.headers().get(LAST_EVENT_ID));
        return seen == null ? asked : seen;
    }

    private static @Nullable Long position(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        if (!text.strip().matches("\\d{1,18}")) {
            throw ProtocolException.of(
                            ErrorCode.VALIDATION_ERROR,
                            "A position is the seq of the last event that came; give that, or nothing.")
                    .with("field", field)
                    .with("providedValue", text)
                    .with("expectedFormat", "integer, 0 or more");
        }
        return Long.parseLong(text.strip());
    }
}
