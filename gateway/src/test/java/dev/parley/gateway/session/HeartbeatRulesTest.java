package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionResults.Deadline;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.DeadlinePlan;
import dev.parley.store.SessionState;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HeartbeatRulesTest {
    private static final long MINUTE = 60_000;
    private static final Session DOCUMENT = document();

    @ParameterizedTest
    @CsvSource({"30, 60000", "10, 60000", "5, 30000", "0.1, 600"})
    void coalescesByATenthOfTheTimeoutButAMinuteAtMost(double minutes, long millis) {
        DeadlinePlan plan = new DeadlinePlan(TimeoutRules.millis(minutes), Long.MAX_VALUE, true, false, List.of());

        assertThat(HeartbeatRules.coalescingMillis(plan)).isEqualTo(millis);
    }

    @ParameterizedTest
    @CsvSource({
        // seconds since the renewal, of a session of 30 minutes that is warned 5 minutes before: g is 60 s
        "0, false",
        "25, false",
        "59, false",
        "60, true",
        "61, true",
        "1000, true",
    })
    void writesWhatMovesTheDeadlineByAMinute(long seconds, boolean written) {
        StoredSession session = session(SessionStatus.ACTIVE, 30 * MINUTE, Long.MAX_VALUE / 2, 0, 5 * MINUTE);

        assertThat(HeartbeatRules.mustWrite(session, seconds * 1000)).isEqualTo(written);
    }

    @Test
    void writesWhatActivatesRevivesOrSilencesAWarning() {
        for (SessionStatus status : List.of(SessionStatus.CREATED, SessionStatus.SUSPENDED)) {
            assertThat(HeartbeatRules.mustWrite(session(status, 30 * MINUTE, 720 * MINUTE, 0, 5 * MINUTE), 0))
                    .isTrue();
        }
        assertThat(HeartbeatRules.mustWrite(
                        session(SessionStatus.ACTIVE, 30 * MINUTE, 720 * MINUTE, 5 * MINUTE, 5 * MINUTE), 0))
                .isTrue();
    }

    @Test
    void writesWhenAWarningIsNear() {
        StoredSession nearCap = session(SessionStatus.ACTIVE, 30 * MINUTE, 30 * MINUTE, 0, 5 * MINUTE);

        assertThat(HeartbeatRules.mustWrite(nearCap, 22 * MINUTE)).isFalse();
        assertThat(HeartbeatRules.mustWrite(nearCap, 23 * MINUTE)).isFalse();
        assertThat(HeartbeatRules.mustWrite(nearCap, 23 * MINUTE + 1)).isTrue();
    }

    @Test
    void asksTheStoreWhenTheDeadlineHasPassed() {
        assertThat(HeartbeatRules.mustWrite(
                        session(SessionStatus.ACTIVE, 30 * MINUTE, 30 * MINUTE, 0, 5 * MINUTE), 30 * MINUTE))
                .isTrue();
    }

    @Test
    void tellsWhichDeadlineItIs() {
        assertThat(HeartbeatRules.deadline(session(SessionStatus.ACTIVE, 30 * MINUTE, 720 * MINUTE, 0, 1)))
                .isEqualTo(new Deadline("s", Instant.ofEpochMilli(30 * MINUTE), "idle", true));
        assertThat(HeartbeatRules.deadline(session(SessionStatus.ACTIVE, 30 * MINUTE, 30 * MINUTE, 0, 1)))
                .isEqualTo(new Deadline("s", Instant.ofEpochMilli(30 * MINUTE), "max-duration", false));
    }

    private static StoredSession session(SessionStatus status, long expiresAt, long maxEndAt, long rung, long warning) {
        return new StoredSession(
                DOCUMENT,
                new DeadlinePlan(30 * MINUTE, maxEndAt, true, false, List.of(warning)),
                new SessionState(status, 0, 0, 0, expiresAt, 0, 0, rung, 1, "e", 1));
    }

    private static Session document() {
        Bench bench = new Bench();
        return bench.stored(bench.session("{'userId':'ada','agentId':'helper','sessionId':'s'}"))
                .document();
    }
}
