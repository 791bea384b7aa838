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

    /**
     * The refusal of a value that takes more room than it may have.
     *
     * @param field its place in what was given
     * @param length how much it takes, 0 or more
     * @param most how much it may take
     * @param unit what both are counted in, such as {@code bytes}
     */
    public static ProtocolException tooLarge(String field, long length, long most, String unit) {
        return of(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        field + " is too large: " + length + " " + unit + ", at most " + most
                                + " are allowed; keep large things elsewhere, and their addresses here.")
                .with("field", field)
                .with("length", length)
                .with("maxLength", most);
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
