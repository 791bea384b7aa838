package dev.parley.gateway.envelope;

import dev.parley.gateway.session.JsonValues;
import dev.parley.protocol.Form;
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

/** What the members of an envelope say, which was looked at when it was bound. Pure; any thread. */
final class EnvelopeRules {
    private static final long DEFAULT_TIMEOUT_MILLIS = 300_000;
    private static final long RETRY_DELAY_MILLIS = 1_000;
    private static final int LONGEST_TASK_TYPE = 200;

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

    /** Milliseconds of each turn. */
    static long timeoutMillis(Envelope envelope) {
        Routing routing = envelope.routing();
        String given = routing == null ? null : routing.timeout();
        return given == null ? DEFAULT_TIMEOUT_MILLIS : Form.Kind.millis(given);
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
        return payload.isObject()
                ? BodyCodec.decode(payload, PayloadOfUpdate.class).progress()
                : null;
    }

    /** What a heartbeat says of its sender. */
    static Beat beat(Envelope envelope) {
        RawJson payload = envelope.payload();
        return payload.isObject() ? BodyCodec.decode(payload, Beat.class) : new Beat(null, null);
    }

    /** The members of a request's payload that choose its recipient, of whatever type. */
    @SuppressWarnings("MemberName") // the wire's names
    record PayloadOfRequest(
            @Nullable RawJson task_type,
            @Nullable RawJson required_capabilities,
            @Nullable RawJson preferred_framework) {}

    record PayloadOfUpdate(@Nullable Double progress) {}

    record Values(List<RawJson> values) {}
}
