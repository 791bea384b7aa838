package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.session.Participant;
import dev.parley.store.AgentStore.Capability;
import dev.parley.store.AgentStore.Registration;
import dev.parley.store.SessionStore.Commit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Agents and who holds them. */
abstract class AgentsContract extends ContractGroup {
    AgentsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName(
            "an agent that connects is online from now on, with its capabilities, and registered from the first time")
    void connect() {
        Instant first = Instant.ofEpochMilli(now());
        Agent online = get(agents().connect(agent("bot", "default", "one"), "c1"));
        assertThat(online.isOnline()).isTrue();
        assertThat(online.connectedAt()).isEqualTo(first);
        assertThat(online.lastSeenAt()).isEqualTo(first);
        assertThat(online.registeredAt()).isEqualTo(first);
        assertThat(online.name()).isEqualTo("one");
        assertThat(get(agents().get("default", "bot"))).isEqualTo(online);

        advanceSeconds(10);
        Agent again = get(agents().connect(agent("bot", "default", "two"), "c2"));
        assertThat(again.registeredAt()).isEqualTo(first);
        assertThat(again.connectedAt()).isEqualTo(Instant.ofEpochMilli(now()));
        assertThat(again.name()).isEqualTo("two");
    }

    @Test
    @DisplayName("the newest connection holds the agent; the older one closing later changes nothing")
    void newestWins() throws Exception {
        Holders holders = new Holders();
        AutoCloseable listening = get(agents().subscribe(holders));
        get(agents().connect(agent("bot", "default", "one"), "c1"));
        get(agents().connect(agent("bot", "default", "one"), "c2"));
        done(agents().disconnect("bot", "c1"));
        assertThat(get(agents().get("default", "bot")).isOnline()).isTrue();
        done(agents().disconnect("bot", "c2"));
        Agent offline = get(agents().get("default", "bot"));
        assertThat(offline.isOnline()).isFalse();
        assertThat(offline.connectedAt()).isNull();
        done(agents().disconnect("bot", "c2"));
        done(agents().disconnect("unknown", "c2"));
        awaitTold();
        assertThat(holders.told).containsExactly("bot held by c1", "bot held by c2", "bot offline");
        listening.close();
        get(agents().connect(agent("bot", "default", "one"), "c3"));
        awaitTold();
        assertThat(holders.told).hasSize(3);
    }

    @Test
    @DisplayName("a connection whose call comes late does not take the agent from one that was asked for after it")
    void late() throws Exception {
        Holders holders = new Holders();
        AutoCloseable listening = get(agents().subscribe(holders));
        Instant first = Instant.ofEpochMilli(now());
        advanceSeconds(3);
        get(agents().connect(asked("bot", Instant.ofEpochMilli(now())), "c2"));
        advanceSeconds(3);
        StoreException.Unavailable refused =
                refusal(StoreException.Unavailable.class, agents().connect(asked("bot", first), "c1"));
        assertThat(refused.outcomeUnknown()).isFalse();
        assertThat(get(agents().get("default", "bot")).isOnline()).isTrue();
        done(agents().disconnect("bot", "c2"));
        refusal(StoreException.Unavailable.class, agents().connect(asked("bot", first), "c1"));
        assertThat(get(agents().get("default", "bot")).isOnline()).isFalse();
        get(agents().connect(asked("bot", Instant.ofEpochMilli(now())), "c3"));
        awaitTold();
        assertThat(holders.told).containsExactly("bot held by c2", "bot offline", "bot held by c3");
        listening.close();
    }

    @Test
    @DisplayName("a connection asked for at a time that is still to come keeps nobody out")
    void askedInFuture() {
        get(agents().connect(asked("bot", Instant.ofEpochMilli(now() + 60_000)), "c1"));
        advanceSeconds(1);
        get(agents().connect(asked("bot", Instant.ofEpochMilli(now())), "c2"));
        done(agents().disconnect("bot", "c1"));
        assertThat(get(agents().get("default", "bot")).isOnline()).isTrue();
    }

    @Test
    @DisplayName("an agent of another workspace keeps its id to itself and cannot be seen")
    void otherWorkspace() {
        get(agents().connect(agent("bot", "default", "one"), "c1"));
        refusal(StoreException.Conflict.class, agents().connect(agent("bot", "other", "one"), "c2"));
        refusal(StoreException.NotFound.class, agents().get("other", "bot"));
        refusal(StoreException.NotFound.class, agents().get("default", "unknown"));
        assertThat(get(agents().list("other", null))).isEmpty();
        assertThat(get(agents().get("default", "bot")).isOnline()).isTrue();
    }

    @Test
    @DisplayName("a heartbeat tells health and load and that the agent was seen; what it leaves out stays")
    void heartbeat() {
        get(agents().connect(agent("bot", "default", "one"), "c1"));
        advanceSeconds(25);
        get(agents().heartbeat("default", "bot", "degraded", 0.75));
        advanceSeconds(25);
        get(agents().heartbeat("default", "bot", null, null));
        Agent seen = get(agents().get("default", "bot"));
        assertThat(seen.health()).isEqualTo("degraded");
        assertThat(seen.load()).isEqualTo(0.75);
        assertThat(seen.lastSeenAt()).isEqualTo(Instant.ofEpochMilli(now()));
        assertThat(seen.connectedAt()).isEqualTo(Instant.ofEpochMilli(now() - 50_000));
        refusal(StoreException.NotFound.class, agents().heartbeat("default", "unknown", null, null));
    }

    @Test
    @DisplayName("one that only registers is offline; what it leaves out the next time stays, and its connection too")
    void register() {
        RawJson profile = RawJson.of("{\"taskTypes\":[\"review\"],\"empty\":[]}");
        Agent first = get(agents().register(said("bot", "one", List.of(capability("chat", 1)), profile)));
        assertThat(first.isOnline()).isFalse();
        assertThat(first.label()).isEqualTo("writers");
        assertThat(first.follows()).containsExactly("alerts");
        assertThat(first.profile()).isEqualTo(profile);
        assertThat(first.health()).isEqualTo("healthy");
        assertThat(first.lastSeenAt()).isEqualTo(Instant.ofEpochMilli(now()));
        assertThat(get(agents().get("default", "bot"))).isEqualTo(first);
        advanceSeconds(5);
        Agent online = get(agents().connect(nothingSaid("bot", "default"), "c1"));
        assertThat(online.name()).isEqualTo("one");
        assertThat(online.capabilities()).isEqualTo(first.capabilities());
        assertThat(online.profile()).isEqualTo(profile);
        assertThat(online.registeredAt()).isEqualTo(first.registeredAt());
        Agent renamed = get(agents().register(said("bot", "two", null, null)));
        assertThat(renamed.name()).isEqualTo("two");
        assertThat(renamed.isOnline()).isTrue();
        assertThat(renamed.connectedAt()).isEqualTo(online.connectedAt());
        assertThat(renamed.capabilities()).isEqualTo(first.capabilities());
        assertThat(get(agents().register(said("bot", "two", List.of(), null))).capabilities())
                .hasToString("[]");
        refusal(StoreException.Conflict.class, agents().register(nothingSaid("bot", "other")));
        assertThat(get(agents().get("default", "bot")).name()).isEqualTo("two");
    }

    @Test
    @DisplayName("capabilities are added and replaced by name, in their order, and are bounded")
    void capabilities() {
        get(agents().register(said("bot", "one", List.of(capability("a", 1), capability("b", 1)), null)));
        Agent more = get(agents().addCapabilities("default", "bot", List.of(capability("a", 2), capability("c", 3))));
        assertThat(more.capabilities())
                .hasToString("[" + capability("a", 2).json() + ","
                        + capability("b", 1).json() + "," + capability("c", 3).json() + "]");
        assertThat(get(agents().get("default", "bot"))).isEqualTo(more);
        List<Capability> many = new ArrayList<>();
        for (int i = 0; i < Capability.MOST - 2; i++) {
            many.add(capability("n" + i, i));
        }
        refusal(StoreException.Full.class, agents().addCapabilities("default", "bot", many));
        Capability large = new Capability("l", RawJson.of('"' + "x".repeat(Capability.MOST_BYTES) + '"'));
        refusal(StoreException.Full.class, agents().addCapabilities("default", "bot", List.of(large)));
        refusal(StoreException.NotFound.class, agents().addCapabilities("other", "bot", List.of()));
        assertThat(get(agents().get("default", "bot"))).isEqualTo(more);
    }

    @Test
    @DisplayName("who is online and has a capability is found by its exact name, most recently seen first")
    void withCapability() {
        get(agents().connect(agent("a", "default", "one"), "ca"));
        get(agents().connect(agent("b", "default", "one"), "cb"));
        get(agents().connect(agent("foreign", "other", "one"), "cf"));
        get(agents().register(said("offline", "one", List.of(capability("chat", 1)), null)));
        advanceSeconds(1);
        get(agents().heartbeat("default", "a", null, null));
        assertThat(get(agents().withCapability("default", "chat")))
                .extracting(Agent::id)
                .containsExactly("a", "b");
        assertThat(get(agents().withCapability("default", "Chat"))).isEmpty();
        assertThat(get(agents().withCapability("default", "cha"))).isEmpty();
    }

    @Test
    @DisplayName("those who follow anything are found while they are online; one that changes its mind is told of anew")
    void followers() throws Exception {
        Holders holders = new Holders();
        AutoCloseable listening = get(agents().subscribe(holders));
        get(agents().connect(follower("a", "default", List.of("alerts")), "ca"));
        get(agents().connect(follower("b", "default", null), "cb"));
        get(agents().connect(follower("foreign", "other", List.of("alerts")), "cf"));
        get(agents().register(follower("offline", "default", List.of("alerts"))));
        assertThat(followersOf("default")).containsExactly("a");
        assertThat(get(agents().followers("default")).get(0).follows()).containsExactly("alerts");
        assertThat(followersOf("other")).containsExactly("foreign");
        assertThat(followersOf("none")).isEmpty();
        awaitTold();
        holders.told.clear();

        get(agents().register(follower("b", "default", List.of("orchestration", "agents"))));
        assertThat(followersOf("default")).containsExactlyInAnyOrder("a", "b");
        get(agents().register(nothingSaid("a", "default")));
        assertThat(followersOf("default")).containsExactlyInAnyOrder("a", "b");
        get(agents().register(follower("a", "default", List.of())));
        get(agents().connect(nothingSaid("offline", "default"), "co"));
        assertThat(followersOf("default")).containsExactlyInAnyOrder("b", "offline");
        awaitTold();
        assertThat(holders.told)
                .contains("a held by ca", "b held by cb")
                .doesNotContain("a offline", "b offline", "offline offline");

        done(agents().disconnect("offline", "co"));
        done(agents().unregister("default", "b", operation()));
        assertThat(followersOf("default")).isEmpty();
        get(agents().connect(nothingSaid("b", "other"), "cb2"));
        assertThat(followersOf("other")).containsExactly("foreign");
        listening.close();
    }

    @Test
    @DisplayName("one that is unregistered is unknown, its holder is told, and its id is free for anybody")
    void unregister() throws Exception {
        Holders holders = new Holders();
        AutoCloseable listening = get(agents().subscribe(holders));
        Agent online = get(agents().connect(agent("bot", "default", "one"), "c1"));
        refusal(StoreException.NotFound.class, agents().unregister("other", "bot", operation()));
        String operation = operation();
        done(agents().unregister("default", "bot", operation));
        done(agents().unregister("default", "bot", operation));
        refusal(StoreException.NotFound.class, agents().unregister("default", "bot", operation()));
        refusal(StoreException.NotFound.class, agents().get("default", "bot"));
        assertThat(get(agents().list("default", null))).isEmpty();
        assertThat(holders.unregistered).allMatch(since -> !since.isBefore(online.connectedAt()));
        done(agents().disconnect("bot", "c1"));
        Agent again = get(agents().connect(nothingSaid("bot", "other"), "c2"));
        assertThat(again.connectedAt()).isAfter(online.connectedAt());
        assertThat(again.name()).isNull();
        assertThat(again.capabilities()).hasToString("[]");
        awaitTold();
        assertThat(holders.told).containsExactly("bot held by c1", "bot unregistered", "bot held by c2");
        listening.close();
    }

    @Test
    @DisplayName("lists are most recently seen first, of equal instants the later first, and can be of those online")
    void list() {
        get(agents().connect(agent("a", "default", "one"), "ca"));
        get(agents().connect(agent("b", "default", "one"), "cb"));
        get(agents().connect(agent("c", "default", "one"), "cc"));
        advanceSeconds(1);
        get(agents().heartbeat("default", "b", null, null));
        done(agents().disconnect("a", "ca"));
        assertThat(ids(null)).containsExactly("a", "b", "c");
        assertThat(ids(true)).containsExactly("b", "c");
        assertThat(ids(false)).containsExactly("a");
    }

    @Test
    @DisplayName("those who listen hear of every session that an agent comes to take part in")
    void assigned() throws Exception {
        Holders holders = new Holders();
        AutoCloseable listening = get(agents().subscribe(holders));
        StoredSession made = create(session("s").participant("helper", Participant.AGENT));
        create(session("without").agent(null));
        awaitTold();
        assertThat(holders.told).containsExactlyInAnyOrder("bot in s", "helper in s");
        holders.told.clear();
        SessionBuilder other = session("s").channel(made.document().channelId()).agent("other");
        commit(new Commit("s", operation(), 1, other.document(), null, null, false, List.of()));
        awaitTold();
        assertThat(holders.told).containsExactly("other in s");
        commit(change(load("s"), "{\"a\":1}"));
        awaitTold();
        assertThat(holders.told).hasSize(1);
        listening.close();
    }

    private AgentStore agents() {
        return store().agents();
    }

    private List<String> ids(@Nullable Boolean online) {
        return get(agents().list("default", online)).stream().map(Agent::id).toList();
    }

    private List<String> followersOf(String workspaceId) {
        return get(agents().followers(workspaceId)).stream().map(Agent::id).toList();
    }

    private static Registration follower(String id, String workspaceId, @Nullable List<String> follows) {
        return new Registration(id, workspaceId, null, null, null, null, null, null, null, null, follows, null, null);
    }

    private static Agent agent(String id, String workspaceId, String name) {
        return agent(id, workspaceId, name, null);
    }

    private static Agent asked(String id, Instant asked) {
        return agent(id, "default", "one", asked);
    }

    private static Agent agent(String id, String workspaceId, String name, @Nullable Instant asked) {
        return new Agent(
                id,
                name,
                "default",
                null,
                workspaceId,
                RawJson.of("[{\"name\":\"chat\"}]"),
                false,
                asked,
                Instant.EPOCH,
                Instant.EPOCH,
                "healthy",
                0,
                null,
                null,
                null,
                null);
    }

    private static Capability capability(String name, int n) {
        return new Capability(name, RawJson.of("{\"name\":\"" + name + "\",\"metadata\":{\"n\":" + n + ",\"e\":[]}}"));
    }

    private static Registration nothingSaid(String id, String workspaceId) {
        return new Registration(id, workspaceId, null, null, null, null, null, null, null, null, null, null, null);
    }

    private static Registration said(
            String id, String name, @Nullable List<Capability> capabilities, @Nullable RawJson profile) {
        return new Registration(
                id,
                "default",
                name,
                "writers",
                null,
                capabilities,
                null,
                null,
                profile,
                null,
                List.of("alerts"),
                null,
                null);
    }

    private static final class Holders implements AgentStore.AgentListener {
        private final List<String> told = new CopyOnWriteArrayList<>();
        private final List<Instant> unregistered = new CopyOnWriteArrayList<>();

        @Override
        public void onUnregistered(String workspaceId, String agentId, Instant since) {
            unregistered.add(since);
            told.add(agentId + " unregistered");
        }

        @Override
        public void onHolder(Agent agent, @Nullable String connectionId) {
            assertThat(agent.isOnline()).isEqualTo(connectionId != null);
            told.add(agent.id() + (connectionId == null ? " offline" : " held by " + connectionId));
        }

        @Override
        public void onAssigned(String agentId, String sessionId) {
            told.add(agentId + " in " + sessionId);
        }
    }
}
