package dev.parley.gateway.routing;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.OnIdle;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.SessionStore;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Sessions for tests: user {@code u}, agent {@code a}, and {@code reader}, who only listens. */
final class TestSessions {
    /** Lets everybody in. */
    static final SessionRouter.Admission ADMIT_ALL = session -> null;

    private static final long MINUTE = 60_000;

    private TestSessions() {}

    static SessionStore.Create create(String id, long now) {
        return create(id, now, 30 * MINUTE, List.of(5 * MINUTE, MINUTE, 10_000L));
    }

    static SessionStore.Create create(String id, long now, long timeout, List<Long> rungs) {
        Instant at = Instant.ofEpochMilli(now);
        Session document = new Session(
                id,
                UUID.randomUUID().toString(),
                "default",
                null,
                "u",
                null,
                "a",
                "u",
                new TimeoutConfig(timeout / (double) MINUTE, true, 720, 5, OnIdle.EXPIRE),
                at,
                RawJson.EMPTY_OBJECT,
                RawJson.EMPTY_OBJECT,
                RawJson.EMPTY_OBJECT,
                List.of(
                        participant("u", Participant.USER, at),
                        participant("a", Participant.AGENT, at),
                        participant("reader", Participant.USER, at)),
                0,
                null,
                List.of(),
                null,
                null,
                false);
        return new SessionStore.Create(
                document, new DeadlinePlan(timeout, now + 720 * MINUTE, true, false, rungs), null, null);
    }

    private static Participant participant(String id, String kind, Instant at) {
        return new Participant(id, kind, "member", null, Participant.ACTIVE, at, null, null, null);
    }
}
