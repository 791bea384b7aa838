package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.SessionStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The ladder of warnings: 300, 60 and 10 seconds before the end, on a time-out of 600 where nothing else is said. */
abstract class WarningsContract extends ContractGroup {
    WarningsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("each rung is given once, in its instant, and the next instant is always that of the next rung")
    void ladder() {
        create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        assertThat(nextAt()).isEqualTo(now() + 300_000);
        advanceSeconds(299);
        assertThat(fire()).isEmpty();
        advanceSeconds(1);
        assertThat(fire()).containsExactly(0L);
        assertThat(fire()).isEmpty();
        assertThat(state("s").rung()).isEqualTo(300_000);
        assertThat(nextAt()).isEqualTo(now() + 240_000);
        advanceSeconds(240);
        assertThat(fire()).containsExactly(0L);
        assertThat(nextAt()).isEqualTo(now() + 50_000);
        advanceSeconds(50);
        assertThat(fire()).containsExactly(0L);
        assertThat(nextAt()).isEqualTo(now() + 10_000);
        advanceSeconds(10);
        assertThat(fire()).containsExactly(0L);
        assertThat(feed.told()).containsExactly("state:300", "state:60", "state:10", "session.expired");
        assertThat(types("s")).containsExactly("session.created", "session.expired");
    }

    @Test
    @DisplayName("a warning raises neither version nor log, and is in the state from the step that announces it")
    void isState() {
        StoredSession made = create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        advanceSeconds(300);
        fire();
        SessionState warned = state("s");
        assertThat(feed.states()).containsExactly(warned);
        assertThat(warned.version()).isEqualTo(1);
        assertThat(warned.head()).isEqualTo(1);
        assertThat(warned.updatedAt()).isEqualTo(made.state().updatedAt());
        assertThat(warned.status()).isEqualTo(SessionStatus.CREATED);
    }

    @Test
    @DisplayName("of rungs that passed while nobody fired, only the lowest is given")
    void onlyTheLowest() {
        create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        advanceSeconds(542);
        assertThat(fire()).containsExactly(2000L);
        assertThat(feed.told()).containsExactly("state:60");
        advanceSeconds(58);
        fire();
        assertThat(feed.told()).containsExactly("state:60", "session.expired");
    }

    @Test
    @DisplayName(
            "a rung that is not below the time left at creation is skipped, and the session is near its end from birth")
    void skippedAtCreation() {
        create(session("s").timeoutSeconds(60));
        RecordingFeed feed = listen("s");
        assertThat(get(sessions().counts()).expiringSoon()).isEqualTo(1);
        assertThat(nextAt()).isEqualTo(now() + 50_000);
        advanceSeconds(60);
        fire();
        assertThat(feed.told()).containsExactly("session.expired");
    }

    @Test
    @DisplayName("a renewal takes back the warning and starts the ladder again")
    void renewalStartsAgain() {
        create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        advanceSeconds(560);
        fire();
        assertThat(append("s", "m").state().rung()).isZero();
        assertThat(nextAt()).isBetween(now() + 1, now() + 300_000);
        advanceSeconds(300);
        fire();
        assertThat(feed.told()).containsExactly("state:60", "message", "state:300");
    }

    @Test
    @DisplayName("a renewal in the last instant before a rung silences it, also when it was due already in the queue")
    void renewalSilences() {
        create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        advanceSeconds(300);
        renew("s");
        assertThat(fire()).isEmpty();
        assertThat(feed.told()).containsExactly("state:0");
    }

    @Test
    @DisplayName("a rung that is not below the time left at a renewal is skipped")
    void skippedAtRenewal() {
        create(session("s").timeoutSeconds(600).maxSeconds(650));
        RecordingFeed feed = listen("s");
        advanceSeconds(595);
        append("s", "m");
        assertThat(state("s").expiresAt()).isEqualTo(now() + 55_000);
        assertThat(nextAt()).isEqualTo(now() + 45_000);
        advanceSeconds(45);
        fire();
        assertThat(feed.told()).containsExactly("message", "state:10");
    }

    @Test
    @DisplayName("a suspended session is warned anew of its maximum duration")
    void afterSuspension() {
        create(session("s").timeoutSeconds(600).maxSeconds(1800).suspendOnIdle());
        RecordingFeed feed = listen("s");
        advanceSeconds(590);
        fire();
        advanceSeconds(10);
        fire();
        assertThat(state("s").rung()).isZero();
        assertThat(nextAt()).isEqualTo(now() + 900_000);
        advanceSeconds(900);
        fire();
        assertThat(feed.told()).containsExactly("state:10", "session.suspended", "state:300");
    }

    @Test
    @DisplayName("a change of the ladder that leaves the deadline gives no rung twice, and no higher one afterwards")
    void otherLadder() {
        create(session("s").timeoutSeconds(600));
        SessionBuilder other = session("s").timeoutSeconds(600).rungSeconds(400, 200, 60);
        RecordingFeed feed = listen("s");
        advanceSeconds(300);
        fire();
        commit(replan(load("s"), other.plan()));
        assertThat(state("s").rung()).isEqualTo(300_000);
        assertThat(fire()).isEmpty();
        advanceSeconds(100);
        fire();
        assertThat(feed.told()).containsExactly("state:300", "state:300", "state:200");
    }

    @Test
    @DisplayName("the text of a warning tells what is left, why, and whether a renewal would help")
    void body() {
        DeadlinePlan plan = session("s").timeoutSeconds(600).maxSeconds(1000).plan();
        long idle = now() + 600_000;
        assertThat(DeadlineEvents.expiring(null, idle, plan, 90_500, idle - 90_500))
                .isEqualTo(RawJson.of("{\"expiresAt\":\"" + WireTime.format(idle)
                        + "\",\"secondsRemaining\":90,\"minutesRemaining\":1,\"cause\":\"idle\","
                        + "\"renewable\":true,\"rung\":90.5}"));
        assertThat(DeadlineEvents.expiring("n", plan.maxEndAt(), plan, 10_000, plan.maxEndAt() + 1)
                        .toString())
                .contains("\"name\":\"n\"", "\"secondsRemaining\":0", "\"cause\":\"max-duration\"")
                .contains("\"renewable\":false", "\"rung\":10");
    }
}
