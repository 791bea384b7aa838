package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.store.TaskStore.EndedSession;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.store.TaskStore.TaskPage;
import dev.parley.store.TaskStore.TaskQuery;
import dev.parley.store.TaskStore.TaskUpdate;
import dev.parley.store.TaskStore.Work;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tasks and their turns. */
abstract class TasksContract extends ContractGroup {
    private static final RetryPolicy NO_RETRIES = new RetryPolicy(0, Task.LINEAR, 1000);
    private static final RawJson PAYLOAD = RawJson.of("{\"n\":1e999,\"x\":12345678901234567890123}");

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

    private TaskStore tasks() {
        return store().tasks();
    }

    private String create(TaskBuilder builder) {
        return get(tasks().create(builder.build())).task().taskId();
    }

    private String full(TaskBuilder builder) {
        return refusal(StoreException.Full.class, tasks().create(builder.build()))
                .limit();
    }

    private Task of(String taskId) {
        return get(tasks().get("default", taskId)).task();
    }

    private boolean resting(TaskBuilder task) {
        return tasks().create(task.build())
                .map(made -> false)
                .onErrorReturn(StoreException.Resting.class, true)
                .blockOptional()
                .orElseThrow();
    }

    private Work work(String agentId) {
        return Objects.requireNonNull(
                get(tasks().work("default", List.of(agentId))).get(agentId));
    }

    private List<String> page(Query query) {
        TaskPage page = get(tasks().list(query.build()));
        assertThat(page.next()).isNull();
        return page.tasks().stream().map(task -> task.task().taskId()).toList();
    }

    private static String shown(TaskNotice notice) {
        return notice.status() + " " + notice.delegatee() + " " + notice.attempt()
                + (notice.isHeld() ? " held" : " free") + " of " + notice.delegator() + " in " + notice.sessionId()
                + "/" + notice.sessionKey()
                + (notice.losers().isEmpty() ? "" : " after " + notice.losers());
    }

    private static TaskUpdate update(
            String taskId,
            @Nullable String agentId,
            @Nullable Long attempt,
            @Nullable String status,
            @Nullable Double progress,
            @Nullable RawJson result) {
        return new TaskUpdate("default", taskId, operation(), agentId, attempt, status, progress, result, null);
    }

    private static TaskBuilder task(String delegatee) {
        return new TaskBuilder(delegatee);
    }

    private static Query query() {
        return new Query();
    }

    private static final class TaskBuilder {
        private final String delegatee;
        private String workspaceId = "default";
        private String delegator = "boss";
        private @Nullable String sessionId;
        private @Nullable String sessionKey;
        private String priority = "medium";
        private long timeoutMs = 60_000;
        private RetryPolicy policy = NO_RETRIES;
        private List<String> fallbacks = List.of();
        private @Nullable RawJson envelope;
        private boolean chosen;
        private TaskLimits limits = TaskLimits.DEFAULT;

        TaskBuilder(String delegatee) {
            this.delegatee = delegatee;
        }

        TaskBuilder workspace(String id) {
            workspaceId = id;
            return this;
        }

        TaskBuilder from(String id) {
            delegator = id;
            return this;
        }

        TaskBuilder session(String id, String key) {
            sessionId = id;
            sessionKey = key;
            return this;
        }

        TaskBuilder priority(String name) {
            priority = name;
            return this;
        }

        TaskBuilder timeoutMs(long millis) {
            timeoutMs = millis;
            return this;
        }

        TaskBuilder retries(int most) {
            return policy(new RetryPolicy(most, Task.LINEAR, 1000));
        }

        TaskBuilder policy(RetryPolicy given) {
            policy = given;
            return this;
        }

        TaskBuilder fallbacks(String... agents) {
            fallbacks = List.of(agents);
            return this;
        }

        TaskBuilder envelope(RawJson json) {
            envelope = json;
            return this;
        }

        TaskBuilder chosen() {
            chosen = true;
            return this;
        }

        TaskBuilder limits(TaskLimits given) {
            limits = given;
            return this;
        }

        NewTask build() {
            return new NewTask(
                    operation(),
                    workspaceId,
                    sessionId,
                    sessionKey,
                    delegator,
                    delegatee,
                    "review",
                    PAYLOAD,
                    priority,
                    timeoutMs,
                    policy,
                    fallbacks,
                    envelope,
                    chosen,
                    limits);
        }
    }

    private static final class Query {
        private @Nullable String delegatee;
        private @Nullable String former;
        private @Nullable String delegator;
        private @Nullable String sessionId;
        private @Nullable String sessionKey;
        private Set<String> statuses = Set.of();

        Query delegatee(String id) {
            delegatee = id;
            return this;
        }

        Query former(String id) {
            former = id;
            return this;
        }

        Query delegator(String id) {
            delegator = id;
            return this;
        }

        Query session(String id, String key) {
            sessionId = id;
            sessionKey = key;
            return this;
        }

        Query statuses(String... names) {
            statuses = Set.of(names);
            return this;
        }

        TaskQuery build() {
            return new TaskQuery("default", delegatee, former, delegator, sessionId, sessionKey, statuses, null, 100);
        }
    }
}
