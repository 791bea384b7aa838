package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class DeadlineWatchTest {
    private final DeadlineWatch watch = new DeadlineWatch("s", 1, new long[] {6, 2});
    private final Report report = new Report("deadlines");
    private final LoadConnection connection = new LoadConnection(new byte[0], watch);
    private final Instant past = Instant.now().minusMillis(5);

    private void push(String method, String sessionId, Instant expiresAt, String rung) {
        byte[] frame = ("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":{\"sessionId\":\"" + sessionId
                        + "\",\"expiresAt\":\"" + expiresAt + "\"" + rung + "}}")
                .getBytes(StandardCharsets.UTF_8);
        Scan scan = new Scan();
        scan.read(frame, 0, frame.length);
        watch.onPush(connection, scan);
    }

    private void warn(long rung) {
        push("session.expiring", "s0000000", past.plusSeconds(rung), ",\"rung\":" + rung);
    }

    private void expire() {
        push("session.expired", "s0000000", past, "");
    }

    private Tally finish() {
        watch.finish("users", report);
        return report.tally();
    }

    @Test
    void eachOnceInOrderIsGoodAndItsLatenessIsTold() {
        warn(6);
        warn(2);
        expire();

        assertThat(finish().ok()).isTrue();
        assertThat(report.latencies()).containsKeys("users: warnings late by", "users: expiries late by");
        assertThat(report.latencies())
                .hasEntrySatisfying(
                        "users: expiries late by",
                        lateness -> assertThat(lateness.getMinValue()).isBetween(4_900_000L, 5_000_000_000L));
    }

    @Test
    void aMissingWarningIsLost() {
        warn(6);
        expire();

        assertThat(finish().lost).isEqualTo(1);
    }

    @Test
    void aSecondExpiryIsDoubled() {
        warn(6);
        warn(2);
        expire();
        expire();

        assertThat(finish().doubled).isEqualTo(1);
    }

    @Test
    void aWarningAfterALowerOneOrAfterTheExpiryIsOutOfOrder() {
        warn(2);
        warn(6);
        expire();

        assertThat(finish().misordered).isEqualTo(1);
    }

    @Test
    void aPushBeforeItsTimeFails() {
        push("session.expired", "s0000000", Instant.now().plusSeconds(3), "");

        assertThat(finish().failures()).anyMatch(failure -> failure.contains("too early"));
    }

    @Test
    void aForeignSessionIsMisrouted() {
        push("session.expired", "t0000000", past, "");
        push("session.expired", "s0000001", past, "");

        assertThat(finish().misrouted).isEqualTo(2);
    }

    @Test
    void anUnknownRungFails() {
        warn(3);

        assertThat(finish().failures()).anyMatch(failure -> failure.contains("unknown rung"));
    }
}
