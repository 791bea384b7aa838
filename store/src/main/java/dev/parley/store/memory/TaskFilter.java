package dev.parley.store.memory;

import dev.parley.protocol.task.Task;
import dev.parley.store.TaskStore.TaskQuery;
import java.util.NavigableMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which tasks a query means. Stateless; under the lock of {@link MemoryTasks}. */
final class TaskFilter {
    private TaskFilter() {}

    /** That of the table's indexes which holds the least, as far as the filters tell. */
    static NavigableMap<Long, TaskEntry> index(TaskTable table, TaskQuery query) {
        if (query.sessionId() != null) {
            return table.index("in", query.sessionId() + '\n' + query.sessionKey());
        }
        Set<String> statuses = query.statuses();
        if (query.delegatee() != null) {
            boolean isOpen = !statuses.isEmpty()
                    && Set.of(Task.PENDING, Task.IN_PROGRESS).containsAll(statuses);
            return table.index(isOpen ? "open" : "to", query.delegatee());
        }
        if (query.formerDelegatee() != null) {
            return table.index("had", query.formerDelegatee());
        }
        if (query.delegator() != null) {
            return table.index("from", query.delegator());
        }
        return statuses.size() == 1 ? table.index("is", statuses.iterator().next()) : table.index("all", "");
    }

    /** Whether all filters let a task through. */
    static boolean matches(TaskQuery query, TaskEntry task) {
        String former = query.formerDelegatee();
        return isOr(query.delegatee(), task.delegatee)
                && (former == null
                        || (!former.equals(task.delegatee) && task.losers().contains(former)))
                && isOr(query.delegator(), task.given.delegator())
                && isOr(query.sessionId(), task.given.sessionId())
                && isOr(query.sessionKey(), task.given.sessionKey())
                && (query.statuses().isEmpty() || query.statuses().contains(task.status));
    }

    private static boolean isOr(@Nullable String wanted, @Nullable String is) {
        return wanted == null || wanted.equals(is);
    }
}
