package dev.parley.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog.Append;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@DisplayName("What the embedded store holds on to")
final class MemoryRetentionTest {
    private static final int SESSIONS = 100_000;

    private final ManualTime time = new ManualTime();
    private final MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);

    @Test
    @DisplayName("of 100,000 sessions that expired and were kept for their retention, no index holds anything")
    void nothingIsLeft() {
        for (int i = 0; i < SESSIONS; i++) {
            SessionBuilder builder = new SessionBuilder("s" + i, time.nowMillis())
                    .user("user-" + i % 1000)
                    .agent("agent-" + i % 10)
                    .employee("employee-" + i);
            store.sessions().create(builder.create()).block();
            if (i % 10 == 0) {
                store.log()
                        .append(new Append("s" + i, "m" + i, "user-" + i % 1000, null, null, RawJson.EMPTY_OBJECT, 1))
                        .block();
            }
        }
        assertThat(store.sizes()).containsExactly(SESSIONS, SESSIONS, 1000 + 10 + SESSIONS);
        int steps = 0;
        time.advance(Duration.ofMinutes(30));
        steps += fire();
        assertThat(byStatus()).containsExactly(0, 0, 0, SESSIONS, 0, 0, 0, 0);
        assertThat(store.sizes().get(0)).isEqualTo(SESSIONS);
        time.advance(Duration.ofMinutes(60));
        steps += fire();
        assertThat(steps).isEqualTo(2 * SESSIONS);
        assertThat(store.sizes()).containsExactly(0, 0, 0);
        assertThat(byStatus()).containsOnly(0);
        assertThat(get(store.sessions().fire(0, 1)).nextAt()).isEqualTo(Long.MAX_VALUE);
    }

    private long[] byStatus() {
        return get(store.sessions().counts()).byStatus();
    }

    private static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block());
    }

    private int fire() {
        int done = 0;
        Fired fired;
        do {
            fired = get(store.sessions().fire(0, 10_000));
            done += fired.done();
        } while (fired.done() == 10_000);
        return done;
    }
}
