package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.operation.SendOrder;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.Signal;
import dev.parley.store.Store;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The operations that are about the socket itself: liveness, attaching, and what is passed on without being stored. */
public final class SocketOperations {
    private static final SessionResults.Done DONE = new SessionResults.Done(true);

    private final Store store;
    private final int maxContentLength;

    /**
     * @param maxContentLength of a piece of a message, in UTF-16 units
     */
    public SocketOperations(Store store, int maxContentLength) {
        this.store = store;
        this.maxContentLength = maxContentLength;
    }

    /** Binds the operations of this class. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.CONNECT, (call, params) -> Mono.error(alreadyConnected()))
                .bind(
                        Operations.PING,
                        (call, params) -> Mono.just(new SessionResults.Pong(Instant.ofEpochMilli(store.nowMillis()))))
                .bind(
                        Operations.SESSION_ATTACH,
                        (call, params) -> socket(call).attach(params.sessionId(), params.epoch(), params.seq()))
                .bind(Operations.SESSION_DETACH, this::detach)
                .bind(Operations.MESSAGE_DELTA, this::delta)
                .bind(Operations.TYPING, this::typing);
    }

    private Mono<SessionResults.Done> detach(Call call, SessionParams.Ref params) {
        return Mono.fromSupplier(() -> {
            socket(call).detach(params.sessionId());
            return DONE;
        });
    }

    private Mono<SessionResults.Done> delta(Call call, SessionParams.Delta params) {
        if (params.index() < 0) {
            return Mono.error(invalid("index", params.index(), "integer, 0 or more"));
        }
        if (params.chunk().length() > maxContentLength) {
            return Mono.error(invalid("chunk", params.chunk().length(), "at most " + maxContentLength + " characters"));
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("messageId", params.messageId());
        body.put("index", params.index());
        body.put("chunk", params.chunk());
        body.put("authorId", call.caller().id());
        if (params.inReplyTo() != null) {
            body.put("inReplyTo", params.inReplyTo());
        }
        return signal(call, params.sessionId(), EventTypes.MESSAGE_DELTA, body);
    }

    private Mono<SessionResults.Done> typing(Call call, SessionParams.Typing params) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("participantId", call.caller().id());
        body.put("on", params.on());
        return signal(call, params.sessionId(), EventTypes.TYPING, body);
    }

    private Mono<SessionResults.Done> signal(Call call, String sessionId, String type, Map<String, Object> body) {
        SocketCaller socket = socket(call);
        Signal signal = new Signal(sessionId, type, call.caller().id(), call.origin(), RawJson.of(Json.write(body)));
        SendOrder order = socket.order();
        if (order != null) {
            return order.signal(sessionId, new SendOrder.Sending<>() {
                @Override
                public @Nullable Mono<SessionResults.Done> atOnce(@Nullable String after) {
                    StoredSession attached = socket.attachedSession(sessionId);
                    return attached == null ? null : signal(call, attached, signal);
                }

                @Override
                public Mono<SessionResults.Done> lookedUp() {
                    return store.sessions().load(sessionId).flatMap(found -> signal(call, found, signal));
                }
            });
        }
        StoredSession attached = socket.attachedSession(sessionId);
        return attached != null
                ? signal(call, attached, signal)
                : store.sessions().load(sessionId).flatMap(found -> signal(call, found, signal));
    }

    private Mono<SessionResults.Done> signal(Call call, StoredSession session, Signal signal) {
        ProtocolException refusal = Admission.toSignal(call.caller(), session, store.nowMillis());
        return refusal != null
                ? Mono.error(refusal)
                : store.log().signal(signal).thenReturn(DONE);
    }

    private static SocketCaller socket(Call call) {
        SocketCaller socket = call.socket();
        if (socket == null) {
            throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, "This can only be asked for over a WebSocket.");
        }
        return socket;
    }

    private static ProtocolException alreadyConnected() {
        return ProtocolException.of(ErrorCode.VALIDATION_ERROR, "connect is the first request of a socket.");
    }

    private static ProtocolException invalid(String field, Object value, String expected) {
        return ProtocolException.of(ErrorCode.VALIDATION_ERROR, field + " must be " + expected + ".")
                .with("field", field)
                .with("providedValue", value)
                .with("expectedFormat", expected);
    }
}
