package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.http.DescribedApi;
import dev.parley.protocol.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Agents and their inboxes, over both ways in, on the embedded store. */
@DisplayName("agents and inboxes:")
class AgentRegistryTest extends SocketRules {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** A status and the body. */
    private record Reply(int status, JsonNode json) {
        String code() {
            return json.get("error").get("code").asString();
        }
    }

    @Test
    @DisplayName("what an agent registers over HTTP stays when it connects, and is told on both ways")
    void register() {
        Reply made = post(
                "register",
                "{'id':'fw://bot','name':'Bot','label':'writers','framework':'fw','capabilities':['chat',{'name':'sum','metadata':{'n':1}}],"
                        + "'profile':{'taskTypes':['review'],'successRate':0.5},'sessionDefaults':{'timeoutMinutes':90},'follows':['alerts'],"
                        + "'health':'degraded','load':0.25,'metadata':{'k':'v'}}");
        assertThat(made.status()).isEqualTo(200);
        assertThat(made.json().get("isOnline").asBoolean()).isFalse();
        try (SocketClient bot = gateway.agent("fw://bot")) {
            JsonNode agent = get("fw%3A%2F%2Fbot").json();
            assertThat(agent).isEqualTo(bot.call("agent.get", json("{'id':'fw://bot'}")));
            assertThat(agent.get("isOnline").asBoolean()).isTrue();
            assertThat(agent.get("capabilities").toString())
                    .isEqualTo(json("[{'name':'chat'},{'name':'sum','metadata':{'n':1}}]"));
            assertThat(agent.get("profile").get("taskTypes").get(0).asString()).isEqualTo("review");
            assertThat(agent.get("follows").get(0).asString()).isEqualTo("alerts");
            assertThat(agent.get("label").asString()).isEqualTo("writers");
            assertThat(get("by-capability/sum").json().get("agents")).hasSize(1);
            assertThat(get("by-capability/SUM").json().get("agents")).isEmpty();
            JsonNode more = bot.call("agent.capabilities", json("{'capabilities':[{'name':'chat','metadata':2}]}"));
            assertThat(more.get("capabilities").get(0).get("metadata").asInt()).isEqualTo(2);
            Reply beat = post("fw%3A%2F%2Fbot/heartbeat", "{'health':'unhealthy','load':1}");
            assertThat(beat.json().get("health").asString()).isEqualTo("unhealthy");
            assertThat(get("").json().get("agents")).hasSize(1);
        }
        await().until(() -> get("by-capability/sum").json().get("agents").isEmpty());
    }

    @Test
    @DisplayName("an agent that is unregistered is disconnected with 1008 and unknown; its sessions are told")
    void unregister() {
        try (SocketClient ann = gateway.user("ann");
                SocketClient bot = gateway.agent("helper")) {
            gateway.session(ann, "ann", "helper");
            bot.push("session.attached");
            assertThat(code(ann.refused("agent.unregister", json("{'id':'helper'}"))))
                    .isEqualTo("FORBIDDEN");
            Reply gone = send("DELETE", "helper", "");
            assertThat(gone.status()).isEqualTo(200);
            assertThat(bot.closed()).isEqualTo(1008);
            assertThat(ann.push("agent.offline").get("agentId").asString()).isEqualTo("helper");
            assertThat(get("helper").code()).isEqualTo("AGENT_NOT_FOUND");
            assertThat(send("DELETE", "helper", "").code()).isEqualTo("AGENT_NOT_FOUND");
            try (SocketClient again = gateway.agent("helper")) {
                assertThat(again.push("session.attached")).isNotNull();
                assertThat(ann.push("agent.online").get("agentId").asString()).isEqualTo("helper");
            }
        }
    }

    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "register | {} | VALIDATION_ERROR",
                "register | {'id':'a b'} | VALIDATION_ERROR",
                "register | {'id':'a','capabilities':{}} | VALIDATION_ERROR",
                "register | {'id':'a','capabilities':[{'metadata':1}]} | VALIDATION_ERROR",
                "register | {'id':'a','capabilities':['']} | VALIDATION_ERROR",
                "register | {'id':'a','capabilities':[{'name':'n','metadata':{'k':1,'k':2}}]} | VALIDATION_ERROR",
                "register | {'id':'a','profile':[]} | VALIDATION_ERROR",
                "register | {'id':'a','profile':{'successRate':1,'successRate':1}} | VALIDATION_ERROR",
                "register | {'id':'a','profile':{'taskTypes':'x'}} | VALIDATION_ERROR",
                "register | {'id':'a','profile':{'successRate':1.5}} | VALIDATION_ERROR",
                "register | {'id':'a','metadata':1} | VALIDATION_ERROR",
                "register | {'id':'a','follows':['']} | VALIDATION_ERROR",
                "register | {'id':'a','follows':'x'} | VALIDATION_ERROR",
                "register | {'id':'a','health':'well'} | VALIDATION_ERROR",
                "register | {'id':'a','load':2} | VALIDATION_ERROR",
                "one/capabilities | {'capabilities':7} | VALIDATION_ERROR",
                "one/capabilities | {'capabilities':[{'name':'n','name':'n'}]} | VALIDATION_ERROR",
                "one/heartbeat | {'load':-1} | VALIDATION_ERROR",
                "one/heartbeat | {'health':''} | VALIDATION_ERROR",
                "none/heartbeat | {} | AGENT_NOT_FOUND",
                "none/capabilities | {'capabilities':[]} | AGENT_NOT_FOUND",
                "one/command | {} | VALIDATION_ERROR",
                "one/command | {'action':''} | VALIDATION_ERROR",
                "none/command | {'action':'stop'} | AGENT_NOT_FOUND",
                "one/messages/send | {'toAgentId':'two'} | VALIDATION_ERROR",
                "one/messages/send | {'payload':1} | VALIDATION_ERROR",
                "one/messages/send | {'toAgentId':'none','payload':1} | AGENT_NOT_FOUND",
                "none/messages/send | {'toAgentId':'two','payload':1} | AGENT_NOT_FOUND",
                "one/messages/send | {'toAgentId':'two','payload':1,'type':'letter'} | VALIDATION_ERROR",
                "one/messages/send | {'toAgentId':'two','payload':1,'ttlSeconds':0} | VALIDATION_ERROR",
                "one/messages/send | {'toAgentId':'two','payload':1,'ttlSeconds':9999999} | VALIDATION_ERROR",
                "one/messages/send | {'toAgentId':'two','payload':1,'channel':''} | VALIDATION_ERROR",
                "one/messages/send | {'toAgentId':'two','payload':1,'messageId':''} | VALIDATION_ERROR",
                "none/messages/broadcast | {'payload':1} | AGENT_NOT_FOUND",
                "one/messages/broadcast | {} | VALIDATION_ERROR",
                "one/messages/read | {} | VALIDATION_ERROR",
                "one/messages/read | {'messageIds':[1]} | VALIDATION_ERROR",
                "none/messages/read | {'messageIds':[]} | AGENT_NOT_FOUND"
            })
    @DisplayName("what a caller does wrong is a clear error")
    void refused(String path, String body, String code) {
        post("register", "{'id':'one'}");
        post("register", "{'id':'two'}");
        Reply reply = post(path, body);
        assertThat(reply.code()).isEqualTo(code);
        assertThat(reply.json().get("error").get("message").asString()).isNotBlank();
        assertThat(get("").json().get("agents")).hasSize(2);
        assertThat(get("two/messages").json().get("messages")).isEmpty();
    }

    @Test
    @DisplayName("what is too large or too deep is refused")
    void bounds() {
        post("register", "{'id':'one'}");
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 201; i++) {
            many.add("'c" + i + "'");
        }
        assertThat(post("one/capabilities", "{'capabilities':" + many + "}").code())
                .isEqualTo("VALIDATION_ERROR");
        post("one/capabilities", "{'capabilities':" + many.subList(0, 150) + "}");
        Reply full = post("one/capabilities", "{'capabilities':" + many.subList(100, 201) + "}");
        assertThat(full.code()).isEqualTo("VALIDATION_ERROR");
        String large = "'" + "x".repeat(300_000) + "'";
        assertThat(post("one/capabilities", "{'capabilities':[{'name':'a','metadata':" + large + "}]}")
                        .status())
                .isEqualTo(413);
        assertThat(post("register", "{'id':'one','profile':{'a':" + large + "}}")
                        .status())
                .isEqualTo(413);
        assertThat(post("one/messages/send", "{'toAgentId':'one','payload':" + large + "}")
                        .status())
                .isEqualTo(413);
        String deep = "[".repeat(110) + "]".repeat(110);
        assertThat(post("one/messages/send", "{'toAgentId':'one','payload':" + deep + "}")
                        .code())
                .isEqualTo("VALIDATION_ERROR");
        assertThat(post("register", "{'id':'one','metadata':{'a':" + deep + "}}")
                        .code())
                .isEqualTo("VALIDATION_ERROR");
        assertThat(get("one/messages?limit=0").code()).isEqualTo("VALIDATION_ERROR");
        assertThat(get("one/messages?limit=many").code()).isEqualTo("VALIDATION_ERROR");
        assertThat(get("one/messages?before=unknown").code()).isEqualTo("VALIDATION_ERROR");
        assertThat(get("one/messages?before=2026-13-45T00:00:00Z").code()).isEqualTo("VALIDATION_ERROR");
        assertThat(get("none/messages").code()).isEqualTo("AGENT_NOT_FOUND");
    }

    @Test
    @DisplayName("a message waits for an agent that is away, and is pushed to one that is there, as it came")
    void send() {
        post("register", "{'id':'bot'}");
        try (SocketClient ann = gateway.agent("ann")) {
            JsonNode queued = ann.call(
                    "agent.send",
                    json(
                            "{'toAgentId':'bot','payload':{'a':1.0e2,'e':[]},'channel':'news','type':'request','correlationId':'c1','messageId':'m1'}"));
            assertThat(queued.get("status").asString()).isEqualTo("queued");
            try (SocketClient bot = gateway.socket()) {
                JsonNode connected = bot.connect("agent", "bot");
                assertThat(connected.get("inbox").get("unread").asInt()).isEqualTo(1);
                JsonNode waiting = bot.call("inbox.list", "{}").get("messages").get(0);
                assertThat(waiting.get("from").get("id").asString()).isEqualTo("ann");
                assertThat(waiting.get("correlationId").asString()).isEqualTo("c1");
                Reply sent = post("ann/messages/send", "{'toAgentId':'bot','payload':[ 1.50 ],'messageId':'m2'}");
                assertThat(sent.status()).isEqualTo(201);
                assertThat(sent.json().get("status").asString()).isEqualTo("delivered");
                JsonNode pushed = bot.push("inbox.message");
                assertThat(pushed.get("id").asString()).isEqualTo("m2");
                assertThat(pushed.get("type").asString()).isEqualTo("event");
                Reply again = post("ann/messages/send", "{'toAgentId':'bot','payload':2,'messageId':'m2'}");
                assertThat(again.json().get("duplicate").asBoolean()).isTrue();
                assertThat(again.json().get("createdAt")).isEqualTo(sent.json().get("createdAt"));
                Reply list = get("bot/messages");
                assertThat(ids(list)).containsExactly("m2", "m1");
                assertThat(list.json().get("messages").get(0)).isEqualTo(pushed);
                assertThat(ids(get("bot/messages?channel=news"))).containsExactly("m1");
                assertThat(ids(get("bot/messages?limit=1"))).containsExactly("m2");
                assertThat(ids(get("bot/messages?limit=1&before=m2"))).containsExactly("m1");
                JsonNode marked = bot.call("inbox.markRead", json("{'messageIds':['m1','other']}"));
                assertThat(marked.toString()).isEqualTo(json("{'messageIds':['m1'],'unread':1}"));
                assertThat(ids(get("bot/messages"))).containsExactly("m2");
                assertThat(ids(get("bot/messages?unreadOnly=false"))).containsExactly("m2", "m1");
                assertThat(code(ann.refused("inbox.list", json("{'id':'bot'}"))))
                        .isEqualTo("FORBIDDEN");
                assertThat(code(ann.refused("inbox.markRead", json("{'id':'bot','messageIds':['m2']}"))))
                        .isEqualTo("FORBIDDEN");
                assertThat(code(ann.refused("agent.send", json("{'id':'bot','toAgentId':'ann','payload':1}"))))
                        .isEqualTo("FORBIDDEN");
            }
        }
        try (SocketClient user = gateway.user("bob")) {
            assertThat(code(user.refused("agent.send", json("{'toAgentId':'bot','payload':1}"))))
                    .isEqualTo("VALIDATION_ERROR");
            assertThat(code(user.refused("agent.command", json("{'id':'bot','action':'stop'}"))))
                    .isEqualTo("FORBIDDEN");
        }
    }

    @Test
    @DisplayName("a command is a request on the channel system that says whether it was delivered")
    void command() {
        try (SocketClient bot = gateway.agent("bot")) {
            Reply sent = post("bot/command", "{'action':'restart','params':{'hard':true}}");
            assertThat(sent.json().get("status").asString()).isEqualTo("delivered");
            JsonNode pushed = bot.push("inbox.message");
            assertThat(pushed.get("channel").asString()).isEqualTo("system");
            assertThat(pushed.get("type").asString()).isEqualTo("request");
            assertThat(pushed.get("payload").toString()).isEqualTo(json("{'action':'restart','params':{'hard':true}}"));
        }
        await().until(() -> !get("bot").json().get("isOnline").asBoolean());
        assertThat(post("bot/command", "{'action':'stop'}").json().get("status").asString())
                .isEqualTo("queued");
    }

    @Test
    @DisplayName("a command that nobody has read is gone after five minutes, a message when it was said")
    void expires() {
        post("register", "{'id':'ann'}");
        post("register", "{'id':'bot'}");
        post("bot/command", "{'action':'stop','messageId':'command'}");
        post("ann/messages/send", "{'toAgentId':'bot','payload':1,'ttlSeconds':600,'messageId':'short'}");
        post("ann/messages/send", "{'toAgentId':'bot','payload':2,'messageId':'long'}");
        gateway.advance(299);
        assertThat(ids(get("bot/messages"))).containsExactly("long", "short", "command");
        gateway.advance(1);
        assertThat(ids(get("bot/messages"))).containsExactly("long", "short");
        gateway.advance(300);
        assertThat(ids(get("bot/messages"))).containsExactly("long");
    }

    @Test
    @DisplayName("a broadcast is for every agent that is online, but the sender, and tells how many these are")
    void broadcast() {
        post("register", "{'id':'away'}");
        try (SocketClient one = gateway.agent("one");
                SocketClient two = gateway.agent("two");
                SocketClient three = gateway.agent("three")) {
            JsonNode sent = one.call("agent.broadcast", json("{'payload':'hello','channel':'news'}"));
            assertThat(sent.get("sent").asInt()).isEqualTo(2);
            for (SocketClient each : List.of(two, three)) {
                JsonNode pushed = each.push("inbox.message");
                assertThat(pushed.get("type").asString()).isEqualTo("broadcast");
                assertThat(pushed.get("channel").asString()).isEqualTo("news");
                assertThat(pushed.get("from").get("id").asString()).isEqualTo("one");
            }
            assertThat(get("one/messages").json().get("messages")).isEmpty();
            assertThat(get("away/messages").json().get("messages")).isEmpty();
        }
    }

    @Test
    @DisplayName("a page of an inbox is of fifty unless said, and tells whether there is more")
    void pages() {
        post("register", "{'id':'bot'}");
        for (int i = 0; i < 51; i++) {
            post("bot/messages/send", "{'toAgentId':'bot','payload':" + i + "}");
        }
        JsonNode page = get("bot/messages").json();
        assertThat(page.get("messages")).hasSize(50);
        assertThat(page.get("messages").get(0).get("payload").asInt()).isEqualTo(50);
        assertThat(page.get("hasMore").asBoolean()).isTrue();
        JsonNode whole = get("bot/messages?limit=51").json();
        assertThat(whole.get("messages")).hasSize(51);
        assertThat(whole.get("hasMore").asBoolean()).isFalse();
    }

    @Test
    @DisplayName("messages that came faster than an agent reads come in order, all of them once")
    void order() {
        try (SocketClient ann = gateway.agent("ann");
                SocketClient bot = gateway.agent("bot")) {
            int last = 0;
            for (int i = 0; i < 300; i++) {
                last = ann.send("agent.send", json("{'toAgentId':'bot','payload':" + i + "}"));
            }
            ann.answer(last);
            for (int i = 0; i < 300; i++) {
                assertThat(bot.push("inbox.message").get("payload").asInt()).isEqualTo(i);
            }
        }
    }

    @Test
    @DisplayName("two that answer each other's broadcasts are held by their rate, and others go on")
    void loop() {
        restart(config -> config.withLimits(new LimitsConfig(
                0,
                0,
                0,
                5,
                LimitsConfig.DEFAULT.maxBodyBytes(),
                LimitsConfig.DEFAULT.maxMetadataLength(),
                LimitsConfig.DEFAULT.maxContextBytes())));
        try (SocketClient one = gateway.agent("one");
                SocketClient two = gateway.agent("two")) {
            JsonNode first = one.call("agent.broadcast", json("{'payload':'hello'}"));
            assertThat(first.get("sent").asInt()).isEqualTo(1);
            boolean held = false;
            for (int i = 0; i < 50 && !held; i++) {
                SocketClient answering = i % 2 == 0 ? two : one;
                answering.push("inbox.message");
                JsonNode answer = answering.answer(answering.send("agent.broadcast", json("{'payload':'again'}")));
                held = answer.has("error");
                if (held) {
                    assertThat(code(answer.get("error"))).isEqualTo("RATE_LIMITED");
                }
            }
            assertThat(held).isTrue();
            assertThat(one.arrived("inbox.message")).isEmpty();
            Set<String> own = new HashSet<>();
            one.call("inbox.list", "{}")
                    .get("messages")
                    .forEach(message -> own.add(message.get("from").get("id").asString()));
            assertThat(own).containsExactly("two");
        }
    }

    @Test
    @DisplayName("one that never reads its inbox fills it: its senders are told, others go on, what was taken is kept")
    void neverReads() {
        post("register", "{'id':'deaf'}");
        post("register", "{'id':'ann'}");
        String payload = "{'toAgentId':'deaf','payload':'" + "x".repeat(250_000) + "'}";
        int taken = 0;
        Reply last = post("ann/messages/send", payload);
        while (last.status() == 201 && taken < 100) {
            taken++;
            last = post("ann/messages/send", payload);
        }
        assertThat(taken).as("what 16 MiB hold").isBetween(60, 68);
        assertThat(last.status()).isEqualTo(429);
        assertThat(last.code()).isEqualTo("RATE_LIMITED");
        JsonNode details = last.json().get("error").get("details");
        assertThat(details.get("limit").asString()).isEqualTo("inbox");
        assertThat(details.get("agentIds").toString()).isEqualTo(json("['deaf']"));
        assertThat(details.get("retryAfterMs").asInt()).isPositive();
        try (SocketClient deaf = gateway.socket();
                SocketClient bot = gateway.agent("bot")) {
            JsonNode connected = deaf.connect("agent", "deaf");
            assertThat(connected.get("inbox").get("unread").asInt()).isEqualTo(taken);
            Reply all = post("ann/messages/broadcast", "{'payload':'" + "y".repeat(250_000) + "'}");
            assertThat(all.json().get("sent").asInt()).isEqualTo(1);
            assertThat(all.json().get("full").toString()).isEqualTo(json("['deaf']"));
            assertThat(bot.push("inbox.message").get("type").asString()).isEqualTo("broadcast");
            JsonNode newest =
                    deaf.call("inbox.list", json("{'limit':1}")).get("messages").get(0);
            deaf.call(
                    "inbox.markRead", json("{'messageIds':['" + newest.get("id").asString() + "']}"));
            assertThat(post("ann/messages/send", payload).status())
                    .as("room for one")
                    .isEqualTo(201);
            assertThat(post("ann/messages/send", payload).status()).isEqualTo(429);
        }
    }

    private static List<String> ids(Reply page) {
        List<String> ids = new ArrayList<>();
        page.json().get("messages").forEach(message -> ids.add(message.get("id").asString()));
        return ids;
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private Reply get(String path) {
        return send("GET", path, "");
    }

    private Reply post(String path, String body) {
        return send("POST", path, json(body));
    }

    private Reply send(String method, String path, String body) {
        String slash = path.isEmpty() ? "" : "/";
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.port() + "/api/agents" + slash + path))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = DescribedApi.check(
                HTTP.sendAsync(request, BodyHandlers.ofString()).join());
        return new Reply(response.statusCode(), Json.MAPPER.readTree(response.body()));
    }
}
