package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.SessionParams;
import dev.parley.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class SessionResolveTest {
    private static final String FULL = "{'userId':'ada','agentId':'helper'}";

    private final Bench bench = new Bench();

    @Test
    void makesASessionWithTheSurfaceAttachedWhenThereIsNone() {
        JsonNode made = resolve("{'userId':'ada','agentId':'helper','surfaceId':'tab-1','sessionId':'mine'}");

        assertThat(made.get("created").asBoolean()).isTrue();
        assertThat(made.get("status").asString()).isEqualTo("created");
        assertThat(made.get("surfaces").toString()).isEqualTo("[\"tab-1\"]");
        assertThat(made.get("sessionId").asString()).isNotEqualTo("mine");
    }

    @Test
    void needsTheAgentOnlyWhereASessionHasToBeMade() {
        assertThat(bench.refused(Bench.PROGRAM, Operations.SESSION_RESOLVE, "{'userId':'ada'}")
                        .details())
                .containsEntry("missingFields", List.of("agentId"));
        String active = activeSession(FULL);

        JsonNode hit = resolve("{'userId':'ada'}");
        assertThat(hit.get("sessionId").asString()).isEqualTo(active);
        assertThat(hit.get("created").asBoolean()).isFalse();
    }

    @Test
    void refusesWithoutAUser() {
        assertThat(bench.refused(Bench.PROGRAM, Operations.SESSION_RESOLVE, "{'agentId':'helper'}")
                        .details())
                .containsEntry("missingFields", List.of("userId"));
        assertThat(bench.refused(Bench.BOB, Operations.SESSION_RESOLVE, FULL).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void touchesTheHitAndOverridesTheSessionThatWasNamed() {
        String active = activeSession(FULL);
        bench.time.advance(Duration.ofMinutes(10));

        JsonNode hit = resolve("{'userId':'ada','sessionId':'other'}");

        assertThat(hit.get("sessionId").asString()).isEqualTo(active);
        assertThat(hit.get("timeRemaining").asLong()).isEqualTo(1_800_000);
        assertThat(bench.stored(active).state().lastActivity()).isEqualTo(bench.time.nowMillis());
    }

    @Test
    void prefersTheMostRecentButASurfaceAboveAll() {
        String older = activeSession("{'userId':'ada','agentId':'helper','surfaceId':'phone'}");
        bench.time.advance(Duration.ofSeconds(1));
        String newer = activeSession(FULL);

        assertThat(id(resolve("{'userId':'ada'}"))).isEqualTo(newer);
        bench.time.advance(Duration.ofSeconds(1));
        assertThat(id(resolve("{'userId':'ada','surfaceId':'phone'}"))).isEqualTo(older);
        assertThat(id(resolve("{'userId':'ada','surfaceId':'desk'}"))).isEqualTo(older);
    }

    @Test
    void attachesANewSurfaceAndTellsIt() {
        String active = activeSession("{'userId':'ada','agentId':'helper','surfaceId':'phone'}");

        JsonNode hit = resolve("{'userId':'ada','surfaceId':'desk'}");

        assertThat(hit.get("surfaces").toString()).isEqualTo("[\"phone\",\"desk\"]");
        assertThat(bench.types(active)).containsExactly("session.created", "session.updated");
        JsonNode body = bench.lastBody(active);
        assertThat(body.get("version").asLong()).isEqualTo(hit.get("version").asLong());
        assertThat(body.get("changed").toString()).isEqualTo("[\"surfaces\"]");
    }

    @Test
    void passesOverWhatHasEndedOrWasMadeOtherwise() {
        String completed = activeSession(FULL);
        bench.ask(Bench.PROGRAM, Operations.SESSION_COMPLETE, Bench.ref(completed));
        String created = bench.session();

        assertThat(id(resolve(FULL))).isNotIn(completed, created);
    }

    @Test
    void findsTheNewestOfAThousandInOneLookAndTouchesIt() {
        String newest = "";
        for (int i = 0; i < 1000; i++) {
            newest = activeSession(FULL);
        }
        bench.time.advance(Duration.ofSeconds(1));
        bench.ask(Bench.PROGRAM, Operations.SESSION_TOUCH, Bench.ref(newest));
        bench.store.calls();

        assertThat(id(resolve("{'userId':'ada'}"))).isEqualTo(newest);
        assertThat(bench.store.calls()).containsExactly("candidates", "renew");
    }

    @Test
    void sharesWhatResolveMadeForTenSeconds() {
        String made = id(resolve(FULL));
        bench.time.advance(Duration.ofMillis(9_999));
        JsonNode again = resolve("{'userId':'ada','agentId':'helper','surfaceId':'tab'}");
        assertThat(id(again)).isEqualTo(made);
        assertThat(again.get("status").asString()).isEqualTo("created");
        assertThat(again.get("surfaces").toString()).isEqualTo("[\"tab\"]");

        bench.time.advance(Duration.ofMillis(1));
        assertThat(id(resolve(FULL))).isNotEqualTo(made);
    }

    @Test
    void revivesASuspendedSession() {
        String sleeper = activeSession("{'userId':'ada','agentId':'helper','timeoutConfig':{'onIdle':'suspend'}}");
        bench.time.advance(Duration.ofMinutes(31));

        JsonNode hit = resolve(FULL);

        assertThat(id(hit)).isEqualTo(sleeper);
        assertThat(hit.get("status").asString()).isEqualTo("active");
    }

    @Test
    void prefersASuspendedSessionThatHasTheSurfaceToAnActiveOneThatHasNot() {
        String sleeper = activeSession(
                "{'userId':'ada','agentId':'helper','surfaceId':'phone','timeoutConfig':{'onIdle':'suspend'}}");
        bench.time.advance(Duration.ofMinutes(31));
        String awake = activeSession(FULL);

        JsonNode hit = resolve("{'userId':'ada','surfaceId':'phone'}");
        assertThat(id(hit)).isEqualTo(sleeper);
        assertThat(hit.get("status").asString()).isEqualTo("active");
        bench.ask(Bench.PROGRAM, Operations.SESSION_TOUCH, Bench.ref(awake));
        bench.time.advance(Duration.ofSeconds(1));
        bench.ask(Bench.PROGRAM, Operations.SESSION_TOUCH, Bench.ref(awake));
        assertThat(id(resolve("{'userId':'ada'}"))).isEqualTo(awake);
    }

    @Test
    void looksAgainWhenTheHitEndsMeanwhile() {
        String doomed = activeSession(FULL);
        bench.store.before(
                "renew",
                () -> bench.memory.sessions().delete(doomed, "op", null).block());

        JsonNode made = resolve(FULL);

        assertThat(id(made)).isNotEqualTo(doomed);
        assertThat(made.get("created").asBoolean()).isTrue();
    }

    @Test
    void givesFiftyCallersAtOnceOneSession() throws Exception {
        for (int round = 0; round < 20; round++) {
            String params = "{'userId':'u" + round + "','agentId':'helper'}";
            List<JsonNode> answers = atOnce(50, i -> resolve(params));

            Set<String> ids = answers.stream().map(SessionResolveTest::id).collect(Collectors.toSet());
            assertThat(ids).hasSize(1);
            assertThat(answers.stream().filter(answer -> answer.get("created").asBoolean()))
                    .hasSize(1);
        }
    }

    @Test
    void attachesFiftySurfacesAtOnceAndLosesNone() throws Exception {
        String active = activeSession(FULL);

        atOnce(50, i -> resolve("{'userId':'ada','surfaceId':'tab-" + i + "'}"));

        assertThat(bench.stored(active).document().surfaces()).hasSize(50).doesNotHaveDuplicates();
        assertThat(bench.stored(active).state().version()).isEqualTo(51);
    }

    @Test
    void attachesTheConnectionThatAsks() {
        String active = activeSession(FULL);
        TestSocket socket = new TestSocket(bench.memory, "tab");
        Call call = new Call(Bench.ADA, socket);

        bench.ask(call, Operations.SESSION_RESOLVE, FULL);
        assertThat(socket.attachedFrom).isEqualTo(Map.of(active, 2L));

        socket.attachedFrom.clear();
        bench.ask(call, Operations.SESSION_RESOLVE, FULL);
        assertThat(socket.attachedFrom).isEmpty();
    }

    @Test
    void givesAnAgentOnlySessionsThatItTakesPartIn() {
        activeSession("{'userId':'ada','agentId':'other'}");
        String own = activeSession(FULL);
        bench.time.advance(Duration.ofSeconds(1));
        activeSession("{'userId':'ada','agentId':'other'}");

        assertThat(id(bench.ask(Bench.HELPER, Operations.SESSION_RESOLVE, FULL)))
                .isEqualTo(own);
    }

    @Test
    void canPreferOtherwise() {
        SessionService never = new SessionService(bench.memory, GatewayConfig.DEFAULT, (candidates, surface) -> null);
        activeSession(FULL);

        assertThat(never.find(
                                new Call(Bench.PROGRAM, null),
                                BodyCodec.decode(Bench.json(FULL), SessionParams.Create.class))
                        .blockOptional()
                        .orElseThrow()
                        .created())
                .isTrue();
    }

    @Test
    void passesOnThatTheStoreIsAway() {
        bench.store.refuse("candidates", 1, new StoreException.Unavailable("away", false));

        assertThat(bench.refused(Bench.PROGRAM, Operations.SESSION_RESOLVE, FULL)
                        .details())
                .containsEntry("outcome", "refused");
    }

    private JsonNode resolve(String params) {
        return bench.ask(Bench.PROGRAM, Operations.SESSION_RESOLVE, params);
    }

    private String activeSession(String params) {
        String sessionId = bench.session(params);
        bench.ask(Bench.PROGRAM, Operations.SESSION_TOUCH, Bench.ref(sessionId));
        return sessionId;
    }

    private static String id(JsonNode answer) {
        return answer.get("sessionId").asString();
    }

    interface Numbered<T> {
        T run(int number);
    }

    static <T> List<T> atOnce(int count, Numbered<T> task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            CyclicBarrier start = new CyclicBarrier(count);
            List<Callable<T>> tasks = IntStream.range(0, count)
                    .mapToObj(i -> (Callable<T>) () -> {
                        start.await();
                        return task.run(i);
                    })
                    .toList();
            List<T> answers = new ArrayList<>();
            for (Future<T> answer : threads.invokeAll(tasks)) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            threads.shutdownNow();
        }
    }
}
