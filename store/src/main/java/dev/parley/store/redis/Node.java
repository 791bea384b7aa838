package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One server and the connection to it, which comes back by itself. Looks after the answers: when one does not come in time,
 * the connection is closed, so that nothing piles up and a server that went silent is found. Safe for use from any thread.
 */
final class Node {
    private final ServerAddress address;
    private final Duration timeout;
    private final TimeSource time;
    private final Reconnector<ServerConnection> reconnector;

    /**
     * @param connect makes a connection that is ready for use
     * @param timeout how long an answer may take
     * @param listener told when the node becomes ready, and each time that it is not
     */
    Node(
            ServerAddress address,
            Supplier<CompletionStage<ServerConnection>> connect,
            Duration timeout,
            TimeSource time,
            Listener listener) {
        this.address = address;
        this.timeout = timeout;
        this.time = time;
        this.reconnector = new Reconnector<>(time, connect, new Reconnector.Listener<>() {
            @Override
            public void connected(ServerConnection connection) {
                connection.ended().thenAccept(reconnector()::ended);
                listener.ready(Node.this);
            }

            @Override
            public void failed(LinkFailure why) {
                listener.failed(Node.this, why);
            }

            @Override
            public void unwanted(ServerConnection connection) {
                connection.close("the link was closed");
            }
        });
    }

    /** Hears about nodes, on a thread that must not be blocked. */
    interface Listener {
        void ready(Node node);

        void failed(Node node, LinkFailure why);
    }

    ServerAddress address() {
        return address;
    }

    /** Makes the first attempt to connect. */
    void start() {
        reconnector.start();
    }

    /** The open connection; null when there is none. */
    @Nullable ServerConnection connection() {
        ServerConnection connection = reconnector.current();
        return connection != null && connection.isOpen() ? connection : null;
    }

    /** Why there is no connection; null when there is one or the first attempt is under way. */
    @Nullable LinkFailure failure() {
        return reconnector.failure();
    }

    /** Called several times in each time-out: closes a connection whose answers do not come. */
    void tick(boolean ask) {
        ServerConnection connection = connection();
        if (connection == null) {
            return;
        }
        Attempt oldest = connection.oldest();
        if (oldest != null && time.nanoTime() - oldest.sentNanos() > timeout.toNanos()) {
            connection.close(address + " did not answer within " + timeout.toMillis() + " ms");
        } else if (oldest == null && ask) {
            connection.ask(CommandType.PING).exceptionally(failure -> null);
        }
    }

    /** Closes the connection; it is not made again. */
    void close(String why) {
        reconnector.stop();
        ServerConnection connection = reconnector.current();
        if (connection != null) {
            connection.close(why);
        }
    }

    private Reconnector<ServerConnection> reconnector() {
        return reconnector;
    }
}
