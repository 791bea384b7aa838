package dev.parley.protocol.session;

import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who takes or took part in a session.
 *
 * @param id of the user or agent
 * @param kind {@code user} or {@code agent}
 * @param role free text such as {@code owner}
 * @param framework of an agent, such as {@code langgraph}
 * @param status {@code active}, {@code waiting}, {@code busy} or {@code left}
 * @param joinedAt when they came, or came back
 * @param leftAt when they left, if they did
 * @param capabilities a JSON array, as it was given
 * @param metadata a JSON object, as it was given
 */
public record Participant(
        String id,
        @Doc(oneOf = {"user", "agent"}) String kind,
        String role,
        @Nullable String framework,
        @Doc(oneOf = {"active", "waiting", "busy", "left"}) String status,
        Instant joinedAt,
        @Nullable Instant leftAt,
        @Doc(type = "array") @Nullable RawJson capabilities,
        @Doc(type = "object") @Nullable RawJson metadata) {
    /** Kind of a person. */
    public static final String USER = "user";

    /** Kind of an agent. */
    public static final String AGENT = "agent";

    /** Status of one who takes part. */
    public static final String ACTIVE = "active";

    /** Status of one who does not take part any more. */
    public static final String LEFT = "left";

    /** Whether they take part now. */
    public boolean present() {
        return !LEFT.equals(status);
    }
}
