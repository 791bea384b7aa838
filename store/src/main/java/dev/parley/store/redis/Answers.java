package dev.parley.store.redis;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.protocol.task.Task;
import dev.parley.store.DeadlineEvents;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what functions answer and what the feed tells. Pure; any thread. */
final class Answers {
    static final String OK = "OK";
    static final String NOT_FOUND = "NOT_FOUND";
    static final String MOVED = "MOVED";
    static final String TAKEN = "TAKEN";
    static final String EXISTS = "EXISTS";
    static final String CONFLICT = "CONFLICT";

    /** As the server numbers them; their order is part of what is stored. */
    static final List<SessionStatus> STATUSES = List.of(SessionStatus.values());

    private Answers() {}

    /** A state, and the number of the change that made it. */
    record Numbered(SessionState state, long change) {}

    /** A session, and the number of its last change. */
    record Loaded(StoredSession session, long change) {}

    /** The first element, which tells what the others are. */
    static String code(List<Object> answer) {
        return text(answer.get(0));
    }

    static String text(Object element) {
        return element instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : element.toString();
    }

    static long number(Object element) {
        return element instanceof Long number ? number : Long.parseLong(text(element));
    }

    /** A number; the highest where there is none. */
    static long numberOrNever(Object element) {
        String text = text(element);
        return text.isEmpty() ? Long.MAX_VALUE : Long.parseLong(text);
    }

    @SuppressWarnings("unchecked") // the driver makes lists of nothing else
    static List<Object> list(Object element) {
        return (List<Object>) element;
    }

    static List<String> texts(Object element) {
        List<String> texts = new ArrayList<>();
        for (Object text : list(element)) {
            texts.add(text(text));
        }
        return texts;
    }

    /** The refusal that an answer is; null when it is none. */
    static @Nullable StoreException refusal(List<Object> answer, String what) {
        return switch (code(answer)) {
            case OK -> null;
            case NOT_FOUND, MOVED -> new StoreException.NotFound(what);
            case CONFLICT, TAKEN -> new StoreException.Conflict(what);
            case "ENDED" -> new StoreException.Ended(STATUSES.get((int) number(answer.get(1))), number(answer.get(2)));
            case "VERSION_CONFLICT" -> new StoreException.VersionConflict(number(answer.get(1)));
            case "STALE_MEMBERSHIP" -> new StoreException.StaleMembership();
            case "MESSAGE_CONFLICT" -> new StoreException.MessageConflict(what);
            case "OUT_OF_ORDER" -> new StoreException.OutOfOrder(what);
            case "LATE" ->
                new StoreException.Unavailable(
                        what + " was connected by a later call that came before this one", false);
            case "TASK_FINISHED" -> new StoreException.TaskFinished(Task.STATUSES.get((int) number(answer.get(1))));
            case "NOT_YOUR_TURN" ->
                new StoreException.NotYourTurn(text(answer.get(1)), number(answer.get(2)), number(answer.get(3)) == 1);
            case "RESTING" -> new StoreException.Resting(text(answer.get(1)));
            case "FULL" -> new StoreException.Full(text(answer.get(1)));
            case "NOTHING_TO_GAIN" -> new StoreException.NothingToGain(number(answer.get(1)));
            default -> throw new IllegalStateException("a function answered " + code(answer));
        };
    }

    /** A session of the elements of an answer from an index on: state, plan, document. */
    static Loaded session(String sessionId, List<Object> answer, int from) {
        Numbered numbered = state(new Packed((byte[]) answer.get(from)));
        DeadlinePlan plan = plan(new Packed((byte[]) answer.get(from + 1)));
        Session document = Documents.decode(sessionId, (byte[]) answer.get(from + 2));
        SessionState state = numbered.state();
        if (state.status() == SessionStatus.EXPIRED && document.end() == null) {
            document = document.withEnd(new SessionEnd(
                    SessionStatus.EXPIRED,
                    Instant.ofEpochMilli(state.expiresAt()),
                    SessionEnd.SYSTEM,
                    DeadlineEvents.cause(state.expiresAt(), plan),
                    null,
                    null,
                    null));
        }
        return new Loaded(new StoredSession(document, plan, state), numbered.change());
    }

    static Numbered state(Packed packed) {
        packed.array();
        SessionStatus status = STATUSES.get((int) packed.number());
        long statusChangedAt = packed.number();
        long updatedAt = packed.number();
        long lastActivity = packed.number();
        long expiresAt = packed.number();
        long renewedAt = packed.number();
        long renewalCount = packed.number();
        long rung = packed.number();
        long version = packed.number();
        long head = packed.number();
        String epoch = packed.text();
        SessionState state = new SessionState(
                status,
                statusChangedAt,
                updatedAt,
                lastActivity,
                expiresAt,
                renewedAt,
                renewalCount,
                rung,
                version,
                epoch,
                head);
        return new Numbered(state, packed.number());
    }

    /** The same state as it was right after an entry. */
    static SessionState withHead(SessionState state, long head) {
        return state.head() == head
                ? state
                : new SessionState(
                        state.status(),
                        state.statusChangedAt(),
                        state.updatedAt(),
                        state.lastActivity(),
                        state.expiresAt(),
                        state.renewedAt(),
                        state.renewalCount(),
                        state.rung(),
                        state.version(),
                        state.epoch(),
                        head);
    }

    static LoggedEvent entry(String sessionId, String epoch, byte[] entry) {
        Packed packed = new Packed(entry);
        packed.array();
        long seq = packed.number();
        long at = packed.number();
        String type = packed.text();
        String author = packed.optional();
        String to = packed.optional();
        String messageId = packed.optional();
        String origin = packed.optional();
        RawJson body = packed.json();
        if (!body.isObject()) {
            body = deadlineBody(type, body.toString());
        }
        return new LoggedEvent(sessionId, epoch, seq, at, type, author, to, messageId, origin, body);
    }

    static List<LoggedEvent> entries(String sessionId, String epoch, Object element) {
        List<LoggedEvent> entries = new ArrayList<>();
        for (Object entry : list(element)) {
            entries.add(entry(sessionId, epoch, (byte[]) entry));
        }
        return entries;
    }

    /** The two texts of a plan, as functions read them. */
    static Args planArgs(DeadlinePlan plan) {
        StringBuilder rungs = new StringBuilder();
        for (long rung : plan.rungMillis()) {
            rungs.append(rungs.isEmpty() ? "" : ",").append(rung);
        }
        return Args.of(
                plan.timeoutMillis() + "," + plan.maxEndAt() + "," + (plan.autoRenew() ? 1 : 0) + ","
                        + (plan.suspendOnIdle() ? 1 : 0),
                rungs.toString());
    }

    private static DeadlinePlan plan(Packed packed) {
        packed.array();
        long timeoutMillis = packed.number();
        long maxEndAt = packed.number();
        boolean autoRenew = packed.number() == 1;
        boolean suspendOnIdle = packed.number() == 1;
        List<Long> rungMillis = new ArrayList<>();
        for (int left = packed.array(); left > 0; left--) {
            rungMillis.add(packed.number());
        }
        return new DeadlinePlan(timeoutMillis, maxEndAt, autoRenew, suspendOnIdle, List.copyOf(rungMillis));
    }

    /** The text of an entry that a deadline made: the functions know its numbers only. */
    private static RawJson deadlineBody(String type, String numbers) {
        String[] parts = numbers.split(" ", 3);
        String name = parts[2].isEmpty() ? null : Json.MAPPER.readValue(parts[2], String.class);
        long at = Long.parseLong(parts[0]);
        return type.equals(DeadlineEvents.SUSPENDED)
                ? DeadlineEvents.suspended(name, at, Long.parseLong(parts[1]))
                : DeadlineEvents.expired(name, at, parts[1]);
    }
}
