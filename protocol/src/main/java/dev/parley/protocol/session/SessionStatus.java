package dev.parley.protocol.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a session is in its life. The last five are terminal. */
public enum SessionStatus {
    CREATED,
    ACTIVE,
    SUSPENDED,
    EXPIRED,
    COMPLETED,
    ABANDONED,
    ERROR,
    TERMINATED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The lower-case name that the wire uses. */
    @JsonValue
    public String wireName() {
        return wireName;
    }

    /** Whether the session has ended for good. */
    public boolean isTerminal() {
        return ordinal() >= EXPIRED.ordinal();
    }

    /** The status of a wire name; null when there is none of that name. */
    public static @Nullable SessionStatus ofWireName(String name) {
        for (SessionStatus status : values()) {
            if (status.wireName.equals(name)) {
                return status;
            }
        }
        return null;
    }
}
