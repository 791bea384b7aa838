package dev.parley.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Appended;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import dev.parley.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

@DisplayName("When somebody sets the machine's clock back")
final class ClockSetBackTest {
    private final SetBack time = new SetBack();
    private final MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);

    @Test
    @DisplayName("activity, deadlines and the instants of entries do not go back with it")
    void nothingGoesBack() {
        get(store.sessions().create(new SessionBuilder("s", time.nowMillis()).create()));
        time.manual.advance(Duration.ofSeconds(60));
        Appended before = append("m1");
        time.backMillis = 30_000;
        Appended after = append("m2");
        assertThat(after.event().at()).isEqualTo(before.event().at());
        assertThat(after.renewed()).isFalse();
        assertThat(after.state().lastActivity()).isEqualTo(before.state().lastActivity());
        assertThat(after.state().expiresAt()).isEqualTo(before.state().expiresAt());
        SessionState renewed = get(store.sessions().renew(new Renew("s", "o", true, 0)))
                .session()
                .state();
        assertThat(renewed.lastActivity()).isEqualTo(before.state().lastActivity());
        assertThat(renewed.expiresAt()).isEqualTo(before.state().expiresAt());
    }

    private Appended append(String messageId) {
        return get(store.log().append(new Append("s", messageId, "ann", null, null, RawJson.EMPTY_OBJECT, 1)));
    }

    private static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block());
    }

    private static final class SetBack implements TimeSource {
        private final ManualTime manual = new ManualTime();
        private long backMillis;

        @Override
        public long nowMillis() {
            return manual.nowMillis() - backMillis;
        }

        @Override
        public long nanoTime() {
            return manual.nanoTime();
        }

        @Override
        public Cancellable schedule(long delayMillis, Runnable task) {
            return manual.schedule(delayMillis, task);
        }

        @Override
        public Scheduler scheduler() {
            return manual.scheduler();
        }
    }
}
