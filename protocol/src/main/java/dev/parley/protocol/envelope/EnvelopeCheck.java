package dev.parley.protocol.envelope;

import dev.parley.protocol.Form;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Rules;
import dev.parley.protocol.envelope.Envelope.MessageType;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an envelope's payload and metadata have to be, by what the envelope is for. */
final class EnvelopeCheck implements Rules.Check {
    /** An envelope lies within a task within a list within an answer, and has to be read there. */
    private static final int DEEPEST = 100;

    private static final int MOST_PAYLOAD = 64 << 10;
    private static final int MOST_METADATA = 10 << 10;

    private static final double FULL = 100;
    private static final Set<String> HEALTHS = Set.of("\"healthy\"", "\"degraded\"", "\"unhealthy\"");

    record PayloadOfUpdate(@Nullable RawJson progress) {}

    record PayloadOfBeat(@Nullable RawJson health, @Nullable RawJson load) {}

    @SuppressWarnings("MemberName") // the wire's names
    record Metadata(@Nullable RawJson task_id, @Nullable RawJson attempt) {}

    private static final Pattern TURN = Pattern.compile("[1-9][0-9]{0,8}");

    @Override
    public void check(Map<String, Object> members, Rules.Binding binding) {
        MessageType type = (MessageType) members.get("message_type");
        RawJson payload = (RawJson) members.get("payload");
        if (payload != null && isBounded("payload", payload, MOST_PAYLOAD, binding) && payload.isObject()) {
            if (type == MessageType.STATUS_UPDATE) {
                update(payload, binding);
            } else if (type == MessageType.HEARTBEAT) {
                beat(payload, binding);
            }
        }
        boolean needsTask = type != null && type != MessageType.TASK_REQUEST && type != MessageType.HEARTBEAT;
        metadata((RawJson) members.get("metadata"), needsTask, binding);
    }

    private static void update(RawJson payload, Rules.Binding binding) {
        PayloadOfUpdate said = decode("payload", payload, PayloadOfUpdate.class, binding);
        if (said != null && said.progress() != null && !isWithin(said.progress(), FULL)) {
            binding.wrong(said.progress(), "a number from 0 to 100", "payload", "progress");
        }
    }

    private static void beat(RawJson payload, Rules.Binding binding) {
        PayloadOfBeat said = decode("payload", payload, PayloadOfBeat.class, binding);
        if (said == null) {
            return;
        }
        if (said.health() != null && !HEALTHS.contains(said.health().toString())) {
            binding.wrong(said.health(), "healthy, degraded or unhealthy", "payload", "health");
        }
        if (said.load() != null && !isWithin(said.load(), 1)) {
            binding.wrong(said.load(), "a number from 0 to 1", "payload", "load");
        }
    }

    private static void metadata(@Nullable RawJson metadata, boolean needsTask, Rules.Binding binding) {
        if (metadata == null) {
            if (needsTask) {
                binding.missing("metadata", "task_id");
            }
            return;
        }
        if (!metadata.isObject()) {
            binding.wrong(metadata, "an object", "metadata");
            return;
        }
        if (!isBounded("metadata", metadata, MOST_METADATA, binding) || !needsTask) {
            return;
        }
        Metadata said = decode("metadata", metadata, Metadata.class, binding);
        if (said == null) {
            return;
        }
        RawJson taskId = said.task_id();
        if (taskId == null) {
            binding.missing("metadata", "task_id");
        } else if (!isId(taskId)) {
            binding.wrong(taskId, Form.Kind.ID.expected(), "metadata", "task_id");
        }
        RawJson attempt = said.attempt();
        if (attempt != null && !TURN.matcher(attempt.toString()).matches()) {
            binding.wrong(attempt, "a whole number from 1", "metadata", "attempt");
        }
    }

    /** No id needs an escape, so that what is written with one is none. */
    private static boolean isId(RawJson value) {
        String json = value.toString();
        return json.startsWith("\"") && Form.Kind.ID.accepts(json.substring(1, json.length() - 1));
    }

    private static boolean isWithin(RawJson value, double most) {
        byte first = value.array()[value.offset()];
        if (first != '-' && (first < '0' || first > '9')) {
            return false;
        }
        double number = Double.parseDouble(value.toString());
        return number >= 0 && number <= most;
    }

    private static boolean isBounded(String field, RawJson value, int most, Rules.Binding binding) {
        if (value.length() > most) {
            binding.tooLarge(value, most, field);
            return false;
        }
        int depth = binding.depth(value);
        if (depth > DEEPEST) {
            binding.wrong(value, "JSON of at most " + DEEPEST + " levels within each other", field);
        }
        return depth <= DEEPEST;
    }

    /** Null when a member is given twice, which is noted then. */
    private static <R> @Nullable R decode(String field, RawJson value, Class<R> type, Rules.Binding binding) {
        try {
            return binding.members(value, type);
        } catch (ProtocolException twice) {
            binding.wrong(value, "an object whose members are given only once", field);
            return null;
        }
    }
}
