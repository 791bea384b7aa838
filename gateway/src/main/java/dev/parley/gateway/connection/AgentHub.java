package dev.parley.gateway.connection;

import dev.parley.gateway.routing.Push;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.AgentStore;
import dev.parley.store.InboxStore;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Hears from the store what becomes of agents, on whatever gateway: an older connection gives way, a session that was given to
 * an agent here is attached, the sessions here are told who came and went, what came into an inbox is pushed. Safe for use from any thread.
 */
public final class AgentHub implements AgentStore.AgentListener, InboxStore.InboxListener {
    private final Connections connections;
    private final SessionRouter router;
    /** Whether an agent was online when it was last heard of; nothing of one that nothing was heard of since the start. */
    private final Map<String, Boolean> online = new ConcurrentHashMap<>();

    /** Acts on the connections of this gateway. */
    public AgentHub(Connections connections, SessionRouter router) {
        this.connections = connections;
        this.router = router;
    }

    @Override
    public void onHolder(Agent agent, @Nullable String connectionId) {
        connections.holderChanged(
                agent.id(), connectionId, Objects.requireNonNullElse(agent.connectedAt(), Instant.EPOCH));
        boolean isOnline = connectionId != null;
        // One that came online before this gateway started is not known here, and its end has to be told all the same.
        Boolean before = online.put(agent.id(), isOnline);
        if (before == null || before != isOnline) {
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("agentId", agent.id());
            params.put("agent", agent);
            router.announceToSessionsOf(
                    agent.workspaceId(),
                    agent.id(),
                    Push.of(isOnline ? EventTypes.AGENT_ONLINE : EventTypes.AGENT_OFFLINE, params));
            router.presenceInSessionsOf(agent.id(), isOnline);
        }
    }

    @Override
    public void onUnregistered(String workspaceId, String agentId, Instant since) {
        connections.unregistered(agentId, since);
        if (!Boolean.FALSE.equals(online.remove(agentId))) {
            router.announceToSessionsOf(
                    workspaceId, agentId, Push.of(EventTypes.AGENT_OFFLINE, Map.of("agentId", agentId)));
        }
    }

    @Override
    public void onMessage(String workspaceId, String agentId) {
        connections.inboxChanged(workspaceId, agentId);
    }

    @Override
    public void onReset() {
        connections.inboxesChanged();
    }

    @Override
    public void onAssigned(String agentId, String sessionId) {
        connections.assigned(agentId, sessionId);
    }
}
