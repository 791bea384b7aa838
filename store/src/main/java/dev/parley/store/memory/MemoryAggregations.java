package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.store.AggregationStore;
import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.PriorityQueue;
import reactor.core.publisher.Mono;

/** Aggregations in this process. One lock; what is past its time goes when somebody calls for its workspace. */
final class MemoryAggregations implements AggregationStore {
    private final TimeSource time;
    private final Map<String, Kept> workspaces = new HashMap<>();

    MemoryAggregations(TimeSource time) {
        this.time = time;
    }

    @Override
    public Mono<Void> create(NewAggregation made) {
        return Mono.fromRunnable(() -> {
            synchronized (workspaces) {
                Kept kept = kept(made.workspaceId());
                Entry known = kept.entries.get(made.aggregationId());
                if (known != null) {
                    if (!known.first.equals(made.document())) {
                        throw new StoreException.Conflict("aggregation " + made.aggregationId());
                    }
                    return;
                }
                if (kept.entries.size() >= made.limits().count()) {
                    throw new StoreException.Full(made.limits().count() + " aggregations");
                }
                kept.grow(made.document().length(), made.limits());
                Entry entry = new Entry(made.aggregationId(), made.document(), time.nowMillis() + made.keptMillis());
                kept.entries.put(made.aggregationId(), entry);
                kept.byEnd.add(entry);
                workspaces.put(made.workspaceId(), kept);
            }
        });
    }

    @Override
    public Mono<StoredAggregation> get(String workspaceId, String aggregationId) {
        return Mono.fromSupplier(() -> {
            synchronized (workspaces) {
                return entry(kept(workspaceId), aggregationId).present;
            }
        });
    }

    @Override
    public Mono<Long> replace(Replacement replacement) {
        return Mono.fromSupplier(() -> {
            synchronized (workspaces) {
                Kept kept = kept(replacement.workspaceId());
                Entry entry = entry(kept, replacement.aggregationId());
                Long answered = entry.answers.of(replacement.operationId());
                if (answered != null) {
                    return answered;
                }
                StoredAggregation before = entry.present;
                if (before.version() != replacement.expectedVersion()) {
                    throw new StoreException.VersionConflict(before.version());
                }
                kept.grow(replacement.document().length() - before.document().length(), replacement.limits());
                entry.present =
                        new StoredAggregation(before.aggregationId(), replacement.document(), before.version() + 1);
                entry.answers.remember(replacement.operationId(), entry.present.version());
                return entry.present.version();
            }
        });
    }

    void close() {
        synchronized (workspaces) {
            workspaces.clear();
        }
    }

    /** How many there are, of all workspaces. */
    int size() {
        synchronized (workspaces) {
            Iterator<Kept> all = workspaces.values().iterator();
            int size = 0;
            while (all.hasNext()) {
                Kept kept = all.next();
                kept.drop(time.nowMillis());
                size += kept.entries.size();
                if (kept.entries.isEmpty()) {
                    all.remove();
                }
            }
            return size;
        }
    }

    private Kept kept(String workspaceId) {
        Kept kept = workspaces.get(workspaceId);
        if (kept == null) {
            return new Kept();
        }
        kept.drop(time.nowMillis());
        return kept;
    }

    private static Entry entry(Kept kept, String aggregationId) {
        Entry entry = kept.entries.get(aggregationId);
        if (entry == null) {
            throw new StoreException.NotFound("aggregation " + aggregationId);
        }
        return entry;
    }

    /** Those of one workspace. */
    private static final class Kept {
        private final Map<String, Entry> entries = new HashMap<>();
        private final PriorityQueue<Entry> byEnd = new PriorityQueue<>((a, b) -> Long.compare(a.end, b.end));
        private long bytes;

        void grow(long by, AggregationLimits limits) {
            if (by > 0 && bytes + by > limits.bytes()) {
                throw new StoreException.Full(limits.bytes() + " bytes of aggregations");
            }
            bytes += by;
        }

        void drop(long now) {
            for (Entry first = byEnd.peek(); first != null && first.end <= now; first = byEnd.peek()) {
                byEnd.remove();
                entries.remove(first.present.aggregationId());
                bytes -= first.present.document().length();
            }
        }
    }

    /** One, and what it was created as. */
    private static final class Entry {
        private final RawJson first;
        private final long end;
        private final RecentAnswers<Long> answers = new RecentAnswers<>();
        private StoredAggregation present;

        Entry(String id, RawJson first, long end) {
            this.first = first;
            this.end = end;
            present = new StoredAggregation(id, first, 1);
        }
    }
}
