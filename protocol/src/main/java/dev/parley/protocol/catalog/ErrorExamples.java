package dev.parley.protocol.catalog;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import java.util.List;

/** An instance of each error, as documents show it. Stateless. */
public final class ErrorExamples {
    private static final String EXPIRES_AT = "2026-01-31T23:59:59.007Z";

    private ErrorExamples() {}

    /** A refusal with that code, with a message and details such as a caller gets. */
    public static ProtocolException of(ErrorCode code) {
        return switch (code) {
            case VALIDATION_ERROR -> told(code, "Give userId.").with("missingFields", List.of("userId"));
            case INVALID_TIMEOUT_CONFIG ->
                told(code, "timeoutMinutes must be a number, 5 to 1440.")
                        .with("field", "timeoutMinutes")
                        .with("providedValue", 0)
                        .with("expectedFormat", "a number, 5 to 1440");
            case INVALID_JSON -> told(code, "The body is not well-formed JSON; mend it and send it again.");
            case INVALID_CONTENT_TYPE ->
                told(code, "Send the body as JSON, with Content-Type: application/json.")
                        .with("contentType", "text/plain");
            case UNAUTHENTICATED -> told(code, "Say who you are: send a credential with the request.");
            case FORBIDDEN -> told(code, "You do not take part in this session; ask to be added to it.");
            case SESSION_NOT_FOUND ->
                onSession(code, "There is no session with this id; check the id, or create a session.");
            case AGENT_NOT_FOUND ->
                told(code, "There is no agent with this id; check the id, or have the agent connect first.")
                        .with("agentId", Examples.AGENT);
            case NOT_FOUND -> told(code, "There is no such thing here; check the address and the ids in it.");
            case METHOD_NOT_ALLOWED ->
                told(code, "This path does not know the method; use one that allowed names.")
                        .with("method", "PUT")
                        .with("allowed", List.of("GET", "HEAD", "OPTIONS"));
            case SESSION_CONFLICT -> onSession(code, "A session with this id exists already; choose another id.");
            case SESSION_ENDED ->
                onSession(code, "The session is completed and can only be read; resume it to go on.")
                        .with("status", "completed");
            case MESSAGE_CONFLICT -> told(code, "This messageId is in use by another author; choose another id.");
            case AGENT_CONFLICT ->
                told(code, "The agent id belongs to another workspace; choose another id.")
                        .with("agentId", Examples.AGENT);
            case TASK_FINISHED ->
                told(code, "The task has finished and cannot be changed.").with("status", "completed");
            case SESSION_EXPIRED ->
                onSession(code, "The session has expired; resume it or create a new one.")
                        .with("expiresAt", EXPIRES_AT);
            case VERSION_CONFLICT ->
                told(code, "The session has changed since; read it again and repeat with its present version.")
                        .with("version", 4);
            case PAYLOAD_TOO_LARGE ->
                told(code, "The body is too large; send at most as many bytes as details say.")
                        .with("maxBytes", 2 << 20);
            case SESSION_RENEWAL_FAILED ->
                told(code, "The maximum duration leaves nothing to gain; resume into a new session to go on.")
                        .with("expiresAt", EXPIRES_AT);
            case PARTICIPANT_LIMIT ->
                told(code, "The session has as many participants as it may have; remove one first.")
                        .with("max", 10);
            case AGENT_UNAVAILABLE -> told(code, "No agent is there to take the work; try again later.");
            case RATE_LIMITED ->
                told(code, "Too many requests; wait as long as details say, then go on.")
                        .with("retryAfterMs", 250)
                        .with("limitPerSecond", 20);
            case STORE_UNAVAILABLE ->
                told(code, "The store is not available; repeat the request later.")
                        .with("outcome", "refused");
            case DRAINING ->
                told(code, "This gateway is going away; nothing was done. Connect again and repeat the request.");
            case AGENT_TIMEOUT ->
                told(code, "The agent did not reply in time; the message stays sent, the reply will be in the history.")
                        .with("messageId", "m-1");
            case INTERNAL_ERROR ->
                told(code, "Something went wrong on our side; report it with the id in details.")
                        .with("errorId", "0b8a7f5e-6a0b-4e53-8f0e-2d9f4f3c1a77");
        };
    }

    private static ProtocolException told(ErrorCode code, String message) {
        return ProtocolException.of(code, message);
    }

    private static ProtocolException onSession(ErrorCode code, String message) {
        return told(code, message).with("sessionId", Examples.SESSION);
    }
}
