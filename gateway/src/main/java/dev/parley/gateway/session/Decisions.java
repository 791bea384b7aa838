package dev.parley.gateway.session;

import dev.parley.store.Store;
import dev.parley.store.StoreException;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Decides again when the store says that what was decided on has changed since. */
public final class Decisions {
    private static final int SURE_ATTEMPTS = 50;
    private static final int MOST_ATTEMPTS = 10_000;
    private static final long PATIENCE_MILLIS = 5_000;

    private Decisions() {}

    /**
     * Repeats while the version has moved on, at least 50 times or for 5 s. Each repeat means that somebody else's change
     * went through, so there is no wait between them.
     *
     * @param attempt loads, decides and commits, anew with each subscription
     */
    public static <T> Mono<T> untilCurrent(Store store, Mono<T> attempt) {
        return until(store, attempt, StoreException.VersionConflict.class::isInstance);
    }

    /**
     * The same, for attempts that other answers of the store make stale, too.
     *
     * @param stale whether a failure is worth another look
     */
    static <T> Mono<T> until(Store store, Mono<T> attempt, Predicate<Throwable> stale) {
        return Mono.defer(() -> {
            long patientUntil = store.nowMillis() + PATIENCE_MILLIS;
            int[] attempts = {0};
            return attempt.retryWhen(Retry.indefinitely().filter(failure -> {
                attempts[0]++;
                return stale.test(failure)
                        && (attempts[0] < SURE_ATTEMPTS
                                || (attempts[0] < MOST_ATTEMPTS && store.nowMillis() < patientUntil));
            }));
        });
    }
}
