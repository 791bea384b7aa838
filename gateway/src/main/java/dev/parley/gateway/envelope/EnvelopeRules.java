package dev.parley.gateway.envelope;

import dev.parley.gateway.session.JsonValues;
import dev.parley.gateway.session.Problems;
import dev.parley.gateway.session.Problems.Wrong;
import dev.parley.protocol.Form;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.envelope.Envelope;
import dev.parley.protocol.envelope.Envelope.Backoff;
import dev.parley.protocol.envelope.Envelope.DeliveryMode;
import dev.parley.protocol.envelope.Envelope.MessageType;
import dev.parley.protocol.envelope.Envelope.Priority;
import dev.parley.protocol.envelope.Envelope.Routing;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an envelope may be, beyond the types of its members; all that will not do is told at once. Pure; any thread. */
final class EnvelopeRules {
    private static final long DEFAULT_TIMEOUT_MILLIS = 300_000;
    private static final long MAX_TIMEOUT_MILLIS = 86_400_000;
    private static final long MAX_RETRIES = 10;
    private static final int MAX_FALLBACKS = 10;
    private static final long RETRY_DELAY_MILLIS = 1_000;
    private static final int MAX_PAYLOAD = 64 << 10;
    private static final int MAX_METADATA = 10 << 10;

    /** An envelope lies within a task within a list within an answer, and has to be read there. */
    private static final int DEEPEST = 100;

    private static final int LONGEST_TASK_TYPE = 200;
    private static final double FULL = 100;

    private EnvelopeRules() {}

    /** What metadata says about a task. */
    @SuppressWarnings("MemberName") // the wire's names
    record About(@Nullable String task_id, @Nullable Long attempt) {}

    /**
     * What a payload wants of whoever is chosen.
     *
     * @param taskType of the task; null when it says none
     */
    record Wants(
            @Nullable String taskType,
            List<String> capabilities,
            @Nullable String framework) {}

    /** What a heartbeat says. */
    record Beat(@Nullable String health, @Nullable Double load) {}

    /** Refuses what no envelope may be. */
    static void check(Envelope envelope) {
        List<Wrong> wrongs = new ArrayList<>();
        payload(envelope.payload(), wrongs);
        Routing routing = envelope.routing();
        if (routing != null) {
            routing(routing, wrongs);
        }
        metadata(envelope, wrongs);
        if (!wrongs.isEmpty()) {
            throw Problems.invalid(wrongs);
        }
    }

    /** Milliseconds of each turn. */
    static long timeoutMillis(Envelope envelope) {
        Routing routing = envelope.routing();
        String given = routing == null ? null : routing.timeout();
        return given == null ? DEFAULT_TIMEOUT_MILLIS : Durations.millis(given);
    }

    /** Whether the envelope says how long it may wait. */
    static boolean mayWait(Envelope envelope) {
        return envelope.routing() != null && envelope.routing().timeout() != null;
    }

    /** Whether its sender waits for the response. */
    static boolean isSync(Envelope envelope) {
        return envelope.routing() != null && envelope.routing().delivery_mode() == DeliveryMode.SYNC;
    }

    /** How often the first recipient gets another turn. */
    static RetryPolicy retries(Envelope envelope) {
        Envelope.RetryPolicy given =
                envelope.routing() == null ? null : envelope.routing().retry_policy();
        long most = given == null || given.max_retries() == null ? 0 : given.max_retries();
        boolean isLinear = given != null && given.backoff() == Backoff.LINEAR;
        return new RetryPolicy(most, isLinear ? Task.LINEAR : Task.EXPONENTIAL, RETRY_DELAY_MILLIS);
    }

    /** Who gets turns after the first recipient. */
    static List<String> fallbacks(Envelope envelope) {
        Routing routing = envelope.routing();
        return routing == null ? List.of() : Objects.requireNonNullElse(routing.fallback_agents(), List.of());
    }

    static String priority(Envelope envelope) {
        return Objects.requireNonNullElse(envelope.priority(), Priority.MEDIUM).wireName();
    }

    /** What metadata says about a task; nothing without metadata. */
    static About about(Envelope envelope) {
        RawJson metadata = envelope.metadata();
        return metadata == null ? new About(null, null) : BodyCodec.decode(metadata, About.class);
    }

    /** What whoever is chosen has to be or know. */
    static Wants wants(Envelope envelope) {
        RawJson payload = envelope.payload();
        PayloadOfRequest said = payload.isObject()
                ? BodyCodec.decode(payload, PayloadOfRequest.class)
                : new PayloadOfRequest(null, null, null);
        String type = JsonValues.text(said.task_type());
        String framework = JsonValues.text(said.preferred_framework());
        if (framework == null && envelope.recipient() != null) {
            framework = envelope.recipient().framework();
        }
        List<String> capabilities = new ArrayList<>();
        if (said.required_capabilities() != null && JsonValues.isArray(said.required_capabilities())) {
            RawJson wrapped = RawJson.of("{\"values\":" + said.required_capabilities() + "}");
            BodyCodec.decode(wrapped, Values.class).values().forEach(value -> {
                String name = JsonValues.text(value);
                if (name != null) {
                    capabilities.add(name);
                }
            });
        }
        return new Wants(type, List.copyOf(capabilities), framework);
    }

    /** The type of the task that a request makes. */
    static String taskType(Envelope envelope) {
        String type = wants(envelope).taskType();
        return type == null || type.isBlank() || type.length() > LONGEST_TASK_TYPE
                ? MessageType.TASK_REQUEST.wireName()
                : type;
    }

    /** The progress that a status update tells; null when it tells none. */
    static @Nullable Double progress(Envelope envelope) {
        RawJson payload = envelope.payload();
        RawJson given = payload.isObject()
                ? BodyCodec.decode(payload, PayloadOfUpdate.class).progress()
                : null;
        if (given == null) {
            return null;
        }
        double progress = JsonValues.isText(given) ? Double.NaN : JsonValues.number(given);
        if (!(progress >= 0 && progress <= FULL)) {
            throw Problems.invalid("payload.progress", JsonValues.shown(given), "a number from 0 to 100");
        }
        return progress;
    }

    /** What a heartbeat says of its sender. */
    static Beat beat(Envelope envelope) {
        RawJson payload = envelope.payload();
        Beat beat = payload.isObject() ? BodyCodec.decode(payload, Beat.class) : new Beat(null, null);
        List<Wrong> wrongs = new ArrayList<>();
        if (beat.health() != null
                && !List.of("healthy", "degraded", "unhealthy").contains(beat.health())) {
            wrongs.add(new Wrong("payload.health", beat.health(), "healthy, degraded or unhealthy"));
        }
        if (beat.load() != null && !(beat.load() >= 0 && beat.load() <= 1)) {
            wrongs.add(new Wrong("payload.load", beat.load(), "a number from 0 to 1"));
        }
        if (!wrongs.isEmpty()) {
            throw Problems.invalid(wrongs);
        }
        return beat;
    }

    /** The members of a request's payload that choose its recipient, of whatever type. */
    @SuppressWarnings("MemberName") // the wire's names
    record PayloadOfRequest(
            @Nullable RawJson task_type,
            @Nullable RawJson required_capabilities,
            @Nullable RawJson preferred_framework) {}

    record PayloadOfUpdate(@Nullable RawJson progress) {}

    record Values(List<RawJson> values) {}

    private static void payload(RawJson payload, List<Wrong> wrongs) {
        if (payload.length() > MAX_PAYLOAD) {
            throw Problems.tooLarge("payload", payload.length(), MAX_PAYLOAD);
        }
        deep("payload", payload, wrongs);
    }

    private static void routing(Routing routing, List<Wrong> wrongs) {
        if (routing.timeout() != null) {
            long millis = Durations.millis(routing.timeout());
            if (millis < 1 || millis > MAX_TIMEOUT_MILLIS) {
                wrongs.add(new Wrong("routing.timeout", routing.timeout(), "a duration from 1ms to 24h"));
            }
        }
        Long retries =
                routing.retry_policy() == null ? null : routing.retry_policy().max_retries();
        if (retries != null && (retries < 0 || retries > MAX_RETRIES)) {
            wrongs.add(new Wrong("routing.retry_policy.max_retries", retries, "a whole number from 0 to 10"));
        }
        List<String> fallbacks = Objects.requireNonNullElse(routing.fallback_agents(), List.of());
        if (fallbacks.size() > MAX_FALLBACKS) {
            wrongs.add(new Wrong("routing.fallback_agents", fallbacks.size() + " agents", "at most 10 agents"));
            return;
        }
        for (int i = 0; i < fallbacks.size(); i++) {
            if (!Form.Kind.ID.accepts(fallbacks.get(i))) {
                wrongs.add(new Wrong(
                        "routing.fallback_agents[" + i + "]", shortened(fallbacks.get(i)), Form.Kind.ID.expected()));
            }
        }
    }

    private static void metadata(Envelope envelope, List<Wrong> wrongs) {
        RawJson metadata = envelope.metadata();
        MessageType type = envelope.message_type();
        boolean needsTask = type != MessageType.TASK_REQUEST && type != MessageType.HEARTBEAT;
        if (metadata == null) {
            if (needsTask) {
                wrongs.add(new Wrong("metadata.task_id", null, "given: the task that this is about"));
            }
            return;
        }
        if (!metadata.isObject()) {
            wrongs.add(new Wrong("metadata", JsonValues.shown(metadata), "an object"));
            return;
        }
        if (metadata.length() > MAX_METADATA) {
            throw Problems.tooLarge("metadata", metadata.length(), MAX_METADATA);
        }
        deep("metadata", metadata, wrongs);
        if (!needsTask) {
            return;
        }
        try {
            String taskId = about(envelope).task_id();
            if (taskId == null || !Form.Kind.ID.accepts(taskId)) {
                wrongs.add(new Wrong("metadata.task_id", taskId, "given: the task that this is about"));
            }
        } catch (ProtocolException wrong) {
            wrongs.add(new Wrong("metadata", JsonValues.shown(metadata), "an object with task_id, a text, in it"));
        }
    }

    private static void deep(String field, RawJson value, List<Wrong> wrongs) {
        int depth = JsonValues.depth(value);
        if (depth > DEEPEST) {
            wrongs.add(new Wrong(field, depth + " levels", "JSON of at most " + DEEPEST + " levels within each other"));
        }
    }

    private static String shortened(String text) {
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }
}
