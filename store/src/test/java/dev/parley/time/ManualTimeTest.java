package dev.parley.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@DisplayName("Manual time")
final class ManualTimeTest {
    private final ManualTime time = new ManualTime();
    private final List<String> log = new ArrayList<>();

    @Test
    @DisplayName("runs tasks and delayed publishers in the order of their instants, with the clock at that instant")
    void oneTimeLine() {
        time.schedule(200, () -> log.add("task at " + passed()));
        Mono.delay(Duration.ofMillis(100), time.scheduler()).subscribe(tick -> log.add("delay at " + passed()));
        time.schedule(50, () -> time.schedule(10, () -> log.add("nested at " + passed())));

        time.advance(Duration.ofMillis(199));
        assertThat(log).containsExactly("nested at 60", "delay at 100");
        assertThat(passed()).isEqualTo(199);

        time.advance(Duration.ofMillis(1));
        assertThat(log).endsWith("task at 200").hasSize(3);
        assertThat(time.pending()).isZero();
    }

    @Test
    @DisplayName("does not run what was called off, and counts what still waits")
    void cancelled() {
        TimeSource.Cancellable task = time.schedule(10, () -> log.add("ran"));
        time.schedule(20, () -> log.add("second"));
        assertThat(time.pending()).isEqualTo(2);
        task.cancel();
        time.advance(Duration.ofSeconds(1));
        assertThat(log).containsExactly("second");
        assertThat(time.pending()).isZero();
        assertThat(time.nanoTime()).isEqualTo(1_000_000_000L);
    }

    private long passed() {
        return time.nowMillis() - ManualTime.START;
    }
}
