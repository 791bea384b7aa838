package dev.parley.gateway.operation;

/**
 * Who asks.
 *
 * @param id of the user, agent or program
 * @param kind {@link #USER}, {@link #AGENT} or {@link #PROGRAM}
 * @param workspaceId tenant
 * @param trusted whether it may act on every session of its workspace and speak for its participants
 */
public record Caller(String id, String kind, String workspaceId, boolean trusted) {
    /** Kind of a person. */
    public static final String USER = "user";

    /** Kind of an agent. */
    public static final String AGENT = "agent";

    /** Kind of a program behind the HTTP interface. */
    public static final String PROGRAM = "program";

    /** The workspace where there is no credential. */
    public static final String DEFAULT_WORKSPACE = "default";

    /** Callers over HTTP while no credentials are configured. No socket can claim this id: it has not the form of one. */
    public static final Caller OPEN_HTTP = new Caller("@http", PROGRAM, DEFAULT_WORKSPACE, true);

    /** Whether this is an agent. */
    public boolean isAgent() {
        return AGENT.equals(kind);
    }
}
