package dev.parley.gateway.availability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.session.Bench;
import dev.parley.store.EventLog;
import dev.parley.store.FaultyStore;
import dev.parley.store.FaultyStore.Trip;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

class GuardedStoreTest {
    private final Bench bench = new Bench();
    private final FaultyStore line = new FaultyStore(bench.memory, bench.time);
    private final GuardedStore store = new GuardedStore(line, bench.time, 2_000);

    /** What became of a call. */
    private static final class Outcome<T> {
        private @Nullable T answer;
        private @Nullable Throwable failure;
        private boolean over;

        static <T> Outcome<T> of(Mono<T> call) {
            Outcome<T> outcome = new Outcome<>();
            call.subscribe(
                    answer -> outcome.answer = answer,
                    failure -> {
                        outcome.failure = failure;
                        outcome.over = true;
                    },
                    () -> outcome.over = true);
            return outcome;
        }
    }

    private void afterMillis(long millis) {
        bench.time.advance(Duration.ofMillis(millis));
    }

    @Test
    @DisplayName("a read that is not answered in time fails, and was refused; a write's outcome is unknown")
    void deadlines() {
        String id = bench.session();
        line.line((call, argument) -> Trip.SWALLOWED);
        Outcome<StoredSession> read = Outcome.of(store.sessions().load(id));
        Outcome<Void> written = Outcome.of(store.log().seen(id, "ada", 1));
        afterMillis(1_999);
        assertThat(read.over || written.over).isFalse();
        afterMillis(1);
        assertThat(read.failure)
                .isInstanceOfSatisfying(
                        StoreException.Unavailable.class,
                        failure -> assertThat(failure.outcomeUnknown()).isFalse());
        assertThat(written.failure)
                .isInstanceOfSatisfying(
                        StoreException.Unavailable.class,
                        failure -> assertThat(failure.outcomeUnknown()).isTrue());
    }

    @Test
    @DisplayName("each of thousands of calls ends once: by its answer when that is in time, else at its deadline")
    void eachByItsOwnTime() {
        String id = bench.session();
        Random random = new Random(7);
        List<Outcome<StoredSession>> calls = new ArrayList<>();
        List<Long> answersAfter = new ArrayList<>();
        List<Long> ended = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            long after = random.nextInt(20) == 0 ? 60_000 : random.nextInt(2_400);
            line.line((call, argument) -> Trip.late(0, after));
            long began = bench.time.nowMillis();
            answersAfter.add(after);
            int number = i;
            ended.add(-1L);
            calls.add(Outcome.of(
                    store.sessions().load(id).doOnTerminate(() -> ended.set(number, bench.time.nowMillis() - began))));
            afterMillis(random.nextInt(3));
        }
        afterMillis(100_000);
        for (int i = 0; i < calls.size(); i++) {
            Outcome<StoredSession> call = calls.get(i);
            boolean inTime = answersAfter.get(i) < 2_000;
            assertThat(call.over).isTrue();
            assertThat(ended.get(i)).as("call %d", i).isEqualTo(Math.min(2_000, answersAfter.get(i)));
            if (answersAfter.get(i) != 2_000) {
                assertThat(call.answer != null).as("call %d", i).isEqualTo(inTime);
            }
        }
        assertThat(bench.time.pending()).isZero();
    }

    @Test
    @DisplayName("thousands of calls that are out have one timer, and none when they are over")
    void oneTimer() {
        String id = bench.session();
        line.line((call, argument) -> Trip.SWALLOWED);
        for (int i = 0; i < 1_000; i++) {
            Outcome.of(store.sessions().load(id));
        }
        assertThat(bench.time.pending()).isEqualTo(1);
        Disposable calledOff = store.sessions().load(id).subscribe();
        calledOff.dispose();
        afterMillis(2_000);
        assertThat(bench.time.pending()).isZero();
    }

    @Test
    @DisplayName("a subscription that comes when nobody waits any more is closed")
    void lateSubscription() {
        String id = bench.session();
        line.line((call, argument) -> Trip.late(0, 3_000));
        Outcome<EventLog.Subscription> outcome = Outcome.of(store.log().subscribe(id, new Deaf()));
        afterMillis(2_000);
        assertThat(outcome.failure).isInstanceOf(StoreException.Unavailable.class);
        assertThat(bench.memory.liveSubscriptions()).isEqualTo(1);
        afterMillis(1_000);
        assertThat(bench.memory.liveSubscriptions()).isZero();
    }

    @Test
    @DisplayName("refusals of the store are passed on as they are")
    void refusals() {
        Outcome<StoredSession> outcome = Outcome.of(store.sessions().load("nobody"));
        assertThat(outcome.failure).isInstanceOf(StoreException.NotFound.class);
        afterMillis(2_000);
        assertThat(bench.time.pending()).isZero();
    }

    @Test
    @DisplayName("the embedded store's calls are passed on without anything around them")
    void embedded() {
        GuardedStore guarded = new GuardedStore(bench.memory, bench.time, 2_000);
        assertThat(GuardedStore.answersAtOnce(guarded)).isTrue();
        assertThat(GuardedStore.answersAtOnce(store)).isFalse();
        SessionStore sessions = guarded.sessions();
        assertThat(List.of(
                        sessions.load("s"),
                        sessions.counts(),
                        guarded.log().read("s", 0, 1),
                        guarded.log().standing("s", "ada"),
                        guarded.agents().get("default", "helper")))
                .allSatisfy(call -> assertThat(call).isInstanceOf(Callable.class));
    }

    /** Hears nothing of what it is told. */
    private static final class Deaf implements FeedListener {
        @Override
        public void onEvent(LoggedEvent event, SessionState state) {}

        @Override
        public void onState(SessionState state) {}

        @Override
        public void onSignal(Signal signal) {}

        @Override
        public void onDeleted(@Nullable LoggedEvent last) {}

        @Override
        public void onReset(SessionState state) {}
    }
}
