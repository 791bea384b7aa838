package dev.parley.store.memory;

import dev.parley.protocol.agent.InboxMessage;
import dev.parley.store.InboxStore;
import dev.parley.store.InboxStore.Entry;
import dev.parley.store.InboxStore.Marked;
import dev.parley.store.InboxStore.Page;
import dev.parley.store.InboxStore.Query;
import dev.parley.store.InboxStore.Send;
import dev.parley.store.InboxStore.Sent;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/** The inbox of one agent. Guarded by its entry in {@link MemoryInboxes}. */
final class Inbox {
    /** What a message takes besides its texts, in bytes, on average. */
    private static final int OVERHEAD = 200;

    private final Map<String, Held> byId = new HashMap<>();
    private final NavigableMap<Long, Held> byNumber = new TreeMap<>();
    private final NavigableMap<Long, Held> unread = new TreeMap<>();
    private final NavigableMap<Long, Held> read = new TreeMap<>();
    private final TreeSet<Held> byEnd =
            new TreeSet<>(Comparator.comparingLong(Held::endsAt).thenComparingLong(Held::number));
    private long bytes;
    private long unreadBytes;
    private long lastCreatedAt;

    private record Held(InboxMessage message, long number, long endsAt, int size) {}

    boolean isEmpty() {
        return byId.isEmpty();
    }

    int unread() {
        return unread.size();
    }

    void expire(long now) {
        while (!byEnd.isEmpty() && byEnd.first().endsAt() <= now) {
            drop(byEnd.first());
        }
    }

    Sent put(Send send, long now, LongSupplier numbers) {
        Held known = byId.get(send.messageId());
        if (known != null) {
            if (!known.message().from().id().equals(send.from().id())) {
                throw new StoreException.MessageConflict(send.messageId());
            }
            return new Sent(known.message(), true);
        }
        InboxStore.Bounds bounds = send.bounds();
        int size = send.payload().length() + OVERHEAD;
        if (unread.size() >= bounds.messages() || unreadBytes + size > bounds.bytes()) {
            throw new StoreException.Full("inbox");
        }
        while (!read.isEmpty() && (byId.size() >= bounds.messages() || bytes + size > bounds.bytes())) {
            drop(read.firstEntry().getValue());
        }
        lastCreatedAt = Math.max(lastCreatedAt, now);
        InboxMessage message = MemoryInboxes.message(send, lastCreatedAt);
        Held held = new Held(message, numbers.getAsLong(), lastCreatedAt + send.ttlMillis(), size);
        add(held);
        return new Sent(message, false);
    }

    Page page(Query query) {
        NavigableMap<Long, Held> from = query.unreadOnly() ? unread : byNumber;
        String beforeId = query.beforeId();
        if (beforeId != null) {
            Held before = byId.get(beforeId);
            if (before == null) {
                throw new StoreException.NotFound("message " + beforeId);
            }
            from = from.headMap(before.number(), false);
        }
        Long beforeMillis = query.beforeMillis();
        List<InboxMessage> page = new ArrayList<>();
        long pageBytes = 0;
        for (Held held : from.descendingMap().values()) {
            InboxMessage message = held.message();
            if ((query.channel() == null || query.channel().equals(message.channel()))
                    && (beforeMillis == null || message.createdAt().toEpochMilli() < beforeMillis)) {
                if (page.size() == query.limit() || isTooMuch(page.isEmpty(), pageBytes, held)) {
                    return new Page(page, true);
                }
                page.add(message);
                pageBytes += held.size();
            }
        }
        return new Page(page, false);
    }

    Marked markRead(List<String> ids, long now) {
        List<String> marked = new ArrayList<>();
        for (String id : ids) {
            Held held = byId.get(id);
            if (held == null) {
                continue;
            }
            marked.add(id);
            if (!held.message().isRead()) {
                drop(held);
                add(new Held(read(held.message(), now), held.number(), held.endsAt(), held.size()));
            }
        }
        return new Marked(marked, unread.size());
    }

    List<Entry> after(long number, int limit) {
        List<Entry> entries = new ArrayList<>();
        long pageBytes = 0;
        Iterator<Held> next = unread.tailMap(number, false).values().iterator();
        while (next.hasNext() && entries.size() < limit) {
            Held held = next.next();
            if (isTooMuch(entries.isEmpty(), pageBytes, held)) {
                break;
            }
            entries.add(new Entry(held.message(), held.number()));
            pageBytes += held.size();
        }
        return entries;
    }

    private static boolean isTooMuch(boolean isFirst, long pageBytes, Held held) {
        return !isFirst && pageBytes + held.size() > InboxStore.PAGE_BYTES;
    }

    private void add(Held held) {
        byId.put(held.message().id(), held);
        byNumber.put(held.number(), held);
        byEnd.add(held);
        bytes += held.size();
        if (held.message().isRead()) {
            read.put(held.number(), held);
        } else {
            unread.put(held.number(), held);
            unreadBytes += held.size();
        }
    }

    private void drop(Held held) {
        byId.remove(held.message().id());
        byNumber.remove(held.number());
        byEnd.remove(held);
        bytes -= held.size();
        if (read.remove(held.number()) == null) {
            unread.remove(held.number());
            unreadBytes -= held.size();
        }
    }

    private static InboxMessage read(InboxMessage message, long now) {
        Instant readAt = Instant.ofEpochMilli(now);
        return new InboxMessage(
                message.id(),
                message.from(),
                message.to(),
                message.channel(),
                message.type(),
                message.payload(),
                message.correlationId(),
                message.createdAt(),
                message.expiresAt(),
                Objects.requireNonNullElse(message.readAt(), readAt),
                true);
    }
}
