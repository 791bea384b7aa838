package dev.parley.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A link that can wait until its channels are empty: a mark is sent behind what was sent on each of them, and waited for. On a
 * cluster what goes to all gateways is sent by whichever master does something, so there each of them sends a mark. Safe for use
 * from any thread.
 */
final class BarrierLink implements RedisLink {
    private static final Set<RedisFunction> EVERY_SECOND =
            EnumSet.of(RedisFunction.SYNC, RedisFunction.AGENT_SYNC, RedisFunction.ASSIGNED);
    private static final byte[] MARK = "barrier:".getBytes(StandardCharsets.UTF_8);

    private final RedisLink target;
    private final List<RedisServer> masters;
    private final Map<Channel, CompletionStage<AutoCloseable>> channels = new ConcurrentHashMap<>();
    private final Map<String, Mark> marks = new ConcurrentHashMap<>();
    private final AtomicLong answered = new AtomicLong();
    private volatile long awaited = -1;
    private volatile boolean closed;

    /** What is waited for on a channel. */
    private record Mark(Channel channel, CompletableFuture<Void> arrived) {}

    /**
     * @param masters those of a cluster; empty where there is only one server to send anything
     */
    BarrierLink(RedisLink target, List<RedisServer> masters) {
        this.target = target;
        this.masters = masters;
    }

    /** Returns once all that was sent so far on the channels that are subscribed has been told. */
    void await() {
        if (closed) {
            return;
        }
        long before = answered.get();
        if (before == awaited) {
            return; // nothing was done since, so nothing is on its way
        }
        List<CompletableFuture<Void>> arrived = new ArrayList<>();
        channels.forEach((channel, subscribed) -> {
            if (channel.sharded() || masters.isEmpty()) {
                arrived.add(mark(channel, subscribed, text -> target.publish(channel, bytes(text))));
            } else {
                for (RedisServer master : masters) {
                    arrived.add(mark(
                            channel,
                            subscribed,
                            text -> CompletableFuture.completedStage(master.command("PUBLISH", channel.name(), text))));
                }
            }
        });
        CompletableFuture.allOf(arrived.toArray(new CompletableFuture<?>[0]))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        awaited = before;
    }

    private CompletableFuture<Void> mark(
            Channel channel, CompletionStage<AutoCloseable> subscribed, Function<String, CompletionStage<?>> publish) {
        String mark = UUID.randomUUID().toString();
        CompletableFuture<Void> arrived = new CompletableFuture<>();
        marks.put(mark, new Mark(channel, arrived));
        if (!channels.containsKey(channel)) {
            arrived.complete(null);
        }
        subscribed
                .thenCompose(subscription -> publish.apply(new String(MARK, StandardCharsets.UTF_8) + mark))
                .exceptionally(failure -> {
                    arrived.completeExceptionally(failure);
                    return null;
                });
        return arrived;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
        CompletionStage<@Nullable Object> answer = target.call(function, key, args);
        // What is done every second tells nothing that a test has caused.
        return EVERY_SECOND.contains(function)
                ? answer
                : answer.whenComplete((done, failure) -> answered.incrementAndGet());
    }

    @Override
    public CompletionStage<Void> publish(Channel channel, byte[] payload) {
        return target.publish(channel, payload).whenComplete((done, failure) -> answered.incrementAndGet());
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

    /** Lets go of the channels; the link behind it stays open for the next store. */
    @Override
    public CompletionStage<Void> close() {
        closed = true;
        return CompletableFuture.allOf(channels.values().stream()
                .map(subscribed -> subscribed
                        .handle((subscription, failure) -> {
                            letGo(subscription);
                            return null;
                        })
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new));
    }

    private static void letGo(@Nullable AutoCloseable subscription) {
        try {
            if (subscription != null) {
                subscription.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("a subscription cannot be closed", e);
        }
    }
}
