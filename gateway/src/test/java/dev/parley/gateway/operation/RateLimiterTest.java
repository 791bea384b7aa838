package dev.parley.gateway.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.protocol.Cost;
import dev.parley.time.ManualTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private final ManualTime time = new ManualTime();

    private static Call by(String id) {
        return new Call(new Caller(id, Caller.USER, Caller.DEFAULT_WORKSPACE, false), null);
    }

    private RateLimiter limiter(double reads, double messages) {
        return new RateLimiter(new LimitsConfig(reads, messages, 0, 0, 1 << 20, 1024, 1024), time);
    }

    private static int passing(RateLimiter limiter, Call call, Cost cost) {
        int passed = 0;
        while (limiter.refusal(call, cost) == null) {
            passed++;
        }
        return passed;
    }

    @Test
    void aBurstOfTwoSecondsPassesThenTheRate() {
        RateLimiter limiter = limiter(0, 10);
        assertThat(passing(limiter, by("ann"), Cost.MESSAGE)).isEqualTo(20);
        time.advance(Duration.ofMillis(500));
        assertThat(passing(limiter, by("ann"), Cost.MESSAGE)).isEqualTo(5);
        assertThat(passing(limiter, by("bob"), Cost.MESSAGE)).isEqualTo(20);
    }

    @Test
    void callersWithoutCredentialsAreToldApartByTheirAddress() {
        RateLimiter limiter = limiter(0, 10);
        assertThat(passing(limiter, new Call(Caller.OPEN_HTTP, null, "192.0.2.1"), Cost.MESSAGE))
                .isEqualTo(20);
        assertThat(passing(limiter, new Call(Caller.OPEN_HTTP, null, "192.0.2.1"), Cost.MESSAGE))
                .isZero();
        assertThat(passing(limiter, new Call(Caller.OPEN_HTTP, null, "192.0.2.2"), Cost.MESSAGE))
                .isEqualTo(20);
    }

    @Test
    void makingRoomForgetsNobodyWhoHasNotRested() {
        RateLimiter limiter = limiter(0.4, 100);
        assertThat(passing(limiter, by("ann"), Cost.MESSAGE)).isEqualTo(200);
        for (int i = 0; i < 10_001; i++) {
            limiter.refusal(by("reader-" + i), Cost.READ);
        }
        time.advance(Duration.ofSeconds(1));
        limiter.refusal(by("reader"), Cost.READ);
        assertThat(passing(limiter, by("ann"), Cost.MESSAGE)).isEqualTo(100);
    }
}
