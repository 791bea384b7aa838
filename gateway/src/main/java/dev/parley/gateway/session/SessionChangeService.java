package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Changes sessions: activity, time-outs, metadata, ends. Loads, decides and commits, and decides again when somebody else was
 * faster. Called on event loops; keeps nothing between calls.
 */
public final class SessionChangeService {
    private final Store store;
    private final GatewayConfig config;
    private final SessionGate gate;
    private final NewSession rules;
    private final SessionEdits edits;

    /**
     * @param store where the sessions are
     * @param config ranges of time-outs, limits of sizes
     * @param edits by which documents are changed
     */
    SessionChangeService(Store store, GatewayConfig config, SessionEdits edits) {
        this.store = store;
        this.config = config;
        this.edits = edits;
        this.gate = new SessionGate(store);
        this.rules = new NewSession(config);
    }

    /** {@code session.renew}: moves the deadline by hand, or fails when the maximum duration leaves nothing to gain. */
    public Mono<SessionInfo> renew(Call call, SessionParams.Ref params) {
        String sessionId = params.sessionId();
        return SessionGate.told(
                sessionId,
                gate.live(call, sessionId)
                        .flatMap(session -> move(sessionId, true)
                                .onErrorMap(
                                        StoreException.NothingToGain.class, problem -> nothingToGain(session, problem))
                                .map(renewed -> SessionViews.info(renewed.session(), store.nowMillis()))));
    }

    /** {@code session.heartbeat}, over HTTP: always written; at the cap it succeeds without renewing. */
    public Mono<SessionInfo> heartbeat(Call call, SessionParams.Ref params) {
        return activity(call, params, true);
    }

    /** {@code session.touch}. */
    public Mono<SessionInfo> touch(Call call, SessionParams.Ref params) {
        return activity(call, params, false);
    }

    /** {@code session.timeout}: merges over the present time-outs. The session may expire by it at once. */
    public Mono<SessionInfo> timeout(Call call, SessionParams.Timeout params) {
        String sessionId = params.sessionId();
        Mono<StoredSession> attempt = gate.live(call, sessionId).flatMap(session -> {
            Session document = session.document();
            TimeoutConfig changed = TimeoutRules.change(config.session(), document.timeoutConfig(), params);
            if (changed.equals(document.timeoutConfig())) {
                return Mono.just(session);
            }
            DeadlinePlan plan = TimeoutRules.plan(
                    changed,
                    document.createdAt().toEpochMilli(),
                    config.session().warningLadderSeconds());
            return commit(call, session, document.withTimeoutConfig(changed), plan, "timeoutConfig");
        });
        return SessionGate.told(
                sessionId,
                Decisions.untilCurrent(store, attempt)
                        .flatMap(this::settled)
                        .map(session -> SessionViews.info(session, store.nowMillis())));
    }

    /** {@code session.metadata.patch} (RFC 7396); with {@code ifMatch} only when the version is still that. */
    public Mono<SessionInfo> patchMetadata(Call call, SessionParams.MetadataPatch params) {
        return SessionGate.told(params.sessionId(), Mono.defer(() -> {
            if (!params.patch().isObject()) {
                throw Problems.invalid("patch", JsonValues.shown(params.patch()), "a JSON object");
            }
            return edits.edit(
                            call,
                            params.sessionId(),
                            SessionEdits.ifMatch(params.ifMatch()),
                            (session, version) -> SessionEdits.Edit.of(
                                    session.withMetadata(rules.metadata(
                                            "metadata", JsonText.mergePatch(session.metadata(), params.patch()))),
                                    Changes.updated(
                                            version, "metadata", call.caller().id())))
                    .map(session -> SessionViews.info(session, store.nowMillis()));
        }));
    }

    /** {@code session.complete}. */
    public Mono<SessionInfo> complete(Call call, SessionParams.Complete params) {
        return Mono.defer(() -> {
            RawJson artifacts = params.artifacts();
            if (artifacts != null && !JsonValues.isArray(artifacts)) {
                throw Problems.invalid("artifacts", JsonValues.shown(artifacts), "a JSON array");
            }
            return end(
                    call,
                    params.sessionId(),
                    SessionStatus.COMPLETED,
                    at -> new SessionEnd(
                            SessionStatus.COMPLETED,
                            at,
                            call.caller().id(),
                            null,
                            null,
                            params.summary(),
                            compact(artifacts)));
        });
    }

    /** {@code session.terminate}. */
    public Mono<SessionInfo> terminate(Call call, SessionParams.Terminate params) {
        return Mono.defer(() -> {
            RawJson details = params.details();
            if (details != null && !details.isObject()) {
                throw Problems.invalid("details", JsonValues.shown(details), "a JSON object");
            }
            return end(
                    call,
                    params.sessionId(),
                    SessionStatus.TERMINATED,
                    at -> new SessionEnd(
                            SessionStatus.TERMINATED,
                            at,
                            call.caller().id(),
                            params.reason(),
                            compact(details),
                            null,
                            null));
        });
    }

    /** {@code session.close}: ends with completed, abandoned, error or terminated. */
    public Mono<SessionInfo> close(Call call, SessionParams.Close params) {
        return Mono.defer(() -> {
            SessionStatus status = SessionStatus.ofWireName(params.status());
            if (status == null || !status.isTerminal() || status == SessionStatus.EXPIRED) {
                throw Problems.invalid("status", params.status(), "one of completed, abandoned, error, terminated");
            }
            return end(
                    call,
                    params.sessionId(),
                    status,
                    at -> new SessionEnd(status, at, call.caller().id(), params.reason(), null, null, null));
        });
    }

    /** {@code session.expire}: ends as expired, now; a session that has expired already is answered as it is. */
    public Mono<SessionInfo> expire(Call call, SessionParams.Ref params) {
        return end(
                call,
                params.sessionId(),
                SessionStatus.EXPIRED,
                at -> new SessionEnd(
                        SessionStatus.EXPIRED, at, call.caller().id(), Changes.EXPLICIT, null, null, null));
    }

    /** {@code session.delete}: in whatever status; a live one's end is told. */
    public Mono<SessionResults.Deleted> delete(Call call, SessionParams.Ref params) {
        String sessionId = params.sessionId();
        return SessionGate.told(
                sessionId,
                gate.known(call, sessionId)
                        .flatMap(session -> store.sessions()
                                .delete(sessionId, Ids.cheap(), farewell(call, session))
                                .thenReturn(session))
                        .map(session -> {
                            String message = "Session " + sessionId + " deleted successfully";
                            RawJson copy = BodyCodec.encode(Map.of("success", true, "message", message));
                            return new SessionResults.Deleted(true, message, copy);
                        }));
    }

    private Mono<SessionInfo> activity(Call call, SessionParams.Ref params, boolean tellRenewed) {
        String sessionId = params.sessionId();
        return SessionGate.told(
                sessionId,
                gate.live(call, sessionId)
                        .flatMap(session -> move(sessionId, false))
                        .map(renewed -> SessionViews.info(
                                renewed.session(), store.nowMillis(), tellRenewed ? renewed.renewed() : null, null)));
    }

    private Mono<SessionStore.Renewed> move(String sessionId, boolean manual) {
        return store.sessions().renew(new SessionStore.Renew(sessionId, Ids.cheap(), manual, 0));
    }

    private Mono<SessionInfo> end(
            Call call, String sessionId, SessionStatus status, Function<Instant, SessionEnd> how) {
        Mono<StoredSession> attempt = gate.known(call, sessionId).flatMap(session -> {
            SessionStatus present = session.state().status();
            if (present == status) {
                return Mono.just(session);
            }
            if (present.isTerminal()) {
                throw SessionAccess.ended(session);
            }
            SessionEnd end = how.apply(Instant.ofEpochMilli(store.nowMillis()));
            Session document = session.document();
            NewEvent event =
                    status == SessionStatus.EXPIRED ? Changes.expired(document.name(), end) : Changes.ended(end);
            return store.sessions()
                    .commit(new SessionStore.Commit(
                            sessionId,
                            Ids.cheap(),
                            session.state().version(),
                            document.withEnd(end),
                            null,
                            end,
                            false,
                            List.of(event)));
        });
        Mono<StoredSession> ended = Decisions.until(
                store,
                attempt,
                failure ->
                        failure instanceof StoreException.VersionConflict || failure instanceof StoreException.Ended);
        return SessionGate.told(sessionId, ended.map(session -> SessionViews.info(session, store.nowMillis())));
    }

    private Mono<StoredSession> commit(
            Call call, StoredSession session, Session changed, DeadlinePlan plan, String field) {
        long version = session.state().version();
        return store.sessions()
                .commit(new SessionStore.Commit(
                        changed.sessionId(),
                        Ids.cheap(),
                        version,
                        changed,
                        plan,
                        null,
                        false,
                        List.of(Changes.updated(
                                version + 1, field, call.caller().id()))));
    }

    /** The session as it is when its new deadline lies in the past: a store may let it take effect with the next call only. */
    private Mono<StoredSession> settled(StoredSession session) {
        boolean overdue =
                !session.state().status().isTerminal() && session.state().expiresAt() <= store.nowMillis();
        return overdue ? store.sessions().load(session.document().sessionId()) : Mono.just(session);
    }

    private @Nullable NewEvent farewell(Call call, StoredSession session) {
        if (session.state().status().isTerminal()) {
            return null;
        }
        return Changes.ended(new SessionEnd(
                SessionStatus.TERMINATED,
                Instant.ofEpochMilli(store.nowMillis()),
                call.caller().id(),
                "deleted",
                null,
                null,
                null));
    }

    private static ProtocolException nothingToGain(StoredSession session, StoreException.NothingToGain problem) {
        Session document = session.document();
        return ProtocolException.of(
                        ErrorCode.SESSION_RENEWAL_FAILED,
                        "The maximum duration leaves nothing to gain; resume into a new session to go on.")
                .with("maxDurationMinutes", document.timeoutConfig().maxDurationMinutes())
                .with("createdAt", WireTime.format(document.createdAt().toEpochMilli()))
                .with("expiresAt", WireTime.format(problem.expiresAt()));
    }

    private static @Nullable RawJson compact(@Nullable RawJson given) {
        return given == null ? null : JsonText.compact(given);
    }
}
