package dev.parley.store.redis;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way to the servers: what is called goes to the master that serves a key, and comes back. It sends nothing twice. All
 * failures are {@link dev.parley.store.StoreException.Unavailable}, with an unknown outcome once the call may have left, except
 * what a function itself answers. Safe for use from any thread; answers and listeners are called on the link's threads.
 */
interface RedisLink {
    /**
     * Calls a function of the library, loading it where it is missing. The server gets {@code key} as its only key, and as
     * first argument, before the given ones, the run id of the very server that the call is written to: it is what functions
     * compare with the one that the key's partition was fenced for, so it must never be that of an earlier connection.
     *
     * @param key a tag in braces decides the slot; it need not exist
     * @return what the function returned: bytes, {@link Long}, null or a list of these
     */
    CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args);

    /**
     * Sends to those subscribed to a channel.
     *
     * @return completes when the server has it
     */
    CompletionStage<Void> publish(Channel channel, byte[] payload);

    /**
     * Subscribes; the answer comes when the server has confirmed it. A subscription that breaks is made again by the link, and
     * {@link ChannelListener#restored} tells when it has been. One listener per channel.
     *
     * @return ends it; no call comes once it has returned and the call under way has ended
     */
    CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener);

    /** Completes when all masters answer. */
    CompletionStage<Void> ping();

    /** The store's clock in milliseconds since 1970, as far as it is known: it agrees with that of other gateways. */
    long nowMillis();

    /** Closes all connections; calls under way fail. */
    CompletionStage<Void> close();

    /**
     * A channel.
     *
     * @param name with a tag in braces where it is sharded
     * @param sharded whether it belongs to the slot of its tag (where the server can do that), else to all servers
     */
    record Channel(String name, boolean sharded) {}

    /** Hears what is sent to a channel, in order, on a thread that must not be blocked. */
    interface ChannelListener {
        void onMessage(byte[] payload);

        /** The subscription was interrupted and is there again: what was sent in between is lost, and the server may be another. */
        void restored();
    }
}
