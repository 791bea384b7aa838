package dev.parley.store;

import dev.parley.protocol.agent.Agent;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A store on a bad line: when told so, the next write is done, but its answer is lost, and the caller is told that the outcome
 * is unknown. For one caller at a time.
 */
public final class LossyStore implements Store {
    private final Store target;
    private boolean losing;
    private @Nullable Object lost;

    public LossyStore(Store target) {
        this.target = target;
    }

    /** Loses the answer of the next write. */
    public void loseNext() {
        losing = true;
        lost = null;
    }

    /** The answer that was lost last. */
    public Object lost() {
        return Objects.requireNonNull(lost);
    }

    /** Whether a write was done whose answer was lost, since {@link #loseNext} was called. */
    public boolean hasLost() {
        return !losing;
    }

    @Override
    public SessionStore sessions() {
        return new LossySessions(target.sessions());
    }

    @Override
    public EventLog log() {
        return new LossyLog(target.log());
    }

    @Override
    public AgentStore agents() {
        return new LossyAgents(target.agents());
    }

    @Override
    public long nowMillis() {
        return target.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return target.ping();
    }

    @Override
    public Mono<Void> close() {
        return target.close();
    }

    private <T> Mono<T> write(Mono<T> call) {
        return Mono.defer(() -> {
            if (!losing) {
                return call;
            }
            losing = false;
            return call.doOnNext(answer -> lost = answer)
                    .then(Mono.error(new StoreException.Unavailable("the answer was lost", true)));
        });
    }

    private final class LossySessions implements SessionStore {
        private final SessionStore target;

        LossySessions(SessionStore target) {
            this.target = target;
        }

        @Override
        public Mono<StoredSession> create(Create create) {
            return write(target.create(create));
        }

        @Override
        public Mono<Candidates> candidates(String workspaceId, String userId, @Nullable String surfaceId) {
            return target.candidates(workspaceId, userId, surfaceId);
        }

        @Override
        public Mono<StoredSession> load(String sessionId) {
            return target.load(sessionId);
        }

        @Override
        public Mono<StoredSession> commit(Commit commit) {
            return write(target.commit(commit));
        }

        @Override
        public Mono<Renewed> renew(Renew renew) {
            return write(target.renew(renew));
        }

        @Override
        public Mono<Void> delete(String sessionId, String operationId, @Nullable NewEvent last) {
            return write(target.delete(sessionId, operationId, last));
        }

        @Override
        public Mono<SessionPage> find(SessionQuery query) {
            return target.find(query);
        }

        @Override
        public Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
            return target.ofAgent(workspaceId, agentId, cursor, limit);
        }

        @Override
        public Mono<Counts> counts() {
            return target.counts();
        }

        @Override
        public int partitions() {
            return target.partitions();
        }

        @Override
        public Mono<Fired> fire(int partition, int limit) {
            return write(target.fire(partition, limit));
        }

        @Override
        public AutoCloseable onEarlier(EarlierListener listener) {
            return target.onEarlier(listener);
        }
    }

    private final class LossyLog implements EventLog {
        private final EventLog target;

        LossyLog(EventLog target) {
            this.target = target;
        }

        @Override
        public Mono<Appended> append(Append append) {
            return write(target.append(append));
        }

        @Override
        public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
            return target.read(sessionId, afterSeq, limit);
        }

        @Override
        public Mono<HistoryPage> history(HistoryQuery query) {
            return target.history(query);
        }

        @Override
        public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
            return target.subscribe(sessionId, listener);
        }

        @Override
        public Mono<Survived> survived(String sessionId, String epoch) {
            return target.survived(sessionId, epoch);
        }

        @Override
        public Mono<Void> signal(Signal signal) {
            return target.signal(signal);
        }

        @Override
        public Mono<Void> seen(String sessionId, String participantId, long seq) {
            return write(target.seen(sessionId, participantId, seq));
        }

        @Override
        public Mono<Standing> standing(String sessionId, String participantId) {
            return target.standing(sessionId, participantId);
        }
    }

    private final class LossyAgents implements AgentStore {
        private final AgentStore target;

        LossyAgents(AgentStore target) {
            this.target = target;
        }

        @Override
        public Mono<Agent> connect(Agent agent, String connectionId) {
            return write(target.connect(agent, connectionId));
        }

        @Override
        public Mono<Void> disconnect(String agentId, String connectionId) {
            return write(target.disconnect(agentId, connectionId));
        }

        @Override
        public Mono<Void> heartbeat(String agentId, @Nullable String health, @Nullable Double load) {
            return write(target.heartbeat(agentId, health, load));
        }

        @Override
        public Mono<Agent> get(String workspaceId, String agentId) {
            return target.get(workspaceId, agentId);
        }

        @Override
        public Mono<List<Agent>> list(String workspaceId, @Nullable Boolean online) {
            return target.list(workspaceId, online);
        }

        @Override
        public Mono<AutoCloseable> subscribe(AgentListener listener) {
            return target.subscribe(listener);
        }
    }
}
