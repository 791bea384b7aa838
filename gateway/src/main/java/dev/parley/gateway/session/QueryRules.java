package dev.parley.gateway.session;

import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog;
import dev.parley.store.SessionStore;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Params of queries as the store takes them: limits are lenient, everything else is not. Pure; any thread. */
final class QueryRules {
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 100;
    private static final String STATUSES =
            "one or several of created, active, suspended, expired, completed, abandoned, error, terminated";

    private QueryRules() {}

    private record Texts(List<String> values) {}

    /** A page of sessions: those that concern the caller, or for a trusted one all of the workspace. */
    static SessionStore.SessionQuery sessions(Caller caller, SessionParams.Query params) {
        String workspaceId = params.workspaceId();
        if (workspaceId != null && !workspaceId.equals(caller.workspaceId())) {
            throw Problems.forbidden("Your credential is for another workspace; leave out workspaceId.");
        }
        return new SessionStore.SessionQuery(
                caller.workspaceId(),
                caller.trusted() ? null : caller.id(),
                params.userId(),
                params.agentId(),
                statuses(params.status()),
                params.surfaceId(),
                instant("activeAfter", params.activeAfter()),
                params.cursor(),
                limit(params.limit()));
    }

    /** A page of messages, as the caller may see them. */
    static EventLog.HistoryQuery history(Caller caller, SessionParams.History params) {
        return new EventLog.HistoryQuery(
                params.sessionId(),
                SessionAccess.viewer(caller),
                whole("beforeSeq", params.beforeSeq()),
                whole("afterSeq", params.afterSeq()),
                whole("before", params.before()),
                whole("after", params.after()),
                limit(params.limit()));
    }

    /** 1 to 100; what is out of range is clamped, what is no number is 50. */
    static int limit(@Nullable RawJson given) {
        double number = JsonValues.number(given);
        return Double.isNaN(number) ? DEFAULT_LIMIT : (int) Math.max(1, Math.min(number, MAX_LIMIT));
    }

    private static @Nullable Long whole(String field, @Nullable RawJson given) {
        if (given == null) {
            return null;
        }
        double number = JsonValues.number(given);
        if (Double.isNaN(number) || number != Math.rint(number)) {
            throw Problems.invalid(
                    field,
                    JsonValues.shown(given),
                    field.endsWith("Seq") ? "a whole number" : "a whole number of milliseconds since 1970");
        }
        return (long) number;
    }

    private static @Nullable Long instant(String field, @Nullable RawJson given) {
        if (given == null) {
            return null;
        }
        double number = JsonValues.number(given);
        if (!Double.isNaN(number) && number == Math.rint(number)) {
            return (long) number;
        }
        String text = JsonValues.text(given);
        try {
            if (text != null) {
                return Instant.parse(text).toEpochMilli();
            }
        } catch (DateTimeException | ArithmeticException e) {
            // Told below, like what is no text.
        }
        throw Problems.invalid(
                field,
                JsonValues.shown(given),
                "an ISO-8601 instant such as 2026-01-31T23:59:59.007Z, or milliseconds");
    }

    /** The statuses named by a text with commas, or a list of such texts; none when nothing is given. */
    private static Set<SessionStatus> statuses(@Nullable RawJson given) {
        if (given == null) {
            return Set.of();
        }
        List<String> texts;
        String single = JsonValues.text(given);
        if (single != null) {
            texts = List.of(single);
        } else if (JsonValues.isArray(given)) {
            texts = BodyCodec.decode(RawJson.of("{\"values\":" + given + "}"), Texts.class)
                    .values();
        } else {
            throw Problems.invalid("status", JsonValues.shown(given), STATUSES);
        }
        EnumSet<SessionStatus> statuses = EnumSet.noneOf(SessionStatus.class);
        for (String text : texts) {
            for (String name : text.split(",", -1)) {
                String trimmed = name.strip();
                SessionStatus status = SessionStatus.ofWireName(trimmed);
                if (status == null && !trimmed.isEmpty()) {
                    throw Problems.invalid("status", JsonValues.shown(given), STATUSES);
                }
                if (status != null) {
                    statuses.add(status);
                }
            }
        }
        return statuses;
    }
}
