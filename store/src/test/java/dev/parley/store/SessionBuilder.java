package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.OnIdle;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.TimeoutConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes sessions for tests: of user {@code ann} with agent {@code bot}, 30 minutes idle, 12 hours at most, unless told. */
public final class SessionBuilder {
    private final String sessionId;
    private final long createdAt;
    private String channelId = UUID.randomUUID().toString();
    private String workspaceId = "default";
    private @Nullable String name;
    private String userId = "ann";
    private @Nullable String employeeId;
    private @Nullable String agentId = "bot";
    private final List<Participant> more = new ArrayList<>();
    private final List<String> surfaces = new ArrayList<>();
    private boolean byResolve;
    private long timeoutMillis = 1_800_000;
    private long maxMillis = 43_200_000;
    private boolean autoRenew = true;
    private boolean suspend;
    private List<Long> rungs = List.of(300_000L, 60_000L, 10_000L);

    /**
     * @param createdAt epoch milliseconds
     */
    public SessionBuilder(String sessionId, long createdAt) {
        this.sessionId = sessionId;
        this.createdAt = createdAt;
    }

    /** Another operation id than one made up. */
    public SessionBuilder channel(String id) {
        channelId = id;
        return this;
    }

    public SessionBuilder workspace(String id) {
        workspaceId = id;
        return this;
    }

    public SessionBuilder name(String text) {
        name = text;
        return this;
    }

    public SessionBuilder user(String id) {
        userId = id;
        return this;
    }

    public SessionBuilder employee(String id) {
        employeeId = id;
        return this;
    }

    public SessionBuilder agent(@Nullable String id) {
        agentId = id;
        return this;
    }

    /** One more participant. */
    public SessionBuilder participant(String id, String kind) {
        more.add(new Participant(
                id, kind, "member", null, Participant.ACTIVE, Instant.ofEpochMilli(createdAt), null, null, null));
        return this;
    }

    public SessionBuilder surface(String id) {
        surfaces.add(id);
        return this;
    }

    public SessionBuilder byResolve() {
        byResolve = true;
        return this;
    }

    public SessionBuilder timeoutSeconds(long seconds) {
        timeoutMillis = seconds * 1000;
        return this;
    }

    public SessionBuilder maxSeconds(long seconds) {
        maxMillis = seconds * 1000;
        return this;
    }

    /** Activity does not move the deadline. */
    public SessionBuilder withoutAutoRenew() {
        autoRenew = false;
        return this;
    }

    public SessionBuilder suspendOnIdle() {
        suspend = true;
        return this;
    }

    public SessionBuilder rungSeconds(long... seconds) {
        List<Long> millis = new ArrayList<>();
        for (long second : seconds) {
            millis.add(second * 1000);
        }
        rungs = List.copyOf(millis);
        return this;
    }

    public DeadlinePlan plan() {
        return new DeadlinePlan(timeoutMillis, createdAt + maxMillis, autoRenew, suspend, rungs);
    }

    public Session document() {
        Instant at = Instant.ofEpochMilli(createdAt);
        List<Participant> participants = new ArrayList<>();
        participants.add(
                new Participant(userId, Participant.USER, "owner", null, Participant.ACTIVE, at, null, null, null));
        if (agentId != null) {
            participants.add(new Participant(
                    agentId, Participant.AGENT, "assistant", null, Participant.ACTIVE, at, null, null, null));
        }
        participants.addAll(more);
        TimeoutConfig timeouts = new TimeoutConfig(
                timeoutMillis / 60_000.0,
                autoRenew,
                maxMillis / 60_000.0,
                rungs.isEmpty() ? 0 : rungs.get(0) / 60_000.0,
                suspend ? OnIdle.SUSPEND : OnIdle.EXPIRE);
        return new Session(
                sessionId,
                channelId,
                workspaceId,
                name,
                userId,
                employeeId,
                agentId,
                userId,
                timeouts,
                at,
                RawJson.EMPTY_OBJECT,
                RawJson.EMPTY_OBJECT,
                RawJson.EMPTY_OBJECT,
                participants,
                1,
                null,
                surfaces,
                null,
                null,
                byResolve);
    }

    /** An unconditional creation. */
    public SessionStore.Create create() {
        return new SessionStore.Create(document(), plan(), null, null);
    }

    /** A creation on condition of the user's revision. */
    public SessionStore.Create createIf(long userRevision) {
        return new SessionStore.Create(document(), plan(), userRevision, null);
    }

    /** A resumption. */
    public SessionStore.Create resume(String priorId, SessionStore.Commit close) {
        return new SessionStore.Create(document(), plan(), null, new SessionStore.Resumed(priorId, close));
    }
}
