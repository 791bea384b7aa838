package dev.parley.store.redis;

import dev.parley.store.redis.RedisUrl.Login;
import dev.parley.time.TimeSource;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The driver as the link uses it: single connections that are never connected again, re-send nothing, queue nothing while
 * there is no connection, and speak RESP3 where the server does. Its threads are daemons of its own, called {@code
 * parley-redis-*}; nothing of it blocks. Safe for use from any thread.
 */
final class LettuceDriver {
    /** Two are the least that the driver takes; one connection needs no more than one. */
    private static final int IO_THREADS = 2;
    /** How many writes of one turn of the loop go to the socket at once. */
    private static final int WRITES_PER_FLUSH = 256;

    private final RedisUrl url;
    private final TimeSource time;
    private final ClientResources resources;
    private final RedisClient client;
    private volatile boolean closed;

    /**
     * @param url how servers are reached; which ones, the callers say
     * @param time for measuring how long answers take
     */
    LettuceDriver(RedisUrl url, TimeSource time) {
        this.url = url;
        this.time = time;
        resources = ClientResources.builder()
                .ioThreadPoolSize(IO_THREADS)
                .computationThreadPoolSize(2)
                .threadFactoryProvider(pool -> new DefaultThreadFactory("parley-redis-" + pool, true))
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .nettyCustomizer(new NettyCustomizer() {
                    @Override
                    public void afterChannelInitialized(Channel channel) {
                        channel.pipeline().addFirst(new FlushConsolidationHandler(WRITES_PER_FLUSH, true));
                        channel.pipeline().addLast(new LoopTeller());
                    }
                })
                .build();
        client = RedisClient.create(resources);
        client.setOptions(options(url));
    }

    /** Connects to a server and logs in; fails with {@link LinkFailure}. */
    CompletionStage<ServerConnection> connect(ServerAddress address, Login login) {
        if (closed) {
            return CompletableFuture.failedFuture(new LinkFailure("the link was closed", false));
        }
        return client.connectAsync(ByteArrayCodec.INSTANCE, uri(address, login)).handle((connection, failure) -> {
            if (failure != null) {
                throw ConnectFailures.explain(failure, address, login, url.tls());
            }
            return new ServerConnection(address, connection, url.waitReplicas(), url.waitLimit(), time);
        });
    }

    /** Connects to a server for subscriptions and logs in; fails with {@link LinkFailure}. */
    CompletionStage<SubscriberConnection> connectSubscriber(
            ServerAddress address, boolean shardedChannels, SubscriberConnection.Listener listener) {
        if (closed) {
            return CompletableFuture.failedFuture(new LinkFailure("the link was closed", false));
        }
        return client.connectPubSubAsync(ByteArrayCodec.INSTANCE, uri(address, url.login()))
                .handle((connection, failure) -> {
                    if (failure != null) {
                        throw ConnectFailures.explain(failure, address, url.login(), url.tls());
                    }
                    return new SubscriberConnection(address, connection, shardedChannels, listener, time);
                });
    }

    /** Closes all connections and ends the threads. */
    CompletionStage<Void> close() {
        closed = true;
        CompletableFuture<Void> done = new CompletableFuture<>();
        client.shutdownAsync()
                .whenComplete((nothing, failure) ->
                        resources.shutdown(0, 1, TimeUnit.SECONDS).addListener(ended -> done.complete(null)));
        return done;
    }

    /** Closes a connection, and has the driver forget it, unless that is done already. */
    static void release(StatefulConnection<?, ?> connection) {
        if (connection instanceof RedisChannelHandler<?, ?> handler && !handler.isClosed()) {
            handler.closeAsync();
        }
    }

    private RedisURI uri(ServerAddress address, Login login) {
        RedisURI.Builder uri = RedisURI.builder()
                .withHost(address.host())
                .withPort(address.port())
                .withSsl(url.tls())
                .withTimeout(url.connectTimeout());
        switch (url.tlsVerify()) {
            case FULL -> uri.withVerifyPeer(SslVerifyMode.FULL);
            case CA -> uri.withVerifyPeer(SslVerifyMode.CA);
            case NONE -> uri.withVerifyPeer(SslVerifyMode.NONE);
        }
        String password = login.password();
        if (password != null) {
            if (login.user() == null) {
                uri.withPassword(password.toCharArray());
            } else {
                uri.withAuthentication(login.user(), password.toCharArray());
            }
        }
        return uri.build();
    }

    private static ClientOptions options(RedisUrl url) {
        ClientOptions.Builder options = ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                // Its queue leaves a link to the next node in each that it takes out. Once one of those is old, young
                // collections take every later command, with its arguments and its answer, for alive.
                .useHashIndexQueue(false)
                // A timer for each command costs more than the link's own look at the oldest one.
                .timeoutOptions(TimeoutOptions.create())
                // Connections are made anew by the link alone, never moved to another server by the driver.
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(url.connectTimeout())
                        .keepAlive(true)
                        .tcpNoDelay(true)
                        .build());
        if (url.tls()) {
            SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider().handshakeTimeout(url.connectTimeout());
            if (url.tlsCa() != null) {
                ssl.trustManager(url.tlsCa().toFile());
            }
            options.sslOptions(ssl.build());
        }
        return options.build();
    }

    /** Tells a connection, with its first command, the event loop that it lives on, which the driver keeps to itself. */
    private static final class LoopTeller extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
            if (message instanceof Attempt attempt) {
                attempt.connection().livesOn(context.executor());
                context.pipeline().remove(this);
            }
            context.write(message, promise);
        }
    }
}
