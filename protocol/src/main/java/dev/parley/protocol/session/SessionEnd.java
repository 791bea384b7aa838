package dev.parley.protocol.session;

import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a session ended.
 *
 * @param status the terminal status
 * @param at when
 * @param by identity of who ended it; {@code system} for a deadline
 * @param reason short, for people
 * @param details any JSON object
 * @param summary of a completed session
 * @param artifacts a JSON array, of a completed session
 */
public record SessionEnd(
        SessionStatus status,
        Instant at,
        String by,
        @Nullable String reason,
        @Doc(type = "object") @Nullable RawJson details,
        @Nullable String summary,
        @Doc(type = "array") @Nullable RawJson artifacts) {
    /** The {@code by} of an end that nobody asked for: a deadline. */
    public static final String SYSTEM = "system";
}
