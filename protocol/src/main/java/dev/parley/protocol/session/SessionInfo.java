package dev.parley.protocol.session;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of {@code session.get} and of most operations on a session: the whole record, in the order that known clients
 * expect.
 *
 * @param timeRemaining milliseconds until {@code expiresAt}, 0 or more
 * @param isNearExpiration whether {@code 0 < timeRemaining <=} the warning threshold
 * @param wasRenewed of heartbeats only: whether {@code expiresAt} moved
 * @param created of resolve only: whether the session was made by this call
 */
public record SessionInfo(
        String sessionId,
        String channelId,
        @Nullable String agentId,
        @Nullable String userId,
        Instant createdAt,
        Instant lastActivity,
        @Doc(type = "object") RawJson metadata,
        Instant expiresAt,
        TimeoutConfig timeoutConfig,
        long renewalCount,
        long timeRemaining,
        @JsonProperty("isNearExpiration") boolean isNearExpiration,
        SessionStatus status,
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
        @Nullable SessionEnd end,
        @Nullable String resumedFrom,
        long version,
        @Nullable Boolean wasRenewed,
        @Nullable Boolean created)
        implements Versioned, MadeOrFound {
    @Override
    public boolean made() {
        return Boolean.TRUE.equals(created);
    }
}
