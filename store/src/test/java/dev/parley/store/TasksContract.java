package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import dev.parley.store.TaskStore.EndedSession;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import dev.parley.store.TaskStore.TaskPage;
import dev.parley.store.TaskStore.TaskQuery;
import dev.parley.store.TaskStore.TaskUpdate;
import dev.parley.store.TaskStore.Work;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tasks: made, updated, called off, found, bounded and told of. */
abstract class TasksContract extends TasksGroup {
    TasksContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("a new task is in its agent's hands at once, and can be read by its workspace alone")
    void create() {
        NewTask given = task("bot").build();
        StoredTask made = get(tasks().create(given));
        Task task = made.task();
        assertThat(task.status()).isEqualTo("pending");
        assertThat(task.attempt()).isEqualTo(1);
        assertThat(task.delegatee()).isEqualTo("bot");
        assertThat(task.delegator()).isEqualTo("boss");
        assertThat(task.payload()).isEqualTo(PAYLOAD);
        assertThat(task.createdAt()).isEqualTo(Instant.ofEpochMilli(now()));
        assertThat(task.turnEndsAt()).isEqualTo(Instant.ofEpochMilli(now() + 60_000));
        assertThat(task.nextTurnAt()).isNull();
        assertThat(task.fallbackAgents()).isEmpty();
        assertThat(task.retryPolicy()).isEqualTo(NO_RETRIES);
        assertThat(made.isHeld()).isTrue();
        assertThat(made.envelope()).isNull();
        assertThat(get(tasks().get("default", given.taskId()))).isEqualTo(made);
        refusal(StoreException.NotFound.class, tasks().get("other", given.taskId()));
        refusal(StoreException.NotFound.class, tasks().get("default", "unknown"));
        refusal(StoreException.NotFound.class, tasks().cancel("other", given.taskId(), operation()));
        assertThat(get(tasks().create(given))).as("a repeat").isEqualTo(made);
        assertThat(page(query())).containsExactly(given.taskId());
    }

    @Test
    @DisplayName("an update shows, the last one finishes the task, and a finished one does not change any more")
    void update() {
        String id = create(task("bot"));
        StoredTask begun = get(tasks().update(update(id, "bot", 1L, null, 12.5, null)));
        assertThat(begun.task().status()).isEqualTo("in_progress");
        assertThat(begun.task().progress()).isEqualTo(12.5);
        advanceSeconds(3);
        TaskUpdate last = update(id, "bot", 1L, "completed", null, RawJson.of("{\"answer\":42}"));
        Task done = get(tasks().update(last)).task();
        assertThat(done.status()).isEqualTo("completed");
        assertThat(done.progress()).isEqualTo(100.0);
        assertThat(done.result()).isEqualTo(RawJson.of("{\"answer\":42}"));
        assertThat(done.endedAt()).isEqualTo(Instant.ofEpochMilli(now()));
        assertThat(done.turnEndsAt()).isNull();
        assertThat(get(tasks().update(last)).task()).as("a repeat").isEqualTo(done);
        assertThat(refusal(
                                StoreException.TaskFinished.class,
                                tasks().update(update(id, "bot", 1L, "failed", null, null)))
                        .status())
                .isEqualTo("completed");
        refusal(StoreException.TaskFinished.class, tasks().cancel("default", id, operation()));
        advanceSeconds(120);
        assertThat(fire()).isEmpty();
        assertThat(get(tasks().get("default", id)).task()).isEqualTo(done);
    }

    @Test
    @DisplayName("a cancelled task is over, for the one who has it and for those who would come")
    void cancel() {
        String id = create(task("a").retries(3).fallbacks("b"));
        String operation = operation();
        StoredTask cancelled = get(tasks().cancel("default", id, operation));
        assertThat(cancelled.task().status()).isEqualTo("cancelled");
        assertThat(get(tasks().cancel("default", id, operation))).isEqualTo(cancelled);
        advanceSeconds(200);
        assertThat(fire()).isEmpty();
        assertThat(of(id).status()).isEqualTo("cancelled");
        refusal(StoreException.TaskFinished.class, tasks().update(update(id, "a", 1L, "completed", null, null)));
    }

    @Test
    @DisplayName("lists are most urgent first, then oldest; each filter counts; pages follow each other")
    void list() {
        String low = create(task("a").priority("low"));
        String first = create(task("a"));
        String second = create(task("a").session("s", "k1"));
        String urgent = create(task("b").priority("critical").from("chief"));
        String high = create(task("b").priority("high").session("s", "k2"));
        assertThat(page(query())).containsExactly(urgent, high, first, second, low);
        assertThat(page(query().delegatee("a"))).containsExactly(first, second, low);
        assertThat(page(query().delegator("boss").delegatee("b"))).containsExactly(high);
        assertThat(page(query().session("s", "k1"))).containsExactly(second);
        assertThat(page(query().session("s", "k3"))).isEmpty();
        get(tasks().update(update(second, "a", 1L, "in_progress", null, null)));
        get(tasks().update(update(low, "a", 1L, "completed", null, null)));
        assertThat(page(query().statuses("in_progress"))).containsExactly(second);
        assertThat(page(query().delegatee("a").statuses("pending", "in_progress")))
                .containsExactly(first, second);
        assertThat(page(query().delegatee("a").statuses("completed"))).containsExactly(low);
        assertThat(page(query().statuses("pending", "completed"))).containsExactly(urgent, high, first, low);
        List<String> paged = new ArrayList<>();
        String cursor = null;
        do {
            TaskPage page =
                    get(tasks().list(new TaskQuery("default", null, null, null, null, null, Set.of(), cursor, 2)));
            assertThat(page.tasks()).hasSizeLessThanOrEqualTo(2);
            page.tasks().forEach(task -> paged.add(task.task().taskId()));
            cursor = page.next();
        } while (cursor != null);
        assertThat(paged).containsExactly(urgent, high, first, second, low);
    }

    @Test
    @DisplayName("a finished task is kept for the retention, and then nothing of it is left")
    void retention() {
        String id = create(task("a"));
        get(tasks().cancel("default", id, operation()));
        advanceSeconds(3599);
        fire();
        assertThat(of(id).status()).isEqualTo("cancelled");
        advanceSeconds(1);
        refusal(StoreException.NotFound.class, tasks().get("default", id));
        fire();
        assertThat(page(query())).isEmpty();
        assertNothingDue();
    }

    @Test
    @DisplayName("what may be kept has limits: open ones are refused, finished ones give way, the oldest first")
    void limits() {
        TaskLimits limits = new TaskLimits(2, 3, 4, 1000);
        String a1 = create(task("a").limits(limits));
        String a2 = create(task("a").limits(limits));
        assertThat(full(task("a").limits(limits))).isEqualTo("agent");
        create(task("b").limits(limits));
        assertThat(full(task("c").limits(limits))).isEqualTo("workspace");
        get(tasks().cancel("default", a2, operation()));
        get(tasks().cancel("default", a1, operation()));
        create(task("a").limits(limits));
        String newest = create(task("a").limits(limits));
        assertThat(page(query())).hasSize(4).contains(a1, newest).doesNotContain(a2);
        TaskLimits narrow = new TaskLimits(9, 9, 9, 4L * PAYLOAD.length() - 1);
        create(task("b").limits(new TaskLimits(9, 9, 9, 4L * PAYLOAD.length())));
        assertThat(page(query())).hasSize(4).doesNotContain(a1);
        assertThat(full(task("b").limits(narrow))).isEqualTo("bytes");
    }

    @Test
    @DisplayName("an agent that failed or timed out five times in a row rests, and is passed over as a fallback")
    void rest() {
        for (int i = 0; i < 5; i++) {
            assertThat(work("bad").restsUntil()).isZero();
            String id = create(task("bad"));
            get(tasks().update(update(id, "bad", 1L, "failed", null, null)));
        }
        assertThat(work("bad")).isEqualTo(new Work(0, 5, now() + 30_000));
        String id = create(task("a").fallbacks("bad", "good"));
        get(tasks().update(update(id, "a", 1L, "failed", null, null)));
        assertThat(of(id).delegatee()).isEqualTo("good");
        assertThat(work("good")).isEqualTo(new Work(1, 0, 0));
        advanceSeconds(30);
        String trial = create(task("a").fallbacks("bad"));
        get(tasks().update(update(trial, "a", 1L, "failed", null, null)));
        assertThat(of(trial).delegatee()).as("the trial").isEqualTo("bad");
        assertThat(work("bad").restsUntil()).as("one trial").isEqualTo(now() + 60_000);
        get(tasks().update(update(trial, "bad", 2L, "failed", null, null)));
        assertThat(work("bad").restsUntil()).as("doubled").isEqualTo(now() + 60_000);
        assertThat(resting(task("bad").chosen())).isTrue();
        assertThat(page(query().delegatee("bad").statuses("pending"))).isEmpty();
        advanceSeconds(60);
        NewTask second = task("bad").chosen().timeoutMs(5_000).build();
        get(tasks().create(second));
        assertThat(resting(task("bad").chosen())).as("the trial is under way").isTrue();
        assertThat(get(tasks().create(second)).task().status()).as("a repeat").isEqualTo("pending");
        get(tasks().cancel("default", second.taskId(), operation()));
        String named = create(task("bad"));
        get(tasks().update(update(named, "bad", 1L, "completed", null, null)));
        assertThat(work("bad")).isEqualTo(new Work(0, 0, 0));
    }

    @Test
    @DisplayName("a trial that is called off is over, and the agent may be chosen for another one")
    void trialCalledOff() {
        for (int i = 0; i < 5; i++) {
            String id = create(task("bad"));
            get(tasks().update(update(id, "bad", 1L, "failed", null, null)));
        }
        String named = create(task("bad").timeoutMs(86_400_000));
        get(tasks().cancel("default", named, operation()));
        assertThat(work("bad").restsUntil()).as("no trial").isEqualTo(now() + 30_000);
        advanceSeconds(30);
        String trial = create(task("bad").chosen().timeoutMs(86_400_000));
        String beside = create(task("bad").timeoutMs(86_400_000));
        get(tasks().cancel("default", beside, operation()));
        assertThat(resting(task("bad").chosen())).as("the trial is under way").isTrue();
        get(tasks().cancel("default", trial, operation()));
        assertThat(work("bad")).isEqualTo(new Work(0, 5, 0));
        String inSession = create(task("bad").chosen().timeoutMs(86_400_000).session("s", "k"));
        assertThat(resting(task("bad").chosen())).isTrue();
        get(tasks().endSessions("default", List.of(new EndedSession("s", "k", PAYLOAD))));
        assertThat(of(inSession).status()).isEqualTo("cancelled");
        assertThat(work("bad").restsUntil()).isZero();
    }

    @Test
    @DisplayName("those who listen to the workspace are told of every change, with whom it concerns")
    void listeners() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = get(tasks().subscribe("default", notice -> told.add(shown(notice))));
        String id = create(task("a").fallbacks("b").session("s", "k"));
        awaitTold();
        get(tasks().update(update(id, "a", 1L, null, 10.0, null)));
        awaitTold();
        advanceSeconds(60);
        fire();
        awaitTold();
        get(tasks().cancel("default", id, operation()));
        awaitTold();
        assertThat(told)
                .containsExactly(
                        "pending a 1 held of boss in s/k",
                        "in_progress a 1 held of boss in s/k",
                        "pending b 2 held of boss in s/k after [a]",
                        "cancelled b 2 free of boss in s/k after [a]");
        get(tasks().create(task("a").workspace("other").build()));
        awaitTold();
        assertThat(told).hasSize(4);
        listening.close();
        create(task("a"));
        awaitTold();
        assertThat(told).hasSize(4);
    }

    @Test
    @DisplayName("whoever waits for the next instant is told when a task's comes earlier than was answered")
    void earlier() throws Exception {
        List<Long> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = sessions().onEarlier((partition, at) -> told.add(at));
        nextAt();
        create(task("a"));
        awaitTold();
        assertThat(told).containsExactly(now() + 60_000);
        assertThat(nextAt()).isEqualTo(now() + 60_000);
        create(task("a").timeoutMs(10_000));
        awaitTold();
        assertThat(told).contains(now() + 10_000);
        listening.close();
    }

    @Test
    @DisplayName("what is given instead of the task is kept as it came")
    void envelope() {
        RawJson envelope = RawJson.of("{\"message_id\":\"m\"}");
        String id = create(task("a").envelope(envelope));
        assertThat(get(tasks().get("default", id)).envelope()).isEqualTo(envelope);
    }
}
