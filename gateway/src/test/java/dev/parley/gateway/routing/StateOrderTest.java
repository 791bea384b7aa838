package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionState;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateOrderTest {
    private static SessionState state(String epoch, long version, long head, long renewals, long activity, long rung) {
        return new SessionState(SessionStatus.ACTIVE, 0, 0, activity, 60_000, 0, renewals, rung, version, epoch, head);
    }

    @Test
    void everyStepOfASessionMakesItsStateNewer() {
        List<SessionState> steps = List.of(
                state("e", 1, 1, 0, 0, 0),
                state("e", 1, 1, 0, 0, 300),
                state("e", 1, 1, 0, 0, 60),
                state("e", 1, 1, 0, 5, 60),
                state("e", 1, 1, 1, 5, 0),
                state("e", 1, 2, 1, 5, 0),
                state("e", 2, 2, 1, 5, 0),
                state("e", 2, 2, 1, 5, 300));
        for (int i = 0; i < steps.size(); i++) {
            for (int j = 0; j < steps.size(); j++) {
                assertThat(StateOrder.isNewer(steps.get(i), steps.get(j)))
                        .as("step %d after step %d", i, j)
                        .isEqualTo(i > j);
            }
        }
    }

    @Test
    void anotherEpochIsNotNewer() {
        assertThat(StateOrder.isNewer(state("e", 9, 9, 9, 9, 0), state("f", 1, 1, 0, 0, 0)))
                .isFalse();
    }
}
