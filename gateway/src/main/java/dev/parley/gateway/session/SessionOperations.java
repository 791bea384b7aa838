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
            HistoryService history,
            MessageService messages,
            HeartbeatService heartbeats) {
        /**
         * All of them over one store.
         *
         * @param surfaces who is there, for reports of what became of a message
         */
        public static Services of(Store store, GatewayConfig config, LiveSurfaces surfaces) {
            SessionService sessions = new SessionService(store, config);
            return new Services(
                    sessions,
                    new SessionChangeService(store, config),
                    new HistoryService(store, config, sessions),
                    new MessageService(store, config, surfaces),
                    new HeartbeatService(store));
        }
    }

    /** Binds them all. */
    public static void bind(OperationHandlers handlers, Services services) {
        SessionService sessions = services.sessions();
        SessionChangeService changes = services.changes();
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
                .bind(Operations.HEARTBEAT, services.heartbeats()::heartbeat)
                .bind(Operations.MESSAGE_SEND, messages::answer);
    }
}
