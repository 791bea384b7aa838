package dev.parley.protocol.session;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer of {@code session.create} and {@code session.resume}: the record, in the order that known clients expect. */
public record SessionCreated(
        String sessionId,
        String channelId,
        @Nullable String agentId,
        @Nullable String userId,
        Instant createdAt,
        @Doc(type = "object") RawJson metadata,
        Instant expiresAt,
        TimeoutConfig timeoutConfig,
        SessionStatus status,
        Instant lastActivity,
        long renewalCount,
        long timeRemaining,
        @JsonProperty("isNearExpiration") boolean isNearExpiration,
        String workspaceId,
        @Nullable String name,
        @Nullable String employeeId,
        String createdBy,
        Instant updatedAt,
        Instant statusChangedAt,
        @Doc(type = "object") RawJson sharedContext,
        @Doc(type = "object") RawJson workflowState,
        List<Participant> participants,
        @Doc(type = "object") @Nullable RawJson workflow,
        List<String> surfaces,
        @Nullable String resumedFrom,
        long version)
        implements Versioned {
    /** The same facts in the order of a creation's answer. */
    public static SessionCreated of(SessionInfo info) {
        return new SessionCreated(
                info.sessionId(),
                info.channelId(),
                info.agentId(),
                info.userId(),
                info.createdAt(),
                info.metadata(),
                info.expiresAt(),
                info.timeoutConfig(),
                info.status(),
                info.lastActivity(),
                info.renewalCount(),
                info.timeRemaining(),
                info.isNearExpiration(),
                info.workspaceId(),
                info.name(),
                info.employeeId(),
                info.createdBy(),
                info.updatedAt(),
                info.statusChangedAt(),
                info.sharedContext(),
                info.workflowState(),
                info.participants(),
                info.workflow(),
                info.surfaces(),
                info.resumedFrom(),
                info.version());
    }
}
