package dev.parley.store;

import dev.parley.protocol.agent.Agent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Agents and the connection that each one lives on. */
public interface AgentStore {
    /**
     * Registers or updates an agent and makes a connection its holder: it is online, and whoever held it before is told by
     * {@link AgentListener#onHolder}. An id of another workspace is {@link StoreException.Conflict}. A connection that was
     * asked for before the agent's last one was is {@link StoreException.Unavailable}, not done: its call was held up on the
     * way, and the agent has gone elsewhere meanwhile.
     *
     * @param agent what it says of itself; {@code registeredAt} is kept from the first time, and {@code connectedAt} tells when
     *     the connection was asked for, by {@link Store#nowMillis}, null where the order of calls is to decide
     * @param connectionId the new holder
     */
    Mono<Agent> connect(Agent agent, String connectionId);

    /** Makes an agent offline, when that connection still holds it; otherwise nothing. */
    Mono<Void> disconnect(String agentId, String connectionId);

    /** Sets last seen, health and load; nulls leave as is. */
    Mono<Void> heartbeat(String agentId, @Nullable String health, @Nullable Double load);

    /** Reads an agent; fails with {@link StoreException.NotFound}, for one of another workspace too. */
    Mono<Agent> get(String workspaceId, String agentId);

    /**
     * All agents of a workspace, most recently seen first.
     *
     * @param online null for all
     */
    Mono<List<Agent>> list(String workspaceId, @Nullable Boolean online);

    /** Hears about all agents from now on; the answer comes once nothing can be missed. Closing it ends the calls. */
    Mono<AutoCloseable> subscribe(AgentListener listener);

    /** Hears about agents. Called on any thread, in order for one agent; only enqueues. */
    interface AgentListener {
        /**
         * Who holds an agent changed.
         *
         * @param agent as it is now; {@code isOnline} tells whether anybody does
         * @param connectionId the holder; null when it went offline
         */
        void onHolder(Agent agent, @Nullable String connectionId);

        /** An agent became a participant of a session. */
        void onAssigned(String agentId, String sessionId);
    }
}
