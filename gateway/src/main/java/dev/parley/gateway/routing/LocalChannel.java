package dev.parley.gateway.routing;

import dev.parley.store.ChannelStore;
import dev.parley.store.ChannelStore.Entry;
import dev.parley.store.ChannelStore.Kept;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A channel that somebody here reads. What the store tells is a hint; upon it the channel is read on from where it was read to,
 * once for all readers here and by one read at a time, and what was found is handed to the loops in order. Safe for use from any
 * thread.
 */
final class LocalChannel implements ChannelStore.ChannelListener {
    private static final long UNKNOWN = -1;

    private final String workspaceId;
    private final String name;
    private final ChannelRouter router;
    private final Mono<AutoCloseable> opening;
    private volatile ChannelPeers[] loops = {};
    /** Number of the last message that was read for all; moved by {@link #begin}, then by the one read under way. */
    private volatile long head = UNKNOWN;

    /** How many hold it. Guarded by the router's map. */
    int holders;

    private @Nullable AutoCloseable feed;
    private boolean closed;
    private boolean reading;
    private boolean wanted;

    LocalChannel(String workspaceId, String name, ChannelRouter router, ChannelStore store) {
        this.workspaceId = workspaceId;
        this.name = name;
        this.router = router;
        opening =
                store.subscribe(workspaceId, name, this).doOnNext(this::opened).cache();
    }

    String workspaceId() {
        return workspaceId;
    }

    String name() {
        return name;
    }

    /** Completes when the store tells of what is published. */
    Mono<Void> ready() {
        return opening.then();
    }

    /** Number of the last message that was handed to the loops, or that was there before the first reader; -1 before that. */
    long head() {
        return head;
    }

    /** Adds a reader, on its loop; what it reads of the store after this and what it is told leave nothing between them. */
    void add(ChannelReader reader, EventExecutor loop) {
        peersOn(loop).add(reader);
    }

    /** Takes a reader away, on its loop. */
    void remove(ChannelReader reader, EventExecutor loop) {
        peersOn(loop).remove(reader);
    }

    /** The first reader's read came back: what is there now need not be told to anybody. */
    void begin(long last) {
        boolean behind;
        synchronized (this) {
            if (head != UNKNOWN) {
                return;
            }
            head = last;
            behind = wanted;
        }
        if (behind) {
            look();
        }
    }

    @Override
    public void onPublished(long number) {
        if (number > head) {
            look();
        }
    }

    @Override
    public void onReset() {
        look();
    }

    void close() {
        AutoCloseable open;
        synchronized (this) {
            closed = true;
            open = feed;
            feed = null;
        }
        if (open != null) {
            router.close(open);
        }
    }

    private void opened(AutoCloseable open) {
        synchronized (this) {
            if (!closed) {
                feed = open;
                return;
            }
        }
        router.close(open);
    }

    /** Has the channel read on, on a loop: a listener does not call the store from within. */
    private void look() {
        synchronized (this) {
            wanted = true;
            if (reading || closed || head == UNKNOWN) {
                return;
            }
            reading = true;
        }
        loops[0].loop().execute(this::read);
    }

    private void read() {
        synchronized (this) {
            wanted = false;
            if (closed) {
                reading = false;
                return;
            }
        }
        router.read(this, head, this::found, failure -> router.later(this::read));
    }

    private void found(Kept kept) {
        List<ChannelPeers.Delivery> deliveries = new ArrayList<>(kept.entries().size());
        long before = head;
        for (Entry entry : kept.entries()) {
            if (entry.number() > before) {
                deliveries.add(ChannelPeers.Delivery.of(entry, before, kept.began()));
                before = entry.number();
            }
        }
        if (!deliveries.isEmpty()) {
            for (ChannelPeers peers : loops) {
                peers.loop().execute(() -> peers.deliver(deliveries));
            }
            head = before;
        }
        synchronized (this) {
            reading = wanted && !closed;
            if (!reading) {
                return;
            }
        }
        loops[0].loop().execute(this::read);
    }

    private ChannelPeers peersOn(EventExecutor loop) {
        synchronized (this) {
            for (ChannelPeers peers : loops) {
                if (peers.loop().equals(loop)) {
                    return peers;
                }
            }
            ChannelPeers[] more = Arrays.copyOf(loops, loops.length + 1);
            ChannelPeers added = new ChannelPeers(loop);
            more[loops.length] = added;
            loops = more;
            return added;
        }
    }
}
