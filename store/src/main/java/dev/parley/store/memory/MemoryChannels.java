package dev.parley.store.memory;

import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.store.ChannelStore;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Channels in this process, under one lock; listeners are told outside of it. */
final class MemoryChannels implements ChannelStore {
    /** What a message takes besides its payload, in bytes, on average. */
    private static final int OVERHEAD = 200;

    /** By how much more the numbers of a channel begin, than its first instant in milliseconds: dense ones never meet those of a
     * later life. */
    private static final long NUMBERS_PER_MILLI = 1000;

    private final SessionTable table;
    /** By workspace and channel. */
    private final Map<String, List<ChannelListener>> listeners = new ConcurrentHashMap<>();
    /** By workspace, its channels by name, the one that was published to last at the end. */
    private final Map<String, Map<String, Channel>> workspaces = new HashMap<>();

    MemoryChannels(SessionTable table) {
        this.table = table;
    }

    @Override
    public Mono<Published> publish(Publish publish) {
        return Mono.fromSupplier(() -> {
            table.checkOpen();
            Channel channel;
            Published published;
            long number;
            synchronized (workspaces) {
                long now = table.now();
                Map<String, Channel> channels = open(publish.workspaceId(), now);
                channel = channels.get(publish.channel());
                Entry known = channel == null ? null : channel.find(publish.messageId());
                if (known != null) {
                    if (!known.message().from().equals(publish.from())) {
                        throw new StoreException.MessageConflict(publish.messageId());
                    }
                    return new Published(known.message(), true);
                }
                if (channel == null) {
                    if (channels.size() >= publish.mostChannels()) {
                        throw new StoreException.Full("channels");
                    }
                    channel = new Channel(now * NUMBERS_PER_MILLI + 1);
                }
                published = new Published(channel.add(publish, now), false);
                number = channel.head;
                workspaces.put(publish.workspaceId(), channels);
                channels.remove(publish.channel());
                channels.put(publish.channel(), channel);
            }
            tell(owner(publish.workspaceId(), publish.channel()), number);
            return published;
        });
    }

    @Override
    public Mono<Kept> after(String workspaceId, String channel, long number) {
        return Mono.fromSupplier(() -> {
            table.checkOpen();
            synchronized (workspaces) {
                Channel found = open(workspaceId, table.now()).get(channel);
                return found == null ? new Kept(List.of(), 0, 0) : found.after(number);
            }
        });
    }

    @Override
    public Mono<AutoCloseable> subscribe(String workspaceId, String channel, ChannelListener listener) {
        return Mono.fromSupplier(() -> {
            table.checkOpen();
            String owner = owner(workspaceId, channel);
            listeners.compute(owner, (name, known) -> {
                List<ChannelListener> all = known == null ? new CopyOnWriteArrayList<>() : known;
                all.add(listener);
                return all;
            });
            return () -> listeners.computeIfPresent(owner, (name, all) -> {
                all.remove(listener);
                return all.isEmpty() ? null : all;
            });
        });
    }

    int live() {
        return listeners.values().stream().mapToInt(List::size).sum();
    }

    void close() {
        listeners.clear();
        synchronized (workspaces) {
            workspaces.clear();
        }
    }

    /** The channels of a workspace, without those that are idle for too long. */
    private Map<String, Channel> open(String workspaceId, long now) {
        Map<String, Channel> channels = workspaces.get(workspaceId);
        if (channels == null) {
            return new LinkedHashMap<>();
        }
        for (Iterator<Channel> each = channels.values().iterator(); each.hasNext(); ) {
            if (now - each.next().last < IDLE_MILLIS) {
                break;
            }
            each.remove();
        }
        if (channels.isEmpty()) {
            workspaces.remove(workspaceId);
        }
        return channels;
    }

    private void tell(String owner, long number) {
        for (ChannelListener listener : listeners.getOrDefault(owner, List.of())) {
            try {
                listener.onPublished(number);
            } catch (RuntimeException e) {
                // A listener's defect is neither the caller's failure nor a reason not to tell the others.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    private static String owner(String workspaceId, String channel) {
        return workspaceId + '\n' + channel;
    }

    /** One channel. */
    private static final class Channel {
        private final ArrayDeque<Entry> kept = new ArrayDeque<>();
        private final long began;
        private long head;
        private long last;
        private int bytes;

        Channel(long began) {
            this.began = began;
            head = began - 1;
        }

        @Nullable Entry find(String messageId) {
            for (Entry entry : kept) {
                if (entry.message().id().equals(messageId)) {
                    return entry;
                }
            }
            return null;
        }

        ChannelMessage add(Publish publish, long now) {
            last = Math.max(last, now);
            ChannelMessage message = new ChannelMessage(
                    publish.channel(),
                    publish.from(),
                    publish.payload().compact(),
                    publish.messageId(),
                    Instant.ofEpochMilli(last),
                    ++head,
                    null);
            kept.add(new Entry(message, publish.origin()));
            bytes += size(message);
            while (kept.size() > 1 && (kept.size() > KEPT || bytes > KEPT_BYTES)) {
                bytes -= size(kept.remove().message());
            }
            return message;
        }

        Kept after(long number) {
            List<Entry> entries = new ArrayList<>();
            for (Entry entry : kept) {
                if (entry.number() > number) {
                    entries.add(entry);
                }
            }
            return new Kept(entries, head, began);
        }

        private static int size(ChannelMessage message) {
            return message.payload().length() + OVERHEAD;
        }
    }
}
