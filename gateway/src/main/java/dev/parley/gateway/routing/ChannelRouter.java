package dev.parley.gateway.routing;

import dev.parley.store.ChannelStore.Kept;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Local interest in channels: the first who subscribes has the store tell of the channel, the last who leaves ends that. Safe for
 * use from any thread; readers are handed over on the loop of their sink.
 */
public final class ChannelRouter {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelRouter.class);
    private static final long RETRY_MILLIS = 500;

    private final Store store;
    private final TimeSource time;
    private final ConcurrentHashMap<String, LocalChannel> channels = new ConcurrentHashMap<>();

    /** Routes what the store tells of channels. */
    public ChannelRouter(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /**
     * Subscribes a sink to a channel, whether anything was published to it or not.
     *
     * @param sink called on its loop, as this must be
     * @param seq position: what comes after it is read; null for none
     * @param last without a position, how many of the kept messages are read at most, 0 or more
     * @return the reader, on the sink's loop, its position set; the caller answers it, then starts it. Fails as the store does
     */
    public Mono<ChannelReader> subscribe(
            String workspaceId, String channel, ChannelSink sink, @Nullable Long seq, int last) {
        return Mono.create(answer -> {
            LocalChannel local = acquire(workspaceId, channel);
            ChannelReader reader = new ChannelReader(this, local, sink);
            Consumer<Throwable> failed = failure -> onLoop(sink.loop(), () -> {
                reader.close();
                answer.error(failure);
            });
            local.ready()
                    .subscribe(
                            null,
                            failed,
                            () -> onLoop(sink.loop(), () -> {
                                reader.join();
                                store.channels()
                                        .after(workspaceId, channel, seq == null ? 0 : seq)
                                        .subscribe(
                                                kept -> onLoop(sink.loop(), () -> {
                                                    local.begin(kept.head());
                                                    reader.place(kept, seq, last);
                                                    answer.success(reader);
                                                }),
                                                failed);
                            }));
        });
    }

    /** How many channels somebody here reads. */
    public int localChannels() {
        return channels.size();
    }

    /** Reads on after a number. Both ways out are called on any thread. */
    void read(LocalChannel channel, long after, Consumer<Kept> found, Consumer<Throwable> failed) {
        store.channels().after(channel.workspaceId(), channel.name(), after).subscribe(found, failed);
    }

    /** Does something once more after a failure. */
    void later(Runnable again) {
        time.schedule(RETRY_MILLIS, again);
    }

    long nanoTime() {
        return time.nanoTime();
    }

    void close(AutoCloseable feed) {
        try {
            feed.close();
        } catch (Exception failure) {
            LOG.debug("close failed", failure);
        }
    }

    void release(LocalChannel channel) {
        boolean[] last = {false};
        channels.compute(key(channel.workspaceId(), channel.name()), (key, current) -> {
            channel.holders--;
            last[0] = channel.holders == 0;
            return last[0] && current == channel ? null : current;
        });
        if (last[0]) {
            channel.close();
        }
    }

    private LocalChannel acquire(String workspaceId, String channel) {
        return channels.compute(key(workspaceId, channel), (key, existing) -> {
            LocalChannel held =
                    existing == null ? new LocalChannel(workspaceId, channel, this, store.channels()) : existing;
            held.holders++;
            return held;
        });
    }

    private static String key(String workspaceId, String channel) {
        return workspaceId + '\n' + channel;
    }

    private static void onLoop(EventExecutor loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }
}
