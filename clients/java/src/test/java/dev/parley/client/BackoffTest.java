package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void waits_are_spread_over_the_whole_range() {
        Random random = new Random(7);
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 10_000; i++) {
            long wait = new Backoff(random).nextMillis();
            least = Math.min(least, wait);
            most = Math.max(most, wait);
        }

        assertThat(least).isBetween(0L, 5L);
        assertThat(most).isBetween(495L, 500L);
    }

    @Test
    void a_connection_that_held_makes_the_next_wait_short_again() {
        RandomGenerator most = new Random() {
            private static final long serialVersionUID = 1L;

            @Override
            public long nextLong(long bound) {
                return bound - 1;
            }
        };
        Backoff backoff = new Backoff(most);
        assertThat(backoff.nextMillis()).isEqualTo(500);
        assertThat(backoff.nextMillis()).isEqualTo(1000);
        assertThat(backoff.nextMillis()).isEqualTo(2000);

        backoff.reset();

        assertThat(backoff.nextMillis()).isEqualTo(500);
    }
}
