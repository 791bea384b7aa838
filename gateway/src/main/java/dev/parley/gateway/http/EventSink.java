package dev.parley.gateway.http;

import dev.parley.gateway.metrics.GatewayMetrics;
import dev.parley.gateway.routing.Attachment;
import dev.parley.gateway.routing.Push;
import dev.parley.gateway.routing.PushSink;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An event stream as the sink of one attachment. Confined to the stream's loop. */
final class EventSink implements PushSink {
    /** How long a client waits before it connects again. */
    static final long RETRY_MILLIS = 2_000;

    private final EventStream stream;
    private final String connectionId;
    private final long slowMillis;
    private final TimeSource time;
    private final GatewayMetrics metrics;

    private @Nullable Attachment attachment;
    private @Nullable Cancellable patience;
    private boolean behind;
    private boolean over;

    /**
     * @param slowMillis how long a client may be behind
     */
    EventSink(EventStream stream, String connectionId, long slowMillis, TimeSource time, GatewayMetrics metrics) {
        this.time = time;
        this.stream = stream;
        this.connectionId = connectionId;
        this.slowMillis = slowMillis;
        this.metrics = metrics;
    }

    void attached(Attachment made) {
        attachment = made;
    }

    /** The attachment has begun: a session that is over, with nothing to replay, ends the stream. */
    void started() {
        endWithSession();
    }

    @Override
    public EventExecutor loop() {
        return stream.loop();
    }

    @Override
    public String connectionId() {
        return connectionId;
    }

    @Override
    public boolean writable() {
        return stream.writable();
    }

    @Override
    public void push(Push push, @Nullable ByteBuf shared) {
        RawJson params = push.params();
        stream.event(push.method(), params, seq(params));
        metrics.delivered(1);
        if (push.method().equals(EventTypes.SESSION_ENDED) || push.method().equals(EventTypes.SESSION_EXPIRED)) {
            over = true;
            if (!behind) {
                stream.end();
            }
        }
    }

    @Override
    public void behind(Attachment which) {
        behind = true;
        if (patience == null) {
            lookLater();
        }
    }

    @Override
    public void caughtUp(Attachment which) {
        behind = false;
        if (patience != null) {
            patience.cancel();
            patience = null;
        }
        endWithSession();
    }

    @Override
    public void fellOff(Attachment which) {
        stream.cut();
    }

    @Override
    public void gone(Attachment which) {
        stream.end();
    }

    private void endWithSession() {
        Attachment own = attachment;
        if (own != null && !behind && (over || own.session().state().status().isTerminal())) {
            stream.end();
        }
    }

    private void lookLater() {
        patience = time.schedule(slowMillis, () -> loop().execute(this::lookWhetherStuck));
    }

    /** A client that has taken nothing for so long is cut; it may come back and resume. */
    private void lookWhetherStuck() {
        patience = null;
        if (behind && !stream.writable()) {
            stream.cut();
        } else if (behind) {
            lookLater();
        }
    }

    /** The seq of a logged push, which stands right behind the session's id in its params; null for others. */
    private static @Nullable String seq(RawJson params) {
        int at = params.offset() + "{\"sessionId\":\"".length();
        byte[] bytes = params.array();
        int end = params.offset() + params.length();
        while (at < end && bytes[at] != '"') {
            at += bytes[at] == '\\' ? 2 : 1;
        }
        byte[] name = ",\"seq\":".getBytes(StandardCharsets.US_ASCII);
        at++;
        for (byte expected : name) {
            if (at >= end || bytes[at++] != expected) {
                return null;
            }
        }
        int from = at;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        return new String(bytes, from, at - from, StandardCharsets.US_ASCII);
    }
}
