package dev.parley.store.redis;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A link whose channels can be made to lose everything without anybody noticing. */
final class DeafLink implements RedisLink {
    private final RedisLink target;
    final AtomicInteger asked = new AtomicInteger();
    final List<ChannelListener> listeners = new CopyOnWriteArrayList<>();
    volatile boolean deaf;

    DeafLink(RedisLink target) {
        this.target = target;
    }

    @Override
    public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
        if (function == RedisFunction.ASSIGNED) {
            asked.incrementAndGet();
        }
        return target.call(function, key, args);
    }

    @Override
    public CompletionStage<Void> publish(Channel channel, byte[] payload) {
        return target.publish(channel, payload);
    }

    @Override
    public CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener) {
        listeners.add(listener);
        return target.subscribe(channel, new ChannelListener() {
            @Override
            public void onMessage(byte[] payload) {
                if (!deaf) {
                    listener.onMessage(payload);
                }
            }

            @Override
            public void restored() {
                listener.restored();
            }
        });
    }

    @Override
    public long nowMillis() {
        return target.nowMillis();
    }

    @Override
    public CompletionStage<Void> ping() {
        return target.ping();
    }

    @Override
    public CompletionStage<Void> close() {
        return target.close();
    }
}
