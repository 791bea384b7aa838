package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * A task as the store holds it.
 *
 * @param task as it is told
 * @param sessionKey what tells its session from others that had the same id before or after: its {@code channelId}; null
 *     without a session
 * @param envelope what its agents are given instead of the task; null where that is the task
 * @param version rises with each change, over all tasks of the workspace
 */
public record StoredTask(
        String workspaceId,
        Task task,
        @Nullable String sessionKey,
        @Nullable RawJson envelope,
        long version) {
    /** Whether it is in its delegatee's hands: not finished, and not between two turns. */
    public boolean isHeld() {
        return task.turnEndsAt() != null;
    }
}
