package dev.parley.protocol.catalog;

import dev.parley.protocol.Cost;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.Permission;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.agent.ChannelParams;
import dev.parley.protocol.aggregation.Aggregation;
import dev.parley.protocol.aggregation.AggregationParams;
import dev.parley.protocol.envelope.Envelope;
import dev.parley.protocol.envelope.EnvelopeAnswer;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.SessionCreated;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.Workflow;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.TaskParams;
import dev.parley.protocol.webhook.WebhookParams;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every operation of the gateway. WebSocket dispatch, HTTP routes, rights, limits and documents are made from this list. It is
 * one file, and long, because it is the one place to look an operation up.
 */
public final class Operations {
    /** Base path of the session endpoints. */
    public static final String SESSIONS = "/api/messaging/sessions";

    /** Base path of the agent endpoints. */
    public static final String AGENTS = "/api/agents";

    /** Where tasks are over HTTP. */
    public static final String TASKS = "/api/tasks";

    /** Base path of the endpoints of aggregations. */
    public static final String AGGREGATIONS = "/api/aggregations";

    /** Base path of the webhook endpoints. */
    public static final String WEBHOOKS = "/api/webhooks";

    /** Base path of the channel endpoints. */
    public static final String CHANNELS = "/api/channels";

    private static final Map<String, Operation<?, ?>> BY_NAME = new LinkedHashMap<>();

    /** {@code connect}: says who this connection is and takes up its sessions. */
    public static final Operation<SessionParams.Connect, SessionResults.Connected> CONNECT = socketOnly(
            "connect",
            SessionParams.Connect.class,
            SessionResults.Connected.class,
            Permission.ANYONE,
            Cost.WRITE,
            "Says who this connection is and takes up its sessions.",
            ErrorCode.AGENT_CONFLICT);

    /** {@code ping}: tells the server's time; renews nothing. */
    public static final Operation<SessionParams.None, SessionResults.Pong> PING = socketOnly(
            "ping",
            SessionParams.None.class,
            SessionResults.Pong.class,
            Permission.IDENTIFIED,
            Cost.FREE,
            "Tells the server's time; renews nothing.");

    /** {@code heartbeat}: proves life, acknowledges what was seen, renews sessions, tells the next deadlines. */
    public static final Operation<SessionParams.Heartbeat, SessionResults.HeartbeatAnswer> HEARTBEAT = socketOnly(
            "heartbeat",
            SessionParams.Heartbeat.class,
            SessionResults.HeartbeatAnswer.class,
            Permission.IDENTIFIED,
            Cost.FREE,
            "Proves life, acknowledges what was seen, renews sessions, tells the next deadlines.");

    /** {@code session.create}: creates a session; over a socket the creator is attached to it. */
    public static final Operation<SessionParams.Create, SessionCreated> SESSION_CREATE = bound(
            "session.create",
            SessionParams.Create.class,
            SessionCreated.class,
            Permission.IDENTIFIED,
            Cost.HEAVY,
            new HttpBinding("POST", SESSIONS, 201, null),
            "Creates a session; over a socket the creator is attached to it.",
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.SESSION_CONFLICT,
            ErrorCode.PARTICIPANT_LIMIT,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.list}: lists sessions, most recently active first. */
    public static final Operation<SessionParams.Query, SessionResults.SessionPage> SESSION_LIST = bound(
            "session.list",
            SessionParams.Query.class,
            SessionResults.SessionPage.class,
            Permission.IDENTIFIED,
            Cost.HEAVY,
            new HttpBinding("GET", SESSIONS, 200, null),
            "Lists sessions, most recently active first.");

    /** {@code session.resolve}: finds the session of a user, or makes one. */
    public static final Operation<SessionParams.Create, SessionInfo> SESSION_RESOLVE = bound(
            "session.resolve",
            SessionParams.Create.class,
            SessionInfo.class,
            Permission.IDENTIFIED,
            Cost.HEAVY,
            new HttpBinding("POST", SESSIONS + "/resolve", 200, null).orMakes(),
            "Finds the session of a user, or makes one.",
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.PARTICIPANT_LIMIT,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.active}: tells a router the context of a user's active session. */
    public static final Operation<SessionParams.Active, SessionResults.ActiveContext> SESSION_ACTIVE = bound(
            "session.active",
            SessionParams.Active.class,
            SessionResults.ActiveContext.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/active", 200, null),
            "Tells a router the context of a user's active session.");

    /** {@code session.get}: reads a session; never renews it. */
    public static final Operation<SessionParams.Ref, SessionInfo> SESSION_GET =
            onSession("session.get", "GET", "", Cost.READ, "Reads a session; never renews it.");

    /** {@code session.delete}: deletes a session, its log and its indexes. */
    public static final Operation<SessionParams.Ref, SessionResults.Deleted> SESSION_DELETE = bound(
            "session.delete",
            SessionParams.Ref.class,
            SessionResults.Deleted.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("DELETE", SESSIONS + "/:sessionId", 200, null),
            "Deletes a session, its log and its indexes.");

    /** {@code session.attach}: attaches this connection to a session, from a position or from the head. */
    public static final Operation<SessionParams.Attach, SessionResults.Entry> SESSION_ATTACH = socketOnly(
            "session.attach",
            SessionParams.Attach.class,
            SessionResults.Entry.class,
            Permission.PARTICIPANT,
            Cost.READ,
            "Attaches this connection to a session, from a position or from the head.");

    /** {@code session.detach}: detaches this connection from a session. */
    public static final Operation<SessionParams.Ref, SessionResults.Done> SESSION_DETACH = socketOnly(
            "session.detach",
            SessionParams.Ref.class,
            SessionResults.Done.class,
            Permission.IDENTIFIED,
            Cost.READ,
            "Detaches this connection from a session.");

    /** {@code session.renew}: renews a session by hand. */
    public static final Operation<SessionParams.Ref, SessionInfo> SESSION_RENEW = onSession(
            "session.renew",
            "POST",
            "/renew",
            Cost.WRITE,
            "Renews a session by hand.",
            ErrorCode.SESSION_RENEWAL_FAILED);

    /** {@code session.heartbeat}: proves activity in a session and renews it where it renews by itself. */
    public static final Operation<SessionParams.Ref, SessionInfo> SESSION_HEARTBEAT = bound(
            "session.heartbeat",
            SessionParams.Ref.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/heartbeat", 200, null),
            "Proves activity in a session and renews it where it renews by itself.");

    /** {@code session.touch}: counts as activity in a session. */
    public static final Operation<SessionParams.Ref, SessionInfo> SESSION_TOUCH =
            onSession("session.touch", "POST", "/touch", Cost.WRITE, "Counts as activity in a session.");

    /** {@code session.timeout}: changes a session's time-outs. */
    public static final Operation<SessionParams.Timeout, SessionInfo> SESSION_TIMEOUT = bound(
            "session.timeout",
            SessionParams.Timeout.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("PATCH", SESSIONS + "/:sessionId/timeout", 200, null),
            "Changes a session's time-outs.",
            ErrorCode.INVALID_TIMEOUT_CONFIG);

    /** {@code session.complete}: ends a session as completed. */
    public static final Operation<SessionParams.Complete, SessionInfo> SESSION_COMPLETE = bound(
            "session.complete",
            SessionParams.Complete.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/complete", 200, null),
            "Ends a session as completed.",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.terminate}: ends a session as terminated. */
    public static final Operation<SessionParams.Terminate, SessionInfo> SESSION_TERMINATE = bound(
            "session.terminate",
            SessionParams.Terminate.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/terminate", 200, null),
            "Ends a session as terminated.",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.close}: ends a session with a status of the caller's choice. */
    public static final Operation<SessionParams.Close, SessionInfo> SESSION_CLOSE = bound(
            "session.close",
            SessionParams.Close.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/close", 200, null),
            "Ends a session with a status of the caller's choice.",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.expire}: ends a session as expired, now. */
    public static final Operation<SessionParams.Ref, SessionInfo> SESSION_EXPIRE =
            onSession("session.expire", "POST", "/expire", Cost.WRITE, "Ends a session as expired, now.");

    /** {@code session.resume}: goes on in a new session with what the prior one held. */
    public static final Operation<SessionParams.Ref, SessionCreated> SESSION_RESUME = bound(
            "session.resume",
            SessionParams.Ref.class,
            SessionCreated.class,
            Permission.PARTICIPANT,
            Cost.HEAVY,
            new HttpBinding("POST", SESSIONS + "/:sessionId/resume", 201, null),
            "Goes on in a new session with what the prior one held.");

    /** {@code session.history}: reads a page of a session's messages, newest first. */
    public static final Operation<SessionParams.History, SessionResults.HistoryPage> SESSION_HISTORY = bound(
            "session.history",
            SessionParams.History.class,
            SessionResults.HistoryPage.class,
            Permission.PARTICIPANT,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/:sessionId/messages", 200, null),
            "Reads a page of a session's messages, newest first.");

    /** {@code session.metadata.patch}: merges a patch into a session's metadata (RFC 7396). */
    public static final Operation<SessionParams.MetadataPatch, SessionInfo> SESSION_METADATA_PATCH = bound(
            "session.metadata.patch",
            SessionParams.MetadataPatch.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("PATCH", SESSIONS + "/:sessionId/metadata", 200, "patch"),
            "Merges a patch into a session's metadata (RFC 7396).",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.context.get}: reads the shared context of a session. */
    public static final Operation<SessionParams.Ref, SessionResults.ContextView> SESSION_CONTEXT_GET = bound(
            "session.context.get",
            SessionParams.Ref.class,
            SessionResults.ContextView.class,
            Permission.PARTICIPANT,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/:sessionId/context", 200, null),
            "Reads the shared context of a session.");

    /** {@code session.context.put}: replaces the shared context of a session. */
    public static final Operation<SessionParams.ContextPut, SessionResults.ContextView> SESSION_CONTEXT_PUT = bound(
            "session.context.put",
            SessionParams.ContextPut.class,
            SessionResults.ContextView.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("PUT", SESSIONS + "/:sessionId/context", 200, "context"),
            "Replaces the shared context of a session.",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.context.patch}: merges a patch into the shared context of a session (RFC 7396). */
    public static final Operation<SessionParams.ContextPatch, SessionResults.ContextView> SESSION_CONTEXT_PATCH = bound(
            "session.context.patch",
            SessionParams.ContextPatch.class,
            SessionResults.ContextView.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("PATCH", SESSIONS + "/:sessionId/context", 200, "patch"),
            "Merges a patch into the shared context of a session (RFC 7396).",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.workflowState.put}: replaces what an agent gets back with the next turn. */
    public static final Operation<SessionParams.WorkflowStatePut, SessionResults.WorkflowStateView>
            SESSION_WORKFLOW_STATE_PUT = bound(
                    "session.workflowState.put",
                    SessionParams.WorkflowStatePut.class,
                    SessionResults.WorkflowStateView.class,
                    Permission.PARTICIPANT,
                    Cost.WRITE,
                    new HttpBinding("PUT", SESSIONS + "/:sessionId/workflow-state", 200, "workflowState"),
                    "Replaces what an agent gets back with the next turn.",
                    ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.workflow.get}: reads the workflow of a session. */
    public static final Operation<SessionParams.Ref, Workflow> SESSION_WORKFLOW_GET = bound(
            "session.workflow.get",
            SessionParams.Ref.class,
            Workflow.class,
            Permission.PARTICIPANT,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/:sessionId/workflow", 200, null),
            "Reads the workflow of a session.",
            ErrorCode.NOT_FOUND);

    /** {@code session.workflow.set}: sets the steps of a workflow, or its position as a whole, or both. */
    public static final Operation<SessionParams.WorkflowSet, Workflow> SESSION_WORKFLOW_SET = bound(
            "session.workflow.set",
            SessionParams.WorkflowSet.class,
            Workflow.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("PUT", SESSIONS + "/:sessionId/workflow", 200, null),
            "Sets the steps of a workflow, or its position as a whole, or both.",
            ErrorCode.NOT_FOUND,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.workflow.advance}: completes the current step of a workflow and goes to the next one, or to a named one. */
    public static final Operation<SessionParams.WorkflowAdvance, Workflow> SESSION_WORKFLOW_ADVANCE = bound(
            "session.workflow.advance",
            SessionParams.WorkflowAdvance.class,
            Workflow.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/workflow/advance", 200, null),
            "Completes the current step of a workflow and goes to the next one, or to a named one.",
            ErrorCode.NOT_FOUND);

    /** {@code session.participants.list}: lists who takes or took part in a session. */
    public static final Operation<SessionParams.Ref, SessionResults.Participants> SESSION_PARTICIPANTS_LIST = bound(
            "session.participants.list",
            SessionParams.Ref.class,
            SessionResults.Participants.class,
            Permission.PARTICIPANT,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/:sessionId/participants", 200, null),
            "Lists who takes or took part in a session.");

    /** {@code session.participants.add}: has somebody take part in a session, brings them back, or updates them. */
    public static final Operation<SessionParams.ParticipantAdd, SessionResults.AddedParticipant>
            SESSION_PARTICIPANTS_ADD = bound(
                    "session.participants.add",
                    SessionParams.ParticipantAdd.class,
                    SessionResults.AddedParticipant.class,
                    Permission.PARTICIPANT,
                    Cost.WRITE,
                    new HttpBinding("POST", SESSIONS + "/:sessionId/participants", 200, null).orMakes(),
                    "Has somebody take part in a session, brings them back, or updates them.",
                    ErrorCode.AGENT_NOT_FOUND,
                    ErrorCode.PARTICIPANT_LIMIT,
                    ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.participants.remove}: ends somebody's taking part in a session. */
    public static final Operation<SessionParams.ParticipantRef, Participant> SESSION_PARTICIPANTS_REMOVE = bound(
            "session.participants.remove",
            SessionParams.ParticipantRef.class,
            Participant.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("DELETE", SESSIONS + "/:sessionId/participants/:participantId", 200, null),
            "Ends somebody's taking part in a session.",
            ErrorCode.NOT_FOUND);

    /** {@code session.surfaces.attach}: attaches a surface to a session. */
    public static final Operation<SessionParams.SurfaceRef, SessionInfo> SESSION_SURFACES_ATTACH = bound(
            "session.surfaces.attach",
            SessionParams.SurfaceRef.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("PUT", SESSIONS + "/:sessionId/surfaces/:surfaceId", 200, null),
            "Attaches a surface to a session.");

    /** {@code session.surfaces.detach}: detaches a surface from a session. */
    public static final Operation<SessionParams.SurfaceRef, SessionInfo> SESSION_SURFACES_DETACH = bound(
            "session.surfaces.detach",
            SessionParams.SurfaceRef.class,
            SessionInfo.class,
            Permission.PARTICIPANT,
            Cost.WRITE,
            new HttpBinding("DELETE", SESSIONS + "/:sessionId/surfaces/:surfaceId", 200, null),
            "Detaches a surface from a session.");

    /** {@code session.presence}: tells who has connections that are attached to a session, over all gateways. */
    public static final Operation<SessionParams.Ref, SessionResults.Presence> SESSION_PRESENCE = bound(
            "session.presence",
            SessionParams.Ref.class,
            SessionResults.Presence.class,
            Permission.PARTICIPANT,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/:sessionId/presence", 200, null),
            "Tells who has connections that are attached to a session, over all gateways.");

    /** {@code session.turns.list}: reads the latest turns of a session, oldest first. */
    public static final Operation<SessionParams.Ref, SessionResults.Turns> SESSION_TURNS_LIST = bound(
            "session.turns.list",
            SessionParams.Ref.class,
            SessionResults.Turns.class,
            Permission.PARTICIPANT,
            Cost.READ,
            new HttpBinding("GET", SESSIONS + "/:sessionId/turns", 200, null),
            "Reads the latest turns of a session, oldest first.");

    /** {@code session.turns.append}: appends a turn to a session; it is a message like any other. */
    public static final Operation<SessionParams.TurnAppend, SessionResults.AppendedTurn> SESSION_TURNS_APPEND = bound(
            "session.turns.append",
            SessionParams.TurnAppend.class,
            SessionResults.AppendedTurn.class,
            Permission.PARTICIPANT,
            Cost.MESSAGE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/turns", 201, null),
            "Appends a turn to a session; it is a message like any other.",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code session.seen}: tells how far the caller has seen a session's log. */
    public static final Operation<SessionParams.Seen, SessionResults.Done> SESSION_SEEN = socketOnly(
            "session.seen",
            SessionParams.Seen.class,
            SessionResults.Done.class,
            Permission.PARTICIPANT,
            Cost.FREE,
            "Tells how far the caller has seen a session's log.");

    /** {@code message.send}: sends a message; answered when it is stored. */
    public static final Operation<SessionParams.Send, SessionResults.Sent> MESSAGE_SEND = bound(
            "message.send",
            SessionParams.Send.class,
            SessionResults.Sent.class,
            Permission.PARTICIPANT,
            Cost.MESSAGE,
            new HttpBinding("POST", SESSIONS + "/:sessionId/messages", 201, null),
            "Sends a message; answered when it is stored.",
            ErrorCode.MESSAGE_CONFLICT,
            ErrorCode.AGENT_TIMEOUT,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code message.delta}: passes on a piece of a message that is being written. */
    public static final Operation<SessionParams.Delta, SessionResults.Done> MESSAGE_DELTA = socketOnly(
            "message.delta",
            SessionParams.Delta.class,
            SessionResults.Done.class,
            Permission.PARTICIPANT,
            Cost.MESSAGE,
            "Passes on a piece of a message that is being written.");

    /** {@code typing}: tells the others that the caller is writing, or stopped. */
    public static final Operation<SessionParams.Typing, SessionResults.Done> TYPING = socketOnly(
            "typing",
            SessionParams.Typing.class,
            SessionResults.Done.class,
            Permission.PARTICIPANT,
            Cost.MESSAGE,
            "Tells the others that the caller is writing, or stopped.");

    /** {@code agent.list}: lists agents, most recently seen first. */
    public static final Operation<AgentParams.Query, AgentParams.Agents> AGENT_LIST = bound(
            "agent.list",
            AgentParams.Query.class,
            AgentParams.Agents.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", AGENTS, 200, null),
            "Lists agents, most recently seen first.");

    /** {@code agent.get}: reads one agent. */
    public static final Operation<AgentParams.Ref, Agent> AGENT_GET = bound(
            "agent.get",
            AgentParams.Ref.class,
            Agent.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", AGENTS + "/:id", 200, null),
            "Reads one agent.",
            ErrorCode.AGENT_NOT_FOUND);

    /** {@code aggregation.create}: brings together what several agents found. */
    public static final Operation<AggregationParams.Create, Aggregation> AGGREGATION_CREATE = bound(
            "aggregation.create",
            AggregationParams.Create.class,
            Aggregation.class,
            Permission.IDENTIFIED,
            Cost.HEAVY,
            new HttpBinding("POST", AGGREGATIONS, 201, null),
            "Brings together what several agents found.",
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code aggregation.get}: reads an aggregation. */
    public static final Operation<AggregationParams.Ref, Aggregation> AGGREGATION_GET = bound(
            "aggregation.get",
            AggregationParams.Ref.class,
            Aggregation.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", AGGREGATIONS + "/:aggregationId", 200, null),
            "Reads an aggregation.",
            ErrorCode.NOT_FOUND);

    /** {@code aggregation.add}: adds results to an aggregation; a second one of an agent replaces its first. */
    public static final Operation<AggregationParams.Add, Aggregation> AGGREGATION_ADD = bound(
            "aggregation.add",
            AggregationParams.Add.class,
            Aggregation.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", AGGREGATIONS + "/:aggregationId/results", 200, null),
            "Adds results to an aggregation; a second one of an agent replaces its first.",
            ErrorCode.NOT_FOUND,
            ErrorCode.SESSION_ENDED,
            ErrorCode.SESSION_EXPIRED,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code task.delegate}: gives a piece of work to an agent. */
    public static final Operation<TaskParams.Delegate, Task> TASK_DELEGATE = bound(
            "task.delegate",
            TaskParams.Delegate.class,
            Task.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", TASKS, 201, null),
            "Gives a piece of work to an agent.",
            ErrorCode.SESSION_NOT_FOUND,
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.SESSION_ENDED,
            ErrorCode.SESSION_EXPIRED,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code task.list}: lists tasks, most urgent first, then oldest. */
    public static final Operation<TaskParams.Query, TaskParams.Tasks> TASK_LIST = bound(
            "task.list",
            TaskParams.Query.class,
            TaskParams.Tasks.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", TASKS, 200, null),
            "Lists tasks, most urgent first, then oldest.",
            ErrorCode.SESSION_NOT_FOUND);

    /** {@code task.get}: reads one task. */
    public static final Operation<TaskParams.Ref, Task> TASK_GET = bound(
            "task.get",
            TaskParams.Ref.class,
            Task.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", TASKS + "/:taskId", 200, null),
            "Reads one task.",
            ErrorCode.NOT_FOUND);

    /** {@code task.update}: tells how a task goes, by the agent that has the turn. */
    public static final Operation<TaskParams.Update, Task> TASK_UPDATE = bound(
            "task.update",
            TaskParams.Update.class,
            Task.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("PATCH", TASKS + "/:taskId", 200, null),
            "Tells how a task goes, by the agent that has the turn.",
            ErrorCode.NOT_FOUND,
            ErrorCode.TASK_FINISHED,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code task.cancel}: calls a task off. */
    public static final Operation<TaskParams.Ref, Task> TASK_CANCEL = bound(
            "task.cancel",
            TaskParams.Ref.class,
            Task.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", TASKS + "/:taskId/cancel", 200, null),
            "Calls a task off.",
            ErrorCode.NOT_FOUND,
            ErrorCode.TASK_FINISHED);

    /** {@code envelope.send}: writes to an agent, of whatever framework. */
    public static final Operation<Envelope, EnvelopeAnswer> ENVELOPE_SEND = bound(
            "envelope.send",
            Envelope.class,
            EnvelopeAnswer.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", "/messages/send", 202, null),
            "Writes to an agent, of whatever framework.",
            ErrorCode.SESSION_NOT_FOUND,
            ErrorCode.SESSION_ENDED,
            ErrorCode.SESSION_EXPIRED,
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.AGENT_UNAVAILABLE,
            ErrorCode.NOT_FOUND,
            ErrorCode.TASK_FINISHED,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code agent.register}: registers an agent, or updates what it says of itself. */
    public static final Operation<AgentParams.Register, Agent> AGENT_REGISTER = bound(
            "agent.register",
            AgentParams.Register.class,
            Agent.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", AGENTS + "/register", 200, null),
            "Registers an agent, or updates what it says of itself.",
            ErrorCode.AGENT_CONFLICT,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code agent.unregister}: takes an agent out of the registry and closes its connections. */
    public static final Operation<AgentParams.Ref, AgentParams.Unregistered> AGENT_UNREGISTER = bound(
            "agent.unregister",
            AgentParams.Ref.class,
            AgentParams.Unregistered.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("DELETE", AGENTS + "/:id", 200, null),
            "Takes an agent out of the registry and closes its connections.",
            ErrorCode.AGENT_NOT_FOUND);

    /** {@code agent.findByCapability}: lists agents that are online and have a capability of exactly that name. */
    public static final Operation<AgentParams.ByCapability, AgentParams.Agents> AGENT_FIND_BY_CAPABILITY = bound(
            "agent.findByCapability",
            AgentParams.ByCapability.class,
            AgentParams.Agents.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", AGENTS + "/by-capability/:name", 200, null),
            "Lists agents that are online and have a capability of exactly that name.");

    /** {@code agent.capabilities}: adds capabilities to an agent, or replaces those of the same name. */
    public static final Operation<AgentParams.AddCapabilities, Agent> AGENT_CAPABILITIES = bound(
            "agent.capabilities",
            AgentParams.AddCapabilities.class,
            Agent.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", AGENTS + "/:id/capabilities", 200, null),
            "Adds capabilities to an agent, or replaces those of the same name.",
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code agent.heartbeat}: proves that an agent lives; sets its health and load. */
    public static final Operation<AgentParams.Beat, Agent> AGENT_HEARTBEAT = bound(
            "agent.heartbeat",
            AgentParams.Beat.class,
            Agent.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", AGENTS + "/:id/heartbeat", 200, null),
            "Proves that an agent lives; sets its health and load.",
            ErrorCode.AGENT_NOT_FOUND);

    /** {@code agent.command}: sends a command to an agent, as a message that lives 300 s. */
    public static final Operation<AgentParams.Command, AgentParams.SentMessage> AGENT_COMMAND = bound(
            "agent.command",
            AgentParams.Command.class,
            AgentParams.SentMessage.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", AGENTS + "/:id/command", 200, null),
            "Sends a command to an agent, as a message that lives 300 s.",
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.PAYLOAD_TOO_LARGE,
            ErrorCode.MESSAGE_CONFLICT);

    /** {@code agent.send}: puts a message into the inbox of an agent; pushed when it is online. */
    public static final Operation<AgentParams.Send, AgentParams.SentMessage> AGENT_SEND = bound(
            "agent.send",
            AgentParams.Send.class,
            AgentParams.SentMessage.class,
            Permission.IDENTIFIED,
            Cost.MESSAGE,
            new HttpBinding("POST", AGENTS + "/:id/messages/send", 201, null),
            "Puts a message into the inbox of an agent; pushed when it is online.",
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.PAYLOAD_TOO_LARGE,
            ErrorCode.MESSAGE_CONFLICT);

    /** {@code agent.broadcast}: puts a message into the inbox of every other agent that is online. */
    public static final Operation<AgentParams.Broadcast, AgentParams.BroadcastSent> AGENT_BROADCAST = bound(
            "agent.broadcast",
            AgentParams.Broadcast.class,
            AgentParams.BroadcastSent.class,
            Permission.IDENTIFIED,
            Cost.HEAVY,
            new HttpBinding("POST", AGENTS + "/:id/messages/broadcast", 200, null),
            "Puts a message into the inbox of every other agent that is online.",
            ErrorCode.AGENT_NOT_FOUND,
            ErrorCode.PAYLOAD_TOO_LARGE,
            ErrorCode.MESSAGE_CONFLICT);

    /** {@code inbox.list}: reads a page of an inbox, newest first; marks nothing. */
    public static final Operation<AgentParams.InboxQuery, AgentParams.InboxPage> INBOX_LIST = bound(
            "inbox.list",
            AgentParams.InboxQuery.class,
            AgentParams.InboxPage.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", AGENTS + "/:id/messages", 200, null),
            "Reads a page of an inbox, newest first; marks nothing.",
            ErrorCode.AGENT_NOT_FOUND);

    /** {@code inbox.markRead}: marks messages of an inbox as read. */
    public static final Operation<AgentParams.MarkRead, AgentParams.MarkedRead> INBOX_MARK_READ = bound(
            "inbox.markRead",
            AgentParams.MarkRead.class,
            AgentParams.MarkedRead.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", AGENTS + "/:id/messages/read", 200, null),
            "Marks messages of an inbox as read.",
            ErrorCode.AGENT_NOT_FOUND);

    /** {@code webhook.create}: adds a webhook to the workspace; its secret is told this once. */
    public static final Operation<WebhookParams.Create, WebhookParams.WebhookSecret> WEBHOOK_CREATE = bound(
            "webhook.create",
            WebhookParams.Create.class,
            WebhookParams.WebhookSecret.class,
            Permission.IDENTIFIED,
            Cost.HEAVY,
            new HttpBinding("POST", WEBHOOKS, 201, null),
            "Adds a webhook to the workspace; its secret is told this once.",
            ErrorCode.FORBIDDEN);

    /** {@code webhook.list}: lists the workspace's webhooks, oldest first. */
    public static final Operation<SessionParams.None, WebhookParams.Webhooks> WEBHOOK_LIST = bound(
            "webhook.list",
            SessionParams.None.class,
            WebhookParams.Webhooks.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", WEBHOOKS, 200, null),
            "Lists the workspace's webhooks, oldest first.",
            ErrorCode.FORBIDDEN);

    /** {@code webhook.get}: reads one webhook. */
    public static final Operation<WebhookParams.Ref, WebhookParams.Webhook> WEBHOOK_GET = bound(
            "webhook.get",
            WebhookParams.Ref.class,
            WebhookParams.Webhook.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", WEBHOOKS + "/:id", 200, null),
            "Reads one webhook.",
            ErrorCode.FORBIDDEN,
            ErrorCode.NOT_FOUND);

    /** {@code webhook.update}: changes what is given of a webhook; active again, it begins with what happens from then on. */
    public static final Operation<WebhookParams.Update, WebhookParams.Webhook> WEBHOOK_UPDATE = bound(
            "webhook.update",
            WebhookParams.Update.class,
            WebhookParams.Webhook.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("PATCH", WEBHOOKS + "/:id", 200, null),
            "Changes what is given of a webhook; active again, it begins with what happens from then on.",
            ErrorCode.FORBIDDEN,
            ErrorCode.NOT_FOUND);

    /** {@code webhook.delete}: deletes a webhook; what waits for it is forgotten. */
    public static final Operation<WebhookParams.Ref, WebhookParams.WebhookDeleted> WEBHOOK_DELETE = bound(
            "webhook.delete",
            WebhookParams.Ref.class,
            WebhookParams.WebhookDeleted.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("DELETE", WEBHOOKS + "/:id", 200, null),
            "Deletes a webhook; what waits for it is forgotten.",
            ErrorCode.FORBIDDEN,
            ErrorCode.NOT_FOUND);

    /** {@code webhook.rotate}: gives a webhook another secret, told this once; the old one is signed with besides for a while. */
    public static final Operation<WebhookParams.Rotate, WebhookParams.WebhookSecret> WEBHOOK_ROTATE = bound(
            "webhook.rotate",
            WebhookParams.Rotate.class,
            WebhookParams.WebhookSecret.class,
            Permission.IDENTIFIED,
            Cost.WRITE,
            new HttpBinding("POST", WEBHOOKS + "/:id/rotate", 200, null),
            "Gives a webhook another secret, told this once; the old one is signed with besides for a while.",
            ErrorCode.FORBIDDEN,
            ErrorCode.NOT_FOUND);

    /** {@code webhook.deliveries}: lists the deliveries of a webhook: what waits, next first; then what is over, latest first. */
    public static final Operation<WebhookParams.Ref, WebhookParams.Deliveries> WEBHOOK_DELIVERIES = bound(
            "webhook.deliveries",
            WebhookParams.Ref.class,
            WebhookParams.Deliveries.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", WEBHOOKS + "/:id/deliveries", 200, null),
            "Lists the deliveries of a webhook: what waits, next first; then what is over, latest first.",
            ErrorCode.FORBIDDEN,
            ErrorCode.NOT_FOUND);

    /** {@code channel.publish}: publishes a message to a channel of the workspace. */
    public static final Operation<ChannelParams.Publish, ChannelParams.Published> CHANNEL_PUBLISH = bound(
            "channel.publish",
            ChannelParams.Publish.class,
            ChannelParams.Published.class,
            Permission.IDENTIFIED,
            Cost.MESSAGE,
            new HttpBinding("POST", CHANNELS + "/:channel/messages", 201, null),
            "Publishes a message to a channel of the workspace.",
            ErrorCode.MESSAGE_CONFLICT,
            ErrorCode.PAYLOAD_TOO_LARGE);

    /** {@code channel.history}: reads the last messages of a channel, oldest first. */
    public static final Operation<ChannelParams.Ref, ChannelParams.Messages> CHANNEL_HISTORY = bound(
            "channel.history",
            ChannelParams.Ref.class,
            ChannelParams.Messages.class,
            Permission.IDENTIFIED,
            Cost.READ,
            new HttpBinding("GET", CHANNELS + "/:channel/messages", 200, null),
            "Reads the last messages of a channel, oldest first.");

    /** {@code channel.subscribe}: has this connection get what is published to a channel. */
    public static final Operation<ChannelParams.Subscribe, ChannelParams.Subscribed> CHANNEL_SUBSCRIBE = socketOnly(
            "channel.subscribe",
            ChannelParams.Subscribe.class,
            ChannelParams.Subscribed.class,
            Permission.IDENTIFIED,
            Cost.READ,
            "Has this connection get what is published to a channel: what is kept first, or what came after a position.");

    /** {@code channel.unsubscribe}: ends that. */
    public static final Operation<ChannelParams.Ref, SessionResults.Done> CHANNEL_UNSUBSCRIBE = socketOnly(
            "channel.unsubscribe",
            ChannelParams.Ref.class,
            SessionResults.Done.class,
            Permission.IDENTIFIED,
            Cost.FREE,
            "Ends this connection's subscription to a channel; without effect when it has none.");

    private Operations() {}

    /** All operations, in the order of documents. */
    public static List<Operation<?, ?>> all() {
        return List.copyOf(BY_NAME.values());
    }

    /** The operation of a JSON-RPC method; null when there is none. */
    public static @Nullable Operation<?, ?> byName(String method) {
        return BY_NAME.get(method);
    }

    private static <P, R> Operation<P, R> socketOnly(
            String name,
            Class<P> params,
            Class<R> result,
            Permission permission,
            Cost cost,
            String summary,
            ErrorCode... refusals) {
        return add(new Operation<>(name, params, result, permission, cost, null, summary, Set.of(refusals)));
    }

    private static <P, R> Operation<P, R> bound(
            String name,
            Class<P> params,
            Class<R> result,
            Permission permission,
            Cost cost,
            HttpBinding http,
            String summary,
            ErrorCode... refusals) {
        return add(new Operation<>(name, params, result, permission, cost, http, summary, Set.of(refusals)));
    }

    private static Operation<SessionParams.Ref, SessionInfo> onSession(
            String name, String method, String path, Cost cost, String summary, ErrorCode... refusals) {
        return bound(
                name,
                SessionParams.Ref.class,
                SessionInfo.class,
                Permission.PARTICIPANT,
                cost,
                new HttpBinding(method, SESSIONS + "/:sessionId" + path, 200, null),
                summary,
                refusals);
    }

    private static <P, R> Operation<P, R> add(Operation<P, R> operation) {
        if (BY_NAME.put(operation.name(), operation) != null) {
            throw new IllegalStateException("two operations are named " + operation.name());
        }
        return operation;
    }
}
