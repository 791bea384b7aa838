package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.config.GatewayConfig.EventsConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is told outside of sessions that live on two gateways. */
@DisplayName("gateways: events for programs outside")
class FleetEventsTest {
    private static Fleet fleet;

    @BeforeAll
    static void start() {
        fleet = Fleet.of(2, config -> config.withEvents(EventsConfig.DEFAULT.withWebhooks(true, List.of())));
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
        await().atMost(Fleet.WAIT).until(() -> fleet.stream().containsAll(expected));
        assertThat(fleet.stream()).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a webhook is told each event once by two gateways, and all of them when it fails half of the time")
    void webhooks() {
        try (WebhookReceiver steady = new WebhookReceiver();
                WebhookReceiver shaky = new WebhookReceiver();
                SocketClient ann = fleet.user(0, "eve");
                SocketClient same = fleet.user(1, "eve")) {
            shaky.failEachOnce();
            List<String> hooks = new ArrayList<>();
            for (WebhookReceiver receiver : List.of(steady, shaky)) {
                JsonNode made = fleet.post(
                                1,
                                "/api/webhooks",
                                "{\"url\":\"" + receiver.url()
                                        + "\",\"events\":[\"session.created\",\"session.closed\"]}")
                        .json();
                hooks.add(made.get("webhook").get("id").asString());
            }
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                String id = (i % 2 == 0 ? ann : same)
                        .call("session.create", "{\"agentId\":\"helper\",\"userId\":\"eve\"}")
                        .get("sessionId")
                        .asString();
                (i % 3 == 0 ? same : ann).call("session.complete", ref(id));
                expected.add("session.created " + id);
                expected.add("session.closed " + id);
            }
            await().atMost(Fleet.WAIT).until(() -> new HashSet<>(shaky.taken()).containsAll(expected));
            await().atMost(Fleet.WAIT).until(() -> steady.received().size() >= expected.size());
            assertThat(steady.taken()).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(shaky.taken()).containsExactlyInAnyOrderElementsOf(expected);
            hooks.forEach(
                    id -> fleet.sending(0, "DELETE", "/api/webhooks/" + id, "").join());
        }
    }
}
