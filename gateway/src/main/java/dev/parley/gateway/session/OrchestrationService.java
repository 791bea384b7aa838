package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.session.ParticipantRules.Added;
import dev.parley.gateway.session.ParticipantRules.Coming;
import dev.parley.gateway.session.SessionEdits.Edit;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.SessionResults.AddedParticipant;
import dev.parley.protocol.session.SessionResults.ContextView;
import dev.parley.protocol.session.Workflow;
import dev.parley.store.NewEvent;
import dev.parley.store.Store;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What several do in one session: shared context, workflow, participants, surfaces. Each change is one commit of the document
 * with the event that tells it. Called on event loops.
 */
public final class OrchestrationService {
    private static final int MOST_SURFACES = 100;

    private final Store store;
    private final ParticipantRules participants;
    private final SessionGate gate;
    private final SessionEdits edits;
    private final SessionService sessions;
    private final NewSession rules;

    OrchestrationService(Store store, GatewayConfig config, SessionEdits edits, SessionService sessions) {
        this.store = store;
        this.participants = new ParticipantRules(config);
        this.gate = new SessionGate(store);
        this.edits = edits;
        this.sessions = sessions;
        this.rules = new NewSession(config);
    }

    /** {@code session.context.get}. */
    public Mono<ContextView> context(Call call, SessionParams.Ref params) {
        return told(params.sessionId(), gate.readable(call, params.sessionId()).map(OrchestrationService::contextView));
    }

    /** {@code session.context.put}; with {@code ifMatch} only when the version is still that. */
    public Mono<ContextView> putContext(Call call, SessionParams.ContextPut params) {
        return told(params.sessionId(), Mono.defer(() -> {
            RawJson context = rules.context("context", params.context());
            return edits.edit(
                            call,
                            params.sessionId(),
                            SessionEdits.ifMatch(params.ifMatch()),
                            (session, version) -> Edit.of(
                                    session.withSharedContext(context),
                                    Changes.contextReplaced(
                                            version, context, call.caller().id())))
                    .map(OrchestrationService::contextView);
        }));
    }

    /** {@code session.context.patch} (RFC 7396); with {@code ifMatch} only when the version is still that. */
    public Mono<ContextView> patchContext(Call call, SessionParams.ContextPatch params) {
        return told(params.sessionId(), Mono.defer(() -> {
            RawJson patch = params.patch();
            if (!patch.isObject()) {
                throw Problems.invalid("patch", JsonValues.shown(patch), "a JSON object");
            }
            RawJson compact = rules.ofLimitedSize("patch", JsonText.compact(patch));
            return edits.edit(call, params.sessionId(), SessionEdits.ifMatch(params.ifMatch()), (session, version) -> {
                        RawJson merged =
                                rules.context("sharedContext", JsonText.mergePatch(session.sharedContext(), patch));
                        return merged.equals(session.sharedContext())
                                ? null
                                : Edit.of(
                                        session.withSharedContext(merged),
                                        Changes.contextPatched(
                                                version, compact, call.caller().id()));
                    })
                    .map(OrchestrationService::contextView);
        }));
    }

    /** {@code session.workflowState.put}; with {@code ifMatch} only when the version is still that. */
    public Mono<SessionResults.WorkflowStateView> putWorkflowState(Call call, SessionParams.WorkflowStatePut params) {
        return told(params.sessionId(), Mono.defer(() -> {
            RawJson state = rules.context("workflowState", params.workflowState());
            return edits.edit(
                            call,
                            params.sessionId(),
                            SessionEdits.ifMatch(params.ifMatch()),
                            (session, version) -> Edit.of(
                                    session.withWorkflowState(state),
                                    Changes.updated(
                                            version,
                                            "workflowState",
                                            call.caller().id())))
                    .map(session -> new SessionResults.WorkflowStateView(
                            session.document().workflowState(), session.state().version()));
        }));
    }

    /** {@code session.workflow.get}. */
    public Mono<Workflow> workflow(Call call, SessionParams.Ref params) {
        return told(
                params.sessionId(),
                gate.readable(call, params.sessionId()).map(session -> workflowOf(session.document())));
    }

    /** {@code session.workflow.set}: steps, or the position as a whole, or both. */
    public Mono<Workflow> setWorkflow(Call call, SessionParams.WorkflowSet params) {
        return told(
                params.sessionId(),
                edits.edit(call, params.sessionId(), (session, version) -> {
                            Workflow before = WorkflowRules.of(session);
                            Workflow set = WorkflowRules.given(params.workflow(), before, session::hasPresent);
                            return moved(call, session, before, set);
                        })
                        .map(session -> workflowOf(session.document())));
    }

    /** {@code session.workflow.advance}. */
    public Mono<Workflow> advance(Call call, SessionParams.WorkflowAdvance params) {
        return told(
                params.sessionId(),
                edits.edit(call, params.sessionId(), (session, version) -> {
                            Workflow before = workflowOf(session);
                            return moved(call, session, before, WorkflowRules.advanced(before, params.to()));
                        })
                        .map(session -> workflowOf(session.document())));
    }

    /** {@code session.participants.list}. */
    public Mono<SessionResults.Participants> participants(Call call, SessionParams.Ref params) {
        return told(
                params.sessionId(),
                gate.readable(call, params.sessionId())
                        .map(session -> new SessionResults.Participants(
                                session.document().participants())));
    }

    /** {@code session.participants.add}: somebody new, somebody who comes back, or another role of somebody who is there. */
    public Mono<AddedParticipant> addParticipant(Call call, SessionParams.ParticipantAdd params) {
        Coming[] coming = new Coming[1];
        Mono<StoredSession> added = edits.edit(call, params.sessionId(), (session, version) -> {
            Added change =
                    participants.add(session, ParticipantRules.given(params), Instant.ofEpochMilli(store.nowMillis()));
            coming[0] = change.coming();
            String by = call.caller().id();
            boolean isThere = change.coming() == Coming.THERE;
            if (isThere && change.participant().equals(session.participant(params.id()))) {
                return null;
            }
            return Edit.of(
                    change.session(),
                    isThere ? Changes.updated(version, "participants", by) : Changes.joined(change.participant(), by));
        });
        Mono<?> known = Participant.AGENT.equals(params.kind()) ? sessions.agentTier(call, params.id()) : Mono.empty();
        return told(
                params.sessionId(),
                known.then(added)
                        .map(session -> view(
                                Objects.requireNonNull(session.document().participant(params.id())),
                                coming[0] == Coming.NEW)));
    }

    /** {@code session.participants.remove}: the entry stays, with the status left. */
    public Mono<Participant> removeParticipant(Call call, SessionParams.ParticipantRef params) {
        String id = params.participantId();
        return told(
                params.sessionId(),
                edits.edit(call, params.sessionId(), (session, version) -> {
                            Participant known = session.participant(id);
                            if (known == null) {
                                throw ProtocolException.of(
                                                ErrorCode.NOT_FOUND,
                                                "Nobody of this id takes or took part in the session; ask for its"
                                                        + " participants.")
                                        .with("participantId", id);
                            }
                            if (!known.present()) {
                                return null;
                            }
                            Instant now = Instant.ofEpochMilli(store.nowMillis());
                            Session after = ParticipantRules.remove(session, known, now);
                            String by = call.caller().id();
                            List<NewEvent> events = new ArrayList<>();
                            events.add(Changes.left(ParticipantRules.left(known, now), by));
                            if (!Objects.equals(after.agentId(), session.agentId())) {
                                events.add(Changes.updated(version, "agentId", by));
                            }
                            return new Edit(after, events);
                        })
                        .map(session ->
                                Objects.requireNonNull(session.document().participant(id))));
    }

    /** {@code session.surfaces.attach}; without effect when it is attached. */
    public Mono<SessionInfo> attachSurface(Call call, SessionParams.SurfaceRef params) {
        return surfaces(call, params, true);
    }

    /** {@code session.surfaces.detach}; without effect when it is not attached. */
    public Mono<SessionInfo> detachSurface(Call call, SessionParams.SurfaceRef params) {
        return surfaces(call, params, false);
    }

    private Mono<SessionInfo> surfaces(Call call, SessionParams.SurfaceRef params, boolean attached) {
        return told(
                params.sessionId(),
                edits.edit(call, params.sessionId(), (session, version) -> {
                            List<String> surfaces = new ArrayList<>(session.surfaces());
                            if (attached
                                    && surfaces.size() >= MOST_SURFACES
                                    && !surfaces.contains(params.surfaceId())) {
                                throw Problems.invalid(
                                        "surfaceId",
                                        params.surfaceId(),
                                        "one of the " + MOST_SURFACES
                                                + " surfaces that are attached; detach some first");
                            }
                            boolean changed = surfaces.contains(params.surfaceId()) != attached
                                    && (attached
                                            ? surfaces.add(params.surfaceId())
                                            : surfaces.remove(params.surfaceId()));
                            return changed
                                    ? Edit.of(
                                            session.withSurfaces(List.copyOf(surfaces)),
                                            Changes.updated(
                                                    version,
                                                    "surfaces",
                                                    call.caller().id()))
                                    : null;
                        })
                        .map(session -> SessionViews.info(session, store.nowMillis())));
    }

    private @Nullable Edit moved(Call call, Session session, @Nullable Workflow before, Workflow after) {
        if (after.equals(before)) {
            return null;
        }
        return Edit.of(
                session.withWorkflow(rules.ofLimitedSize("workflow", WorkflowRules.held(after))),
                Changes.advanced(
                        before == null ? null : before.currentStep(),
                        after,
                        call.caller().id()));
    }

    private static Workflow workflowOf(Session session) {
        Workflow workflow = WorkflowRules.of(session);
        if (workflow == null) {
            throw ProtocolException.of(
                            ErrorCode.NOT_FOUND,
                            "The session has no workflow; set its steps with session.workflow.set.")
                    .with("sessionId", session.sessionId());
        }
        return workflow;
    }

    private static ContextView contextView(StoredSession session) {
        return new ContextView(
                session.document().sharedContext(), session.state().version());
    }

    private static AddedParticipant view(Participant participant, boolean created) {
        return new AddedParticipant(
                participant.id(),
                participant.kind(),
                participant.role(),
                participant.framework(),
                participant.status(),
                participant.joinedAt(),
                participant.leftAt(),
                participant.capabilities(),
                participant.metadata(),
                created);
    }

    private static <T> Mono<T> told(String sessionId, Mono<T> outcome) {
        return SessionGate.told(sessionId, outcome);
    }
}
