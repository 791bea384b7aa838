package dev.parley.gateway.connection;

import dev.parley.gateway.routing.Push;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.AgentStore;
import dev.parley.store.InboxStore;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Hears from the store what becomes of agents, on whatever gateway: an older connection gives way, a session that was given to
 * an agent here is attached, the sessions and the followers here are told who came and went, what came into an inbox is pushed. Safe for use from any thread.
 */
public final class AgentHub implements AgentStore.AgentListener, InboxStore.InboxListener {
    private static final String OFFLINE = "";

    /** The channel on which followers are told who came and went. */
    private static final String AGENTS = "agents";

    private final Connections connections;
    private final SessionRouter router;
    /** The connection of an agent when it was last heard of; nothing of one that nothing was heard of since the start. */
    private final Map<String, String> holders = new ConcurrentHashMap<>();
    /** The workspaces of agents that are online, as far as was heard, and follow the others. */
    private final Map<String, String> followers = new ConcurrentHashMap<>();

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
        List<String> follows = agent.follows();
        if (isOnline && follows != null && follows.contains(AGENTS)) {
            followers.put(agent.id(), agent.workspaceId());
        } else {
            followers.remove(agent.id());
        }
        // One that came online before this gateway started is not known here, and its end has to be told all the same.
        String before = holders.put(agent.id(), connectionId == null ? OFFLINE : connectionId);
        boolean wasOnline = before != null && !before.equals(OFFLINE);
        if (before == null ? !isOnline || isNew(agent) : wasOnline != isOnline) {
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("agentId", agent.id());
            params.put("agent", agent);
            Push push = Push.of(isOnline ? EventTypes.AGENT_ONLINE : EventTypes.AGENT_OFFLINE, params);
            router.announceToSessionsOf(agent.workspaceId(), agent.id(), push);
            router.presenceInSessionsOf(agent.id(), isOnline);
            tellFollowers(agent.workspaceId(), agent.id(), push);
        } else if (isOnline && before != null && !before.equals(connectionId)) {
            router.presenceAgainInSessionsOf(agent.id());
        }
    }

    /** Whether it has not been seen since it connected; else it may have registered anew. */
    private static boolean isNew(Agent agent) {
        Instant connectedAt = agent.connectedAt();
        return connectedAt != null && !agent.lastSeenAt().isAfter(connectedAt);
    }

    private void tellFollowers(String workspaceId, String agentId, Push push) {
        followers.forEach((follower, of) -> {
            if (of.equals(workspaceId) && !follower.equals(agentId)) {
                connections.agentChanged(follower, workspaceId, agentId, push);
            }
        });
    }

    @Override
    public void onUnregistered(String workspaceId, String agentId, Instant since) {
        connections.unregistered(agentId, since);
        followers.remove(agentId);
        if (!OFFLINE.equals(holders.remove(agentId))) {
            Push push = Push.of(EventTypes.AGENT_OFFLINE, Map.of("agentId", agentId));
            router.announceToSessionsOf(workspaceId, agentId, push);
            router.presenceInSessionsOf(agentId, false);
            tellFollowers(workspaceId, agentId, push);
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
