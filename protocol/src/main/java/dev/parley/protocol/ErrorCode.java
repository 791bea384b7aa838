package dev.parley.protocol;

/**
 * Every error that a caller can meet, with its HTTP status. The constant's name is the stable code on the wire, over HTTP
 * and WebSocket alike.
 */
public enum ErrorCode {
    /** Params are missing, or have a wrong type or form; the details name all of them. */
    VALIDATION_ERROR(400),

    /** A time-out is no number or out of its range; the details name the field, the value and the range. */
    INVALID_TIMEOUT_CONFIG(400),

    /** A body or frame is not well-formed JSON in UTF-8, or nests too deeply. */
    INVALID_JSON(400),

    /** A body came with another type than {@code application/json}. */
    INVALID_CONTENT_TYPE(400),

    /** The caller has not said who they are, or could not prove it. */
    UNAUTHENTICATED(401),

    /** The caller is known but may not do this. */
    FORBIDDEN(403),

    /** There is no such session, or not in the caller's workspace. */
    SESSION_NOT_FOUND(404),

    /** There is no such agent, or not in the caller's workspace. */
    AGENT_NOT_FOUND(404),

    /** There is no such thing, path or method. */
    NOT_FOUND(404),

    /** The path exists, but not with this HTTP method; the header {@code Allow} names those that do. */
    METHOD_NOT_ALLOWED(405),

    /** The session id that the caller chose is in use. */
    SESSION_CONFLICT(409),

    /** The session was completed, abandoned, broken off or terminated; it can be read but not changed. */
    SESSION_ENDED(409),

    /** The message id that the caller chose was used by another author. */
    MESSAGE_CONFLICT(409),

    /** The agent id belongs to another workspace. */
    AGENT_CONFLICT(409),

    /** The task has finished and cannot be changed. */
    TASK_FINISHED(409),

    /** The session reached its deadline. */
    SESSION_EXPIRED(410),

    /** The record is not at the version that the caller made a condition. */
    VERSION_CONFLICT(412),

    /** The body is larger than the gateway takes. */
    PAYLOAD_TOO_LARGE(413),

    /** The maximum duration leaves a renewal nothing to gain. */
    SESSION_RENEWAL_FAILED(422),

    /** The session has as many participants as it may have. */
    PARTICIPANT_LIMIT(422),

    /** No agent is there to take the work. */
    AGENT_UNAVAILABLE(422),

    /** The caller asks too often; the details tell when to go on. */
    RATE_LIMITED(429),

    /** The store did not answer in time; {@code outcome} in the details is {@code refused} or {@code unknown}. */
    STORE_UNAVAILABLE(503),

    /** This gateway is about to stop; another one will take the request. */
    DRAINING(503),

    /** The agent's reply did not come in time; the message stays sent. */
    AGENT_TIMEOUT(504),

    /** A defect of ours; logged under the id in the details. */
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
