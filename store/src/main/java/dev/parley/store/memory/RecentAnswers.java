package dev.parley.store.memory;

import org.jspecify.annotations.Nullable;

/** The last few operations of one kind on a session, and what they were answered. Guarded by the session. */
final class RecentAnswers<T> {
    private static final int KEPT = 4;

    private final @Nullable String[] ids = new String[KEPT];
    private final @Nullable Object[] answers = new Object[KEPT];
    private int next;

    /** The answer of that operation; null when it is not among the last. */
    @SuppressWarnings("unchecked") // only remember() puts answers there
    @Nullable T of(String operationId) {
        for (int i = 0; i < KEPT; i++) {
            if (operationId.equals(ids[i])) {
                return (T) answers[i];
            }
        }
        return null;
    }

    void remember(String operationId, T answer) {
        ids[next] = operationId;
        answers[next] = answer;
        next = (next + 1) % KEPT;
    }
}
