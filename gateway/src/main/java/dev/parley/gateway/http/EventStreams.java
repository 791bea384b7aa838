package dev.parley.gateway.http;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.time.TimeSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The event streams that are open: one timer keeps them all alive. Safe for use from any thread. */
final class EventStreams {
    private final TimeSource time;
    private final long commentMillis;
    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private TimeSource.@Nullable Cancellable timer;
    private boolean closed;

    EventStreams(TimeSource time, long commentMillis) {
        this.time = time;
        this.commentMillis = commentMillis;
    }

    void add(EventStream stream) {
        open.add(stream);
        stream.done().subscribe(null, null, () -> open.remove(stream));
        synchronized (this) {
            if (timer == null && !closed) {
                timer = time.schedule(commentMillis, this::tick);
            }
        }
    }

    /** Bytes that wait for clients. */
    long waiting() {
        return open.stream().mapToLong(EventStream::waiting).sum();
    }

    /** Tells all clients to come back later, and ends their streams. */
    void drain(long reconnectAfterMillis) {
        RawJson params = RawJson.of(Json.write(Map.of("reconnectAfterMs", reconnectAfterMillis)));
        for (EventStream stream : open) {
            stream.loop().execute(() -> {
                stream.event(EventTypes.SERVER_DRAINING, params, null);
                stream.end();
            });
        }
    }

    synchronized void close() {
        closed = true;
        if (timer != null) {
            timer.cancel();
        }
    }

    private void tick() {
        for (EventStream stream : open) {
            stream.loop().execute(() -> stream.comment("still here"));
        }
        synchronized (this) {
            timer = open.isEmpty() || closed ? null : time.schedule(commentMillis, this::tick);
        }
    }
}
