package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.store.SessionStore;
import dev.parley.store.SessionStore.EarlierListener;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.StoreException;
import dev.parley.time.ManualTime;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The runner of deadlines over a remote store: many partitions, answers that come later, another clock. */
class ManyPartitionsTest {
    private static final int PARTITIONS = 256;
    private static final long CLOCK_IS_OFF = 600_000;

    private final ManualTime time = new ManualTime();
    private final long[] dueAt = new long[PARTITIONS];
    private final List<Integer> asked = new ArrayList<>();
    private int underWay;
    private int mostUnderWay;
    private boolean away;
    /** Partitions from here on are away, and their calls fail only after two seconds. */
    private int awayFrom = PARTITIONS;

    private @Nullable EarlierListener listener;
    private final List<Long> lateness = new ArrayList<>();
    private final DeadlineRunner runner = new DeadlineRunner(store(), time, this::storesNow, lateness::add);

    @AfterEach
    void stop() {
        runner.close();
    }

    private long storesNow() {
        return time.nowMillis() + CLOCK_IS_OFF;
    }

    private SessionStore store() {
        java.util.Arrays.fill(dueAt, Long.MAX_VALUE);
        return (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(),
                new Class<?>[] {SessionStore.class},
                (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "partitions" -> {
                            return PARTITIONS;
                        }
                        case "onEarlier" -> {
                            listener = (EarlierListener) arguments[0];
                            return (AutoCloseable) () -> listener = null;
                        }
                        case "fire" -> {
                            return fire((int) arguments[0]);
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    }
                });
    }

    private Mono<Fired> fire(int partition) {
        return Mono.create(answer -> {
            asked.add(partition);
            underWay++;
            mostUnderWay = Math.max(mostUnderWay, underWay);
            boolean isFrozen = partition >= awayFrom;
            time.schedule(isFrozen ? 2_000 : 2, () -> {
                underWay--;
                if (away || isFrozen) {
                    answer.error(new StoreException.Unavailable("away", true));
                    return;
                }
                long late = storesNow() - dueAt[partition];
                boolean isDue = late >= 0;
                if (isDue) {
                    dueAt[partition] = Long.MAX_VALUE;
                }
                answer.success(new Fired(isDue ? 1 : 0, isDue ? new long[] {late} : new long[0], dueAt[partition]));
            });
        });
    }

    private void due(int partition, long inMillis) {
        dueAt[partition] = storesNow() + inMillis;
        if (listener != null) {
            listener.earlier(partition, dueAt[partition]);
        }
    }

    private void startAndSettle() {
        runner.start();
        time.advance(Duration.ofSeconds(1));
        asked.clear();
    }

    @Test
    @DisplayName("at the start each partition is asked for once, few at the same time; at rest nothing is asked")
    void start() {
        runner.start();
        time.advance(Duration.ofSeconds(1));
        assertThat(asked).hasSize(PARTITIONS).doesNotHaveDuplicates();
        assertThat(mostUnderWay).isEqualTo(16);
        asked.clear();
        time.advance(Duration.ofHours(1));
        assertThat(asked).isEmpty();
        assertThat(time.pending()).isZero();
    }

    @Test
    @DisplayName("the store's clock decides when to wake up, however wrong this machine's is")
    void anotherClock() {
        startAndSettle();
        due(7, 60_000);
        time.advance(Duration.ofMillis(59_999));
        assertThat(asked).isEmpty();
        time.advance(Duration.ofMillis(10));
        assertThat(asked).containsExactly(7);
        assertThat(lateness).hasSize(1).allMatch(late -> late <= 2);
    }

    @Test
    @DisplayName("all partitions at once are met on time, sixteen at the same time")
    void allAtOnce() {
        startAndSettle();
        for (int i = 0; i < PARTITIONS; i++) {
            due(i, 5_000);
        }
        time.advance(Duration.ofSeconds(6));
        assertThat(lateness).hasSize(PARTITIONS).allMatch(late -> late <= 2 * PARTITIONS / 16);
        assertThat(asked).hasSize(PARTITIONS);
    }

    @Test
    @DisplayName("what is due one after another in one partition costs at most ten calls a second")
    void spaced() {
        startAndSettle();
        for (int i = 0; i < 1_000; i++) {
            due(3, 0);
            time.advance(Duration.ofMillis(1));
        }
        assertThat(asked).hasSizeBetween(9, 11);
    }

    @Test
    @DisplayName("while the store is away one call at a time asks for it; then all that is due is met at once")
    void away() {
        startAndSettle();
        away = true;
        for (int i = 0; i < PARTITIONS; i++) {
            due(i, 0);
        }
        time.advance(Duration.ofSeconds(20));
        // Sixteen were under way; then 50 ms, 100 ms … 1.6 s, and every two seconds.
        assertThat(asked).hasSizeBetween(28, 33);
        away = false;
        asked.clear();
        time.advance(Duration.ofSeconds(3));
        assertThat(new HashSet<>(asked)).hasSize(PARTITIONS);
        assertThat(asked).hasSize(PARTITIONS);
        assertThat(lateness).hasSize(PARTITIONS);
    }

    @Test
    @DisplayName("a part of the store that is away does not make the deadlines of the others late")
    void partAway() {
        startAndSettle();
        awayFrom = PARTITIONS - 10;
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < PARTITIONS; i++) {
                due(i, 0);
            }
            time.advance(Duration.ofMillis(200));
        }
        assertThat(lateness).hasSize(100 * awayFrom);
        // Those that wait for the first failures are late once.
        assertThat(lateness.stream().filter(late -> late > 250)).hasSizeLessThan(awayFrom);
        awayFrom = PARTITIONS;
        lateness.clear();
        time.advance(Duration.ofSeconds(5));
        assertThat(lateness).hasSize(10);
    }
}
