package dev.parley.gateway.routing;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/** Where the messages of channels go. All methods but {@link #loop()} are called on its loop. */
public interface ChannelSink {
    /** The event loop that it lives on; never changes. */
    EventExecutor loop();

    /** Identity of the connection: what it publishes while it is subscribed is not pushed to it. */
    String connectionId();

    /** Whether its outgoing queue has room. While it has none, nothing is pushed. */
    boolean writable();

    /**
     * Takes a push.
     *
     * @param push what
     * @param shared the push as a WebSocket frame that others get too, to be duplicated; null when the sink makes its own
     */
    void push(Push push, @Nullable ByteBuf shared);

    /** A reader could not push any more; the sink calls {@link ChannelReader#onWritable()} once it has room. */
    void behind(ChannelReader reader);

    /** The reader is up to date again. */
    void caughtUp(ChannelReader reader);
}
