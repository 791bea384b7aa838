package dev.parley.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A link that can wait until its channels are empty: a mark is sent behind what was sent on each of them, and waited for. Safe for
 * use from any thread.
 */
final class BarrierLink implements RedisLink {
    private static final byte[] MARK = "barrier:".getBytes(StandardCharsets.UTF_8);

    private final RedisLink target;
    private final Map<Channel, CompletionStage<AutoCloseable>> channels = new ConcurrentHashMap<>();
    private final Map<String, Mark> marks = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** What is waited for on a channel. */
    private record Mark(Channel channel, CompletableFuture<Void> arrived) {}

    BarrierLink(RedisLink target) {
        this.target = target;
    }

    /** Returns once all that was sent so far on the channels that are subscribed has been told. */
    void await() {
        if (closed) {
            return;
        }
        CompletableFuture.allOf(channels.entrySet().stream()
                        .map(channel -> {
                            String mark = UUID.randomUUID().toString();
                            CompletableFuture<Void> arrived = new CompletableFuture<>();
                            marks.put(mark, new Mark(channel.getKey(), arrived));
                            if (!channels.containsKey(channel.getKey())) {
                                arrived.complete(null);
                            }
                            byte[] payload =
                                    (new String(MARK, StandardCharsets.UTF_8) + mark).getBytes(StandardCharsets.UTF_8);
                            channel.getValue()
                                    .thenCompose(subscribed -> target.publish(channel.getKey(), payload))
                                    .exceptionally(failure -> {
                                        arrived.completeExceptionally(failure);
                                        return null;
                                    });
                            return arrived;
                        })
                        .toArray(CompletableFuture<?>[]::new))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
        return target.call(function, key, args);
    }

    @Override
    public CompletionStage<Void> publish(Channel channel, byte[] payload) {
        return target.publish(channel, payload);
    }

    @Override
    public CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener) {
        CompletionStage<AutoCloseable> subscribed = target.subscribe(channel, new ChannelListener() {
            @Override
            public void onMessage(byte[] payload) {
                if (payload.length > MARK.length && Arrays.equals(payload, 0, MARK.length, MARK, 0, MARK.length)) {
                    String mark =
                            new String(payload, MARK.length, payload.length - MARK.length, StandardCharsets.UTF_8);
                    Mark arrived = marks.remove(mark);
                    if (arrived != null) {
                        arrived.arrived().complete(null);
                    }
                } else {
                    listener.onMessage(payload);
                }
            }

            @Override
            public void restored() {
                listener.restored();
            }
        });
        channels.put(channel, subscribed);
        return subscribed.thenApply(subscription -> () -> {
            channels.remove(channel);
            marks.values().stream()
                    .filter(mark -> mark.channel().equals(channel))
                    .forEach(mark -> mark.arrived().complete(null));
            subscription.close();
        });
    }

    @Override
    public CompletionStage<Void> ping() {
        return target.ping();
    }

    @Override
    public long nowMillis() {
        return target.nowMillis();
    }

    @Override
    public CompletionStage<Void> close() {
        closed = true;
        return target.close();
    }
}
