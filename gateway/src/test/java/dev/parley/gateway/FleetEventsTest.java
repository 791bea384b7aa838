package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is told outside of sessions that live on two gateways. */
@DisplayName("gateways: events for programs outside")
class FleetEventsTest {
    private static Fleet fleet;

    @BeforeAll
    static void start() {
        fleet = Fleet.of(2);
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    @DisplayName("the stream has each creation and each end once, whichever gateway they came by")
    void stream() {
        List<String> expected = new ArrayList<>();
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient same = fleet.user(1, "ann")) {
            for (int i = 0; i < 10; i++) {
                String id = Fleet.session(i % 2 == 0 ? ann : same);
                (i % 3 == 0 ? same : ann).call("session.complete", ref(id));
                expected.add("session.created " + id + " created");
                expected.add("session.closed " + id + " completed");
            }
        }
        await().atMost(Fleet.WAIT).until(() -> fleet.stream().size() >= expected.size());
        assertThat(fleet.stream()).containsExactlyInAnyOrderElementsOf(expected);
    }
}
