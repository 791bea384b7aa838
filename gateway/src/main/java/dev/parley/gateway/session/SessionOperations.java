package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.Store;

/** Binds the operations on sessions to those who do them. Used at assembly only. */
public final class SessionOperations {
    private SessionOperations() {}

    /** Those who do the operations on sessions. */
    public record Services(
            SessionService sessions,
            SessionChangeService changes,
            OrchestrationService orchestration,
            HistoryService history,
            TurnService turns,
            MessageService messages,
            HeartbeatService heartbeats,
            PresenceService presence) {
        /** All of them over one store. */
        public static Services of(Store store, GatewayConfig config) {
            SessionService sessions = new SessionService(store, config);
            SessionEdits edits = new SessionEdits(store);
            MessageService messages = new MessageService(store, config);
            TurnService turns = new TurnService(store, config, messages);
            return new Services(
                    sessions,
                    new SessionChangeService(store, config, edits),
                    new OrchestrationService(store, config, edits, sessions),
                    new HistoryService(store, config, sessions, turns),
                    turns,
                    messages,
                    new HeartbeatService(store),
                    new PresenceService(store));
        }
    }

    /** Binds them all. */
    public static void bind(OperationHandlers handlers, Services services) {
        SessionService sessions = services.sessions();
        SessionChangeService changes = services.changes();
        OrchestrationService orchestration = services.orchestration();
        HistoryService history = services.history();
        MessageService messages = services.messages();
        handlers.bind(Operations.SESSION_CREATE, sessions::create)
                .bind(Operations.SESSION_RESOLVE, sessions::resolve)
                .bind(Operations.SESSION_RESUME, sessions::resume)
                .bind(Operations.SESSION_GET, history::get)
                .bind(Operations.SESSION_LIST, history::list)
                .bind(Operations.SESSION_ACTIVE, history::active)
                .bind(Operations.SESSION_HISTORY, history::history)
                .bind(Operations.SESSION_SEEN, history::seen)
                .bind(Operations.SESSION_RENEW, changes::renew)
                .bind(Operations.SESSION_HEARTBEAT, changes::heartbeat)
                .bind(Operations.SESSION_TOUCH, changes::touch)
                .bind(Operations.SESSION_TIMEOUT, changes::timeout)
                .bind(Operations.SESSION_METADATA_PATCH, changes::patchMetadata)
                .bind(Operations.SESSION_COMPLETE, changes::complete)
                .bind(Operations.SESSION_TERMINATE, changes::terminate)
                .bind(Operations.SESSION_CLOSE, changes::close)
                .bind(Operations.SESSION_EXPIRE, changes::expire)
                .bind(Operations.SESSION_DELETE, changes::delete)
                .bind(Operations.SESSION_CONTEXT_GET, orchestration::context)
                .bind(Operations.SESSION_CONTEXT_PUT, orchestration::putContext)
                .bind(Operations.SESSION_CONTEXT_PATCH, orchestration::patchContext)
                .bind(Operations.SESSION_WORKFLOW_STATE_PUT, orchestration::putWorkflowState)
                .bind(Operations.SESSION_WORKFLOW_GET, orchestration::workflow)
                .bind(Operations.SESSION_WORKFLOW_SET, orchestration::setWorkflow)
                .bind(Operations.SESSION_WORKFLOW_ADVANCE, orchestration::advance)
                .bind(Operations.SESSION_PARTICIPANTS_LIST, orchestration::participants)
                .bind(Operations.SESSION_PARTICIPANTS_ADD, orchestration::addParticipant)
                .bind(Operations.SESSION_PARTICIPANTS_REMOVE, orchestration::removeParticipant)
                .bind(Operations.SESSION_SURFACES_ATTACH, orchestration::attachSurface)
                .bind(Operations.SESSION_SURFACES_DETACH, orchestration::detachSurface)
                .bind(Operations.SESSION_PRESENCE, services.presence()::presence)
                .bind(Operations.SESSION_TURNS_LIST, services.turns()::list)
                .bind(Operations.SESSION_TURNS_APPEND, services.turns()::append)
                .bind(Operations.HEARTBEAT, services.heartbeats()::heartbeat)
                .bind(Operations.MESSAGE_SEND, messages::answer);
    }
}
