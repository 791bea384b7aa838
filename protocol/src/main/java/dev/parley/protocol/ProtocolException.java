package dev.parley.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that a caller is told about. It carries no stack trace: it says something about the caller's request, not about
 * our code, and it is thrown on hot paths.
 */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, @Nullable Object> details;

    private ProtocolException(ErrorCode code, String message, Map<String, @Nullable Object> details) {
        super(message, null, false, false);
        this.code = code;
        this.details = details;
    }

    /**
     * A refusal without details.
     *
     * @param code what kind of refusal
     * @param message for people; says what to do
     */
    public static ProtocolException of(ErrorCode code, String message) {
        return new ProtocolException(code, message, Map.of());
    }

    /** This refusal with one more detail; values must be writable as JSON. */
    public ProtocolException with(String name, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(details);
        more.put(name, value);
        return new ProtocolException(code, message(), more);
    }

    /** The stable code. */
    public ErrorCode code() {
        return code;
    }

    /** The text for people. */
    public String message() {
        String message = getMessage();
        return message == null ? code.name() : message;
    }

    /** The details, in the order they were added; empty when there are none. */
    public Map<String, @Nullable Object> details() {
        return details;
    }
}
