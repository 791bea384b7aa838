package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class HeartbeatServiceTest {
    private final Bench bench = new Bench();
    private final TestSocket socket = new TestSocket(bench.memory, null);
    private final Call ada = new Call(Bench.ADA, socket);
    private final Call helper = new Call(Bench.HELPER, socket);

    @Test
    void writesNothingMostOfTheTimeAndNeverTooLate() {
        String sessionId = attached("{'userId':'ada','agentId':'helper'}");
        heartbeat(ada, "{}");
        bench.store.calls();
        long written = 0;
        for (int beat = 0; beat < 480; beat++) {
            bench.time.advance(Duration.ofSeconds(25));
            JsonNode answer = heartbeat(ada, "{}");
            written += bench.store.calls().size();

            assertThat(answer.at("/deadlines/0/expiresAt").asString())
                    .isEqualTo(WireTime.format(bench.stored(sessionId).state().expiresAt()));
            assertThat(bench.stored(sessionId).state().expiresAt()).isGreaterThan(bench.time.nowMillis() + 29 * 60_000);
        }
        assertThat(written).isEqualTo(160);
    }

    @Test
    void keepsASessionAliveWhateverItsTimeout() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            double timeout = 5 + random.nextInt(60);
            double warning = 0.05 + random.nextInt(70);
            String sessionId = attached("{'userId':'ada','agentId':'helper','timeoutConfig':{'timeoutMinutes':"
                    + timeout + ",'warningThresholdMinutes':" + warning + "}}");
            long last = bench.time.nowMillis();
            heartbeat(ada, "{}");
            for (int beat = 0; beat < 30; beat++) {
                bench.time.advance(Duration.ofSeconds(random.nextInt(200)));
                last = bench.time.nowMillis();
                heartbeat(ada, "{}");
                long g = HeartbeatRules.coalescingMillis(bench.stored(sessionId).plan());
                assertThat(bench.stored(sessionId).state().expiresAt())
                        .as("timeout %s warning %s", timeout, warning)
                        .isGreaterThan(last + (long) (timeout * 60_000) - g);
                assertThat(bench.stored(sessionId).state().rung()).isZero();
            }
            bench.ask(Bench.PROGRAM, Operations.SESSION_DELETE, Bench.ref(sessionId));
        }
    }

    @Test
    void silencesAWarningAtOnce() {
        String sessionId = attached("{'userId':'ada','agentId':'helper'}");
        heartbeat(ada, "{}");
        bench.time.advance(Duration.ofMinutes(26));
        bench.memory.sessions().fire(0, 10).block();
        assertThat(bench.stored(sessionId).state().rung()).isEqualTo(300_000);

        heartbeat(ada, "{}");

        assertThat(bench.stored(sessionId).state().rung()).isZero();
        assertThat(bench.stored(sessionId).state().expiresAt()).isEqualTo(bench.time.nowMillis() + 1_800_000);
    }

    @Test
    void activatesAndRevives() {
        String sessionId = attached("{'userId':'ada','agentId':'helper','timeoutConfig':{'onIdle':'suspend'}}");
        heartbeat(ada, "{}");
        assertThat(bench.stored(sessionId).state().status()).isEqualTo(SessionStatus.ACTIVE);

        bench.time.advance(Duration.ofMinutes(31));
        assertThat(bench.stored(sessionId).state().status()).isEqualTo(SessionStatus.SUSPENDED);
        JsonNode answer = heartbeat(ada, "{}");
        assertThat(bench.stored(sessionId).state().status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(answer.at("/deadlines/0/cause").asString()).isEqualTo("idle");
        assertThat(answer.at("/deadlines/0/renewable").asBoolean()).isTrue();
    }

    @Test
    void renewsOnlyWhatIsNamed() {
        String named = attached("{'userId':'ada','agentId':'helper'}");
        String other = attached("{'userId':'ada','agentId':'helper'}");
        bench.time.advance(Duration.ofMinutes(10));

        heartbeat(ada, "{'sessions':['" + named + "']}");

        assertThat(bench.stored(named).state().renewalCount()).isEqualTo(1);
        assertThat(bench.stored(other).state().renewalCount()).isZero();
    }

    @Test
    void letsTheIdleSessionsOfAnAgentEnd() {
        String idle = attached("{'userId':'ada','agentId':'helper'}");
        String named = attached("{'userId':'ada','agentId':'helper'}");
        bench.time.advance(Duration.ofMinutes(10));

        JsonNode answer = heartbeat(helper, "{}");
        assertThat(bench.stored(idle).state().renewalCount()).isZero();
        assertThat(answer.get("deadlines")).hasSize(2);

        heartbeat(helper, "{'sessions':['" + named + "']}");
        assertThat(bench.stored(named).state().renewalCount()).isEqualTo(1);
        assertThat(bench.stored(idle).state().renewalCount()).isZero();
    }

    @Test
    void tellsTheSoonestHundredDeadlines() {
        for (int i = 0; i < 120; i++) {
            attached("{'userId':'ada','agentId':'helper','timeoutConfig':{'timeoutMinutes':" + (5 + (i * 37) % 120)
                    + "}}");
        }
        JsonNode deadlines = heartbeat(helper, "{}").get("deadlines");

        assertThat(deadlines).hasSize(100);
        assertThat(deadlines.findValuesAsString("expiresAt")).isSorted();
        assertThat(deadlines.get(0).get("expiresAt").asString()).isEqualTo("2026-01-01T00:05:00.000Z");
        assertThat(deadlines.get(99).get("expiresAt").asString()).isEqualTo("2026-01-01T01:44:00.000Z");
    }

    @Test
    void passesOverWhatIsGoneEndedOrNotTheirs() {
        String alive = attached("{'userId':'ada','agentId':'helper'}");
        String ended = attached("{'userId':'ada','agentId':'helper'}");
        bench.ask(Bench.PROGRAM, Operations.SESSION_COMPLETE, Bench.ref(ended));
        String bobs = bench.session("{'userId':'bob','agentId':'helper'}");
        bench.time.advance(Duration.ofMinutes(5));

        JsonNode answer = heartbeat(ada, "{'sessions':['" + alive + "','" + ended + "','" + bobs + "','nothing']}");

        assertThat(answer.get("deadlines").findValuesAsString("sessionId")).containsExactly(alive);
        assertThat(bench.stored(bobs).state().renewalCount()).isZero();
        assertThat(bench.stored(alive).state().renewalCount()).isEqualTo(1);
    }

    @Test
    void renewsASessionThatIsNamedWithoutBeingAttached() {
        String sessionId = bench.session();
        bench.time.advance(Duration.ofMinutes(5));

        assertThat(heartbeat(ada, "{'sessions':['" + sessionId + "']}")
                        .get("deadlines")
                        .findValuesAsString("expiresAt"))
                .containsExactly("2026-01-01T00:35:00.000Z");
    }

    @Test
    void lastsNoLongerThanTheDeadlineThoughTheConnectionHeardNothing() {
        String sessionId = attached("{'userId':'ada','agentId':'helper'}");
        heartbeat(ada, "{}");
        socket.frozen = true;
        bench.time.advance(Duration.ofMinutes(30));

        assertThat(heartbeat(ada, "{}").get("deadlines")).isEmpty();
        assertThat(bench.stored(sessionId).state().status()).isEqualTo(SessionStatus.EXPIRED);
    }

    @Test
    void notesWhatWasSeen() {
        String sessionId = attached("{'userId':'ada','agentId':'helper'}");
        bench.ask(Bench.ADA, Operations.MESSAGE_SEND, "{'sessionId':'" + sessionId + "','content':'x'}");

        heartbeat(helper, "{'seen':{'" + sessionId + "':2,'nothing':9}}");

        assertThat(Objects.requireNonNull(
                                bench.memory.log().standing(sessionId, "helper").block())
                        .seen())
                .isEqualTo(2);
    }

    @Test
    void notesHealthAndLoadOfAnAgent() {
        bench.memory
                .agents()
                .connect(SessionCreateTest.agent("helper", "default", null), "c")
                .block();
        bench.time.advance(Duration.ofSeconds(30));

        heartbeat(helper, "{'health':'degraded','load':0.5}");

        JsonNode agent = bench.ask(Bench.ADA, Operations.AGENT_GET, "{'id':'helper'}");
        assertThat(agent.get("health").asString()).isEqualTo("degraded");
        assertThat(agent.get("load").asDouble()).isEqualTo(0.5);
        assertThat(agent.get("lastSeenAt").asString()).isEqualTo("2026-01-01T00:00:30.000Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"'health':'ill'", "'load':1.1", "'load':-0.1", "'load':'much'", "'seen':{'s':-1}", "'seen':[1]"})
    void refusesWhatMakesNoSenseAndRenewsNothing(String params) {
        String sessionId = attached("{'userId':'ada','agentId':'helper'}");
        bench.time.advance(Duration.ofMinutes(10));

        assertThat(bench.refusedIdle(ada, Operations.HEARTBEAT, "{" + params + "}", sessionId)
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @Test
    void tellsWhenTheStoreIsAway() {
        attached("{'userId':'ada','agentId':'helper'}");
        bench.store.refuse("renew", 1, new StoreException.Unavailable("away", false));

        assertThat(bench.refused(ada, Operations.HEARTBEAT, "{}").code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }

    @Test
    void answersAConnectionWithoutSessions() {
        Caller bob = Bench.BOB;
        JsonNode answer = heartbeat(new Call(bob, new TestSocket(bench.memory, null)), "{}");

        assertThat(answer.toString()).isEqualTo("{\"serverTime\":\"2026-01-01T00:00:00.000Z\",\"deadlines\":[]}");
        assertThat(bench.store.calls()).isEqualTo(List.of());
    }

    private String attached(String params) {
        String sessionId = bench.session(params);
        socket.attach(sessionId, null, null).block();
        return sessionId;
    }

    private JsonNode heartbeat(Call call, String params) {
        return bench.ask(call, Operations.HEARTBEAT, params);
    }
}
