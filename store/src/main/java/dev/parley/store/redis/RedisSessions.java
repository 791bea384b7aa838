package dev.parley.store.redis;

import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Sessions: packs arguments, unpacks answers. What is decided is decided on the server. Safe for use from any thread. */
final class RedisSessions implements SessionStore {
    private final Places places;
    private final Partitions partitions;
    private final SessionIds ids;
    private final RedisFinder finder;
    private final Everybody everybody;
    private final RedisOutbox outbox;

    RedisSessions(Places places, Partitions partitions, Everybody everybody, RedisOutbox outbox) {
        this.outbox = outbox;
        this.places = places;
        this.partitions = partitions;
        this.everybody = everybody;
        ids = new SessionIds(places, partitions);
        finder = new RedisFinder(places, partitions.count());
    }

    @Override
    public Mono<StoredSession> create(Create create) {
        return Mono.defer(() -> {
            Session document = create.document();
            Resumed resumed = create.resumed();
            if (resumed == null) {
                return createAt(partitions.of(document.workspaceId(), document.userId(), document.sessionId()), create);
            }
            // In the partition of the session that it goes on from, as both are touched in one step.
            return places.call(resumed.priorId(), RedisFunction.LOAD, Args.of(resumed.priorId()))
                    .flatMap(prior -> Answers.code(prior).equals(Answers.OK)
                            ? createAt(places.of(resumed.priorId()), create)
                            : madeBefore(create, resumed.priorId()));
        });
    }

    @Override
    public String newSessionId(String workspaceId, @Nullable String userId) {
        return partitions.newId(workspaceId, userId);
    }

    @Override
    public Mono<Candidates> candidates(String workspaceId, String userId, @Nullable String surfaceId) {
        return finder.candidates(partitions.of(workspaceId, userId, ""), workspaceId, userId, surfaceId);
    }

    @Override
    public Mono<StoredSession> load(String sessionId) {
        return places.call(sessionId, RedisFunction.LOAD, Args.of(sessionId)).map(answer -> session(sessionId, answer));
    }

    @Override
    public Mono<StoredSession> commit(Commit commit) {
        Mono<List<Object>> call = Mono.defer(() -> places.call(
                commit.sessionId(),
                RedisFunction.COMMIT,
                Args.of(commit.sessionId()).addAll(commitArgs(commit))));
        return call.map(answer -> {
            StoredSession after = session(commit.sessionId(), answer);
            if (commit.end() != null || commit.plan() != null) {
                outbox.waiting(places.of(commit.sessionId()));
            }
            return after;
        });
    }

    @Override
    public Mono<Renewed> renew(Renew renew) {
        Args args = Args.of(renew.sessionId(), renew.operationId())
                .add(renew.manual())
                .add(renew.minGainMillis());
        return places.call(renew.sessionId(), RedisFunction.RENEW, args)
                .map(answer -> new Renewed(session(renew.sessionId(), answer), Answers.number(answer.get(4)) == 1));
    }

    @Override
    public Mono<Void> delete(String sessionId, String operationId, @Nullable NewEvent last) {
        Args args = Args.of(sessionId, operationId);
        if (last == null) {
            args.add("").add("").add("");
        } else {
            args.add(last.type()).add(last.authorId()).add(last.body());
        }
        return places.call(sessionId, RedisFunction.DELETE, args).flatMap(answer -> {
            StoreException refusal = Answers.refusal(answer, "session " + sessionId);
            if (refusal != null) {
                return Mono.error(refusal);
            }
            int partition = places.of(sessionId);
            places.forget(sessionId);
            outbox.waiting(partition);
            return answer.size() < 2 ? Mono.empty() : ids.forward(partition, Answers.list(answer.get(1)));
        });
    }

    @Override
    public Mono<SessionPage> find(SessionQuery query) {
        return finder.find(query);
    }

    @Override
    public Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
        return finder.ofAgent(workspaceId, agentId, cursor, limit);
    }

    @Override
    public Mono<Counts> counts() {
        return finder.counts();
    }

    @Override
    public int partitions() {
        return partitions.count();
    }

    @Override
    public Mono<Fired> fire(int partition, int limit) {
        return places.at(partition, RedisFunction.FIRE, new Args().add(limit)).flatMap(answer -> {
            List<Object> late = Answers.list(answer.get(3));
            long[] lateness = new long[late.size()];
            for (int i = 0; i < lateness.length; i++) {
                lateness[i] = Answers.number(late.get(i));
            }
            Fired fired =
                    new Fired((int) Answers.number(answer.get(1)), lateness, Answers.numberOrNever(answer.get(2)));
            if (Answers.number(answer.get(5)) > 0) {
                outbox.waiting(partition);
            }
            // What was not forwarded stays in the partition's out-box, and is due again in a second.
            return ids.forward(partition, Answers.list(answer.get(4)))
                    .onErrorComplete(StoreException.class)
                    .thenReturn(fired);
        });
    }

    @Override
    public AutoCloseable onEarlier(EarlierListener listener) {
        return everybody.onEarlier(listener);
    }

    private Mono<StoredSession> createAt(int partition, Create create) {
        Session document = create.document();
        String id = document.sessionId();
        boolean aliased = partition != partitions.home(id);
        Args args = Args.of(id, document.channelId())
                .add(Documents.encode(document))
                .add(document.createdAt().toEpochMilli())
                .addAll(Answers.planArgs(create.plan()))
                .add(document.workspaceId())
                .add(document.userId())
                .add(document.membershipRevision())
                .add(document.byResolve())
                .add(create.ifUserRevision())
                .add(aliased);
        Resumed resumed = create.resumed();
        if (resumed == null) {
            args.add((String) null);
        } else {
            args.add(resumed.priorId()).addAll(commitArgs(resumed.close()));
        }
        return ids.create(id, document.channelId(), partition, args).map(answer -> {
            places.moved(id, partition);
            StoredSession made = session(id, answer);
            outbox.waiting(partition);
            return made;
        });
    }

    /** A repeat of a resumption whose prior session is gone by now is answered as the first time. */
    private Mono<StoredSession> madeBefore(Create create, String priorId) {
        return load(create.document().sessionId())
                .filter(made ->
                        made.document().channelId().equals(create.document().channelId()))
                .onErrorComplete(StoreException.NotFound.class)
                .switchIfEmpty(Mono.error(() -> new StoreException.NotFound("session " + priorId)));
    }

    private static Args commitArgs(Commit commit) {
        SessionEnd end = commit.end();
        Session document = commit.document();
        if (end != null && document.end() == null) {
            document = document.withEnd(end);
        }
        Args args = Args.of(commit.operationId()).add(commit.expectedVersion()).add(Documents.encode(document));
        DeadlinePlan plan = commit.plan();
        if (plan == null) {
            args.add("").add("");
        } else {
            args.addAll(Answers.planArgs(plan));
        }
        if (end == null) {
            args.add("").add("0");
        } else {
            args.add(Answers.STATUSES.indexOf(end.status())).add(end.at().toEpochMilli());
        }
        args.add(commit.allowEnded()).add(document.membershipRevision()).add(commit.changes());
        for (NewEvent event : commit.events()) {
            args.add(event.type()).add(event.authorId()).add(event.body());
        }
        return args;
    }

    private static StoredSession session(String sessionId, List<Object> answer) {
        StoreException refusal = Answers.refusal(answer, "session " + sessionId);
        if (refusal != null) {
            throw refusal;
        }
        return Answers.session(sessionId, answer, 1).session();
    }
}
