package dev.parley.protocol.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a session is in its life. The last five are terminal. */
public enum SessionStatus {
    /** Made, and no activity yet. */
    CREATED,

    /** There was activity, and no deadline has passed. */
    ACTIVE,

    /** The idle deadline passed; activity revives it. */
    SUSPENDED,

    /** A deadline passed, or somebody expired it. */
    EXPIRED,

    /** Ended because the work is done. */
    COMPLETED,

    /** Ended because somebody went away. */
    ABANDONED,

    /** Ended because something broke. */
    ERROR,

    /** Ended by force. */
    TERMINATED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The lower-case name that the wire uses. */
    @JsonValue
    public String wireName() {
        return wireName;
    }

    /** Whether the session has ended for good. */
    public boolean isTerminal() {
        return switch (this) {
            case CREATED, ACTIVE, SUSPENDED -> false;
            case EXPIRED, COMPLETED, ABANDONED, ERROR, TERMINATED -> true;
        };
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
