package dev.parley.protocol.catalog;

import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.protocol.envelope.Envelope;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.task.TaskParams;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every push of the server, by wire name, with the record that its params are. */
public final class EventTypes {
    /** A message; logged. */
    public static final String MESSAGE = "message";

    /** A piece of a message that is being written. */
    public static final String MESSAGE_DELTA = "message.delta";

    /** Somebody began or stopped writing. */
    public static final String TYPING = "typing";

    /** A range of the log that will not be delivered. */
    public static final String GAP = "gap";

    /** This agent's connection is attached to a session now. */
    public static final String SESSION_ATTACHED = "session.attached";

    /** The first entry of a log. */
    public static final String SESSION_CREATED = "session.created";

    /** The record changed; logged. */
    public static final String SESSION_UPDATED = "session.updated";

    /** Somebody takes part from now on; logged. */
    public static final String PARTICIPANT_JOINED = "participant.joined";

    /** Somebody does not take part any more; logged. */
    public static final String PARTICIPANT_LEFT = "participant.left";

    /** The workflow moved, or was set; logged. */
    public static final String WORKFLOW_ADVANCED = "workflow.advanced";

    /** The shared context changed; logged. */
    public static final String CONTEXT_UPDATED = "context.updated";

    /** The session ends later than was told. */
    public static final String SESSION_RENEWED = "session.renewed";

    /** A warning: the session ends soon. */
    public static final String SESSION_EXPIRING = "session.expiring";

    /** The idle deadline passed, the session waits to be revived; logged. */
    public static final String SESSION_SUSPENDED = "session.suspended";

    /** A deadline passed, the session has ended; logged. */
    public static final String SESSION_EXPIRED = "session.expired";

    /** Somebody ended the session; logged. */
    public static final String SESSION_ENDED = "session.ended";

    /** An agent of the session has a connection. */
    public static final String AGENT_ONLINE = "agent.online";

    /** An agent of the session has no connection any more. */
    public static final String AGENT_OFFLINE = "agent.offline";

    /** Who is there changed. */
    public static final String PRESENCE_CHANGED = "presence.changed";

    /** An agent has the turn at a task. */
    public static final String TASK_ASSIGNED = "task.assigned";

    /** A task changed. */
    public static final String TASK_UPDATED = "task.updated";

    /** A task that this agent had was called off. */
    public static final String TASK_CANCELLED = "task.cancelled";

    /** The turn of this agent at a task timed out. */
    public static final String TASK_TIMEOUT = "task.timeout";

    /** An agent has an envelope: its turn at the task that it names. */
    public static final String ENVELOPE = "envelope";

    /** Something came into this agent's inbox. */
    public static final String INBOX_MESSAGE = "inbox.message";

    /** Something was published to a channel that this connection is subscribed to. */
    public static final String CHANNEL_MESSAGE = "channel.message";

    /** This gateway is about to stop. */
    public static final String SERVER_DRAINING = "server.draining";

    private static final Map<String, Class<? extends Record>> PARAMS = new LinkedHashMap<>();

    static {
        PARAMS.put(MESSAGE, SessionEvents.Message.class);
        PARAMS.put(MESSAGE_DELTA, SessionEvents.Delta.class);
        PARAMS.put(TYPING, SessionEvents.Typing.class);
        PARAMS.put(GAP, SessionEvents.Gap.class);
        PARAMS.put(SESSION_ATTACHED, SessionEvents.Attached.class);
        PARAMS.put(SESSION_CREATED, SessionEvents.Created.class);
        PARAMS.put(SESSION_UPDATED, SessionEvents.Updated.class);
        PARAMS.put(PARTICIPANT_JOINED, SessionEvents.ParticipantJoined.class);
        PARAMS.put(PARTICIPANT_LEFT, SessionEvents.ParticipantLeft.class);
        PARAMS.put(WORKFLOW_ADVANCED, SessionEvents.WorkflowAdvanced.class);
        PARAMS.put(CONTEXT_UPDATED, SessionEvents.ContextUpdated.class);
        PARAMS.put(SESSION_RENEWED, SessionEvents.Renewed.class);
        PARAMS.put(SESSION_EXPIRING, SessionEvents.DeadlineNotice.class);
        PARAMS.put(SESSION_SUSPENDED, SessionEvents.DeadlineNotice.class);
        PARAMS.put(SESSION_EXPIRED, SessionEvents.DeadlineNotice.class);
        PARAMS.put(SESSION_ENDED, SessionEvents.Ended.class);
        PARAMS.put(AGENT_ONLINE, SessionEvents.AgentMoved.class);
        PARAMS.put(AGENT_OFFLINE, SessionEvents.AgentMoved.class);
        PARAMS.put(PRESENCE_CHANGED, SessionEvents.PresenceChanged.class);
        PARAMS.put(TASK_ASSIGNED, TaskParams.Told.class);
        PARAMS.put(TASK_UPDATED, TaskParams.Told.class);
        PARAMS.put(TASK_CANCELLED, TaskParams.Told.class);
        PARAMS.put(TASK_TIMEOUT, TaskParams.TimedOut.class);
        PARAMS.put(ENVELOPE, Envelope.class);
        PARAMS.put(INBOX_MESSAGE, InboxMessage.class);
        PARAMS.put(CHANNEL_MESSAGE, ChannelMessage.class);
        PARAMS.put(SERVER_DRAINING, SessionEvents.Draining.class);
    }

    private EventTypes() {}

    /** All names, in the order of documents. */
    public static List<String> all() {
        return List.copyOf(PARAMS.keySet());
    }

    /** The record that a push's params are; null when there is no push of that name. */
    public static @Nullable Class<? extends Record> paramsOf(String name) {
        return PARAMS.get(name);
    }
}
