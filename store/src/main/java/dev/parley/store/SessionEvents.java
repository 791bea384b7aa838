package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.Session;
import org.jspecify.annotations.Nullable;

/** The first entry of every log. Pure; any thread. */
public final class SessionEvents {
    /** Wire name of a log's first entry. */
    public static final String CREATED = "session.created";

    /** Wire name of a message. */
    public static final String MESSAGE = "message";

    private SessionEvents() {}

    /** The body of {@code session.created}: {@code {agentId?, userId?, createdBy, name?, createdAt}}. */
    public static RawJson created(Session document) {
        StringBuilder json = new StringBuilder(192).append('{');
        member(json, "agentId", document.agentId());
        member(json, "userId", document.userId());
        member(json, "createdBy", document.createdBy());
        member(json, "name", document.name());
        member(json, "createdAt", WireTime.format(document.createdAt().toEpochMilli()));
        json.setCharAt(json.length() - 1, '}');
        return RawJson.of(json.toString());
    }

    private static void member(StringBuilder json, String name, @Nullable String value) {
        if (value != null) {
            json.append('"')
                    .append(name)
                    .append("\":")
                    .append(JsonStrings.quote(value))
                    .append(',');
        }
    }
}
