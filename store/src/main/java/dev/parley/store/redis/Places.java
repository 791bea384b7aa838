package dev.parley.store.redis;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Calls functions on sessions wherever they lie: in their id's home, or where the alias there points to, which is remembered.
 * What is remembered may be old: what is not found there is looked for at home. Safe for use from any thread.
 */
final class Places {
    private static final int REMEMBERED = 50_000;

    private final RedisCalls calls;
    private final Partitions partitions;
    private final Map<String, Integer> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > REMEMBERED;
        }
    };

    Places(RedisCalls calls, Partitions partitions) {
        this.calls = calls;
        this.partitions = partitions;
    }

    /**
     * Calls a function whose first argument is a session's id.
     *
     * @return its answer; {@link Answers#NOT_FOUND} when there is no such session
     */
    Mono<List<Object>> call(String sessionId, RedisFunction function, Args args) {
        return Mono.defer(() -> {
            int home = partitions.home(sessionId);
            Integer remembered = remembered(sessionId);
            if (remembered == null || remembered == home) {
                return callFromHome(sessionId, home, function, args);
            }
            return at(remembered, function, args).flatMap(answer -> {
                if (!isGone(answer)) {
                    return Mono.just(answer);
                }
                forget(sessionId);
                return callFromHome(sessionId, home, function, args);
            });
        });
    }

    /** Whether {@link #of} is more than a guess. */
    boolean isKnown(String sessionId) {
        return remembered(sessionId) != null || partitions.mayBeGenerated(sessionId);
    }

    /** Where a session lies as far as is known here; correct once a call on it was answered. */
    int of(String sessionId) {
        Integer remembered = remembered(sessionId);
        return remembered == null ? partitions.home(sessionId) : remembered;
    }

    /** Notes where a session lies when that is not its home. */
    void moved(String sessionId, int partition) {
        if (partition != partitions.home(sessionId)) {
            synchronized (known) {
                known.put(sessionId, partition);
            }
        }
    }

    void forget(String sessionId) {
        synchronized (known) {
            known.remove(sessionId);
        }
    }

    Mono<List<Object>> at(int partition, RedisFunction function, Args args) {
        return calls.call(function, partitions.key(partition), args);
    }

    private Mono<List<Object>> callFromHome(String sessionId, int home, RedisFunction function, Args args) {
        return at(home, function, args).flatMap(answer -> {
            if (!Answers.code(answer).equals(Answers.MOVED)) {
                return Mono.just(answer);
            }
            int partition = (int) Answers.number(answer.get(1));
            moved(sessionId, partition);
            return at(partition, function, args);
        });
    }

    private @Nullable Integer remembered(String sessionId) {
        synchronized (known) {
            return known.get(sessionId);
        }
    }

    private static boolean isGone(List<Object> answer) {
        String code = Answers.code(answer);
        return code.equals(Answers.NOT_FOUND) || code.equals(Answers.MOVED);
    }
}
