package dev.parley.protocol.session;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What becomes of a session when its idle deadline passes. */
public enum OnIdle {
    /** The session ends. */
    EXPIRE,

    /** The session waits, until activity or its maximum duration. */
    SUSPEND;

    /** The lower-case name that the wire uses. */
    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
