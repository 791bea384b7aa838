package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.store.TaskStore.EndedSession;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskUpdate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The turns of tasks: when each begins and ends, and what ends them all. */
abstract class TaskTurnsContract extends TasksGroup {
    TaskTurnsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("only who has the turn is heard: not another agent, not another attempt")
    void turns() {
        String id = create(task("bot").retries(1).fallbacks("second"));
        refusal(StoreException.NotYourTurn.class, tasks().update(update(id, "second", 1L, null, 1.0, null)));
        refusal(StoreException.NotYourTurn.class, tasks().update(update(id, "bot", 2L, null, 1.0, null)));
        get(tasks().update(update(id, null, null, null, 1.0, null)));
        get(tasks().update(update(id, "bot", null, "failed", null, null)));
        StoreException.NotYourTurn between =
                refusal(StoreException.NotYourTurn.class, tasks().update(update(id, "bot", 1L, null, 2.0, null)));
        assertThat(between.isHeld()).isFalse();
        advanceSeconds(1);
        fire();
        refusal(StoreException.NotYourTurn.class, tasks().update(update(id, "bot", 1L, "completed", null, null)));
        refusal(StoreException.NotYourTurn.class, tasks().update(update(id, null, null, "completed", null, null)));
        assertThat(get(tasks().update(update(id, null, 2L, "failed", null, null)))
                        .task()
                        .delegatee())
                .isEqualTo("second");
        StoreException.NotYourTurn late = refusal(
                StoreException.NotYourTurn.class, tasks().update(update(id, "bot", 2L, "completed", null, null)));
        assertThat(late.agentId()).isEqualTo("second");
        assertThat(late.attempt()).isEqualTo(3);
        assertThat(late.isHeld()).isTrue();
        assertThat(get(tasks().update(update(id, "second", null, "completed", null, null)))
                        .task()
                        .status())
                .isEqualTo("completed");
    }

    @Test
    @DisplayName("a silent agent's turn ends on time, in progress or not: then retries, then fallbacks, then the end")
    void timesOut() {
        String id = create(task("a").retries(2).fallbacks("b", "c"));
        long start = now();
        assertThat(nextAt()).isEqualTo(start + 60_000);
        advanceSeconds(59);
        get(tasks().update(update(id, "a", 1L, null, 50.0, null)));
        assertThat(fire()).isEmpty();
        advanceSeconds(1);
        assertThat(fire()).containsExactly(0L);
        Task waiting = of(id);
        assertThat(waiting.status()).isEqualTo("pending");
        assertThat(waiting.nextTurnAt()).isEqualTo(Instant.ofEpochMilli(start + 61_000));
        assertThat(waiting.turnEndsAt()).isNull();
        assertThat(waiting.progress()).isNull();
        advanceSeconds(1);
        assertThat(fire()).isEmpty();
        assertThat(of(id).attempt()).isEqualTo(2);
        assertThat(of(id).turnEndsAt()).isEqualTo(Instant.ofEpochMilli(now() + 60_000));
        advanceSeconds(60);
        fire();
        assertThat(of(id).nextTurnAt()).isEqualTo(Instant.ofEpochMilli(now() + 2000));
        advanceSeconds(2);
        fire();
        assertThat(of(id).attempt()).isEqualTo(3);
        advanceSeconds(60);
        fire();
        assertThat(of(id).delegatee()).isEqualTo("b");
        assertThat(of(id).attempt()).isEqualTo(4);
        assertThat(page(query().delegatee("a"))).isEmpty();
        assertThat(page(query().delegatee("b"))).containsExactly(id);
        advanceSeconds(60);
        fire();
        assertThat(of(id).delegatee()).isEqualTo("c");
        advanceSeconds(61);
        assertThat(fire()).containsExactly(1000L);
        Task end = of(id);
        assertThat(end.status()).isEqualTo("timeout");
        assertThat(end.endedAt()).isEqualTo(Instant.ofEpochMilli(now() - 1000));
        assertThat(fire()).isEmpty();
    }

    @Test
    @DisplayName("turns that were lost are kept with the task, and those who lost them find it")
    void lostTurns() {
        String id = create(task("a").retries(1).fallbacks("b", "a"));
        long start = now();
        assertThat(of(id).lostTurns()).isEmpty();
        advanceSeconds(60);
        fire();
        Turn first = new Turn(1, "a", "timeout", Instant.ofEpochMilli(start + 60_000));
        assertThat(of(id).lostTurns()).containsExactly(first);
        assertThat(page(query().former("a"))).as("it is its own again").isEmpty();
        advanceSeconds(1);
        get(tasks().update(update(id, "a", 2L, "failed", null, null)));
        Turn second = new Turn(2, "a", "failed", Instant.ofEpochMilli(now()));
        assertThat(of(id).lostTurns()).containsExactly(first, second);
        assertThat(page(query().former("a"))).containsExactly(id);
        assertThat(page(query().former("a").statuses("pending"))).containsExactly(id);
        assertThat(page(query().former("a").delegatee("b"))).containsExactly(id);
        assertThat(page(query().former("b"))).isEmpty();
        advanceSeconds(60);
        fire();
        assertThat(page(query().former("a"))).isEmpty();
        assertThat(page(query().former("b"))).containsExactly(id);
        advanceSeconds(60);
        fire();
        Task end = of(id);
        assertThat(end.status()).isEqualTo("timeout");
        assertThat(end.lostTurns()).extracting(Turn::agentId).containsExactly("a", "a", "b", "a");
        assertThat(end.lostTurns()).extracting(Turn::attempt).containsExactly(1L, 2L, 3L, 4L);
        advanceSeconds(3600);
        fire();
        assertThat(page(query().former("b"))).isEmpty();
    }

    @Test
    @DisplayName("the end of a session cancels what is unfinished of it, once, and nothing is made in it any more")
    void sessionEnds() {
        String held = create(task("a").session("s", "k1").fallbacks("b"));
        String waiting = create(task("a").session("s", "k1").retries(1));
        get(tasks().update(update(waiting, "a", 1L, "failed", null, null)));
        String begun = create(task("b").session("t", "k2"));
        get(tasks().update(update(begun, "b", 1L, null, 5.0, null)));
        NewTask repeated = task("a").session("s", "k1").build();
        String done = get(tasks().create(repeated)).task().taskId();
        get(tasks().update(update(done, "a", 1L, "completed", null, null)));
        String late = create(task("a").session("s", "k1").timeoutMs(1000));
        String other = create(task("a").session("s", "k3"));
        String free = create(task("a"));
        RawJson why = RawJson.of("{\"code\":\"SESSION_ENDED\"}");
        List<EndedSession> ended = List.of(new EndedSession("s", "k1", why), new EndedSession("t", "k2", why));
        advanceSeconds(1);
        assertThat(get(tasks().endSessions("default", ended))).isEqualTo(2);
        for (String id : List.of(held, waiting, begun)) {
            assertThat(of(id).status()).isEqualTo("cancelled");
            assertThat(of(id).error()).isEqualTo(why);
            assertThat(of(id).endedAt()).isEqualTo(Instant.ofEpochMilli(now()));
            assertThat(of(id).nextTurnAt()).isNull();
        }
        assertThat(of(late).status()).as("its time was up before").isEqualTo("timeout");
        assertThat(of(done).status()).isEqualTo("completed");
        assertThat(of(other).status()).isEqualTo("pending");
        assertThat(of(free).status()).isEqualTo("pending");
        refusal(StoreException.TaskFinished.class, tasks().update(update(held, "a", 1L, "completed", null, null)));
        refusal(
                StoreException.NotFound.class,
                tasks().create(task("a").session("s", "k1").build()));
        assertThat(get(tasks().create(repeated)).task().taskId()).as("a repeat").isEqualTo(done);
        long version = get(tasks().get("default", held)).version();
        assertThat(get(tasks().endSessions("default", ended))).isEqualTo(2);
        assertThat(get(tasks().get("default", held)).version()).isEqualTo(version);
        assertThat(get(tasks().endSessions("other", ended))).isEqualTo(2);
        advanceSeconds(59);
        fire();
        assertThat(of(held).status()).isEqualTo("cancelled");
        assertThat(work("b").open()).isZero();
    }

    @Test
    @DisplayName("many tasks of ended sessions are cancelled some at a time, until none is left")
    void manyTasksOfEndedSessions() {
        List<EndedSession> ended = new ArrayList<>();
        for (String session : List.of("s", "t", "u")) {
            ended.add(new EndedSession(session, "k", RawJson.of("{}")));
            for (int i = 0; i < 120; i++) {
                create(task("a" + i % 3).session(session, "k"));
            }
        }
        int done = get(tasks().endSessions("default", ended));
        assertThat(done).isEqualTo(1);
        assertThat(get(tasks().endSessions("default", ended.subList(done, 3)))).isEqualTo(2);
        assertThat(work("a0").open()).isZero();
        assertThat(work("a1").open()).isZero();
    }

    @Test
    @DisplayName("a task ends as its last turn did, and back-off doubles where it is exponential")
    void backoff() {
        String id = create(task("a").policy(new RetryPolicy(3, Task.EXPONENTIAL, 500)));
        for (long delay : new long[] {500, 1000, 2000}) {
            get(tasks().update(update(id, "a", null, "failed", null, null)));
            assertThat(of(id).nextTurnAt()).isEqualTo(Instant.ofEpochMilli(now() + delay));
            advanceSeconds(2);
            fire();
        }
        TaskUpdate last = new TaskUpdate(
                "default", id, operation(), "a", 4L, "failed", null, null, RawJson.of("{\"why\":\"tired\"}"));
        Task end = get(tasks().update(last)).task();
        assertThat(end.status()).isEqualTo("failed");
        assertThat(end.error()).isEqualTo(RawJson.of("{\"why\":\"tired\"}"));
    }

    @Test
    @DisplayName("the instant decides: a turn whose time is up is over, whether or not anything has fired it")
    void instantDecides() {
        String id = create(task("a").fallbacks("b"));
        advanceSeconds(60);
        refusal(StoreException.NotYourTurn.class, tasks().update(update(id, "a", 1L, "completed", null, null)));
        assertThat(of(id).delegatee()).isEqualTo("b");
        advanceSeconds(60);
        assertThat(page(query().statuses("timeout"))).containsExactly(id);
        assertThat(fire()).isEmpty();
        refusal(StoreException.TaskFinished.class, tasks().cancel("default", id, operation()));
    }
}
