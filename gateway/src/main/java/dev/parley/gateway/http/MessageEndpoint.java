package dev.parley.gateway.http;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.OperationHandler;
import dev.parley.gateway.session.JsonValues;
import dev.parley.gateway.session.MessageService.SendOutcome;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.SessionParams;
import io.netty.channel.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * {@code POST /:sessionId/messages} with its three transports: answered once the message is stored, or with the agent's
 * reply, or as an event stream of the reply while it is written.
 */
final class MessageEndpoint implements Endpoint {
    private static final int CREATED = 201;

    private final HttpParts parts;
    private final ReplyDesks desks;

    private enum Transport {
        WEBSOCKET,
        HTTP,
        SSE
    }

    MessageEndpoint(HttpParts parts, ReplyDesks desks) {
        this.parts = parts;
        this.desks = desks;
    }

    @Override
    public Mono<? extends Answer> answer(Exchange exchange) {
        RawJson params = Params.merge(exchange, exchange.json(), null);
        Map<String, RawJson> members = JsonMembers.of(params);
        Transport transport = transport(members.get("transport"), members.get("mode"));
        OperationHandler<SessionParams.Send, Answer> handler = switch (transport) {
            case WEBSOCKET -> this::store;
            case HTTP ->
                (call, send) -> waiting(call, send, false, exchange.channel().eventLoop());
            case SSE ->
                (call, send) -> waiting(call, send, true, exchange.channel().eventLoop());
        };
        return parts.dispatcher()
                .dispatch(OperationEndpoint.call(exchange), Operations.MESSAGE_SEND, params, false, handler);
    }

    private Mono<Answer> store(Call call, SessionParams.Send send) {
        return parts.messages()
                .send(call, send)
                .map(outcome -> Answer.json(
                        CREATED, MessageViews.sent(outcome, outcome.answer().sessionStatus(), null)));
    }

    /** Begins to listen before the message is sent, so that no reply is missed. */
    private Mono<Answer> waiting(Call call, SessionParams.Send send, boolean streaming, EventLoop loop) {
        SessionParams.Send named = named(send);
        String messageId = named.messageId() == null ? "" : named.messageId();
        return desks.join(send.sessionId(), messageId, streaming, loop)
                // Sending tells what is wrong in the order of the contract, in which the session is not the first
                // thing.
                .onErrorResume(failure -> parts.messages().send(call, named).then(Mono.error(failure)))
                .flatMap(waiter -> parts.messages()
                        .send(call, named)
                        .doOnNext(outcome -> waiter.sent(
                                outcome.event(),
                                Boolean.TRUE.equals(outcome.answer().duplicate())))
                        .doOnError(failure -> waiter.leave())
                        .doOnCancel(waiter::leave)
                        .flatMap(outcome -> streaming
                                ? Mono.just(new Answer.Events(stream -> stream(stream, waiter, outcome)))
                                : reply(waiter, outcome)));
    }

    private Mono<Answer> reply(ReplyWaiter waiter, SendOutcome outcome) {
        return waiter.events().last().flatMap(last -> {
            if (last instanceof ReplyEvent.Reply reply) {
                return Mono.just(Answer.json(
                        CREATED,
                        MessageViews.sent(
                                outcome,
                                MessageViews.status(
                                        outcome, waiter.session(), parts.store().nowMillis()),
                                MessageViews.agentResponse(reply))));
            }
            return Mono.error(
                    last instanceof ReplyEvent.Failed failed
                            ? failed.problem()
                            : new IllegalStateException("a wait ended with neither reply nor failure"));
        });
    }

    private void stream(EventStream stream, ReplyWaiter waiter, SendOutcome outcome) {
        Map<String, Object> told = new LinkedHashMap<>(MessageViews.userMessage(outcome));
        told.put("sessionStatus", outcome.answer().sessionStatus());
        stream.event("user_message", RawJson.of(Json.write(told)), null);
        ReplyStream reply = new ReplyStream(stream, outcome.answer().messageId(), parts);
        Disposable listening = waiter.events().subscribe(event -> onLoop(stream.loop(), () -> reply.on(event)));
        stream.onWritable(reply::flush);
        stream.onEnd(listening::dispose);
    }

    private static void onLoop(EventLoop loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    private static Transport transport(@Nullable RawJson transport, @Nullable RawJson mode) {
        String named = text(transport);
        if (named != null) {
            return switch (named) {
                case "websocket" -> Transport.WEBSOCKET;
                case "http" -> Transport.HTTP;
                case "sse" -> Transport.SSE;
                default -> throw invalid("transport", named, "websocket, http or sse");
            };
        }
        String style = text(mode);
        if (style == null) {
            return Transport.WEBSOCKET;
        }
        return switch (style) {
            case "sync" -> Transport.HTTP;
            case "stream" -> Transport.SSE;
            default -> throw invalid("mode", style, "sync or stream");
        };
    }

    private static @Nullable String text(@Nullable RawJson value) {
        if (value == null || JsonValues.absent(value)) {
            return null;
        }
        String text = JsonValues.text(value);
        if (text == null) {
            throw ProtocolException.of(
                            ErrorCode.VALIDATION_ERROR, "Transport must be a string: websocket, http or sse.")
                    .with("field", "transport")
                    .with("providedValue", JsonValues.shown(JsonText.compact(value)))
                    .with("expectedFormat", "websocket, http or sse");
        }
        return text;
    }

    private static ProtocolException invalid(String field, String value, String expected) {
        return ProtocolException.of(ErrorCode.VALIDATION_ERROR, "Invalid transport; use " + expected + ".")
                .with("field", field)
                .with("providedValue", value)
                .with("expectedFormat", expected);
    }

    private static SessionParams.Send named(SessionParams.Send send) {
        return send.messageId() != null
                ? send
                : new SessionParams.Send(
                        send.sessionId(),
                        send.content(),
                        send.payload(),
                        send.attachments(),
                        send.metadata(),
                        send.intentSummary(),
                        UUID.randomUUID().toString(),
                        send.inReplyTo(),
                        send.authorId(),
                        send.to(),
                        send.report());
    }
}
