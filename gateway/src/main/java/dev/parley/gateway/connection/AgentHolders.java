package dev.parley.gateway.connection;

import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which connection here holds an agent, by what the store granted to connections here and by what it tells of all gateways.
 * The two come over different ways: an announcement may be older than a grant that was heard of before it, and the other way
 * round. So both are ordered by when the store granted. Safe for use from any thread.
 *
 * @param <C> a connection
 */
final class AgentHolders<C> {
    private final Function<C, String> idOf;
    private final ConcurrentHashMap<String, Holder<C>> here = new ConcurrentHashMap<>();
    /** By agent, the connection that the store named last, on whatever gateway. Used under the agent's entry of the above. */
    private final ConcurrentHashMap<String, Named> named = new ConcurrentHashMap<>();

    AgentHolders(Function<C, String> idOf) {
        this.idOf = idOf;
    }

    /**
     * The store granted an agent to a connection here.
     *
     * @param since when, by the store's clock
     * @return the connection that has to give way: an older one here, or this one, when another was granted later; null for none
     */
    @Nullable C granted(String agentId, C connection, Instant since) {
        Answer<C> loser = new Answer<>();
        here.compute(agentId, (id, held) -> {
            Named told = named.get(id);
            boolean laterElsewhere = told != null && told.since.isAfter(since);
            // Of two that were granted in the same millisecond, the store named the later one last.
            boolean laterHere = held != null
                    && (held.since.isAfter(since)
                            || (held.since.equals(since)
                                    && told != null
                                    && idOf.apply(held.connection).equals(told.connectionId)));
            if (laterElsewhere || laterHere) {
                loser.connection = connection;
                return held;
            }
            loser.connection = held == null ? null : held.connection;
            return new Holder<>(connection, since);
        });
        return loser.connection;
    }

    /**
     * The store told who holds an agent.
     *
     * @param connectionId null when nobody does
     * @param since when it was granted
     * @return the connection here that has to give way, if the store confirms it; null for none
     */
    @Nullable C told(String agentId, @Nullable String connectionId, Instant since) {
        Answer<C> older = new Answer<>();
        here.compute(agentId, (id, held) -> {
            if (connectionId == null) {
                named.remove(id);
            } else {
                named.put(id, new Named(connectionId, since));
                boolean same = held != null && idOf.apply(held.connection).equals(connectionId);
                if (held != null && same && since.isAfter(held.since)) {
                    // It was granted again, as the store had lost that.
                    return new Holder<>(held.connection, since);
                }
                if (held != null && !same && !held.since.isAfter(since)) {
                    older.connection = held.connection;
                }
            }
            return held;
        });
        return older.connection;
    }

    /**
     * The store told that an agent was unregistered.
     *
     * @param since connections that were granted up to then held it
     * @return the connection here that has to go; null for none
     */
    @Nullable C unregistered(String agentId, Instant since) {
        Answer<C> gone = new Answer<>();
        here.computeIfPresent(agentId, (id, held) -> {
            named.remove(id);
            if (!held.since.isAfter(since)) {
                gone.connection = held.connection;
            }
            return held;
        });
        return gone.connection;
    }

    /** Whether a connection here holds an agent by a grant that is older than the present one. */
    boolean isOlder(String agentId, C connection, Instant present) {
        Holder<C> held = here.get(agentId);
        return held != null && held.connection.equals(connection) && present.isAfter(held.since);
    }

    /** A connection does not hold the agent any more, if it did. */
    void letGo(String agentId, C connection) {
        here.computeIfPresent(agentId, (id, held) -> held.connection.equals(connection) ? null : held);
    }

    /** The connection here that holds an agent; null for none. */
    @Nullable C holder(String agentId) {
        Holder<C> held = here.get(agentId);
        return held == null ? null : held.connection;
    }

    private record Holder<C>(C connection, Instant since) {}

    private record Named(String connectionId, Instant since) {}

    private static final class Answer<C> {
        @Nullable C connection;
    }
}
