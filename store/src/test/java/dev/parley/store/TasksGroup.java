package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import dev.parley.store.TaskStore.TaskNotice;
import dev.parley.store.TaskStore.TaskPage;
import dev.parley.store.TaskStore.TaskQuery;
import dev.parley.store.TaskStore.TaskUpdate;
import dev.parley.store.TaskStore.Work;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What both groups on tasks ask with, and how they look at what there is. */
abstract class TasksGroup extends ContractGroup {
    static final RetryPolicy NO_RETRIES = new RetryPolicy(0, Task.LINEAR, 1000);
    static final RawJson PAYLOAD = RawJson.of("{\"n\":1e999,\"x\":12345678901234567890123}");

    TasksGroup(StoreContract kit) {
        super(kit);
    }

    final TaskStore tasks() {
        return store().tasks();
    }

    final String create(TaskBuilder builder) {
        return get(tasks().create(builder.build())).task().taskId();
    }

    final String full(TaskBuilder builder) {
        return refusal(StoreException.Full.class, tasks().create(builder.build()))
                .limit();
    }

    final Task of(String taskId) {
        return get(tasks().get("default", taskId)).task();
    }

    final boolean resting(TaskBuilder task) {
        return tasks().create(task.build())
                .map(made -> false)
                .onErrorReturn(StoreException.Resting.class, true)
                .blockOptional()
                .orElseThrow();
    }

    final Work work(String agentId) {
        return Objects.requireNonNull(
                get(tasks().work("default", List.of(agentId))).get(agentId));
    }

    final List<String> page(Query query) {
        TaskPage page = get(tasks().list(query.build()));
        assertThat(page.next()).isNull();
        return page.tasks().stream().map(task -> task.task().taskId()).toList();
    }

    static String shown(TaskNotice notice) {
        return notice.status() + " " + notice.delegatee() + " " + notice.attempt()
                + (notice.isHeld() ? " held" : " free") + " of " + notice.delegator() + " in " + notice.sessionId()
                + "/" + notice.sessionKey()
                + (notice.losers().isEmpty() ? "" : " after " + notice.losers());
    }

    static TaskUpdate update(
            String taskId,
            @Nullable String agentId,
            @Nullable Long attempt,
            @Nullable String status,
            @Nullable Double progress,
            @Nullable RawJson result) {
        return new TaskUpdate("default", taskId, operation(), agentId, attempt, status, progress, result, null);
    }

    static TaskBuilder task(String delegatee) {
        return new TaskBuilder(delegatee);
    }

    static Query query() {
        return new Query();
    }

    static final class TaskBuilder {
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

    static final class Query {
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
