package dev.parley.store.redis;

import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One {@code WAIT} for all that was written to a connection together. The answers to what promises something are held back until
 * the replicas have it; when too few have it in time, what became of it is unknown to the callers, who repeat it. The server does
 * nothing else for the connection meanwhile, so nothing else is written to it either: what comes in that time is the next batch.
 * On the connection's thread.
 */
final class ReplicaWait extends Attempt {
    private final int replicas;
    private final Duration limit;
    private final Consumer<Boolean> done;
    private final List<HeldBack> heldBack = new ArrayList<>();

    /** An answer, and whose it is. */
    private record HeldBack(Attempt attempt, @Nullable Object answer) {}

    /**
     * @param done called when it is over, however it ended, with whether the replicas have all
     */
    ReplicaWait(int replicas, Duration limit, Consumer<Boolean> done) {
        super(CommandType.WAIT, Attempt.args().add(replicas).add(limit.toMillis()), 64);
        this.replicas = replicas;
        this.limit = limit;
        this.done = done;
    }

    void holdBack(Attempt attempt, @Nullable Object answer) {
        heldBack.add(new HeldBack(attempt, answer));
    }

    @Override
    void answered(@Nullable Object answer, @Nullable String error) {
        boolean isThere = answer instanceof Long count && count >= replicas;
        String told = error == null ? String.valueOf(answer) : error;
        for (HeldBack held : heldBack) {
            if (isThere) {
                held.attempt().answered(held.answer(), null);
            } else {
                held.attempt()
                        .answered(
                                null,
                                Refusals.UNCONFIRMED + " of " + replicas + " replicas that were waited for "
                                        + limit.toMillis() + " ms: " + told);
            }
        }
        done.accept(isThere);
    }

    @Override
    void broken(boolean written) {
        // The commands before it were carried out, or there would be nothing to hold back.
        heldBack.forEach(held -> held.attempt().broken(true));
        done.accept(false);
    }
}
