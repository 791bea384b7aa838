package dev.parley.store.redis;

import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Opens stores on Redis. Stateless; any thread. */
public final class RedisStores {
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);

    private RedisStores() {}

    /** Whether an address is one of a Redis store; nothing is said about whether it is a good one. */
    public static boolean isRedis(String url) {
        return RedisUrl.isRedis(url);
    }

    /**
     * The address without passwords, for logs.
     *
     * @throws IllegalArgumentException when it is none; the message says what is wrong, and shows no password
     */
    public static String shown(String url) {
        return RedisUrl.parse(url).toString();
    }

    /**
     * Connects, loads the functions and begins to listen. Fails with {@link IllegalArgumentException} when the address is
     * none, and with {@link IllegalStateException} when the servers cannot be used; the message is one line, without
     * passwords, that says what is wrong and what to do.
     *
     * @param url {@code redis://}, {@code rediss://}, {@code redis-sentinel://} or {@code redis-cluster://}; their form stands
     *     in {@code docs/operations.md}
     * @param waitReplicas how many replicas must have what is acknowledged, 0 to 9; 0 waits for none
     * @param settings what is kept, and how long
     * @param time the real one
     */
    public static Mono<Store> open(String url, int waitReplicas, StoreSettings settings, TimeSource time) {
        return Mono.defer(() -> {
            RedisUrl where = RedisUrl.parse(url).waitingFor(waitReplicas);
            long until = time.nanoTime() + where.startTimeout().toNanos();
            return Mono.fromCompletionStage(LettuceLink.open(where, Library.ofThisVersion(), time))
                    .onErrorMap(RedisStores::told)
                    .map(link -> new RedisStore(
                            link, new Partitions(where.prefix() + ":", Partitions.COUNT), settings, time, null))
                    .flatMap(store -> store.start()
                            .retryWhen(whileAway(until, time))
                            .thenReturn((Store) store)
                            .onErrorResume(failure -> store.close()
                                    .then(Mono.error(new IllegalStateException(
                                            String.valueOf(failure.getMessage()), failure)))));
        });
    }

    /** On a busy machine, a JVM that starts may be too slow for its first calls although it is connected. */
    private static Retry whileAway(long untilNanos, TimeSource time) {
        return Retry.from(failures -> failures.concatMap(
                failed -> failed.failure() instanceof StoreException.Unavailable && time.nanoTime() - untilNanos < 0
                        ? Mono.delay(BETWEEN_ATTEMPTS, time.scheduler())
                        : Mono.error(failed.failure())));
    }

    private static Throwable told(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof LinkFailure ? new IllegalStateException(cause.getMessage(), cause) : cause;
    }
}
