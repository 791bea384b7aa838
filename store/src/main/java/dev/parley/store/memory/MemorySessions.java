package dev.parley.store.memory;

import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.Happening;
import dev.parley.store.LoggedEvent;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionIdentities;
import dev.parley.store.SessionStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Sessions in this process. See the package about threads and locks. */
final class MemorySessions implements SessionStore {
    /** Deletions whose operation is remembered; they leave nothing else that could remember it. */
    private static final int DELETIONS_KEPT = 4096;

    private final SessionTable table;
    private final SessionFinder finder;
    private final MemoryAgents agents;
    private final MemoryTasks tasks;
    private final AtomicLong ordinals = new AtomicLong();
    private final Map<String, String> deletions = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > DELETIONS_KEPT;
        }
    };

    MemorySessions(SessionTable table, MemoryAgents agents, MemoryTasks tasks) {
        this.table = table;
        this.agents = agents;
        this.tasks = tasks;
        finder = new SessionFinder(table);
    }

    @Override
    public Mono<StoredSession> create(Create create) {
        return Mono.fromSupplier(() -> {
            while (true) {
                StoredSession answer = tryCreate(create);
                if (answer != null) {
                    return answer;
                }
            }
        });
    }

    @Override
    public Mono<Candidates> candidates(String workspaceId, String userId, @Nullable String surfaceId) {
        return Mono.fromSupplier(() -> finder.candidates(workspaceId, userId, surfaceId));
    }

    @Override
    public Mono<StoredSession> load(String sessionId) {
        return Mono.fromSupplier(() -> table.with(sessionId, (entry, now) -> entry.snapshot()));
    }

    @Override
    public Mono<StoredSession> commit(Commit commit) {
        return Mono.fromSupplier(() -> table.with(commit.sessionId(), (entry, now) -> {
            StoredSession known = entry.commits == null ? null : entry.commits.of(commit.operationId());
            if (known != null) {
                return known;
            }
            if (entry.ended() && !commit.allowEnded()) {
                throw ended(entry);
            }
            if (entry.version != commit.expectedVersion()) {
                throw new StoreException.VersionConflict(entry.version);
            }
            return apply(entry, commit, now);
        }));
    }

    @Override
    public Mono<Renewed> renew(Renew renew) {
        return Mono.fromSupplier(() -> table.with(renew.sessionId(), (entry, now) -> {
            Renewed known = entry.renewals == null ? null : entry.renewals.of(renew.operationId());
            if (known != null) {
                return known;
            }
            if (entry.ended()) {
                throw ended(entry);
            }
            long deadline = entry.deadlineAfterActivity(now, renew.manual());
            if (renew.manual()) {
                if (deadline <= entry.expiresAt
                        && deadline == entry.plan.maxEndAt()
                        && entry.status != SessionStatus.SUSPENDED) {
                    throw new StoreException.NothingToGain(entry.expiresAt);
                }
            } else if (!worthWriting(entry, renew.minGainMillis(), deadline, now)) {
                return new Renewed(entry.snapshot(), false);
            }
            SessionStatus before = entry.status;
            boolean renewed = entry.activity(now, renew.manual());
            if (renewed || before != entry.status) {
                table.feed.state(entry);
            }
            Renewed answer = new Renewed(entry.snapshot(), renewed);
            if (entry.renewals == null) {
                entry.renewals = new RecentAnswers<>();
            }
            entry.renewals.remember(renew.operationId(), answer);
            return answer;
        }));
    }

    @Override
    public Mono<Void> delete(String sessionId, String operationId, @Nullable NewEvent last) {
        return Mono.fromRunnable(() -> {
            if (wasDeletedBy(operationId)) {
                return;
            }
            try {
                table.with(sessionId, (entry, now) -> {
                    boolean live = !entry.ended();
                    table.remove(
                            entry,
                            last == null || entry.ended()
                                    ? null
                                    : table.logOf(entry).farewell(last, now));
                    String by = last == null ? null : last.authorId();
                    if (live) {
                        entry.status = SessionStatus.TERMINATED;
                        entry.expiresAt = now;
                        table.outbox.put(Happening.Kind.CLOSED, entry, now, by);
                    }
                    table.outbox.put(Happening.Kind.DELETED, entry, now, by);
                    synchronized (deletions) {
                        deletions.put(operationId, sessionId);
                    }
                    return sessionId;
                });
            } catch (StoreException.NotFound e) {
                // A repeat that overlaps with the first time.
                if (!wasDeletedBy(operationId)) {
                    throw e;
                }
            }
        });
    }

    @Override
    public Mono<SessionPage> find(SessionQuery query) {
        return Mono.fromSupplier(() -> finder.find(query));
    }

    @Override
    public Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
        return Mono.fromSupplier(() -> finder.ofAgent(workspaceId, agentId, cursor, limit));
    }

    @Override
    public Mono<Counts> counts() {
        return Mono.fromSupplier(() -> {
            table.checkOpen();
            table.settleAll();
            SessionStatus[] statuses = SessionStatus.values();
            long[] byStatus = new long[statuses.length];
            long near = 0;
            for (Workspace workspace : table.workspaces()) {
                for (int i = 0; i < statuses.length; i++) {
                    byStatus[i] += workspace.count(statuses[i]);
                }
                near += workspace.countNear();
            }
            return new Counts(byStatus, near);
        });
    }

    @Override
    public int partitions() {
        return 1;
    }

    @Override
    public Mono<Fired> fire(int partition, int limit) {
        return Mono.fromSupplier(() -> {
            table.checkOpen();
            LongStream.Builder lateness = LongStream.builder();
            int done = 0;
            while (done < limit) {
                SessionEntry entry = table.queue.poll(table.now());
                if (entry == null) {
                    break;
                }
                done++;
                fire(entry, lateness);
            }
            done = Math.max(done, tasks.fire(limit, lateness));
            long next = Math.min(table.queue.tellNext(), tasks.tellNext());
            return new Fired(done, lateness.build().toArray(), next);
        });
    }

    @Override
    public AutoCloseable onEarlier(EarlierListener listener) {
        return table.onEarlier(listener);
    }

    private boolean wasDeletedBy(String operationId) {
        synchronized (deletions) {
            return deletions.containsKey(operationId);
        }
    }

    private void fire(SessionEntry entry, LongStream.Builder lateness) {
        synchronized (entry) {
            if (entry.removed) {
                return;
            }
            long now = table.now();
            try {
                if (table.settle(entry, now, lateness) && !entry.ended()) {
                    long due = entry.giveRung(now);
                    if (due != Long.MAX_VALUE) {
                        lateness.accept(now - due);
                        table.feed.state(entry);
                        table.outbox.put(Happening.Kind.EXPIRING, entry, now, SessionEnd.SYSTEM);
                    }
                }
            } finally {
                table.changed(entry);
            }
        }
    }

    /** Null when another session of that id came in between: look again. */
    private @Nullable StoredSession tryCreate(Create create) {
        SessionEntry known = table.get(create.document().sessionId());
        if (known != null) {
            StoredSession repeated = table.with(known, (entry, now) -> {
                if (entry.document.channelId().equals(create.document().channelId())) {
                    return entry.snapshot();
                }
                throw new StoreException.Conflict("session " + entry.sessionId());
            });
            if (repeated != null) {
                return repeated;
            }
        }
        Resumed resumed = create.resumed();
        if (resumed == null) {
            return insert(create, null);
        }
        return table.with(resumed.priorId(), (prior, now) -> {
            if (!prior.ended() && prior.version != resumed.close().expectedVersion()) {
                throw new StoreException.VersionConflict(prior.version);
            }
            StoredSession answer = insert(create, prior.log);
            if (answer != null && !prior.ended()) {
                apply(prior, resumed.close(), now);
            }
            return answer;
        });
    }

    private @Nullable StoredSession insert(Create create, @Nullable SessionLog history) {
        Workspace workspace = table.workspace(create.document().workspaceId());
        SessionEntry entry = new SessionEntry(
                ordinals.incrementAndGet(),
                workspace,
                table.compactor.document(create.document(), workspace),
                table.compactor.plan(create.plan()));
        synchronized (entry) {
            if (!table.insert(entry, create.ifUserRevision())) {
                return null;
            }
            if (history != null) {
                table.logOf(entry).copyFrom(history);
            }
            for (String agentId : SessionIdentities.agents(entry.document)) {
                agents.assigned(agentId, entry.sessionId());
            }
            table.outbox.put(
                    Happening.Kind.CREATED,
                    entry,
                    entry.document.createdAt().toEpochMilli(),
                    entry.document.createdBy());
            table.changed(entry);
            return entry.snapshot();
        }
    }

    private StoredSession apply(SessionEntry entry, Commit commit, long now) {
        Session before = entry.document;
        Session after = table.compactor.document(commit.document(), entry.workspace);
        if (entry.log == null && (!commit.events().isEmpty() || tellsOtherCreation(before, after))) {
            table.logOf(entry);
        }
        SessionEnd end = commit.end();
        boolean ending = end != null && !entry.ended();
        if (end != null && ending) {
            long asked = Math.max(end.at().toEpochMilli(), before.createdAt().toEpochMilli());
            entry.end(end.status(), after.end() == null ? after.withEnd(end) : after, Math.min(asked, now), now);
        } else {
            entry.document = after;
            entry.version += commit.changes();
            entry.updatedAt = now;
        }
        if (commit.plan() != null) {
            entry.replan(table.compactor.plan(commit.plan()), now);
        }
        reindex(entry, before, after);
        List<LoggedEvent> logged = new ArrayList<>(commit.events().size());
        for (NewEvent event : commit.events()) {
            logged.add(table.logOf(entry).add(event, now));
        }
        for (LoggedEvent event : logged) {
            table.feed.event(entry, event);
        }
        if (logged.isEmpty()) {
            table.feed.state(entry);
        }
        if (ending) {
            table.outbox.put(
                    Happening.Kind.CLOSED,
                    entry,
                    entry.expiresAt,
                    logged.isEmpty() ? null : logged.get(logged.size() - 1).authorId());
        }
        table.settle(entry, now, null);
        StoredSession answer = entry.snapshot();
        if (!entry.removed) {
            if (entry.commits == null) {
                entry.commits = new RecentAnswers<>();
            }
            entry.commits.remember(commit.operationId(), answer);
        }
        table.changed(entry);
        return answer;
    }

    private void reindex(SessionEntry entry, Session before, Session after) {
        List<String> was = SessionIdentities.all(before);
        List<String> is = SessionIdentities.all(after);
        if (!was.equals(is)) {
            List<String> added = new ArrayList<>(is);
            added.removeAll(was);
            was.removeAll(is);
            entry.workspace.index(entry, added, was);
        }
        List<String> told = SessionIdentities.agents(before);
        for (String agentId : SessionIdentities.agents(after)) {
            if (!told.contains(agentId)) {
                agents.assigned(agentId, entry.sessionId());
            }
        }
    }

    /** The first entry of a log that does not exist yet follows from the document: it has to be made before that changes. */
    private static boolean tellsOtherCreation(Session before, Session after) {
        return !Objects.equals(before.agentId(), after.agentId())
                || !Objects.equals(before.userId(), after.userId())
                || !Objects.equals(before.name(), after.name())
                || !before.createdBy().equals(after.createdBy());
    }

    private boolean worthWriting(SessionEntry entry, long minGain, long deadline, long now) {
        return minGain <= 0
                || entry.status != SessionStatus.ACTIVE
                || deadline - entry.expiresAt >= minGain
                || entry.rung != 0
                || entry.nextInstant(0) - now < 2 * minGain;
    }

    private static StoreException.Ended ended(SessionEntry entry) {
        return new StoreException.Ended(entry.status, entry.expiresAt);
    }
}
