package dev.parley.store.redis;

import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import io.lettuce.core.RedisCommandExecutionException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The channels that are listened to, each on one connection to the master of its slot. A subscription that was lost, by a
 * broken connection or because another server serves the slot now, is made again until it is there, and its listener is told.
 * Safe for use from any thread.
 */
final class Subscriptions {
    private static final String CLOSED = "the link was closed";
    private static final long CHECK_NANOS = 1_000_000_000L;

    private final Connect connect;
    private final Topology topology;
    private final Duration timeout;
    private final TimeSource time;
    private final Map<String, Subscription> byChannel = new ConcurrentHashMap<>();
    private final Map<ServerAddress, Reconnector<SubscriberConnection>> connections = new HashMap<>();
    private volatile boolean unsettled;
    private long checkedNanos;
    private boolean closed;

    /**
     * @param timeout how long a server may take to confirm a subscription, or to show that it is there
     */
    Subscriptions(Connect connect, Topology topology, Duration timeout, TimeSource time) {
        this.connect = connect;
        this.topology = topology;
        this.timeout = timeout;
        this.time = time;
        checkedNanos = time.nanoTime();
    }

    /** Makes a connection for subscriptions. */
    interface Connect {
        CompletionStage<SubscriberConnection> to(ServerAddress address, SubscriberConnection.Listener listener);
    }

    /** See {@link RedisLink#subscribe}. */
    CompletionStage<AutoCloseable> subscribe(RedisLink.Channel channel, int slot, RedisLink.ChannelListener listener) {
        Node node = topology.nodeOf(slot);
        if (node == null || node.connection() == null) {
            String why = String.valueOf(topology.problem(slot).getMessage());
            return CompletableFuture.failedFuture(new StoreException.Unavailable(why, false));
        }
        Subscription subscription = new Subscription(channel, slot, listener, time.nanoTime() + timeout.toNanos());
        if (byChannel.putIfAbsent(channel.name(), subscription) != null) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException("channel " + channel.name() + " has a listener already"));
        }
        subscription.settle();
        return subscription.answer;
    }

    /** How many channels are listened to. */
    int count() {
        return byChannel.size();
    }

    /** How many of them are not confirmed at present. */
    long missing() {
        return byChannel.values().stream().filter(Subscription::isMissing).count();
    }

    /** Slots are served by other servers than before, or a server is there again. */
    void topologyChanged() {
        unsettled = true;
    }

    /** Called often, on the timer: makes what is missing, and looks whether the servers are still there. */
    void tick() {
        List<SubscriberConnection> open = new ArrayList<>();
        synchronized (this) {
            if (time.nanoTime() - checkedNanos > CHECK_NANOS) {
                checkedNanos = time.nanoTime();
                for (Reconnector<SubscriberConnection> reconnector : connections.values()) {
                    SubscriberConnection connection = reconnector.current();
                    if (connection != null) {
                        open.add(connection);
                    }
                }
            }
        }
        open.forEach(connection -> connection.check(timeout.toNanos()));
        if (unsettled) {
            unsettled = false;
            byChannel.values().forEach(Subscription::settle);
            leaveUnused();
        }
    }

    /** Ends everything; nobody is told anything any more. */
    void close() {
        List<SubscriberConnection> open = new ArrayList<>();
        synchronized (this) {
            closed = true;
            connections.values().forEach(reconnector -> stop(reconnector, open));
            connections.clear();
        }
        open.forEach(connection -> connection.close(CLOSED));
        byChannel.values().forEach(subscription -> subscription.fail(CLOSED));
        byChannel.clear();
    }

    /** The connection to a server, which is made when there is none; null as long as it is not there. */
    private @Nullable SubscriberConnection connectionTo(ServerAddress address) {
        Reconnector<SubscriberConnection> made = null;
        Reconnector<SubscriberConnection> known;
        synchronized (this) {
            known = connections.get(address);
            if (known == null && !closed) {
                made = reconnector(address);
                known = made;
                connections.put(address, known);
            }
        }
        if (made != null) {
            made.start();
        }
        SubscriberConnection connection = known == null ? null : known.current();
        return connection != null && connection.isOpen() ? connection : null;
    }

    private Reconnector<SubscriberConnection> reconnector(ServerAddress address) {
        SubscriberConnection.Listener heard = new SubscriberConnection.Listener() {
            @Override
            public void message(SubscriberConnection from, byte[] channel, byte[] payload) {
                Subscription subscription = byChannel.get(new String(channel, StandardCharsets.UTF_8));
                if (subscription != null && subscription.on == from) {
                    subscription.listener.onMessage(payload);
                }
            }

            @Override
            public void dropped(SubscriberConnection from, byte[] channel) {
                Subscription subscription = byChannel.get(new String(channel, StandardCharsets.UTF_8));
                if (subscription != null) {
                    subscription.lost(from);
                }
            }
        };
        return new Reconnector<>(time, () -> connect.to(address, heard), new Reconnector.Listener<>() {
            @Override
            public void connected(SubscriberConnection connection) {
                connection.ended().thenAccept(why -> {
                    Reconnector<SubscriberConnection> own = reconnectorOf(address);
                    if (own != null) {
                        own.ended(why);
                    }
                    byChannel.values().forEach(subscription -> subscription.lost(connection));
                });
                byChannel.values().forEach(Subscription::settle);
            }

            @Override
            public void failed(LinkFailure why) {
                topology.refresh();
                unsettled = true;
            }

            @Override
            public void unwanted(SubscriberConnection connection) {
                connection.close(CLOSED);
            }
        });
    }

    private synchronized @Nullable Reconnector<SubscriberConnection> reconnectorOf(ServerAddress address) {
        return connections.get(address);
    }

    /** Closes connections to servers that are no masters any more. */
    private void leaveUnused() {
        List<ServerAddress> used =
                topology.masters().stream().map(Node::address).toList();
        List<SubscriberConnection> open = new ArrayList<>();
        synchronized (this) {
            connections.entrySet().removeIf(entry -> {
                boolean isUnused = !used.contains(entry.getKey());
                if (isUnused) {
                    stop(entry.getValue(), open);
                }
                return isUnused;
            });
        }
        open.forEach(connection -> connection.close("the server is no master any more"));
    }

    private static void stop(Reconnector<SubscriberConnection> reconnector, List<SubscriberConnection> open) {
        reconnector.stop();
        SubscriberConnection connection = reconnector.current();
        if (connection != null) {
            open.add(connection);
        }
    }

    /** One channel and its listener. */
    private final class Subscription implements AutoCloseable {
        private final RedisLink.Channel channel;
        private final int slot;
        private final RedisLink.ChannelListener listener;
        private final long deadlineNanos;
        private final CompletableFuture<AutoCloseable> answer = new CompletableFuture<>();
        private volatile @Nullable SubscriberConnection on;
        private boolean asking;

        Subscription(RedisLink.Channel channel, int slot, RedisLink.ChannelListener listener, long deadlineNanos) {
            this.channel = channel;
            this.slot = slot;
            this.listener = listener;
            this.deadlineNanos = deadlineNanos;
        }

        /** Subscribes where it belongs, if it is not there already. */
        void settle() {
            Node node = topology.nodeOf(slot);
            SubscriberConnection wanted = node == null ? null : connectionTo(node.address());
            if (wanted == null) {
                notYet("the server did not confirm a subscription in time");
                return;
            }
            SubscriberConnection before;
            synchronized (this) {
                if (asking || on == wanted || byChannel.get(channel.name()) != this) {
                    return;
                }
                asking = true;
                before = on;
                // From here on messages of the one that is asked are heard, as they may come before its confirmation is
                // seen.
                on = wanted;
            }
            if (before != null) {
                before.unsubscribe(channel);
            }
            wanted.subscribe(channel).whenComplete((nothing, failure) -> confirmed(wanted, failure));
        }

        /** The server that it was on no longer sends it. */
        void lost(SubscriberConnection from) {
            synchronized (this) {
                if (on != from) {
                    return;
                }
                on = null;
            }
            unsettled = true;
            topology.refresh();
        }

        synchronized boolean isMissing() {
            return asking || on == null;
        }

        void fail(String why) {
            if (answer.completeExceptionally(new StoreException.Unavailable(why, false))) {
                byChannel.remove(channel.name(), this);
            }
        }

        @Override
        public void close() {
            byChannel.remove(channel.name(), this);
            SubscriberConnection from;
            synchronized (this) {
                // While it is being asked for, its confirmation ends it.
                from = asking ? null : on;
            }
            if (from != null) {
                from.unsubscribe(channel);
            }
        }

        private void confirmed(SubscriberConnection by, @Nullable Throwable failure) {
            boolean isThere;
            synchronized (this) {
                asking = false;
                if (failure != null && on == by) {
                    on = null;
                }
                isThere = on == by;
            }
            Subscription present = byChannel.get(channel.name());
            if (isThere && present == null) {
                by.unsubscribe(channel);
            } else if (isThere && present == this) {
                if (!answer.complete(this)) {
                    listener.restored();
                }
            } else if (present == this) {
                notYet(refused(failure));
            }
        }

        private void notYet(String why) {
            if (!answer.isDone() && time.nanoTime() - deadlineNanos > 0) {
                fail(why);
                return;
            }
            unsettled = true; // the next tick tries again
        }

        private String refused(@Nullable Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof RedisCommandExecutionException) {
                String error = String.valueOf(cause.getMessage());
                ServerAddress to =
                        error.startsWith("MOVED ") ? Refusals.movedTo(error, new ServerAddress("127.0.0.1", 1)) : null;
                if (to != null) {
                    topology.moved(slot, to);
                }
                return "the server refuses the subscription: " + error;
            }
            return "the connection for subscriptions was lost";
        }
    }
}
