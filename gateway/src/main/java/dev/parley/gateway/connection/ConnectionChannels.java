package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.SocketChannels;
import dev.parley.gateway.routing.ChannelReader;
import dev.parley.gateway.routing.ChannelRouter;
import dev.parley.gateway.routing.ChannelSink;
import dev.parley.gateway.routing.Push;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.agent.ChannelParams;
import dev.parley.store.ChannelStore;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What one connection is subscribed to. Confined to the connection's loop. */
final class ConnectionChannels implements SocketChannels, ChannelSink {
    private final Connection connection;
    private final ChannelRouter router;
    private final int most;
    private final Map<String, ChannelReader> readers = new HashMap<>(4);
    private final Set<ChannelReader> behind = new HashSet<>(2);
    private final List<ChannelReader> placed = new ArrayList<>(1);
    private final Map<String, Mono<ChannelParams.Subscribed>> subscribing = new HashMap<>(2);
    /** Channels that were let go of while they were still being subscribed to. */
    private final Set<String> unwanted = new HashSet<>(2);

    private boolean closed;

    /**
     * @param most channels at once
     */
    ConnectionChannels(Connection connection, ChannelRouter router, int most) {
        this.connection = connection;
        this.router = router;
        this.most = most;
    }

    @Override
    public Mono<ChannelParams.Subscribed> subscribe(String channel, @Nullable Long seq, @Nullable Integer last) {
        return Mono.defer(() -> {
            Mono<ChannelParams.Subscribed> underWay = subscribing.get(channel);
            if (underWay != null) {
                return underWay.onErrorComplete().then(Mono.defer(() -> subscribe(channel, seq, last)));
            }
            ChannelReader there = readers.get(channel);
            if (there != null && seq == null && last == null) {
                return Mono.just(there.standing());
            }
            if (there == null && readers.size() + subscribing.size() >= most) {
                return Mono.error(tooMany());
            }
            Mono<ChannelParams.Subscribed> subscribe =
                    subscribeNow(channel, seq, last).cache();
            subscribing.put(channel, subscribe);
            return subscribe;
        });
    }

    @Override
    public void unsubscribe(String channel) {
        if (subscribing.containsKey(channel)) {
            unwanted.add(channel);
        }
        letGo(channel);
    }

    /** The answer that told of them is written: the new readers begin to push. */
    void startPlaced() {
        if (!placed.isEmpty()) {
            List<ChannelReader> now = List.copyOf(placed);
            placed.clear();
            now.forEach(ChannelReader::start);
        }
    }

    void onWritable() {
        if (!behind.isEmpty()) {
            List.copyOf(behind).forEach(ChannelReader::onWritable);
        }
    }

    boolean behindTooLong(long now, long limitNanos) {
        for (ChannelReader reader : behind) {
            if (reader.hasLagged() && now - reader.behindSince() >= limitNanos) {
                return true;
            }
        }
        return false;
    }

    void close() {
        if (!closed) {
            closed = true;
            placed.clear();
            List<ChannelReader> all = List.copyOf(readers.values());
            readers.clear();
            all.forEach(ChannelReader::close);
        }
    }

    @Override
    public EventExecutor loop() {
        return connection.loop();
    }

    @Override
    public String connectionId() {
        return connection.id();
    }

    @Override
    public boolean writable() {
        return connection.outbound().writable();
    }

    @Override
    public void push(Push push, @Nullable ByteBuf shared) {
        connection.push(push, shared);
    }

    @Override
    public void behind(ChannelReader reader) {
        behind.add(reader);
    }

    @Override
    public void caughtUp(ChannelReader reader) {
        behind.remove(reader);
    }

    private Mono<ChannelParams.Subscribed> subscribeNow(String channel, @Nullable Long seq, @Nullable Integer last) {
        Caller caller = connection.caller();
        if (caller == null) {
            return Mono.error(ProtocolException.of(ErrorCode.UNAUTHENTICATED, "Connect first."));
        }
        return router.subscribe(
                        caller.workspaceId(), channel, this, seq, Objects.requireNonNullElse(last, ChannelStore.KEPT))
                .map(reader -> {
                    subscribing.remove(channel);
                    letGo(channel);
                    ChannelParams.Subscribed standing = reader.standing();
                    boolean dropped = unwanted.remove(channel);
                    if (closed || dropped) {
                        reader.close();
                    } else {
                        readers.put(channel, reader);
                        placed.add(reader);
                    }
                    return standing;
                })
                .doOnError(failure -> {
                    subscribing.remove(channel);
                    unwanted.remove(channel);
                });
    }

    private void letGo(String channel) {
        ChannelReader reader = readers.remove(channel);
        if (reader != null) {
            placed.remove(reader);
            reader.close();
        }
    }

    private ProtocolException tooMany() {
        return ProtocolException.of(
                        ErrorCode.RATE_LIMITED,
                        "This connection is subscribed to " + most
                                + " channels, and no more are allowed; unsubscribe from one first.")
                .with("limit", "subscriptions")
                .with("max", most);
    }
}
