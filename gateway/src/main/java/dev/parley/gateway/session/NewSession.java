package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.session.Problems.Wrong;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.PathWords;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.TimeoutConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a creation, in the order in which the contract (rest.md section 1) has them checked. Pure; any thread. Between
 * {@link #parties} and {@link #document} the caller asks the store for the agent.
 */
final class NewSession {
    private static final int FIRST_MEMBERSHIP = 1;

    /** What is kept stands deeper in a record than where it was given, and a record nests 128 deep at most. */
    private static final int DEEPEST = 100;

    private final GatewayConfig config;

    NewSession(GatewayConfig config) {
        this.config = config;
    }

    /** Whom a session is between; {@code agentId} is null when it was left out. */
    record Parties(String userId, @Nullable String agentId) {}

    /**
     * First checks: both ids are text, are acceptable, and the caller may make a session for them.
     *
     * @param agentNeeded whether {@code agentId} may be left out only when participants are given
     */
    Parties parties(Caller caller, SessionParams.Create params, boolean agentNeeded) {
        String userId = JsonValues.text(params.userId());
        String agentId = JsonValues.text(params.agentId());
        List<String> missing = new ArrayList<>();
        if (userId == null) {
            missing.add("userId");
        }
        boolean agentWrong = agentId == null && !JsonValues.absent(params.agentId());
        if (agentWrong || (agentId == null && agentNeeded && !hasParticipants(params))) {
            missing.add("agentId");
        }
        if (userId == null || !missing.isEmpty()) {
            throw Problems.missing(missing, "give each as a string");
        }
        List<Wrong> wrongs = new ArrayList<>();
        if (!Ids.acceptable(userId)) {
            wrongs.add(new Wrong("userId", JsonValues.shown(params.userId()), Ids.ID_FORMAT));
        }
        if (agentId != null && !Ids.acceptable(agentId)) {
            wrongs.add(new Wrong("agentId", JsonValues.shown(params.agentId()), Ids.ID_FORMAT));
        }
        if (!wrongs.isEmpty()) {
            throw Problems.invalid(wrongs);
        }
        checkWorkspace(caller, params.workspaceId());
        checkMaker(caller, params, userId, agentId);
        return new Parties(userId, agentId);
    }

    /** Refuses a creation without an agent, where only then it turned out that one is needed. */
    static void checkAgentNamed(Parties parties, SessionParams.Create params) {
        if (parties.agentId() == null && !hasParticipants(params)) {
            throw Problems.missing(List.of("agentId"), "there is no session to take up, and a new one needs an agent");
        }
    }

    /**
     * The other checks, and the document that passed them.
     *
     * @param freshId an id that nobody has, for where the params bring none
     * @param surfaceId to attach; null for none
     * @param now epoch milliseconds of the creation
     * @param byResolve whether {@code resolve} makes it, which does not heed an id that the params bring
     */
    Session document(
            Caller caller,
            SessionParams.Create params,
            Parties parties,
            TimeoutConfig timeouts,
            String freshId,
            @Nullable String surfaceId,
            long now,
            boolean byResolve) {
        RawJson metadata = metadata("metadata", params.metadata());
        RawJson sharedContext = context("sharedContext", params.sharedContext());
        RawJson wantedId = params.sessionId();
        String id = byResolve || wantedId == null ? freshId : checkedId(wantedId);
        Instant createdAt = Instant.ofEpochMilli(now);
        List<Participant> participants =
                new ParticipantRules(config).atFirst(parties, params.participants(), createdAt);
        return new Session(
                id,
                Ids.secret(),
                caller.workspaceId(),
                params.name(),
                parties.userId(),
                params.employeeId(),
                parties.agentId(),
                caller.id().equals(parties.userId()) ? parties.userId() : caller.id(),
                timeouts,
                createdAt,
                metadata,
                sharedContext,
                RawJson.EMPTY_OBJECT,
                participants,
                FIRST_MEMBERSHIP,
                workflow(params.workflow(), participants),
                surfaceId == null ? List.of() : List.of(surfaceId),
                null,
                null,
                byResolve);
    }

    /**
     * What goes on in a new session from a prior one: everything but its id, its end and those who left.
     *
     * @param freshId an id that nobody has
     * @param by who resumes
     * @param now epoch milliseconds of the creation
     */
    static Session resumed(Session prior, String freshId, String by, long now) {
        return new Session(
                freshId,
                Ids.secret(),
                prior.workspaceId(),
                prior.name(),
                prior.userId(),
                prior.employeeId(),
                prior.agentId(),
                by,
                prior.timeoutConfig(),
                Instant.ofEpochMilli(now),
                prior.metadata(),
                prior.sharedContext(),
                prior.workflowState(),
                prior.participants().stream().filter(Participant::present).toList(),
                FIRST_MEMBERSHIP,
                prior.workflow(),
                prior.surfaces(),
                null,
                prior.sessionId(),
                false);
    }

    /** Refuses what would make a record nest too deeply to be read. */
    static RawJson ofLimitedDepth(String field, RawJson given) {
        int depth = JsonText.depth(given);
        if (depth > DEEPEST) {
            throw Problems.invalid(
                    field, depth + " levels", "JSON of at most " + DEEPEST + " levels within each other");
        }
        return given;
    }

    /** Metadata as it is kept, compact; nothing is the empty object. */
    RawJson metadata(String field, @Nullable RawJson given) {
        return metadata(field, given, config.limits().maxMetadataLength());
    }

    /**
     * An object of limited size, as it is kept.
     *
     * @param max in UTF-16 units of compact JSON
     */
    static RawJson metadata(String field, @Nullable RawJson given, int max) {
        if (given == null) {
            return RawJson.EMPTY_OBJECT;
        }
        if (!given.isObject()) {
            throw Problems.invalid(field, JsonValues.shown(given), "a JSON object");
        }
        ofLimitedDepth(field, given);
        int length = JsonText.stringifyLength(given);
        if (length > max) {
            throw Problems.tooLong(field, length, max, "characters of compact JSON");
        }
        return length == 2 ? RawJson.EMPTY_OBJECT : JsonText.compact(given);
    }

    /** What all participants share, or an agent gets back, as it is kept; nothing is the empty object. */
    RawJson context(String field, @Nullable RawJson given) {
        if (given == null) {
            return RawJson.EMPTY_OBJECT;
        }
        if (!given.isObject()) {
            throw Problems.invalid(field, JsonValues.shown(given), "a JSON object");
        }
        return ofLimitedSize(field, JsonText.compact(ofLimitedDepth(field, given)));
    }

    /**
     * Refuses JSON that is larger than a context may be.
     *
     * @param compact as it is kept
     */
    RawJson ofLimitedSize(String field, RawJson compact) {
        int max = config.limits().maxContextBytes();
        if (compact.length() > max) {
            throw Problems.tooLarge(field, compact.length(), max);
        }
        return compact;
    }

    /** A workflow that a session is made with, as it is kept. */
    private @Nullable RawJson workflow(@Nullable RawJson given, List<Participant> participants) {
        if (given == null) {
            return null;
        }
        if (!given.isObject()) {
            throw Problems.invalid("workflow", JsonValues.shown(given), "a JSON object");
        }
        SessionParams.NewWorkflow wanted = BodyCodec.decode(given, SessionParams.NewWorkflow.class);
        return ofLimitedSize(
                "workflow",
                WorkflowRules.held(WorkflowRules.given(
                        wanted,
                        null,
                        agent -> participants.stream().anyMatch(one -> one.id().equals(agent)))));
    }

    private static String checkedId(RawJson given) {
        String id = JsonValues.text(given);
        if (id == null || !Ids.acceptableSession(id)) {
            throw Problems.invalid("sessionId", JsonValues.shown(given), Ids.SESSION_ID_FORMAT);
        }
        if (PathWords.isOneOf(PathWords.OF_SESSIONS, id)) {
            throw Problems.invalid(
                    "sessionId", id, Ids.SESSION_ID_FORMAT + ", " + PathWords.not(PathWords.OF_SESSIONS));
        }
        return id;
    }

    private static void checkWorkspace(Caller caller, @Nullable RawJson given) {
        if (given == null) {
            return;
        }
        String workspaceId = JsonValues.text(given);
        if (workspaceId == null) {
            throw Problems.invalid("workspaceId", JsonValues.shown(given), "a string");
        }
        if (!workspaceId.equals(caller.workspaceId())) {
            throw Problems.forbidden("Your credential is for another workspace; leave out workspaceId.");
        }
    }

    private static void checkMaker(
            Caller caller, SessionParams.Create params, String userId, @Nullable String agentId) {
        if (caller.trusted() || caller.id().equals(userId)) {
            return;
        }
        if (!caller.isAgent()) {
            throw Problems.forbidden("You can only have sessions of your own; give your own id as userId.");
        }
        List<SessionParams.NewParticipant> given = params.participants() == null ? List.of() : params.participants();
        boolean takesPart = caller.id().equals(agentId)
                || given.stream().anyMatch(one -> one.id().equals(caller.id()));
        if (!takesPart && (agentId != null || !given.isEmpty())) {
            throw Problems.forbidden("An agent can only make sessions that it takes part in; "
                    + "give your own id as agentId or among the participants.");
        }
    }

    private static boolean hasParticipants(SessionParams.Create params) {
        List<SessionParams.NewParticipant> given = params.participants();
        return given != null && !given.isEmpty();
    }
}
