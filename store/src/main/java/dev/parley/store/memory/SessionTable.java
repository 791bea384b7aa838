package dev.parley.store.memory;

import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.DeadlineEvents;
import dev.parley.store.Happening;
import dev.parley.store.LoggedEvent;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionIdentities;
import dev.parley.store.SessionStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.time.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All sessions, and what every operation on one of them does before and after: lets a passed deadline take effect, writes
 * the log, tells the feed, keeps indexes, counters and the queue of deadlines true. Safe for use from any thread.
 */
final class SessionTable {
    final Feed feed = new Feed();
    final DeadlineQueue queue = new DeadlineQueue();
    final MemoryOutbox outbox;
    final Compactor compactor = new Compactor();
    final StoreSettings settings;

    private final TimeSource time;
    private final ConcurrentHashMap<String, SessionEntry> sessions = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Workspace> workspaces = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<SessionStore.EarlierListener> earlier = new CopyOnWriteArrayList<>();
    private final AtomicLong revisions = new AtomicLong();
    private final String epochPrefix = UUID.randomUUID().toString().substring(0, 8) + '-';
    private volatile boolean closed;

    /** What is done with one session under its lock. */
    interface Action<T extends @Nullable Object> {
        /** Called with the instant that everything in it happens at. */
        T on(SessionEntry entry, long now);
    }

    SessionTable(TimeSource time, StoreSettings settings) {
        this.time = time;
        outbox = new MemoryOutbox(time);
        this.settings = settings;
    }

    long now() {
        return time.nowMillis();
    }

    /** Fails when the store was closed. */
    void checkOpen() {
        if (closed) {
            throw new StoreException.Unavailable("the store is closed", false);
        }
    }

    /**
     * Does something with a session, after its passed deadlines have taken effect.
     *
     * @throws StoreException.NotFound when there is none, or its retention is over
     */
    <T extends @Nullable Object> T with(String sessionId, Action<T> action) {
        while (true) {
            SessionEntry entry = sessions.get(sessionId);
            if (entry == null) {
                checkOpen();
                throw new StoreException.NotFound("session " + sessionId);
            }
            synchronized (entry) {
                if (!entry.removed) {
                    long now = time.nowMillis();
                    try {
                        if (!settle(entry, now, null)) {
                            throw new StoreException.NotFound("session " + sessionId);
                        }
                        return action.on(entry, now);
                    } finally {
                        changed(entry);
                    }
                }
            }
        }
    }

    /** Does something with a session that an index named; null when it is gone. */
    <T> @Nullable T with(SessionEntry entry, Action<@Nullable T> action) {
        synchronized (entry) {
            if (entry.removed) {
                return null;
            }
            long now = time.nowMillis();
            try {
                return settle(entry, now, null) ? action.on(entry, now) : null;
            } finally {
                changed(entry);
            }
        }
    }

    /** Lets the passed deadlines of all sessions take effect. */
    void settleAll() {
        for (SessionEntry entry : queue.due(now())) {
            with(entry, (settled, now) -> null);
        }
    }

    /**
     * Lets passed deadlines take effect: suspension, expiry, the end of retention. Under the session's lock.
     *
     * @param lateness told for each end or suspension
     * @return whether the session is still there
     */
    boolean settle(SessionEntry entry, long now, @Nullable LongConsumer lateness) {
        while (entry.overdue(now)) {
            long at = entry.expiresAt;
            String cause = DeadlineEvents.cause(at, entry.plan);
            String name = entry.document.name();
            if (entry.plan.suspendOnIdle()
                    && cause.equals(DeadlineEvents.IDLE)
                    && entry.status != SessionStatus.SUSPENDED) {
                entry.suspend(at);
                NewEvent event = new NewEvent(
                        DeadlineEvents.SUSPENDED, DeadlineEvents.suspended(name, entry.expiresAt, at), null);
                feed.event(entry, logOf(entry).add(event, at));
                outbox.put(Happening.Kind.SUSPENDED, entry, at, SessionEnd.SYSTEM);
            } else {
                SessionEnd end = new SessionEnd(
                        SessionStatus.EXPIRED, Instant.ofEpochMilli(at), SessionEnd.SYSTEM, cause, null, null, null);
                entry.end(SessionStatus.EXPIRED, entry.document.withEnd(end), at, at);
                NewEvent event = new NewEvent(DeadlineEvents.EXPIRED, DeadlineEvents.expired(name, at, cause), null);
                feed.event(entry, logOf(entry).add(event, at));
                outbox.put(Happening.Kind.CLOSED, entry, at, SessionEnd.SYSTEM);
            }
            if (lateness != null) {
                lateness.accept(now - at);
            }
        }
        if (entry.ended() && now >= entry.nextInstant(settings.endedRetentionMillis())) {
            remove(entry, null);
            return false;
        }
        return true;
    }

    /** The session's log, made if it has none yet. Under the session's lock. */
    SessionLog logOf(SessionEntry entry) {
        SessionLog log = entry.log;
        if (log == null) {
            log = new SessionLog(entry.epoch(), entry.document, settings);
            entry.log = log;
        }
        return log;
    }

    /**
     * Takes a session away with all that belongs to it. Under the session's lock.
     *
     * @param last tells its end; null when that was told
     */
    void remove(SessionEntry entry, @Nullable LoggedEvent last) {
        entry.removed = true;
        entry.workspace.recount(entry);
        sessions.remove(entry.sessionId(), entry);
        entry.workspace.index(entry, List.of(), SessionIdentities.all(entry.document));
        queue.remove(entry);
        feed.deleted(entry, last);
        entry.log = null;
        entry.presence = null;
        entry.commits = null;
        entry.renewals = null;
    }

    /** Keeps counters and queue true after something was done. Under the session's lock. */
    void changed(SessionEntry entry) {
        if (entry.removed) {
            return;
        }
        entry.workspace.recount(entry);
        long next = entry.nextInstant(settings.endedRetentionMillis());
        if (next < entry.queuedAt && queue.offer(entry, next)) {
            tellEarlier(next);
        }
    }

    /** Tells that something is due earlier than was told. */
    void tellEarlier(long at) {
        for (SessionStore.EarlierListener listener : earlier) {
            listener.earlier(0, at);
        }
    }

    AutoCloseable onEarlier(SessionStore.EarlierListener listener) {
        earlier.add(listener);
        return () -> earlier.remove(listener);
    }

    @Nullable SessionEntry get(String sessionId) {
        return sessions.get(sessionId);
    }

    /**
     * Puts a new session in its place and under its user.
     *
     * @return false when the id is taken
     */
    boolean insert(SessionEntry entry, @Nullable Long ifUserRevision) {
        checkOpen();
        String userId = entry.document.userId();
        boolean inserted = userId == null
                ? sessions.putIfAbsent(entry.sessionId(), entry) == null
                : entry.workspace.addToUser(
                        entry, userId, ifUserRevision, () -> sessions.putIfAbsent(entry.sessionId(), entry) == null);
        if (inserted) {
            List<String> others = SessionIdentities.all(entry.document);
            if (userId != null) {
                others.remove(userId);
            }
            entry.workspace.index(entry, others, List.of());
        }
        return inserted;
    }

    /** The workspace of that id, made if there is none. */
    Workspace workspace(String id) {
        return workspaces.computeIfAbsent(id, key -> new Workspace(key, epochPrefix, revisions));
    }

    Collection<Workspace> workspaces() {
        return workspaces.values();
    }

    Collection<SessionEntry> all() {
        return sessions.values();
    }

    /** How many sessions, places in the queue and identities are held; all 0 when the last session is gone. */
    List<Integer> sizes() {
        int identities = 0;
        for (Workspace workspace : workspaces.values()) {
            identities += workspace.identityCount();
        }
        return List.of(sessions.size(), queue.size(), identities);
    }

    void close() {
        closed = true;
        earlier.clear();
        outbox.close();
        for (SessionEntry entry : new ArrayList<>(sessions.values())) {
            synchronized (entry) {
                feed.drop(entry);
                if (!entry.removed) {
                    remove(entry, null);
                }
            }
        }
    }
}
