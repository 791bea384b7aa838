package dev.parley.gateway.session;

import dev.parley.protocol.Form;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.protocol.task.TaskParams;
import dev.parley.store.StoreException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a task may be, and what may be said of it. Pure; any thread. */
final class TaskRules {
    static final long DEFAULT_TIMEOUT_MS = 300_000;
    private static final long MAX_TIMEOUT_MS = 86_400_000;
    private static final long MAX_RETRIES = 10;
    private static final long DEFAULT_DELAY_MS = 1_000;
    private static final long MAX_DELAY_MS = 3_600_000;
    private static final int MAX_FALLBACKS = 10;
    private static final int MAX_PAYLOAD = 64 << 10;
    private static final int MAX_ERROR = 16 << 10;

    /** A value may lie so deep that it can still be read where it is told, within a list within an answer. */
    private static final int MAX_DEPTH = 100;

    private static final List<String> UPDATES = List.of(Task.IN_PROGRESS, Task.COMPLETED, Task.FAILED);

    private TaskRules() {}

    private record Texts(List<String> values) {}

    static String taskType(String given) {
        if (given.isBlank()) {
            throw Problems.invalid("taskType", given, "a text that is not blank");
        }
        return given;
    }

    static String priority(@Nullable String given) {
        if (given == null) {
            return "medium";
        }
        if (!Task.PRIORITIES.contains(given)) {
            throw Problems.invalid("priority", given, "low, medium, high or critical");
        }
        return given;
    }

    static long timeoutMs(@Nullable Long given) {
        return given == null ? DEFAULT_TIMEOUT_MS : ranged("timeoutMs", given, 1, MAX_TIMEOUT_MS);
    }

    static RetryPolicy retries(TaskParams.@Nullable Retries given) {
        if (given == null) {
            return new RetryPolicy(0, Task.EXPONENTIAL, DEFAULT_DELAY_MS);
        }
        Long retries = given.maxRetries();
        Long delay = given.initialDelayMs();
        String backoff = given.backoff() == null ? Task.EXPONENTIAL : given.backoff();
        if (!backoff.equals(Task.LINEAR) && !backoff.equals(Task.EXPONENTIAL)) {
            throw Problems.invalid("retryPolicy.backoff", backoff, "linear or exponential");
        }
        return new RetryPolicy(
                retries == null ? 0 : ranged("retryPolicy.maxRetries", retries, 0, MAX_RETRIES),
                backoff,
                delay == null ? DEFAULT_DELAY_MS : ranged("retryPolicy.initialDelayMs", delay, 0, MAX_DELAY_MS));
    }

    static List<String> fallbacks(@Nullable List<String> given) {
        if (given == null) {
            return List.of();
        }
        if (given.size() > MAX_FALLBACKS) {
            throw Problems.invalid("fallbackAgents", given.size(), "at most " + MAX_FALLBACKS + " agents");
        }
        for (String id : given) {
            if (id == null || !Form.Kind.ID.accepts(id)) {
                throw Problems.invalid("fallbackAgents", id, "ids of agents: " + Form.Kind.ID.expected());
            }
        }
        return List.copyOf(given);
    }

    /** What work is about, as it came, of a size and depth that it can be told. */
    static RawJson payload(String field, RawJson given) {
        return bounded(field, given, MAX_PAYLOAD);
    }

    static @Nullable RawJson result(@Nullable RawJson given) {
        return given == null ? null : bounded("result", given, MAX_PAYLOAD);
    }

    static @Nullable RawJson error(@Nullable RawJson given) {
        return given == null ? null : bounded("error", given, MAX_ERROR);
    }

    /** Refuses an update that says nothing, or what cannot be said. */
    static void check(TaskParams.Update update) {
        String status = update.status();
        if (status != null && !UPDATES.contains(status)) {
            throw Problems.invalid(
                    "status",
                    status,
                    "in_progress, completed or failed" + (status.equals(Task.CANCELLED) ? "; use task.cancel" : ""));
        }
        Double progress = update.progress();
        if (progress != null && !(progress >= 0 && progress <= 100)) {
            throw Problems.invalid("progress", progress, "a number from 0 to 100");
        }
        if (status == null && progress == null && update.result() == null && update.error() == null) {
            throw Problems.invalid("status", null, "given, or progress, result or error");
        }
        if (update.attempt() != null && update.attempt() < 1) {
            throw Problems.invalid("attempt", update.attempt(), "a whole number from 1");
        }
    }

    /** The statuses named by a text with commas, or a list of such texts; none when nothing is given. */
    static Set<String> statuses(@Nullable RawJson given) {
        Set<String> statuses = new LinkedHashSet<>();
        if (given == null) {
            return statuses;
        }
        String single = JsonValues.text(given);
        List<String> texts;
        if (single != null) {
            texts = List.of(single);
        } else if (JsonValues.isArray(given)) {
            texts = BodyCodec.decode(RawJson.of("{\"values\":" + given + "}"), Texts.class)
                    .values();
        } else {
            throw wrongStatus(given);
        }
        for (String text : texts) {
            for (String name : text.split(",", -1)) {
                String status = name.strip();
                if (!status.isEmpty() && !Task.STATUSES.contains(status)) {
                    throw wrongStatus(given);
                }
                if (!status.isEmpty()) {
                    statuses.add(status);
                }
            }
        }
        return statuses;
    }

    /** What an agent is told whose update is not of the present turn. */
    static ProtocolException notYourTurn(StoreException.NotYourTurn turn, boolean isAnonymous) {
        if (isAnonymous && turn.isHeld()) {
            return Problems.invalid(
                    "attempt",
                    null,
                    "given, as the task is past its first turn: " + turn.attempt() + " is under way, of "
                            + turn.agentId());
        }
        return Problems.forbidden(
                        turn.isHeld()
                                ? "It is not your turn at this task: attempt " + turn.attempt() + " of "
                                        + turn.agentId() + " is under way."
                                : "Your turn at this task is over; wait for task.assigned, if there is another one.")
                .with("delegatee", turn.agentId())
                .with("attempt", turn.attempt());
    }

    private static long ranged(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw Problems.invalid(field, value, "a whole number from " + least + " to " + most);
        }
        return value;
    }

    private static RawJson bounded(String field, RawJson given, int most) {
        // As it came, so that no number is changed.
        if (given.length() > most) {
            throw Problems.tooLarge(field, given.length(), most);
        }
        if (JsonValues.depth(given) > MAX_DEPTH) {
            throw Problems.invalid(field, null, "nested at most " + MAX_DEPTH + " deep");
        }
        return given.compact();
    }

    private static ProtocolException wrongStatus(RawJson given) {
        return Problems.invalid(
                "status", JsonValues.shown(given), "one or several of " + String.join(", ", Task.STATUSES));
    }
}
