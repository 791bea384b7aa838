package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.store.StoreException;
import dev.parley.store.Webhook;
import dev.parley.store.WebhookStore;
import dev.parley.time.TimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Webhooks in this process, in one lane. Its own lock guards it, held for a look at what waits. */
final class MemoryWebhooks implements WebhookStore {
    private final TimeSource time;
    private final Map<String, Map<String, Entry>> workspaces = new HashMap<>();
    /** Number of the last happening that was taken, by workspace. */
    private final Map<String, Long> taken = new HashMap<>();

    private final RecentAnswers<List<Attempt>> claims = new RecentAnswers<>();
    private boolean closed;

    MemoryWebhooks(TimeSource time) {
        this.time = time;
    }

    private static final class Entry {
        Webhook webhook;
        final Map<String, Waiting> waiting = new LinkedHashMap<>();
        final ArrayDeque<Delivery> log = new ArrayDeque<>();

        Entry(Webhook webhook) {
            this.webhook = webhook;
        }

        void over(Waiting delivery, Standing standing) {
            waiting.remove(delivery.eventId);
            log.addFirst(delivery.as(standing, null));
            if (log.size() > MOST_LOGGED) {
                log.removeLast();
            }
        }
    }

    private static final class Waiting {
        final String eventId;
        final String type;
        final RawJson payload;
        final long createdAt;
        long dueAt;
        int attempts;
        boolean claimed;

        @Nullable Long lastAt;

        @Nullable Integer responseStatus;

        @Nullable String error;

        Waiting(Notice notice, long now) {
            eventId = notice.happening().id();
            type = notice.happening().kind().wireName();
            payload = notice.payload();
            createdAt = now;
            dueAt = now;
        }

        Delivery as(Standing standing, @Nullable Long nextAt) {
            return new Delivery(eventId, type, standing, createdAt, attempts, lastAt, responseStatus, error, nextAt);
        }
    }

    @Override
    public int lanes() {
        return 1;
    }

    @Override
    public int laneOf(String workspaceId) {
        return 0;
    }

    @Override
    public Mono<Void> create(Webhook webhook) {
        return locked(() -> {
                    Map<String, Entry> all =
                            workspaces.computeIfAbsent(webhook.workspaceId(), id -> new LinkedHashMap<>());
                    Entry known = all.get(webhook.id());
                    if (known != null && !known.webhook.equals(webhook)) {
                        throw new StoreException.Conflict("webhook " + webhook.id());
                    }
                    if (known == null && all.size() >= MOST_WEBHOOKS) {
                        throw new StoreException.Full(MOST_WEBHOOKS + " webhooks");
                    }
                    all.putIfAbsent(webhook.id(), new Entry(webhook));
                    return webhook;
                })
                .then();
    }

    @Override
    public Mono<Webhook> get(String workspaceId, String id) {
        return locked(() -> entry(workspaceId, id).webhook);
    }

    @Override
    public Mono<List<Webhook>> list(String workspaceId) {
        return locked(() -> entries(workspaceId).values().stream()
                .map(entry -> entry.webhook)
                .sorted(Comparator.comparing(Webhook::createdAt).thenComparing(Webhook::id))
                .toList());
    }

    @Override
    public Mono<Void> replace(Webhook webhook) {
        return locked(() -> {
                    Entry entry = entry(webhook.workspaceId(), webhook.id());
                    if (!entry.webhook.equals(webhook) && entry.webhook.version() != webhook.version() - 1) {
                        throw new StoreException.VersionConflict(entry.webhook.version());
                    }
                    entry.webhook = webhook;
                    return webhook;
                })
                .then();
    }

    @Override
    public Mono<Void> delete(String workspaceId, String id) {
        return locked(() -> {
                    entries(workspaceId).remove(id);
                    return id;
                })
                .then();
    }

    @Override
    public Mono<Long> enqueue(String workspaceId, int partition, List<Notice> notices) {
        return locked(() -> {
            long last = taken.getOrDefault(workspaceId, 0L);
            for (Notice notice : notices) {
                String id = notice.happening().id();
                long number = Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
                if (number > last) {
                    last = number;
                    entries(workspaceId).values().forEach(entry -> enqueue(entry, notice));
                }
            }
            if (workspaces.containsKey(workspaceId)) {
                taken.put(workspaceId, last);
            }
            return nextAt();
        });
    }

    @Override
    public Mono<Claim> claim(int lane, String operationId, int limit) {
        return locked(() -> {
            List<Attempt> known = claims.of(operationId);
            if (known != null) {
                return new Claim(known, nextAt());
            }
            long now = time.nowMillis();
            List<Attempt> attempts = new ArrayList<>();
            for (Map<String, Entry> all : workspaces.values()) {
                for (Entry entry : all.values()) {
                    if (entry.webhook.active()) {
                        claim(entry, limit - attempts.size(), now, attempts);
                    } else {
                        List.copyOf(entry.waiting.values())
                                .forEach(delivery -> entry.over(delivery, Standing.CANCELLED));
                    }
                }
            }
            if (!attempts.isEmpty()) {
                claims.remember(operationId, attempts);
            }
            return new Claim(attempts, nextAt());
        });
    }

    @Override
    public Mono<Long> settle(Outcome outcome) {
        return locked(() -> {
            Attempt attempt = outcome.attempt();
            Entry entry = entries(attempt.webhook().workspaceId())
                    .get(attempt.webhook().id());
            Waiting delivery = entry == null ? null : entry.waiting.get(attempt.eventId());
            if (entry != null && delivery != null && delivery.claimed && delivery.attempts == attempt.number()) {
                delivery.claimed = false;
                delivery.lastAt = time.nowMillis();
                delivery.responseStatus = outcome.responseStatus();
                delivery.error = outcome.error();
                switch (outcome.result()) {
                    case RETRY -> delivery.dueAt = outcome.retryAt();
                    case DELIVERED -> entry.over(delivery, Standing.DELIVERED);
                    case FAILED -> entry.over(delivery, Standing.FAILED);
                }
            }
            return nextAt();
        });
    }

    @Override
    public Mono<List<Delivery>> deliveries(String workspaceId, String id) {
        return locked(() -> {
            Entry entry = entry(workspaceId, id);
            List<Delivery> found = new ArrayList<>();
            entry.waiting.values().stream()
                    .sorted(Comparator.comparingLong(delivery -> delivery.dueAt))
                    .limit(MOST_LOGGED)
                    .forEach(delivery -> found.add(delivery.as(Standing.PENDING, delivery.dueAt)));
            found.addAll(entry.log);
            return found;
        });
    }

    synchronized void close() {
        closed = true;
        workspaces.clear();
        taken.clear();
    }

    private void enqueue(Entry entry, Notice notice) {
        if (entry.webhook.active()
                && entry.webhook.events().contains(notice.happening().kind().wireName())) {
            Waiting delivery = new Waiting(notice, time.nowMillis());
            if (entry.waiting.size() >= MOST_WAITING) {
                entry.over(delivery, Standing.DROPPED);
            } else {
                entry.waiting.put(delivery.eventId, delivery);
            }
        }
    }

    private static void claim(Entry entry, int limit, long now, List<Attempt> attempts) {
        long claimed = entry.waiting.values().stream()
                .filter(delivery -> delivery.claimed && delivery.dueAt > now)
                .count();
        int room = (int) Math.min(limit, MOST_CLAIMED - claimed);
        Iterator<Waiting> due = entry.waiting.values().stream()
                .filter(delivery -> delivery.dueAt <= now)
                .sorted(Comparator.comparingLong(delivery -> delivery.dueAt))
                .limit(Math.max(0, room))
                .iterator();
        while (due.hasNext()) {
            Waiting delivery = due.next();
            delivery.claimed = true;
            delivery.attempts++;
            delivery.dueAt = now + LEASE_MILLIS;
            attempts.add(new Attempt(
                    entry.webhook,
                    delivery.eventId,
                    delivery.type,
                    delivery.payload,
                    delivery.createdAt,
                    delivery.attempts));
        }
    }

    /** Of a webhook that has as many claimed as it may, the end of the first claim. */
    private long nextAt() {
        long next = Long.MAX_VALUE;
        long now = time.nowMillis();
        for (Map<String, Entry> all : workspaces.values()) {
            for (Entry entry : all.values()) {
                long claimed = 0;
                long first = Long.MAX_VALUE;
                long firstClaimed = Long.MAX_VALUE;
                for (Waiting delivery : entry.waiting.values()) {
                    first = Math.min(first, delivery.dueAt);
                    if (delivery.claimed && delivery.dueAt > now) {
                        claimed++;
                        firstClaimed = Math.min(firstClaimed, delivery.dueAt);
                    }
                }
                next = Math.min(next, claimed >= MOST_CLAIMED ? firstClaimed : first);
            }
        }
        return next;
    }

    private Map<String, Entry> entries(String workspaceId) {
        Map<String, Entry> known = workspaces.get(workspaceId);
        return known == null ? new HashMap<>() : known;
    }

    private Entry entry(String workspaceId, String id) {
        Entry entry = entries(workspaceId).get(id);
        if (entry == null) {
            throw new StoreException.NotFound("webhook " + id);
        }
        return entry;
    }

    private <T> Mono<T> locked(Supplier<T> action) {
        return Mono.fromSupplier(() -> {
            synchronized (this) {
                if (closed) {
                    throw new StoreException.Unavailable("the store is closed", false);
                }
                return action.get();
            }
        });
    }
}
