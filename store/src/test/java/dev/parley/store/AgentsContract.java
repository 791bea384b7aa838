package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.session.Participant;
import dev.parley.store.SessionStore.Commit;
import java.time.Instant;
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
        done(agents().heartbeat("bot", "degraded", 0.75));
        advanceSeconds(25);
        done(agents().heartbeat("bot", null, null));
        Agent seen = get(agents().get("default", "bot"));
        assertThat(seen.health()).isEqualTo("degraded");
        assertThat(seen.load()).isEqualTo(0.75);
        assertThat(seen.lastSeenAt()).isEqualTo(Instant.ofEpochMilli(now()));
        assertThat(seen.connectedAt()).isEqualTo(Instant.ofEpochMilli(now() - 50_000));
        refusal(StoreException.NotFound.class, agents().heartbeat("unknown", null, null));
    }

    @Test
    @DisplayName("lists are most recently seen first, of equal instants the later first, and can be of those online")
    void list() {
        get(agents().connect(agent("a", "default", "one"), "ca"));
        get(agents().connect(agent("b", "default", "one"), "cb"));
        get(agents().connect(agent("c", "default", "one"), "cc"));
        advanceSeconds(1);
        done(agents().heartbeat("b", null, null));
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

    private static final class Holders implements AgentStore.AgentListener {
        private final List<String> told = new CopyOnWriteArrayList<>();

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
