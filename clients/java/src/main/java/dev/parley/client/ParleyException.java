package dev.parley.client;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.RawJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why something was not done. Most come from the gateway with its stable codes; a few are the client's own. It carries no
 * stack trace, since it is made on the engine thread, far from the caller.
 */
public final class ParleyException extends RuntimeException {
    /** The connection was cut before the answer came: whether the request was carried out is not known. */
    public static final String CONNECTION_LOST = "CONNECTION_LOST";

    /** No answer came in time: whether the request was carried out is not known. */
    public static final String REQUEST_TIMEOUT = "REQUEST_TIMEOUT";

    /** The client was closed, by the program or after a final refusal; what was waiting is not sent any more. */
    public static final String CLIENT_CLOSED = "CLIENT_CLOSED";

    /** As many messages or requests as the client keeps are waiting already: nothing was sent. */
    public static final String QUEUE_FULL = "QUEUE_FULL";

    /** The gateway's answer could not be read. */
    public static final String BAD_ANSWER = "BAD_ANSWER";

    private static final long serialVersionUID = 1L;

    private final String code;
    private final int status;
    private final transient RawJson details;

    ParleyException(String code, int status, String message, RawJson details) {
        super(message, null, false, false);
        this.code = code;
        this.status = status;
        this.details = details;
    }

    static ParleyException local(String code, String message) {
        return new ParleyException(code, 0, message, RawJson.EMPTY_OBJECT);
    }

    /** The stable code, such as {@code SESSION_EXPIRED}; perhaps one that this version does not know. */
    public String code() {
        return code;
    }

    /** The code as a constant; empty for the client's own codes and for ones that this version does not know. */
    public Optional<ErrorCode> errorCode() {
        return Optional.ofNullable(known());
    }

    /** The HTTP status that goes with the code, 400..599; 0 for the client's own codes. */
    public int status() {
        return status;
    }

    /** The error's details, a JSON object; empty when there are none. */
    public RawJson details() {
        return details;
    }

    /** Whether the text of the code is that of the constant. */
    boolean is(ErrorCode wanted) {
        return wanted.name().equals(code);
    }

    private @Nullable ErrorCode known() {
        for (ErrorCode candidate : ErrorCode.values()) {
            if (is(candidate)) {
                return candidate;
            }
        }
        return null;
    }
}
