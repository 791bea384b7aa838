package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: deadlines")
class SocketDeadlinesTest extends SocketRules {
    @Test
    void warnAndEndTheSessionForAllWhoAreThere() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient agent = gateway.agent("helper")) {
            String id = gateway.session(ann, "ann", "helper");
            agent.push("session.attached");
            for (int minute = 0; minute < 25; minute++) {
                beat(60, ann, agent);
            }
            JsonNode warning = ann.push("session.expiring");
            assertThat(warning.get("rung").asInt()).isEqualTo(300);
            assertThat(warning.get("secondsRemaining").asInt()).isBetween(295, 300);
            assertThat(warning.get("renewable").asBoolean()).isTrue();
            assertThat(agent.push("session.expiring").get("sessionId").asString())
                    .isEqualTo(id);
            JsonNode renewed = ann.call("session.renew", ref(id));
            assertThat(renewed.get("renewalCount").asInt()).isEqualTo(1);
            assertThat(agent.push("session.renewed").get("expiresAt")).isEqualTo(renewed.get("expiresAt"));
            for (int minute = 0; minute < 30; minute++) {
                beat(60, ann, agent);
            }
            assertThat(ann.push("session.expired").get("cause").asString()).isEqualTo("idle");
            assertThat(ann.arrived("session.expiring")).hasSize(3);
            assertThat(code(ann.refused("message.send", message(id, "late")))).isEqualTo("SESSION_EXPIRED");
            assertThat(code(ann.refused("session.get", ref(id)))).isEqualTo("SESSION_EXPIRED");
            assertThat(ann.arrived("session.ended")).isEmpty();
        }
    }

    /** Moves time in steps that let the loops keep up and the sockets answer pings, as they would in real time. */
    private void beat(int seconds, SocketClient... clients) {
        for (int passed = 0; passed < seconds; passed += 10) {
            gateway.advance(10);
            for (SocketClient client : clients) {
                client.call("ping", "{}");
            }
        }
    }

    @Test
    void aUsersHeartbeatRenewsWhatItIsAttachedToAndTellsTheDeadlines() {
        try (SocketClient ann = gateway.user("ann")) {
            String id = gateway.session(ann, "ann", "helper");
            gateway.advance(20);
            ann.call("ping", "{}");
            JsonNode deadline = ann.call("heartbeat", "{}").get("deadlines").get(0);
            assertThat(deadline.get("sessionId").asString()).isEqualTo(id);
            assertThat(deadline.get("renewable").asBoolean()).isTrue();
            assertThat(ann.call("session.get", ref(id)).get("status").asString())
                    .isEqualTo("active");
        }
    }
}
