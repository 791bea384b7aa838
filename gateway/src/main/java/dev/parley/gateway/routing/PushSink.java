package dev.parley.gateway.routing;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/** Where an attachment's pushes go: a socket, or an event stream. All methods but {@link #loop()} are called on its loop. */
public interface PushSink {
    /** The event loop that it lives on; never changes. */
    EventExecutor loop();

    /** Identity of the connection: entries that came from it are not pushed to it. */
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

    /** An attachment could not push any more; the sink calls {@link Attachment#onWritable()} once it has room. */
    void behind(Attachment attachment);

    /** The attachment is up to date again. */
    void caughtUp(Attachment attachment);

    /** The log does not reach back any more to where a lagging attachment is: the connection cannot go on. */
    void fellOff(Attachment attachment);

    /** The session is gone; the attachment is closed. */
    void gone(Attachment attachment);
}
