package dev.parley.store.redis;

import java.util.Locale;

/** The functions of the library on the server. */
enum RedisFunction {
    FENCE,
    CLAIM,
    UNCLAIM,
    VOID,
    CREATE,
    LOAD,
    COMMIT,
    RENEW,
    APPEND,
    READ,
    HISTORY,
    SEEN,
    STANDING,
    DELETE,
    FIRE,
    FORWARDED,
    SYNC,
    CANDIDATES,
    FIND,
    OF_AGENT,
    COUNTS,
    AGENT_REGISTER,
    AGENT_CONNECT,
    AGENT_UNREGISTER,
    AGENT_STILL,
    AGENT_CAPABILITIES,
    AGENT_DISCONNECT,
    AGENT_HEARTBEAT,
    AGENT_GET,
    AGENT_LIST,
    AGENT_FOLLOWERS,
    AGENT_SYNC,
    ASSIGNED,
    CHANNEL_PUBLISH,
    CHANNEL_AFTER,
    PRESENCE_PUT,
    PRESENCE_OF,
    PRESENCE_SWEEP,
    OUTBOX_TAKE,
    OUTBOX_STREAM,
    INBOX_SEND,
    INBOX_LIST,
    INBOX_MARK,
    INBOX_STANDING,
    INBOX_AFTER,
    WEBHOOK_CREATE,
    WEBHOOK_READ,
    WEBHOOK_REPLACE,
    WEBHOOK_DELETE,
    WEBHOOK_ENQUEUE,
    WEBHOOK_CLAIM,
    WEBHOOK_SETTLE,
    WEBHOOK_DELIVERIES,
    AGGREGATION_CREATE,
    AGGREGATION_GET,
    AGGREGATION_REPLACE,
    LAYOUT,
    TASK_CREATE,
    TASK_GET,
    TASK_LIST,
    TASK_UPDATE,
    TASK_CANCEL,
    TASK_END_SESSIONS,
    TASK_WORK,
    TASK_SYNC;

    /** Whether its answer tells a caller that something is kept, so that it must not get lost afterwards. */
    boolean promises() {
        return switch (this) {
            case CREATE,
                    AGGREGATION_CREATE,
                    AGGREGATION_REPLACE,
                    COMMIT,
                    APPEND,
                    DELETE,
                    INBOX_SEND,
                    WEBHOOK_CREATE,
                    WEBHOOK_REPLACE,
                    WEBHOOK_DELETE,
                    TASK_CREATE,
                    TASK_UPDATE,
                    TASK_CANCEL -> true;
            default -> false;
        };
    }

    /** The name in the source, which a library's own name goes before. */
    final String sourceName = name().toLowerCase(Locale.ROOT);
}
