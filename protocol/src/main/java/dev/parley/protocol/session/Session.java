package dev.parley.protocol.session;

import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The document of a session: all of its record that only a commit changes. What activity moves (status among the live ones,
 * last activity, expiry, renewals, warnings) lies beside it, in the store's state, so that the two never fight.
 *
 * @param sessionId unique in the gateway
 * @param channelId UUID of its event channel; made with the session, so it also tells one creation from another
 * @param workspaceId tenant
 * @param name for people
 * @param userId the person
 * @param employeeId a second identity of the person
 * @param agentId the active agent
 * @param createdBy identity that created it
 * @param timeoutConfig settled time-outs
 * @param createdAt when
 * @param metadata JSON object
 * @param sharedContext JSON object that all participants share
 * @param workflowState JSON object, opaque
 * @param participants in order of joining: the user first, then the agent
 * @param membershipRevision raised with every change of participants
 * @param workflow JSON object, or null
 * @param surfaces attached surfaces, in order of attachment
 * @param end once ended
 * @param resumedFrom the prior session
 * @param byResolve whether {@code resolve} made it
 */
public record Session(
        String sessionId,
        String channelId,
        String workspaceId,
        @Nullable String name,
        @Nullable String userId,
        @Nullable String employeeId,
        @Nullable String agentId,
        String createdBy,
        TimeoutConfig timeoutConfig,
        Instant createdAt,
        RawJson metadata,
        RawJson sharedContext,
        RawJson workflowState,
        List<Participant> participants,
        int membershipRevision,
        @Nullable RawJson workflow,
        List<String> surfaces,
        @Nullable SessionEnd end,
        @Nullable String resumedFrom,
        boolean byResolve) {

    /** The participant of that id, whether they left or not; null when there never was one. */
    public @Nullable Participant participant(String id) {
        for (Participant participant : participants) {
            if (participant.id().equals(id)) {
                return participant;
            }
        }
        return null;
    }

    /** Whether somebody of that id takes part now. */
    public boolean hasPresent(String id) {
        Participant participant = participant(id);
        return participant != null && participant.present();
    }

    /** The same session with other metadata. */
    public Session withMetadata(RawJson changed) {
        return copy(agentId, timeoutConfig, changed, sharedContext, workflowState, workflow, surfaces, end);
    }

    /** The same session with another shared context. */
    public Session withSharedContext(RawJson changed) {
        return copy(agentId, timeoutConfig, metadata, changed, workflowState, workflow, surfaces, end);
    }

    /** The same session with another workflow state. */
    public Session withWorkflowState(RawJson changed) {
        return copy(agentId, timeoutConfig, metadata, sharedContext, changed, workflow, surfaces, end);
    }

    /** The same session with another workflow. */
    public Session withWorkflow(RawJson changed) {
        return copy(agentId, timeoutConfig, metadata, sharedContext, workflowState, changed, surfaces, end);
    }

    /** The same session with other time-outs. */
    public Session withTimeoutConfig(TimeoutConfig changed) {
        return copy(agentId, changed, metadata, sharedContext, workflowState, workflow, surfaces, end);
    }

    /** The same session with other attached surfaces. */
    public Session withSurfaces(List<String> changed) {
        return copy(agentId, timeoutConfig, metadata, sharedContext, workflowState, workflow, changed, end);
    }

    /** The same session, ended. */
    public Session withEnd(SessionEnd how) {
        return copy(agentId, timeoutConfig, metadata, sharedContext, workflowState, workflow, surfaces, how);
    }

    /** The same session without an active agent. */
    public Session withoutAgent() {
        return copy(null, timeoutConfig, metadata, sharedContext, workflowState, workflow, surfaces, end);
    }

    /** The same session with other participants, of the next membership revision. */
    public Session withParticipants(List<Participant> changed) {
        return new Session(
                sessionId,
                channelId,
                workspaceId,
                name,
                userId,
                employeeId,
                agentId,
                createdBy,
                timeoutConfig,
                createdAt,
                metadata,
                sharedContext,
                workflowState,
                List.copyOf(changed),
                membershipRevision + 1,
                workflow,
                surfaces,
                end,
                resumedFrom,
                byResolve);
    }

    private Session copy(
            @Nullable String agentId,
            TimeoutConfig timeoutConfig,
            RawJson metadata,
            RawJson sharedContext,
            RawJson workflowState,
            @Nullable RawJson workflow,
            List<String> surfaces,
            @Nullable SessionEnd end) {
        return new Session(
                sessionId,
                channelId,
                workspaceId,
                name,
                userId,
                employeeId,
                agentId,
                createdBy,
                timeoutConfig,
                createdAt,
                metadata,
                sharedContext,
                workflowState,
                participants,
                membershipRevision,
                workflow,
                surfaces,
                end,
                resumedFrom,
                byResolve);
    }
}
