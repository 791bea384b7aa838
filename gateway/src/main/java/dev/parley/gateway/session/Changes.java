package dev.parley.gateway.session;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.Workflow;
import dev.parley.store.DeadlineEvents;
import dev.parley.store.NewEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The events that changes of a session log; their bodies are the params of the pushes. */
final class Changes {
    /** The cause of an expiry that somebody asked for; those of deadlines are {@code idle} and {@code max-duration}. */
    static final String EXPLICIT = "explicit";

    private Changes() {}

    private record Updated(long version, List<String> changed, String by) {}

    private record Ended(SessionEnd end) {}

    private record Moved(Participant participant) {}

    private record Advanced(@Nullable String from, String to, Workflow workflow) {}

    private record Context(
            long version, @Nullable RawJson patch, @Nullable RawJson context, String by) {}

    /** {@code session.updated}: which field changed, and the version that this made. */
    static NewEvent updated(long version, String changed, String by) {
        return new NewEvent(
                EventTypes.SESSION_UPDATED, BodyCodec.encode(new Updated(version, List.of(changed), by)), by);
    }

    /** {@code participant.joined}. */
    static NewEvent joined(Participant participant, String by) {
        return new NewEvent(EventTypes.PARTICIPANT_JOINED, BodyCodec.encode(new Moved(participant)), by);
    }

    /** {@code participant.left}. */
    static NewEvent left(Participant participant, String by) {
        return new NewEvent(EventTypes.PARTICIPANT_LEFT, BodyCodec.encode(new Moved(participant)), by);
    }

    /** {@code workflow.advanced}; {@code from} is null when there was no workflow. */
    static NewEvent advanced(@Nullable String from, Workflow workflow, String by) {
        return new NewEvent(
                EventTypes.WORKFLOW_ADVANCED,
                BodyCodec.encode(new Advanced(from, workflow.currentStep(), workflow)),
                by);
    }

    /** {@code context.updated} by a replacement. */
    static NewEvent contextReplaced(long version, RawJson context, String by) {
        return new NewEvent(EventTypes.CONTEXT_UPDATED, BodyCodec.encode(new Context(version, null, context, by)), by);
    }

    /** {@code context.updated} by a merge patch. */
    static NewEvent contextPatched(long version, RawJson patch, String by) {
        return new NewEvent(EventTypes.CONTEXT_UPDATED, BodyCodec.encode(new Context(version, patch, null, by)), by);
    }

    /** {@code session.ended}. */
    static NewEvent ended(SessionEnd end) {
        return new NewEvent(EventTypes.SESSION_ENDED, BodyCodec.encode(new Ended(end)), end.by());
    }

    /** {@code session.expired} of an expiry that somebody asked for: the members of a deadline's, with a cause of its own. */
    static NewEvent expired(@Nullable String name, SessionEnd end) {
        return new NewEvent(
                DeadlineEvents.EXPIRED, DeadlineEvents.expired(name, end.at().toEpochMilli(), EXPLICIT), end.by());
    }
}
