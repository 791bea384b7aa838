package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.Immediate;
import dev.parley.gateway.operation.SendOrder;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Sends messages: the hot path. What the sender's connection last heard of the session is enough to send; the store refuses
 * what that was too old for, and then the session is loaded and looked at again. Called on event loops.
 */
public final class MessageService {
    /** One UTF-8 byte of JSON becomes at most so many UTF-16 units when it is written anew (a number with an exponent). */
    private static final int MOST_UNITS_PER_BYTE = 6;

    private final Store store;
    private final GatewayConfig config;
    private final PresenceService presence;
    private final SessionGate gate;

    /** Sends over a store. */
    public MessageService(Store store, GatewayConfig config) {
        this.store = store;
        this.config = config;
        this.presence = new PresenceService(store);
        this.gate = new SessionGate(store);
    }

    /**
     * What became of a send.
     *
     * @param answer for the sender
     * @param event the entry of the log; the first one, when the message was repeated
     * @param renewed whether {@code expiresAt} moved
     * @param session right after it
     */
    public record SendOutcome(SessionResults.Sent answer, LoggedEvent event, boolean renewed, StoredSession session) {}

    /**
     * Sends a message; done when the store has it. An unknown outcome's error carries the {@code messageId}. To be subscribed
     * to once and at once: with a store that answers without waiting the message is sent when this returns.
     */
    public Mono<SendOutcome> send(Call call, SessionParams.Send params) {
        Mono<SendOutcome> sent = send(call, params, Function.identity());
        return Boolean.TRUE.equals(params.report())
                ? sent.flatMap(outcome -> outcomes(outcome)
                        .map(outcomes -> new SendOutcome(
                                outcome.answer().withOutcomes(outcomes),
                                outcome.event(),
                                outcome.renewed(),
                                outcome.session()))
                        .defaultIfEmpty(outcome))
                : sent;
    }

    /** {@code message.send}: as {@link #send(Call, SessionParams.Send)}, for the sender alone. */
    Mono<SessionResults.Sent> answer(Call call, SessionParams.Send params) {
        return Boolean.TRUE.equals(params.report())
                ? send(call, params).map(SendOutcome::answer)
                : send(call, params, SendOutcome::answer);
    }

    private <T> Mono<T> send(Call call, SessionParams.Send params, Function<SendOutcome, T> view) {
        ProtocolException wrong = wrongContent(params);
        if (wrong != null) {
            return Mono.error(wrong);
        }
        String given = params.messageId();
        String messageId = given == null ? Ids.cheap() : given;
        SocketCaller socket = call.socket();
        SendOrder order = socket == null ? null : socket.order();
        if (socket != null && order != null) {
            return order.message(params.sessionId(), messageId, inOrder(socket, call, params, messageId))
                    .map(view)
                    .onErrorMap(failure -> told(failure, params.sessionId(), messageId));
        }
        StoredSession cached = socket == null ? null : socket.attachedSession(params.sessionId());
        if (cached == null || !suffices(call, params, cached)) {
            return loadThenAppend(call, params, messageId).map(view);
        }
        Mono<EventLog.Appended> appending = append(call, params, messageId, cached, null);
        Function<Throwable, Mono<T>> otherwise = failure -> failure instanceof StoreException.StaleMembership
                ? loadThenAppend(call, params, messageId).map(view)
                : Mono.error(told(failure, params.sessionId(), messageId));
        if (!Immediate.is(appending)) {
            return appending
                    .map(appended -> view.apply(outcome(cached, appended)))
                    .onErrorResume(otherwise);
        }
        // The way of nearly every message with an embedded store: without operators.
        EventLog.Appended appended;
        try {
            appended = Objects.requireNonNull(Immediate.get(appending));
        } catch (StoreException failure) {
            return otherwise.apply(failure);
        }
        return Mono.just(view.apply(outcome(cached, appended)));
    }

    private SendOrder.Sending<SendOutcome> inOrder(
            SocketCaller socket, Call call, SessionParams.Send params, String messageId) {
        return new SendOrder.Sending<>() {
            @Override
            public @Nullable Mono<SendOutcome> atOnce(@Nullable String after) {
                StoredSession cached = socket.attachedSession(params.sessionId());
                return cached == null || !suffices(call, params, cached)
                        ? null
                        : append(call, params, messageId, cached, after).map(appended -> outcome(cached, appended));
            }

            @Override
            public Mono<SendOutcome> lookedUp() {
                return afterLoading(call, params, messageId);
            }
        };
    }

    /**
     * Whether a session as this gateway knows it, which may be a moment behind, is enough to send by. It is not for a refusal,
     * which the newest record may take back, nor for a report, which names the surfaces that are attached.
     */
    private boolean suffices(Call call, SessionParams.Send params, StoredSession cached) {
        return !Boolean.TRUE.equals(params.report()) && refusal(call, params, cached.document()) == null;
    }

    private Mono<SendOutcome> loadThenAppend(Call call, SessionParams.Send params, String messageId) {
        return afterLoading(call, params, messageId)
                .onErrorMap(failure -> told(failure, params.sessionId(), messageId));
    }

    private Mono<SendOutcome> afterLoading(Call call, SessionParams.Send params, String messageId) {
        Mono<SendOutcome> attempt = gate.known(call, params.sessionId()).flatMap(session -> {
            ProtocolException refusal = refusal(call, params, session.document());
            if (refusal == null) {
                return append(call, params, messageId, session, null).map(appended -> outcome(session, appended));
            }
            // Who has no right to speak is told that; of what is wrong with a message, that it is late comes first.
            boolean late = session.state().status() == SessionStatus.EXPIRED && refusal.code() != ErrorCode.FORBIDDEN;
            return Mono.error(late ? SessionAccess.ended(session) : refusal);
        });
        return Decisions.until(store, attempt, StoreException.StaleMembership.class::isInstance);
    }

    private Mono<EventLog.Appended> append(
            Call call, SessionParams.Send params, String messageId, StoredSession session, @Nullable String after) {
        Session document = session.document();
        String author = SessionAccess.author(call, params.authorId(), document);
        Participant participant = document.participant(author);
        String role = participant == null ? Participant.USER : participant.kind();
        return store.log()
                .append(new EventLog.Append(
                        params.sessionId(),
                        messageId,
                        author,
                        params.to(),
                        call.origin(),
                        MessageBody.write(messageId, author, role, params),
                        document.membershipRevision(),
                        after));
    }

    private SendOutcome outcome(StoredSession session, EventLog.Appended appended) {
        LoggedEvent event = appended.event();
        StoredSession after = new StoredSession(session.document(), session.plan(), appended.state());
        String messageId = event.messageId();
        SessionResults.Sent answer = new SessionResults.Sent(
                messageId == null ? "" : messageId,
                event.seq(),
                event.epoch(),
                Instant.ofEpochMilli(event.at()),
                appended.duplicate() ? Boolean.TRUE : null,
                SessionViews.sendStatus(after, appended.renewed(), store.nowMillis()),
                null);
        return new SendOutcome(answer, event, appended.renewed(), after);
    }

    /** What became of a message that is sent; nothing when the store cannot tell, which does not undo the sending. */
    private Mono<List<SessionResults.Outcome>> outcomes(SendOutcome sent) {
        Session document = sent.session().document();
        return presence.surfaces(document.sessionId())
                .map(live -> document.surfaces().stream()
                        .map(surface ->
                                new SessionResults.Outcome(surface, live.contains(surface) ? "delivered" : "skipped"))
                        .toList())
                .onErrorResume(StoreException.class, away -> Mono.empty());
    }

    /** Why a message may not be sent to a session as it is known; null when it may. */
    private @Nullable ProtocolException refusal(Call call, SessionParams.Send params, Session document) {
        try {
            SessionAccess.author(call, params.authorId(), document);
            checkSizes(params);
            String to = params.to();
            if (to != null && document.participant(to) == null) {
                throw Problems.invalid("to", to, "the id of a participant of the session");
            }
            return null;
        } catch (ProtocolException refusal) {
            return refusal;
        }
    }

    private void checkSizes(SessionParams.Send params) {
        RawJson content = params.content();
        if (content != null) {
            int length = JsonValues.textLength(content);
            int max = config.session().maxContentLength();
            if (length > max) {
                throw Problems.tooLong("content", length, max, "characters");
            }
            if (length == 0) {
                throw Problems.invalid("content", content, "a string of 1 to " + max + " characters");
            }
        }
        RawJson metadata = params.metadata();
        if (metadata != null) {
            int max = config.limits().maxMetadataLength();
            if (!metadata.isObject()) {
                throw Problems.invalid("metadata", JsonValues.shown(metadata), "a JSON object");
            }
            int length = metadata.length() * MOST_UNITS_PER_BYTE <= max ? 0 : JsonText.stringifyLength(metadata);
            if (length > max) {
                throw Problems.tooLong("metadata", length, max, "characters of compact JSON");
            }
        }
    }

    /** What is wrong with a message whatever the session: it says nothing, or its content is no text; null when nothing is. */
    private static @Nullable ProtocolException wrongContent(SessionParams.Send params) {
        RawJson content = params.content();
        if (content != null && !JsonValues.isText(content)) {
            return Problems.invalid("content", JsonValues.shown(content), "a string");
        }
        if (params.payload() == null && (content == null || content.length() == 2)) {
            return Problems.missing(List.of("content"), "a message needs content, or a payload");
        }
        return null;
    }

    private static ProtocolException told(Throwable failure, String sessionId, String messageId) {
        ProtocolException problem = ErrorMapper.map(failure, sessionId);
        return problem.code() == ErrorCode.STORE_UNAVAILABLE ? problem.with("messageId", messageId) : problem;
    }
}
