package dev.parley.gateway;

import static dev.parley.gateway.SocketRules.code;
import static dev.parley.gateway.SocketRules.message;
import static dev.parley.gateway.SocketRules.ref;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What people and agents say to each other, each on another gateway where there are several. */
@ParameterizedClass(name = "{0} on Redis")
@ValueSource(ints = {1, 2, 3})
@DisplayName("gateways: messages")
class FleetMessagesTest {
    @Parameter
    int gateways;

    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = Fleet.of(gateways);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    @DisplayName("a user and an agent talk: created, attached, typing, streamed, sent, delivered, kept")
    void talk() {
        try (SocketClient agent = fleet.agent(1, "helper");
                SocketClient ann = fleet.user(0, "ann")) {
            String id = Fleet.session(ann);
            agent.push("session.attached");
            ann.call("typing", "{\"sessionId\":\"" + id + "\",\"on\":true}");
            JsonNode typing = agent.push("typing");
            assertThat(typing.get("participantId").asString()).isEqualTo("ann");
            JsonNode sent = ann.call("message.send", message(id, "hello"));
            JsonNode heard = agent.push("message");
            assertThat(heard.get("content").asString()).isEqualTo("hello");
            assertThat(heard.get("seq")).isEqualTo(sent.get("seq"));
            assertThat(heard.get("epoch")).isEqualTo(sent.get("epoch"));
            String[] pieces = {"hi ", "an", "n"};
            for (int i = 0; i < pieces.length; i++) {
                agent.call(
                        "message.delta",
                        "{\"sessionId\":\"" + id + "\",\"messageId\":\"r1\",\"index\":" + i + ",\"chunk\":\""
                                + pieces[i] + "\"}");
            }
            agent.call("message.send", "{\"sessionId\":\"" + id + "\",\"messageId\":\"r1\",\"content\":\"hi ann\"}");
            for (int i = 0; i < pieces.length; i++) {
                JsonNode delta = ann.push("message.delta");
                assertThat(delta.get("index").asInt()).isEqualTo(i);
                assertThat(delta.get("chunk").asString()).isEqualTo(pieces[i]);
            }
            assertThat(ann.push("message").get("content").asString()).isEqualTo("hi ann");
            assertThat(fleet.get(2, "/api/messaging/sessions/" + id + "/messages")
                            .json()
                            .get("messages"))
                    .map(item -> item.get("content").asString())
                    .containsExactly("hi ann", "hello");
            // Found by its id alone, without a second key that says where it is.
            assertThat(fleet.keys()).noneMatch(key -> key.contains("@:"));
        }
    }

    @Test
    @DisplayName(
            "everybody sees one order, that of seq, in which each sender's messages are in the order they were sent")
    void order() {
        int each = 100;
        try (SocketClient agent = fleet.agent(1, "helper");
                SocketClient one = fleet.user(0, "ann");
                SocketClient two = fleet.user(2, "ann")) {
            String id = Fleet.session(one);
            two.call("session.attach", ref(id));
            agent.push("session.attached");
            List<SocketClient> all = List.of(agent, one, two);
            int[] last = new int[all.size()];
            for (int i = 0; i < each; i++) {
                for (int sender = 0; sender < all.size(); sender++) {
                    last[sender] = all.get(sender).send("message.send", message(id, sender + "-" + i));
                }
            }
            List<List<Integer>> numbers = new ArrayList<>();
            for (int receiver = 0; receiver < all.size(); receiver++) {
                assertThat(all.get(receiver).answer(last[receiver]).has("result"))
                        .isTrue();
                List<Integer> seqs = new ArrayList<>();
                int[] next = new int[all.size()];
                for (int i = 0; i < each * (all.size() - 1); i++) {
                    JsonNode got = all.get(receiver).push("message");
                    seqs.add(got.get("seq").asInt());
                    String[] words = got.get("content").asString().split("-", 2);
                    int sender = Integer.parseInt(words[0]);
                    assertThat(Integer.parseInt(words[1])).isEqualTo(next[sender]++);
                }
                assertThat(seqs).isSorted().doesNotHaveDuplicates();
                assertThat(next[receiver]).as("its own").isZero();
                numbers.add(seqs);
            }
            // What each did not get are its own, and those are what the two others both got.
            assertThat(numbers.get(0)).doesNotContainAnyElementsOf(ownOf(numbers, 0));
            assertThat(ownOf(numbers, 0)).hasSize(each);
            assertThat(ownOf(numbers, 1)).hasSize(each);
            assertThat(ownOf(numbers, 2)).hasSize(each);
        }
    }

    /** The numbers that both others got and this one did not. */
    private static List<Integer> ownOf(List<List<Integer>> numbers, int receiver) {
        List<Integer> own = new ArrayList<>(numbers.get((receiver + 1) % 3));
        own.retainAll(numbers.get((receiver + 2) % 3));
        own.removeAll(numbers.get(receiver));
        return own;
    }

    @Test
    @DisplayName("who was cut resumes on another gateway: what was missed in order, then live, nothing twice")
    void resumeElsewhere() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient agent = fleet.agent(2, "helper");
                SocketClient back = fleet.socket(1)) {
            String id = Fleet.session(ann);
            agent.push("session.attached");
            agent.call("message.send", message(id, "m1"));
            JsonNode seen = ann.push("message");
            ann.call("message.send", message(id, "own"));
            ann.cut();
            for (int i = 2; i <= 20; i++) {
                agent.call("message.send", message(id, "m" + i));
            }
            int running = agent.send("message.send", message(id, "m21"));
            JsonNode entry = back.call("connect", resuming(id, seen.get("epoch"), seen.get("seq")))
                    .get("sessions")
                    .get(0);
            assertThat(entry.get("recovered").asBoolean()).isTrue();
            assertThat(entry.has("gap")).isFalse();
            assertThat(entry.get("acked").get("seq").asInt())
                    .isEqualTo(seen.get("seq").asInt() + 1);
            agent.answer(running);
            agent.call("message.send", message(id, "m22"));
            assertThat(back.push("message").get("content").asString()).isEqualTo("own");
            for (int i = 2; i <= 22; i++) {
                assertThat(back.push("message").get("content").asString()).isEqualTo("m" + i);
            }
            assertThat(back.arrived("gap")).isEmpty();
        }
    }

    @Test
    @DisplayName("a position that the log does not have is told as a gap, on whatever gateway")
    void gaps() {
        fleet.close();
        fleet = Fleet.of(gateways, config -> config.withSession(Sessions.keeping(5)));
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient late = fleet.user(1, "ann")) {
            String id = Fleet.session(ann);
            String epoch =
                    ann.call("message.send", message(id, "m1")).get("epoch").toString();
            for (int i = 2; i <= 12; i++) {
                ann.call("message.send", message(id, "m" + i));
            }
            JsonNode trimmed =
                    late.call("session.attach", "{\"sessionId\":\"" + id + "\",\"epoch\":" + epoch + ",\"seq\":3}");
            assertThat(trimmed.get("recovered").asBoolean()).isFalse();
            assertThat(trimmed.get("gap").get("cause").asString()).isEqualTo("trimmed");
            assertThat(trimmed.get("gap").get("from").asInt()).isEqualTo(4);
            int to = trimmed.get("gap").get("to").asInt();
            assertThat(late.push("message").get("seq").asInt()).isEqualTo(to + 1);
            late.call("session.detach", ref(id));
            JsonNode unknown =
                    late.call("session.attach", "{\"sessionId\":\"" + id + "\",\"epoch\":\"another\",\"seq\":3}");
            assertThat(unknown.get("recovered").asBoolean()).isFalse();
            assertThat(unknown.get("gap").get("cause").asString()).isEqualTo("unknown");
        }
    }

    @Test
    @DisplayName(
            "a message that is sent again through another gateway is acknowledged as the first time, and told once")
    void repeatedElsewhere() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient again = fleet.user(1, "ann");
                SocketClient agent = fleet.agent(2, "helper")) {
            String id = Fleet.session(ann);
            agent.push("session.attached");
            String send = "{\"sessionId\":\"" + id + "\",\"content\":\"once\",\"messageId\":\"m-1\"}";
            JsonNode first = ann.call("message.send", send);
            ann.cut();
            JsonNode repeat = again.call("message.send", send);
            assertThat(repeat.get("seq")).isEqualTo(first.get("seq"));
            assertThat(repeat.get("duplicate").asBoolean()).isTrue();
            again.call("message.send", message(id, "next"));
            assertThat(agent.push("message").get("content").asString()).isEqualTo("once");
            assertThat(agent.push("message").get("content").asString()).isEqualTo("next");
            assertThat(code(agent.refused("message.send", send))).isEqualTo("MESSAGE_CONFLICT");
        }
    }

    @Test
    @DisplayName("a user's tabs are one user: each hears what the others say, and what is for them alone")
    void tabs() {
        try (SocketClient one = fleet.user(0, "ann");
                SocketClient two = fleet.user(1, "ann");
                SocketClient three = fleet.user(2, "ann");
                SocketClient writer = fleet.agent(1, "writer");
                SocketClient critic = fleet.agent(2, "critic")) {
            String id = one.call(
                            "session.create",
                            "{\"agentId\":\"writer\",\"userId\":\"ann\",\"participants\":[{\"id\":\"critic\",\"kind\":\"agent\",\"role\":\"critic\"}]}")
                    .get("sessionId")
                    .asString();
            two.call("session.attach", ref(id));
            three.call("session.attach", ref(id));
            writer.push("session.attached");
            critic.push("session.attached");
            two.call("message.send", message(id, "from two"));
            for (SocketClient other : List.of(one, three, writer, critic)) {
                assertThat(other.push("message").get("content").asString()).isEqualTo("from two");
            }
            writer.call("message.send", "{\"sessionId\":\"" + id + "\",\"content\":\"between us\",\"to\":\"critic\"}");
            writer.call("message.send", message(id, "for all"));
            assertThat(critic.push("message").get("content").asString()).isEqualTo("between us");
            for (SocketClient other : List.of(one, two, three, critic)) {
                assertThat(other.push("message").get("content").asString()).isEqualTo("for all");
            }
        }
    }

    @Test
    @DisplayName("an end is told on all gateways, and holds on all")
    void ended() {
        try (SocketClient ann = fleet.user(0, "ann");
                SocketClient tab = fleet.user(1, "ann");
                SocketClient agent = fleet.agent(2, "helper")) {
            String id = Fleet.session(ann);
            String other = Fleet.session(ann);
            tab.call("session.attach", ref(id));
            tab.call("session.attach", ref(other));
            agent.push("session.attached");
            agent.push("session.attached");
            agent.call("session.complete", "{\"sessionId\":\"" + id + "\",\"summary\":\"done\"}");
            for (SocketClient each : List.of(ann, tab, agent)) {
                assertThat(each.push("session.ended").get("end").get("status").asString())
                        .isEqualTo("completed");
            }
            assertThat(code(tab.refused("message.send", message(id, "late")))).isEqualTo("SESSION_ENDED");
            ann.call("session.delete", ref(other));
            for (SocketClient each : List.of(agent, tab)) {
                JsonNode end = each.push("session.ended");
                assertThat(end.get("sessionId").asString()).isEqualTo(other);
                assertThat(end.get("end").get("reason").asString()).isEqualTo("deleted");
            }
            assertThat(code(tab.refused("session.get", ref(other)))).isEqualTo("SESSION_NOT_FOUND");
        }
    }

    private static String resuming(String id, JsonNode epoch, JsonNode seq) {
        return "{\"kind\":\"user\",\"id\":\"ann\",\"sessions\":[{\"sessionId\":\"" + id + "\",\"epoch\":" + epoch
                + ",\"seq\":" + seq + "}]}";
    }
}
