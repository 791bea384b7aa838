package dev.parley.store.redis;

import dev.parley.store.StoreException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The way to one server, over one connection for calls and one for subscriptions. Safe for use from any thread. */
final class LettuceLink implements RedisLink {
    private final RedisClient client;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final StatefulRedisPubSubConnection<byte[], byte[]> subscriptions;
    private final Map<String, ChannelListener> listeners = new ConcurrentHashMap<>();
    private final byte[] runId;

    /** Connects, and loads the library. Blocks: for use at start only. */
    LettuceLink(RedisURI uri) {
        client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().autoReconnect(false).build());
        connection = client.connect(ByteArrayCodec.INSTANCE);
        connection.sync().functionLoad(LibrarySource.library(), true);
        String info = connection.sync().info("server");
        int at = info.indexOf("run_id:") + 7;
        runId = info.substring(at, at + 40).getBytes(StandardCharsets.UTF_8);
        subscriptions = client.connectPubSub(ByteArrayCodec.INSTANCE);
        subscriptions.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(byte[] channel, byte[] payload) {
                told(channel, payload);
            }

            @Override
            public void smessage(byte[] channel, byte[] payload) {
                told(channel, payload);
            }
        });
    }

    @Override
    public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
        byte[][] values = new byte[args.size() + 1][];
        values[0] = runId;
        for (int i = 0; i < args.size(); i++) {
            values[i + 1] = args.get(i);
        }
        CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
        connection
                .async()
                .<Object>fcall(LibrarySource.nameOf(function), ScriptOutputType.MULTI, new byte[][] {key}, values)
                .whenComplete((result, failure) -> {
                    if (failure == null) {
                        answer.complete(result);
                    } else {
                        answer.completeExceptionally(translated(failure));
                    }
                });
        return answer;
    }

    @Override
    public CompletionStage<Void> publish(Channel channel, byte[] payload) {
        byte[] name = bytes(channel.name());
        CompletionStage<Long> sent = channel.sharded()
                ? connection.async().spublish(name, payload)
                : connection.async().publish(name, payload);
        return sent.handle((receivers, failure) -> done(failure));
    }

    @Override
    public CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener) {
        byte[] name = bytes(channel.name());
        listeners.put(channel.name(), listener);
        CompletionStage<Void> subscribed = channel.sharded()
                ? subscriptions.async().ssubscribe(name)
                : subscriptions.async().subscribe(name);
        return subscribed.handle((nothing, failure) -> {
            done(failure);
            return () -> {
                listeners.remove(channel.name(), listener);
                CompletionStage<Void> gone = channel.sharded()
                        ? subscriptions.async().sunsubscribe(name)
                        : subscriptions.async().unsubscribe(name);
                gone.exceptionally(ignored -> null);
            };
        });
    }

    @Override
    public CompletionStage<Void> ping() {
        return connection.async().ping().handle((pong, failure) -> done(failure));
    }

    @Override
    public CompletionStage<Void> close() {
        return client.shutdownAsync();
    }

    private void told(byte[] channel, byte[] payload) {
        ChannelListener listener = listeners.get(new String(channel, StandardCharsets.UTF_8));
        if (listener != null) {
            listener.onMessage(payload);
        }
    }

    private static @Nullable Void done(@Nullable Throwable failure) {
        if (failure != null) {
            throw new CompletionException(translated(failure));
        }
        return null;
    }

    private static RuntimeException translated(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof RedisCommandExecutionException) {
            return new RedisRefusal(String.valueOf(cause.getMessage()));
        }
        return new StoreException.Unavailable("Redis does not answer: " + cause.getMessage(), true);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
