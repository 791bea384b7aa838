package dev.parley.protocol.agent;

import dev.parley.protocol.Required;
import org.jspecify.annotations.Nullable;

/** Params and results of the operations on agents. */
public final class AgentParams {
    private AgentParams() {}

    /** One agent. */
    public record Ref(@Required String id) {}

    /** Which agents to list; all when {@code online} is left out. */
    public record Query(@Nullable String online) {}

    /** A list of agents, most recently seen first. */
    public record Agents(java.util.List<Agent> agents) {}
}
