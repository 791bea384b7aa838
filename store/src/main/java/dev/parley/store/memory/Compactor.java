package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.DeadlinePlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes what is kept small without changing what it says: equal strings, plans and lists are shared, JSON lets go of the
 * frame that it was cut from. Safe for use from any thread.
 */
final class Compactor {
    private final Interner<TimeoutConfig> timeouts = new Interner<>();
    private final Interner<List<Long>> rungs = new Interner<>();
    private final Interner<String> words = new Interner<>();

    DeadlinePlan plan(DeadlinePlan plan) {
        return new DeadlinePlan(
                plan.timeoutMillis(),
                plan.maxEndAt(),
                plan.autoRenew(),
                plan.suspendOnIdle(),
                rungs.intern(List.copyOf(plan.rungMillis())));
    }

    Session document(Session session, Workspace workspace) {
        String userId = session.userId() == null ? null : workspace.shared(session.userId());
        String agentId = session.agentId() == null ? null : workspace.shared(session.agentId());
        Instant createdAt = session.createdAt();
        List<Participant> participants = new ArrayList<>(session.participants().size());
        for (Participant participant : session.participants()) {
            String id = participant.id();
            participants.add(new Participant(
                    same(id, userId, agentId, workspace),
                    words.intern(participant.kind()),
                    words.intern(participant.role()),
                    participant.framework() == null ? null : words.intern(participant.framework()),
                    words.intern(participant.status()),
                    participant.joinedAt().equals(createdAt) ? createdAt : participant.joinedAt(),
                    participant.leftAt(),
                    compact(participant.capabilities()),
                    compact(participant.metadata())));
        }
        return new Session(
                session.sessionId(),
                session.channelId(),
                workspace.id(),
                session.name(),
                userId,
                session.employeeId(),
                agentId,
                same(session.createdBy(), userId, agentId, workspace),
                timeouts.intern(session.timeoutConfig()),
                createdAt,
                object(session.metadata()),
                object(session.sharedContext()),
                object(session.workflowState()),
                List.copyOf(participants),
                session.membershipRevision(),
                compact(session.workflow()),
                List.copyOf(session.surfaces()),
                session.end(),
                session.resumedFrom(),
                session.byResolve());
    }

    /** The instance of an equal id that the session or its workspace holds already, or the id itself. */
    private static String same(String id, @Nullable String userId, @Nullable String agentId, Workspace workspace) {
        if (userId != null && id.equals(userId)) {
            return userId;
        }
        return agentId != null && id.equals(agentId) ? agentId : workspace.shared(id);
    }

    private static RawJson object(RawJson json) {
        return json.equals(RawJson.EMPTY_OBJECT) ? RawJson.EMPTY_OBJECT : json.compact();
    }

    private static @Nullable RawJson compact(@Nullable RawJson json) {
        return json == null ? null : json.compact();
    }
}
