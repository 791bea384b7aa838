package dev.parley.protocol.session;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.parley.protocol.Doc;
import dev.parley.protocol.LogPosition;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Results of the operations on sessions that are not the record itself. */
public final class SessionResults {
    private SessionResults() {}

    /** A range that will not be delivered; {@code from} and {@code to} inclusive; cause trimmed, lost or unknown. */
    public record Gap(
            long from,
            long to,
            @Doc(oneOf = {"trimmed", "lost", "unknown"}) String cause) {}

    /** An error inside an answer. */
    public record EntryError(String code, int status) {}

    /**
     * How a connection stands in a session after attaching; or why it could not.
     *
     * @param warned rung of the last warning in milliseconds-exact seconds, when one was given
     * @param seq the position that pushes go on from
     * @param recovered whether everything after the position asked for will come
     */
    public record Entry(
            String sessionId,
            @Nullable SessionStatus status,
            @Nullable Instant expiresAt,
            @Nullable Number warned,
            @Nullable String epoch,
            @Nullable Long seq,
            @Nullable Boolean recovered,
            @Nullable Gap gap,
            @Nullable LogPosition acked,
            @Nullable EntryError error) {}

    /** Limits that a client should know. */
    public record Limits(
            int maxFrameBytes,
            int maxContentLength,
            int maxMetadataLength,
            int maxSessionsPerConnect,
            int maxInFlight) {}

    /**
     * The answer of connect.
     *
     * @param inbox of an agent
     */
    public record Connected(
            String connectionId,
            long heartbeatSeconds,
            Instant serverTime,
            String node,
            Limits limits,
            List<Entry> sessions,
            @Nullable Inbox inbox) {}

    /** What waits in an agent's inbox. */
    public record Inbox(long unread) {}

    /** The answer of ping. */
    public record Pong(Instant serverTime) {}

    /** The next deadline of a session. */
    public record Deadline(
            String sessionId,
            Instant expiresAt,
            @Doc(oneOf = {"idle", "max-duration"}) String cause,
            boolean renewable) {}

    /** The answer of heartbeat; at most 100 deadlines, soonest first. */
    public record HeartbeatAnswer(Instant serverTime, List<Deadline> deadlines) {}

    /** The session's standing after a send. */
    public record SendStatus(
            Instant expiresAt,
            long renewalCount,
            boolean wasRenewed,
            @JsonProperty("isNearExpiration") boolean isNearExpiration) {}

    /** What became of a message at one surface: delivered or skipped. */
    public record Outcome(
            String surfaceId,
            @Doc(oneOf = {"delivered", "skipped"}) String outcome) {}

    /** The answer of message.send. */
    public record Sent(
            String messageId,
            long seq,
            String epoch,
            Instant createdAt,
            @Nullable Boolean duplicate,
            SendStatus sessionStatus,
            @Nullable List<Outcome> outcomes) {
        /** The same with what became of the message at each surface. */
        public Sent withOutcomes(List<Outcome> told) {
            return new Sent(messageId, seq, epoch, createdAt, duplicate, sessionStatus, told);
        }
    }

    /** One message of a history page. */
    public record HistoryItem(
            String id,
            @Nullable String content,
            String authorId,
            @JsonProperty("isAgent") boolean isAgent,
            Instant createdAt,
            @Doc(type = "object") RawJson metadata,
            long seq,
            @Doc(oneOf = {"user", "agent", "system"}) String role,
            @Nullable String inReplyTo,
            @Doc("any JSON value") @Nullable RawJson payload) {}

    /** Epoch milliseconds of the oldest ({@code before}) and the newest ({@code after}) entry of a page. */
    public record Cursors(long before, long after) {}

    /** A page of messages, newest first. */
    public record HistoryPage(
            List<HistoryItem> messages,
            boolean hasMore,
            @Nullable Cursors cursors) {}

    /** Counts over a workspace or a caller's own. */
    public record Stats(long totalSessions, long activeSessions, long expiredSessions) {}

    /** A page of sessions. */
    public record SessionPage(
            List<SessionInfo> sessions,
            long total,
            Stats stats,
            @Nullable String nextCursor) {}

    /** What a router needs to skip classification. */
    public record ActiveContext(
            String sessionId,
            String activeAgent,
            boolean bypassClassifier,
            List<TurnView> turnHistory,
            @Doc(type = "object") RawJson workflowState) {}

    /** A message seen as a turn. */
    public record TurnView(
            @Doc(oneOf = {"user", "agent", "system"}) String role,
            @Nullable String content,
            @Doc("any JSON value") @Nullable RawJson payload,
            @Nullable String intentSummary,
            String authorId,
            Instant timestamp,
            long seq) {}

    /** The shared context. */
    public record ContextView(@Doc(type = "object") RawJson sharedContext, long version) implements Versioned {}

    /** The workflow state. */
    public record WorkflowStateView(@Doc(type = "object") RawJson workflowState, long version) implements Versioned {}

    /** All who take or took part, in order of joining. */
    public record Participants(List<Participant> participants) {}

    /** Who is there, over all gateways, by when they came. */
    public record Presence(List<PresentParticipant> present) {}

    /**
     * A participant who is there.
     *
     * @param surfaces that their connections said they are
     * @param connections how many are attached, 1 or more
     * @param since when the first of those was attached
     */
    public record PresentParticipant(
            String participantId,
            @Doc(oneOf = {"user", "agent"}) String kind,
            List<String> surfaces,
            int connections,
            Instant since) {}

    /**
     * A participant who was added.
     *
     * @param created whether they had not taken part before
     */
    public record AddedParticipant(
            String id,
            @Doc(oneOf = {"user", "agent"}) String kind,
            String role,
            @Nullable String framework,

            @Doc(oneOf = {"active", "waiting", "busy", "left"})
            String status,

            Instant joinedAt,
            @Nullable Instant leftAt,
            @Doc(type = "array") @Nullable RawJson capabilities,
            @Doc(type = "object") @Nullable RawJson metadata,
            boolean created)
            implements MadeOrFound {
        @Override
        public boolean made() {
            return created;
        }
    }

    /** The latest turns, oldest first. */
    public record Turns(List<TurnView> turns) {}

    /**
     * A turn that was appended.
     *
     * @param turnCount turns that the history of turns has now, at most as many as it shows; left out when the store was away
     *     right after it had taken the turn
     */
    public record AppendedTurn(TurnView turn, @Nullable Integer turnCount, Instant expiresAt) {}

    /** The answer of delete; {@code data} is a copy of the same facts that a known client reads. */
    public record Deleted(
            boolean success,
            String message,
            @Doc(type = "object") RawJson data) {}

    /** Nothing to say but that it was done. */
    public record Done(boolean ok) {}
}
