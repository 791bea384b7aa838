package dev.parley.protocol.catalog;

import java.util.List;

/** Every push of the server, by wire name. */
public final class EventTypes {
    public static final String MESSAGE = "message";
    public static final String MESSAGE_DELTA = "message.delta";
    public static final String TYPING = "typing";
    public static final String GAP = "gap";
    public static final String SESSION_ATTACHED = "session.attached";
    public static final String SESSION_CREATED = "session.created";
    public static final String SESSION_UPDATED = "session.updated";
    public static final String SESSION_RENEWED = "session.renewed";
    public static final String SESSION_EXPIRING = "session.expiring";
    public static final String SESSION_SUSPENDED = "session.suspended";
    public static final String SESSION_EXPIRED = "session.expired";
    public static final String SESSION_ENDED = "session.ended";
    public static final String AGENT_ONLINE = "agent.online";
    public static final String AGENT_OFFLINE = "agent.offline";
    public static final String SERVER_DRAINING = "server.draining";

    private EventTypes() {}

    /** All names, in the order of documents. */
    public static List<String> all() {
        return List.of(
                MESSAGE,
                MESSAGE_DELTA,
                TYPING,
                GAP,
                SESSION_ATTACHED,
                SESSION_CREATED,
                SESSION_UPDATED,
                SESSION_RENEWED,
                SESSION_EXPIRING,
                SESSION_SUSPENDED,
                SESSION_EXPIRED,
                SESSION_ENDED,
                AGENT_ONLINE,
                AGENT_OFFLINE,
                SERVER_DRAINING);
    }
}
