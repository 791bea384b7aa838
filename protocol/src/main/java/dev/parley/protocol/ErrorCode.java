package dev.parley.protocol;

/**
 * Every error that a caller can meet, with its HTTP status. The constant's name is the stable code on the wire, over HTTP
 * and WebSocket alike.
 */
public enum ErrorCode {
    VALIDATION_ERROR(400),
    INVALID_TIMEOUT_CONFIG(400),
    INVALID_JSON(400),
    INVALID_CONTENT_TYPE(400),
    UNAUTHENTICATED(401),
    FORBIDDEN(403),
    SESSION_NOT_FOUND(404),
    AGENT_NOT_FOUND(404),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    SESSION_CONFLICT(409),
    SESSION_ENDED(409),
    MESSAGE_CONFLICT(409),
    AGENT_CONFLICT(409),
    TASK_FINISHED(409),
    SESSION_EXPIRED(410),
    VERSION_CONFLICT(412),
    PAYLOAD_TOO_LARGE(413),
    SESSION_RENEWAL_FAILED(422),
    PARTICIPANT_LIMIT(422),
    AGENT_UNAVAILABLE(422),
    RATE_LIMITED(429),
    STORE_UNAVAILABLE(503),
    DRAINING(503),
    AGENT_TIMEOUT(504),
    INTERNAL_ERROR(500);

    /** JSON-RPC 2.0 section 5.1: the frame was not JSON. */
    public static final int RPC_PARSE = -32700;

    /** JSON-RPC 2.0 section 5.1: the JSON was not a request. */
    public static final int RPC_INVALID_REQUEST = -32600;

    /** JSON-RPC 2.0 section 5.1: no such method. */
    public static final int RPC_UNKNOWN_METHOD = -32601;

    private static final int RPC_INVALID_PARAMS = -32602;
    private static final int RPC_INTERNAL = -32603;
    private static final int RPC_DOMAIN = -32000;

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    /** The HTTP status, 400..599. */
    public int status() {
        return status;
    }

    /** The integer {@code code} of the JSON-RPC error object that carries this error. */
    public int rpcCode() {
        return switch (this) {
            case VALIDATION_ERROR -> RPC_INVALID_PARAMS;
            case INVALID_JSON -> RPC_PARSE;
            case INTERNAL_ERROR -> RPC_INTERNAL;
            default -> RPC_DOMAIN;
        };
    }
}
