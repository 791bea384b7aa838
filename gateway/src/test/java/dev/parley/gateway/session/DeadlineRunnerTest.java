package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.catalog.Operations;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.StoreException;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DeadlineRunnerTest {
    private static final long START = ManualTime.START;

    private final Bench bench = new Bench();
    private final List<Long> lateness = new ArrayList<>();
    private final DeadlineRunner runner =
            new DeadlineRunner(bench.store.sessions(), bench.time, bench.memory::nowMillis, lateness::add);

    @AfterEach
    void stop() {
        runner.close();
    }

    @Test
    void givesEachWarningAndEachEndOnceAndOnTime() {
        runner.start();
        Random random = new Random(42);
        Map<String, Ear> ears = new LinkedHashMap<>();
        for (int i = 0; i < 1_000; i++) {
            double minutes = 5 + random.nextInt(6_000) / 100.0;
            String sessionId = bench.session(
                    "{'userId':'u" + i + "','agentId':'helper','timeoutConfig':{'timeoutMinutes':" + minutes + "}}");
            Ear ear = new Ear(START + Math.round(minutes * 60_000));
            bench.memory.log().subscribe(sessionId, ear).block();
            ears.put(sessionId, ear);
        }
        bench.time.advance(Duration.ofMinutes(66));

        ears.forEach((sessionId, ear) -> {
            boolean warned = ear.end - START > 300_000;
            List<Long> due = new ArrayList<>();
            for (long rung : List.of(300_000L, 60_000L, 10_000L)) {
                if (warned || rung < 300_000) {
                    due.add(ear.end - rung);
                }
            }
            assertThat(ear.warnedAt).as(sessionId).isEqualTo(due);
            assertThat(ear.endedAt).containsExactly(ear.end);
        });
        assertThat(lateness).hasSizeBetween(3_990, 4_000).containsOnly(0L);
    }

    @Test
    void doesNothingAtRest() {
        runner.start();
        bench.session();
        bench.store.calls();

        bench.time.advance(Duration.ofMinutes(24));

        assertThat(bench.store.calls()).isEmpty();
        assertThat(bench.time.pending()).isEqualTo(1);
    }

    @Test
    void takesUpWhatWasDueBeforeItStarted() {
        String sessionId = bench.session();
        bench.time.advance(Duration.ofMinutes(40));

        runner.start();
        bench.time.advance(Duration.ZERO);

        assertThat(lateness).containsExactly(600_000L);
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.expired");
    }

    @Test
    void wakesForWhatBecomesDueEarlier() {
        runner.start();
        bench.session("{'userId':'ada','agentId':'helper','timeoutConfig':{'timeoutMinutes':600}}");
        String soon = bench.session("{'userId':'ada','agentId':'helper','timeoutConfig':{'timeoutMinutes':6}}");
        Ear ear = new Ear(0);
        bench.memory.log().subscribe(soon, ear).block();

        bench.time.advance(Duration.ofMinutes(7));

        assertThat(ear.warnedAt).containsExactly(START + 60_000, START + 300_000, START + 350_000);
        assertThat(ear.endedAt).containsExactly(START + 360_000);
    }

    @Test
    void isSilentForWhatWasRenewedInTime() {
        runner.start();
        String sessionId = bench.session();
        Ear ear = new Ear(0);
        bench.memory.log().subscribe(sessionId, ear).block();
        for (int i = 0; i < 20; i++) {
            bench.time.advance(Duration.ofMinutes(25).minusMillis(1));
            bench.ask(Bench.ADA, Operations.SESSION_TOUCH, Bench.ref(sessionId));
        }

        assertThat(ear.warnedAt).isEmpty();
        assertThat(ear.endedAt).isEmpty();
        assertThat(lateness).isEmpty();
    }

    @Test
    void goesOnInBatchesUntilNothingIsDue() {
        for (int i = 0; i < 1_200; i++) {
            bench.session();
        }
        bench.time.advance(Duration.ofMinutes(30));
        bench.store.calls();

        runner.start();
        bench.time.advance(Duration.ZERO);

        assertThat(lateness).hasSize(1_200);
        assertThat(bench.store.calls()).containsExactly("fire", "fire", "fire");
    }

    @Test
    void survivesAStoreThatIsAwayForAWhile() {
        runner.start();
        String sessionId = bench.session();
        bench.time.advance(Duration.ofMinutes(29));
        bench.store.calls();
        bench.store.refuse("fire", 10, new StoreException.Unavailable("away", false));

        bench.time.advance(Duration.ofMinutes(2));

        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.expired");
        // Backing off from 50 ms to 2 s: 50, 100 … 1,600, 2,000 four times, from the rung of the last ten seconds on.
        assertThat(bench.store.calls()).hasSizeBetween(11, 13).containsOnly("fire");
        assertThat(lateness.get(lateness.size() - 1)).isLessThan(2_000);
    }

    @Test
    void goesOnWhenAnAnswerWasLost() {
        runner.start();
        String sessionId = bench.session();
        Ear ear = new Ear(0);
        bench.memory.log().subscribe(sessionId, ear).block();
        bench.store.loseAnswer("fire", new StoreException.Unavailable("lost", true));

        bench.time.advance(Duration.ofMinutes(31));

        assertThat(ear.warnedAt).containsExactly(START + 1_500_000, START + 1_740_000, START + 1_790_000);
        assertThat(ear.endedAt).containsExactly(START + 1_800_000);
    }

    @Test
    void removesWhatIsPastItsRetention() {
        runner.start();
        String sessionId = bench.session();
        Ear ear = new Ear(0);
        bench.memory.log().subscribe(sessionId, ear).block();

        bench.time.advance(Duration.ofMinutes(90).minusMillis(1));
        assertThat(ear.gone).isFalse();
        bench.time.advance(Duration.ofMillis(1));
        assertThat(ear.gone).isTrue();
        assertThat(bench.time.pending()).isZero();
    }

    @Test
    void leavesNothingBehindWhenItStops() {
        runner.start();
        bench.session();

        runner.close();

        assertThat(bench.time.pending()).isZero();
        bench.session("{'userId':'ada','agentId':'helper','timeoutConfig':{'timeoutMinutes':5}}");
        assertThat(bench.time.pending()).isZero();
        bench.time.advance(Duration.ofHours(1));
        assertThat(lateness).isEmpty();
    }

    /** Hears when what happens to one session. */
    private final class Ear extends FeedEar {
        private final long end;
        private final List<Long> warnedAt = new ArrayList<>();
        private final List<Long> endedAt = new ArrayList<>();
        private boolean gone;

        Ear(long end) {
            this.end = end;
        }

        @Override
        public void onEvent(LoggedEvent event, SessionState state) {
            endedAt.add(bench.time.nowMillis());
        }

        @Override
        public void onState(SessionState state) {
            if (state.rung() > 0) {
                warnedAt.add(bench.time.nowMillis());
            }
        }

        @Override
        public void onDeleted(@Nullable LoggedEvent last) {
            gone = true;
        }
    }
}
