package dev.parley.store.redis;

import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Calls functions in a partition, with the arguments that all of them begin with. When a function refuses to work on a server
 * that its partition was not fenced for, nothing was done: the partition is fenced and the call made once more. Safe for use
 * from any thread.
 */
final class RedisCalls {
    private static final String FENCE = "FENCE";
    private static final int ATTEMPTS = 3;
    private static final byte[] SERVER_CLOCK = {};

    private final RedisLink link;
    private final @Nullable LongSupplier now;
    private final List<byte[]> bounds;
    private volatile boolean closed;

    /**
     * @param now what functions take for the present instant; null for the server's own clock, as it must be but in tests
     */
    RedisCalls(RedisLink link, StoreSettings settings, @Nullable LongSupplier now) {
        this.link = link;
        this.now = now;
        bounds = new Args()
                .add(settings.endedRetentionMillis())
                .add(settings.lifecycleLimit())
                .add(settings.historyLimit())
                .values();
    }

    /** Calls a function each time it is subscribed to. The answer is not empty. */
    Mono<List<Object>> call(RedisFunction function, byte[] key, Args args) {
        return Mono.fromCompletionStage(() -> send(function, key, args, ATTEMPTS));
    }

    /** Calls a function now. */
    CompletionStage<List<Object>> send(RedisFunction function, byte[] key, Args args) {
        return send(function, key, args, ATTEMPTS);
    }

    /** Fails when the store was closed. */
    void checkOpen() {
        if (closed) {
            throw closed();
        }
    }

    void close() {
        closed = true;
    }

    private CompletionStage<List<Object>> send(RedisFunction function, byte[] key, Args args, int attempts) {
        if (closed) {
            return CompletableFuture.failedFuture(closed());
        }
        List<byte[]> all = new ArrayList<>(args.values().size() + 4);
        all.add(now == null ? SERVER_CLOCK : bytes(Long.toString(now.getAsLong())));
        all.addAll(bounds);
        all.addAll(args.values());
        return link.call(function, key, all)
                .handle((answer, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedStage(Answers.list(answer == null ? List.of() : answer));
                    }
                    if (isFence(failure) && attempts > 1) {
                        return link.call(RedisFunction.FENCE, key, List.of())
                                .thenCompose(generation -> send(function, key, args, attempts - 1));
                    }
                    return CompletableFuture.<List<Object>>failedStage(cause(failure));
                })
                .thenCompose(stage -> stage);
    }

    private static boolean isFence(Throwable failure) {
        return cause(failure) instanceof RedisRefusal refusal
                && String.valueOf(refusal.getMessage()).startsWith(FENCE);
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private static StoreException closed() {
        return new StoreException.Unavailable("the store is closed", false);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
