package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one server for subscriptions. Never connected again. Safe for use from any thread; what is told comes on
 * one of the driver's, in order.
 */
final class SubscriberConnection {
    private final ServerAddress address;
    private final StatefulRedisPubSubConnection<byte[], byte[]> connection;
    private final boolean shardedChannels;
    private final TimeSource time;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile long heardNanos;
    private volatile boolean asked;

    /**
     * @param shardedChannels whether the server knows channels that belong to slots
     */
    SubscriberConnection(
            ServerAddress address,
            StatefulRedisPubSubConnection<byte[], byte[]> connection,
            boolean shardedChannels,
            Listener listener,
            TimeSource time) {
        this.address = address;
        this.connection = connection;
        this.shardedChannels = shardedChannels;
        this.time = time;
        heardNanos = time.nanoTime();
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                ended.complete("the connection to " + address + " was lost");
            }
        });
        ended.thenRun(() -> LettuceDriver.release(connection));
        connection.addListener(new Heard(listener));
    }

    /** Hears what comes. */
    interface Listener {
        void message(SubscriberConnection from, byte[] channel, byte[] payload);

        /** The server ended a subscription by itself, as it no longer serves the channel's slot. */
        void dropped(SubscriberConnection from, byte[] channel);
    }

    ServerAddress address() {
        return address;
    }

    /** Completes with the reason when it has ended. */
    CompletableFuture<String> ended() {
        return ended;
    }

    boolean isOpen() {
        return !ended.isDone() && connection.isOpen();
    }

    /** Subscribes; completes when the server has confirmed it, before anything that it sends to the channel afterwards. */
    CompletionStage<Void> subscribe(RedisLink.Channel channel) {
        byte[] name = channel.name().getBytes(StandardCharsets.UTF_8);
        return channel.sharded() && shardedChannels
                ? connection.async().ssubscribe(name)
                : connection.async().subscribe(name);
    }

    /** Ends a subscription, some time soon. */
    void unsubscribe(RedisLink.Channel channel) {
        if (isOpen()) {
            byte[] name = channel.name().getBytes(StandardCharsets.UTF_8);
            CompletionStage<Void> gone = channel.sharded() && shardedChannels
                    ? connection.async().sunsubscribe(name)
                    : connection.async().unsubscribe(name);
            gone.exceptionally(failure -> null);
        }
    }

    /**
     * Asks whether the server is still there; called now and then. Closes the connection when nothing was heard for too long.
     */
    void check(long timeoutNanos) {
        long now = time.nanoTime();
        if (asked && now - heardNanos > timeoutNanos) {
            close(address + " did not answer on the connection for subscriptions");
        } else if (!asked) {
            asked = true;
            heardNanos = now;
            connection.async().ping().whenComplete((pong, failure) -> {
                heardNanos = time.nanoTime();
                asked = false;
            });
        }
    }

    void close(String why) {
        ended.complete(why);
    }

    /** Passes on messages, whichever kind of channel they came by. */
    private final class Heard implements RedisPubSubListener<byte[], byte[]> {
        private final Listener listener;

        Heard(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void message(byte[] channel, byte[] payload) {
            listener.message(SubscriberConnection.this, channel, payload);
        }

        @Override
        public void smessage(byte[] channel, byte[] payload) {
            listener.message(SubscriberConnection.this, channel, payload);
        }

        @Override
        public void sunsubscribed(byte @Nullable [] channel, long count) {
            if (channel != null) {
                listener.dropped(SubscriberConnection.this, channel);
            }
        }

        @Override
        public void message(byte[] pattern, byte[] channel, byte[] payload) {}

        @Override
        public void subscribed(byte[] channel, long count) {}

        @Override
        public void psubscribed(byte[] pattern, long count) {}

        @Override
        public void unsubscribed(byte[] channel, long count) {}

        @Override
        public void punsubscribed(byte[] pattern, long count) {}
    }
}
