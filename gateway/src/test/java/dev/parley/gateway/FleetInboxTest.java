package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Inboxes and the end of a registration, over three gateways. */
@DisplayName("gateways: inboxes")
class FleetInboxTest {
    private static final int MESSAGES = 100;

    private static Fleet fleet;

    @BeforeAll
    static void start() {
        fleet = Fleet.of(3);
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    @DisplayName("what is sent at one gateway is pushed at another, once and in order, also after a kill of that one")
    void pushed() {
        try (SocketClient sender = fleet.agent(0, "sender");
                SocketClient bot = fleet.agent(2, "bot")) {
            send(sender, "bot", 0, MESSAGES);
            assertThat(pushes(bot, MESSAGES)).isEqualTo(numbers(0, MESSAGES));
            fleet.kill(2);
            assertThat(bot.closed()).isPositive();
            // Nobody reads them: they wait, and are not pushed to one that comes back, but counted.
            send(sender, "bot", MESSAGES, MESSAGES + 10);
            SocketClient again = fleet.socket(2);
            JsonNode connected = again.connect("agent", "bot");
            assertThat(connected.get("inbox").get("unread").asInt()).isEqualTo(MESSAGES + 10);
            send(sender, "bot", MESSAGES + 10, MESSAGES + 20);
            assertThat(pushes(again, 10)).isEqualTo(numbers(MESSAGES + 10, MESSAGES + 20));
            JsonNode waiting = fleet.get(1, "/api/agents/bot/messages?limit=20").json();
            assertThat(payloads(waiting.get("messages"))).isEqualTo(reversed(numbers(MESSAGES, MESSAGES + 20)));
            send(sender, "bot", MESSAGES + 20, MESSAGES + 21);
            assertThat(pushes(again, 1))
                    .as("nothing came twice in between")
                    .isEqualTo(numbers(MESSAGES + 20, MESSAGES + 21));
            again.close();
        }
    }

    @Test
    @DisplayName("a broadcast reaches those online at any gateway once, and not the one that sent it")
    void broadcast() {
        try (SocketClient sender = fleet.agent(0, "caller");
                SocketClient one = fleet.agent(1, "one");
                SocketClient two = fleet.agent(2, "two")) {
            await().atMost(Fleet.WAIT).until(() -> online(0).containsAll(List.of("caller", "one", "two")));
            JsonNode sent = sender.call("agent.broadcast", "{\"payload\":\"all\",\"messageId\":\"b1\"}");
            sender.call("agent.broadcast", "{\"payload\":\"all\",\"messageId\":\"b1\"}");
            assertThat(sent.get("sent").asInt()).isGreaterThanOrEqualTo(2);
            send(sender, "one", 0, 1);
            send(sender, "two", 0, 1);
            for (SocketClient each : List.of(one, two)) {
                assertThat(each.push("inbox.message").get("id").asString()).isEqualTo("b1");
                assertThat(each.push("inbox.message").get("payload").asInt()).isZero();
            }
            assertThat(sender.arrived("inbox.message")).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "a command that is given at one gateway is delivered at another, and queued while its agent is offline")
    void command() {
        try (SocketClient bot = fleet.agent(2, "worker")) {
            await().atMost(Fleet.WAIT).until(() -> online(0).contains("worker"));
            Fleet.Reply sent = fleet.post(
                    0,
                    "/api/agents/worker/command",
                    "{\"action\":\"restart\",\"params\":{\"hard\":true},\"messageId\":\"c1\"}");
            assertThat(sent.status()).isEqualTo(200);
            assertThat(sent.json().get("status").asString()).isEqualTo("delivered");
            JsonNode pushed = bot.push("inbox.message");
            assertThat(pushed.get("id").asString()).isEqualTo("c1");
            assertThat(pushed.get("channel").asString()).isEqualTo("system");
            assertThat(pushed.get("type").asString()).isEqualTo("request");
            assertThat(pushed.get("payload").toString())
                    .isEqualTo("{\"action\":\"restart\",\"params\":{\"hard\":true}}");
        }
        await().atMost(Fleet.WAIT).until(() -> !online(1).contains("worker"));
        try (SocketClient boss = fleet.agent(1, "boss")) {
            JsonNode queued =
                    boss.call("agent.command", "{\"id\":\"worker\",\"action\":\"status\",\"messageId\":\"c2\"}");
            assertThat(queued.get("status").asString()).isEqualTo("queued");
        }
        try (SocketClient again = fleet.socket(0)) {
            JsonNode connected = again.connect("agent", "worker");
            assertThat(connected.get("inbox").get("unread").asInt()).isEqualTo(2);
            JsonNode waiting =
                    again.call("inbox.list", "{\"channel\":\"system\"}").get("messages");
            assertThat(waiting.get(0).get("id").asString()).isEqualTo("c2");
            assertThat(waiting.get(0).get("from").get("id").asString()).isEqualTo("boss");
            assertThat(waiting.get(0).get("payload").toString()).isEqualTo("{\"action\":\"status\"}");
            assertThat(waiting.get(1).get("id").asString()).isEqualTo("c1");
        }
    }

    @Test
    @DisplayName(
            "unregistering at one gateway closes the agent's connection at another with 1008, and tells its sessions")
    void unregister() {
        try (SocketClient ann = fleet.user(2, "ann");
                SocketClient bot = fleet.agent(1, "helper")) {
            Fleet.session(ann);
            bot.push("session.attached");
            Fleet.Reply gone =
                    fleet.sending(0, "DELETE", "/api/agents/helper", "").join();
            assertThat(gone.status()).isEqualTo(200);
            assertThat(bot.closed()).isEqualTo(1008);
            assertThat(ann.push("agent.offline").get("agentId").asString()).isEqualTo("helper");
            for (int i = 0; i < 3; i++) {
                assertThat(fleet.get(i, "/api/agents/helper").status()).isEqualTo(404);
            }
            try (SocketClient again = fleet.agent(2, "helper")) {
                again.push("session.attached");
                assertThat(fleet.get(0, "/api/agents/helper")
                                .json()
                                .get("isOnline")
                                .asBoolean())
                        .isTrue();
            }
        }
    }

    private static void send(SocketClient from, String to, int first, int end) {
        int last = 0;
        for (int i = first; i < end; i++) {
            last = from.send("agent.send", "{\"toAgentId\":\"" + to + "\",\"payload\":" + i + "}");
        }
        from.answer(last);
    }

    private static List<Integer> pushes(SocketClient to, int count) {
        List<Integer> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            payloads.add(to.push("inbox.message").get("payload").asInt());
        }
        return payloads;
    }

    private static List<Integer> payloads(JsonNode messages) {
        List<Integer> payloads = new ArrayList<>();
        messages.forEach(message -> payloads.add(message.get("payload").asInt()));
        return payloads;
    }

    private static List<String> online(int gateway) {
        List<String> ids = new ArrayList<>();
        fleet.get(gateway, "/api/agents?online=true")
                .json()
                .get("agents")
                .forEach(agent -> ids.add(agent.get("id").asString()));
        return ids;
    }

    private static List<Integer> numbers(int first, int end) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = first; i < end; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    private static List<Integer> reversed(List<Integer> numbers) {
        List<Integer> reversed = new ArrayList<>();
        numbers.forEach(number -> reversed.add(0, number));
        return reversed;
    }
}
