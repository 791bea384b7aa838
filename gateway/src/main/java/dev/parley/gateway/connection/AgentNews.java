package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.routing.Push;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells the agent of one connection which others came and went, as it follows that. While the socket has no room the latest of
 * each is kept, and nothing else piles up. Confined to the connection's loop.
 */
final class AgentNews {
    private final Connection connection;
    private final Map<String, Push> waiting = new LinkedHashMap<>();

    AgentNews(Connection connection) {
        this.connection = connection;
    }

    /** Something became of an agent of a workspace. */
    void heard(String workspaceId, String agentId, Push push) {
        Caller caller = connection.caller();
        if (caller != null && caller.workspaceId().equals(workspaceId)) {
            waiting.remove(agentId);
            waiting.put(agentId, push);
            look();
        }
    }

    /** Goes on, when there is something, the agent has its answer and the socket has room. */
    void look() {
        while (!waiting.isEmpty()
                && connection.isOpen()
                && connection.outbound().writable()) {
            Iterator<Push> first = waiting.values().iterator();
            Push push = first.next();
            first.remove();
            connection.tell(push);
        }
    }
}
