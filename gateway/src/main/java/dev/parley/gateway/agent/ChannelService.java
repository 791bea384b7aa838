package dev.parley.gateway.agent;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.gateway.operation.SocketChannels;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.protocol.agent.ChannelParams;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.ChannelStore;
import dev.parley.store.Store;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Channels of a workspace: publishing to them, reading what is kept, and subscribing to what comes. Called on event loops; keeps nothing between calls. */
public final class ChannelService {
    /** Bytes of a payload at most. */
    static final int MOST_BYTES = 64 << 10;

    /** Channels of a workspace at most. */
    static final int MOST_CHANNELS = 10_000;

    /** Those on which the gateway itself tells agents, by their inboxes. */
    private static final Set<String> RESERVED = Set.of("orchestration", "alerts", "agents", "system");

    private static final SessionResults.Done DONE = new SessionResults.Done(true);

    private final Store store;

    /** Channels of a store. */
    public ChannelService(Store store) {
        this.store = store;
    }

    /** Binds the operations on channels. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.CHANNEL_PUBLISH, this::publish)
                .bind(Operations.CHANNEL_HISTORY, this::history)
                .bind(Operations.CHANNEL_SUBSCRIBE, this::subscribe)
                .bind(Operations.CHANNEL_UNSUBSCRIBE, this::unsubscribe);
    }

    /** {@code channel.publish}: done when the store has it. */
    Mono<ChannelParams.Published> publish(Call call, ChannelParams.Publish params) {
        return Mono.defer(() -> {
                    check(params.channel());
                    int length = params.payload().length();
                    if (length > MOST_BYTES) {
                        throw ProtocolException.of(
                                        ErrorCode.PAYLOAD_TOO_LARGE,
                                        "payload has " + length + " bytes, and " + MOST_BYTES
                                                + " are allowed; send less, or where to find it.")
                                .with("field", "payload")
                                .with("providedValue", length)
                                .with("max", MOST_BYTES);
                    }
                    String given = params.messageId();
                    return store.channels()
                            .publish(new ChannelStore.Publish(
                                    call.caller().workspaceId(),
                                    params.channel(),
                                    given == null ? UUID.randomUUID().toString() : given,
                                    new ChannelMessage.From(
                                            call.caller().id(), call.caller().kind()),
                                    params.payload(),
                                    Objects.requireNonNullElse(call.origin(), ""),
                                    MOST_CHANNELS));
                })
                .map(done -> new ChannelParams.Published(
                        done.message().id(),
                        params.channel(),
                        done.message().createdAt(),
                        done.message().seq(),
                        done.duplicate() ? Boolean.TRUE : null))
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    /** {@code channel.history}: the kept messages, oldest first; none of a channel that nobody published to. */
    Mono<ChannelParams.Messages> history(Call call, ChannelParams.Ref params) {
        return Mono.defer(() -> {
                    check(params.channel());
                    return store.channels().after(call.caller().workspaceId(), params.channel(), 0);
                })
                .map(kept -> new ChannelParams.Messages(
                        kept.entries().stream().map(ChannelStore.Entry::message).toList()))
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    /** {@code channel.subscribe}: from a position, or with the last messages first. */
    Mono<ChannelParams.Subscribed> subscribe(Call call, ChannelParams.Subscribe params) {
        return Mono.defer(() -> {
                    check(params.channel());
                    Long seq = params.seq();
                    Long last = params.last();
                    if (seq != null && last != null) {
                        throw AgentRules.invalid("last", last, "left out where seq is given");
                    }
                    if (seq != null && seq < 0) {
                        throw AgentRules.invalid("seq", seq, "the seq of a message, 0 or more");
                    }
                    if (last != null && (last < 0 || last > ChannelStore.KEPT)) {
                        throw AgentRules.invalid("last", last, "a whole number from 0 to " + ChannelStore.KEPT);
                    }
                    return socket(call).subscribe(params.channel(), seq, last == null ? null : last.intValue());
                })
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    /** {@code channel.unsubscribe}: nothing is pushed after the answer. */
    Mono<SessionResults.Done> unsubscribe(Call call, ChannelParams.Ref params) {
        return Mono.fromSupplier(() -> {
            socket(call).unsubscribe(params.channel());
            return DONE;
        });
    }

    private static SocketChannels socket(Call call) {
        SocketCaller socket = call.socket();
        if (socket == null) {
            throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, "This can only be asked for over a WebSocket.");
        }
        return socket.channels();
    }

    private static void check(String channel) {
        if (RESERVED.contains(channel)) {
            throw ProtocolException.of(
                            ErrorCode.FORBIDDEN,
                            "The gateway itself writes to " + channel
                                    + ", to the inboxes of agents that follow it; choose another channel.")
                    .with("channel", channel);
        }
    }
}
