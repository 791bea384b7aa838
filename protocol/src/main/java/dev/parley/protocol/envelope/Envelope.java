package dev.parley.protocol.envelope;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import dev.parley.protocol.Rules;
import dev.parley.protocol.Within;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an agent writes to another, of whatever framework. Its members are named as that format names them.
 *
 * @param message_id made once by the sender; a repeat is answered as the first time
 * @param recipient null, or without an id, to have the gateway choose
 * @param priority medium when left out
 * @param payload any JSON value
 * @param metadata object; {@code task_id} in it names the task that this is about
 */
@Rules(EnvelopeCheck.class)
@SuppressWarnings("MemberName") // the wire's names
public record Envelope(
        @Required @Form(Kind.MESSAGE_ID) String message_id,
        @Required Instant timestamp,
        @Required Sender sender,
        @Nullable Recipient recipient,
        @Required MessageType message_type,
        @Nullable Priority priority,

        @Doc("any JSON value, up to 64 KiB") @Required @ExplicitNull
        RawJson payload,

        @Nullable Routing routing,

        @Doc(value = "up to 10 KiB; task_id in it names the task that this is about", type = "object") @Nullable RawJson metadata) {
    /** All but the payload, to another recipient, with other metadata. */
    public Head to(Recipient changed, RawJson changedMetadata) {
        return new Head(message_id, timestamp, sender, changed, message_type, priority, routing, changedMetadata);
    }

    /** An envelope but for its payload. */
    @SuppressWarnings("MemberName") // the wire's names
    public record Head(
            String message_id,
            Instant timestamp,
            Sender sender,
            Recipient recipient,
            MessageType message_type,
            @Nullable Priority priority,
            @Nullable Routing routing,
            RawJson metadata) {}

    /** What an envelope is for. */
    public enum MessageType {
        /** Makes a task of the recipient's. */
        TASK_REQUEST,
        /** Completes a task; the payload is its result. */
        TASK_RESPONSE,
        /** Tells how far a task is. */
        STATUS_UPDATE,
        /** Has a task fail; the payload says why. */
        ERROR,
        /** Tells that the sender lives. */
        HEARTBEAT;

        /** The name on the wire. */
        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How urgent an envelope is. */
    public enum Priority {
        LOW,
        MEDIUM,
        HIGH,
        CRITICAL;

        /** The name on the wire. */
        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether the sender waits for the response. */
    public enum DeliveryMode {
        ASYNC,
        SYNC;

        /** The name on the wire. */
        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How waits between retries grow. */
    public enum Backoff {
        LINEAR,
        EXPONENTIAL;

        /** The name on the wire. */
        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How one of several agents is chosen. */
    public enum Strategy {
        /** One after another, in the order of their ids. */
        ROUND_ROBIN,
        /** The one with the fewest tasks in progress, then the least load. */
        LEAST_LOADED,
        /** Any. */
        RANDOM,
        /** The best by success rate, load, match of task type and response time. */
        PRIORITY;

        /** The name on the wire. */
        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Who writes.
     *
     * @param session_id the session that a task belongs to
     */
    @SuppressWarnings("MemberName") // the wire's names
    public record Sender(
            @Required @Form(Kind.ID) String agent_id,
            @Form(Kind.NAME) @Nullable String framework,
            @Form(Kind.ID) @Nullable String session_id) {}

    /**
     * Who is written to.
     *
     * @param agent_id null to have the gateway choose
     */
    @SuppressWarnings("MemberName") // the wire's names
    public record Recipient(
            @Form(Kind.ID) @Nullable String agent_id,
            @Form(Kind.NAME) @Nullable String framework) {}

    /**
     * What is to be done to get an answer.
     *
     * @param timeout of each turn; 5 minutes when left out
     * @param strategy how the recipient is chosen when none is named; the gateway's own when left out
     */
    @SuppressWarnings("MemberName") // the wire's names
    public record Routing(
            @Doc("1ms to 24h, such as 250ms, 300s, 5m or 1h; of each turn") @Form(Kind.DURATION) @Nullable String timeout,

            @Nullable RetryPolicy retry_policy,

            @Doc("up to 10; each gets a turn, in this order") @Form(Kind.ID) @Within(most = 10) @Nullable List<String> fallback_agents,

            @Nullable DeliveryMode delivery_mode,
            @Nullable Strategy strategy) {}

    /** How often the recipient gets another turn. */
    @SuppressWarnings("MemberName") // the wire's names
    public record RetryPolicy(
            @Doc("0 to 10") @Within(most = 10) @Nullable Long max_retries,
            @Nullable Backoff backoff) {}
}
