package dev.parley.protocol.session;

import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Params of what the server pushes, one record per push. Those of logged events have {@code sessionId}, {@code seq} (1 or
 * more, rising within the epoch) and {@code epoch}. Which push has which is told by
 * {@link dev.parley.protocol.catalog.EventTypes}.
 */
public final class SessionEvents {
    private SessionEvents() {}

    /**
     * A message: the record itself. It has content, or a payload, or both.
     *
     * @param messageId unique in the session
     * @param authorId of the participant who sent it
     * @param role user, agent or system
     * @param content text of 1 to 4,000 UTF-16 units, unless configured otherwise
     * @param payload any JSON value
     * @param intentSummary of a router or agent, for the turn history
     * @param inReplyTo id of the message that it answers
     * @param metadata JSON object of up to 10,240 UTF-16 units
     * @param attachments as they were given
     * @param to the one participant that it is for, besides its author
     * @param createdAt when the store took it
     */
    public record Message(
            String messageId,
            String sessionId,
            long seq,
            String epoch,
            String authorId,
            @Doc(oneOf = {"user", "agent", "system"}) String role,
            @Nullable String content,
            @Nullable RawJson payload,
            @Nullable String intentSummary,
            @Nullable String inReplyTo,
            @Doc(type = "object") @Nullable RawJson metadata,
            @Nullable RawJson attachments,
            @Nullable String to,
            Instant createdAt) {}

    /**
     * A piece of a message that is being written; not logged. The final message is whole and ends it.
     *
     * @param messageId of the message to be
     * @param index of the piece, from 0
     * @param lastIndex of the last piece, when several were merged into this one for a reader that is behind
     * @param chunk text; of merged pieces all of it
     * @param authorId who writes
     * @param inReplyTo id of the message that it will answer
     */
    public record Delta(
            String sessionId,
            String messageId,
            long index,
            @Nullable Long lastIndex,
            String chunk,
            String authorId,
            @Nullable String inReplyTo) {}

    /**
     * Somebody began or stopped writing; not logged.
     *
     * @param participantId who
     * @param on whether they write now
     */
    public record Typing(String sessionId, String participantId, boolean on) {}

    /**
     * A range of the log that will not be delivered.
     *
     * @param from first {@code seq} of it
     * @param to last {@code seq} of it; pushes go on behind it
     * @param cause trimmed: dropped as the oldest; lost: the store lost it; unknown: the position was from another log
     */
    public record Gap(
            String sessionId,
            String epoch,
            long from,
            long to,
            @Doc(oneOf = {"trimmed", "lost", "unknown"}) String cause) {}

    /** This connection, an agent's, is attached to a session from now on. */
    public record Attached(SessionResults.Entry entry) {}

    /**
     * The first entry of every log.
     *
     * @param name of the session
     * @param userId the person
     * @param agentId the active agent
     * @param createdBy identity that created it
     * @param createdAt when it was created
     */
    public record Created(
            String sessionId,
            long seq,
            String epoch,
            @Nullable String name,
            @Nullable String userId,
            @Nullable String agentId,
            String createdBy,
            Instant createdAt) {}

    /**
     * The record changed; logged.
     *
     * @param version after the change
     * @param changed names of the changed fields
     * @param by identity that changed it
     */
    public record Updated(String sessionId, long seq, String epoch, long version, List<String> changed, String by) {}

    /** Somebody takes part from now on; logged. */
    public record ParticipantJoined(String sessionId, long seq, String epoch, Participant participant) {}

    /** Somebody does not take part any more; logged. */
    public record ParticipantLeft(String sessionId, long seq, String epoch, Participant participant) {}

    /**
     * The workflow moved, or was set; logged.
     *
     * @param from the step that was current; none when there was no workflow
     * @param to the step that is current, or {@code completed}
     */
    public record WorkflowAdvanced(
            String sessionId,
            long seq,
            String epoch,
            @Nullable String from,
            String to,
            Workflow workflow) {}

    /**
     * The shared context changed; logged.
     *
     * @param version after the change
     * @param patch the merge patch that was applied; none when it was replaced
     * @param context what replaced it; none when it was patched
     * @param by identity that changed it
     */
    public record ContextUpdated(
            String sessionId,
            long seq,
            String epoch,
            long version,
            @Doc(type = "object") @Nullable RawJson patch,
            @Doc(type = "object") @Nullable RawJson context,
            String by) {}

    /**
     * The session ends later than was told; not logged, at most one in 5 s for a session, not held back after a warning.
     *
     * @param renewalCount renewals that moved {@code expiresAt} so far
     */
    public record Renewed(String sessionId, Instant expiresAt, long renewalCount) {}

    /**
     * A deadline is near ({@code session.expiring}, not logged) or was reached ({@code session.suspended}, {@code
     * session.expired}). A warning is identified by session, {@code expiresAt} and {@code rung}.
     *
     * @param seq of the log's entry, where it is logged
     * @param epoch of the log, where it is logged
     * @param name of the session
     * @param expiresAt the deadline; of a suspension the end that comes next
     * @param secondsRemaining until {@code expiresAt}, 0 or more
     * @param minutesRemaining the same in whole minutes, rounded down
     * @param cause idle or max-duration; explicit when somebody expired the session
     * @param renewable whether a renewal would move the deadline
     * @param rung seconds of the rung of the warning ladder that was reached; 0 or none at the deadline itself
     */
    public record DeadlineNotice(
            String sessionId,
            @Nullable Long seq,
            @Nullable String epoch,
            @Nullable String name,
            Instant expiresAt,
            Number secondsRemaining,
            long minutesRemaining,

            @Doc(oneOf = {"idle", "max-duration", "explicit"})
            String cause,

            boolean renewable,
            @Nullable Number rung) {}

    /**
     * The session was ended by somebody: completed, closed, terminated or deleted. An expiry is told as such instead.
     *
     * @param end how; {@code reason} is {@code deleted} for a deletion
     */
    public record Ended(String sessionId, long seq, String epoch, SessionEnd end) {}

    /**
     * An agent has its first live connection, or lost its last; not logged.
     *
     * @param sessionId of the session that it is told to; none when it is told to one connection for all its sessions
     * @param agentId which agent
     * @param agent its record
     */
    public record AgentMoved(
            @Nullable String sessionId,
            String agentId,
            @Nullable Agent agent) {}

    /**
     * Somebody's first connection was attached to the session, or their last one has been gone for five seconds; not logged, at
     * most one in a second for a session.
     *
     * @param joined ids of participants
     * @param left ids of participants
     */
    public record PresenceChanged(String sessionId, List<String> joined, List<String> left) {}

    /**
     * This gateway is about to stop; the socket closes with 4000 afterwards.
     *
     * @param reconnectAfterMs how long to wait before connecting again, in milliseconds from this push
     */
    public record Draining(long reconnectAfterMs) {}
}
