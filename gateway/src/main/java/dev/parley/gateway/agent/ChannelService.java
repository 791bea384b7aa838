package dev.parley.gateway.agent;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.protocol.agent.ChannelParams;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.ChannelStore;
import dev.parley.store.Store;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Channels of a workspace: publishing to them and reading what is kept. Called on event loops; keeps nothing between calls. */
public final class ChannelService {
    /** Bytes of a payload at most. */
    static final int MOST_BYTES = 64 << 10;

    /** Channels of a workspace at most. */
    static final int MOST_CHANNELS = 10_000;

    /** Those on which the gateway itself tells agents, by their inboxes. */
    private static final Set<String> RESERVED = Set.of("orchestration", "alerts", "agents", "system");

    private final Store store;

    /** Channels of a store. */
    public ChannelService(Store store) {
        this.store = store;
    }

    /** Binds the operations on channels. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.CHANNEL_PUBLISH, this::publish).bind(Operations.CHANNEL_HISTORY, this::history);
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
