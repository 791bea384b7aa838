package dev.parley.gateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.session.Bench;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.catalog.Operations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class AgentServiceTest {
    private final Bench bench = new Bench();

    @BeforeEach
    void connectThreeAgents() {
        connect("first", "default");
        connect("second", "default");
        connect("foreign", "elsewhere");
    }

    @Test
    void listsTheAgentsOfTheWorkspaceMostRecentlySeenFirst() {
        assertThat(list("{}")).containsExactly("second", "first");
        bench.memory.agents().heartbeat("default", "first", null, null).block();
        assertThat(list("{}")).containsExactly("first", "second");
        bench.memory.agents().disconnect("second", "c-second").block();
        assertThat(list("{'online':'true'}")).containsExactly("first");
        assertThat(list("{'online':'false'}")).containsExactly("second");
        assertThat(list("{'online':''}")).containsExactly("second", "first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'yes'", "'TRUE'", "7"})
    void refusesAFilterThatIsNone(String online) {
        assertThat(bench.refused(Bench.ADA, Operations.AGENT_LIST, "{'online':" + online + "}")
                        .details())
                .containsEntry("field", "online");
    }

    @Test
    void readsOneAgent() {
        JsonNode agent = bench.ask(Bench.ADA, Operations.AGENT_GET, "{'id':'first'}");

        assertThat(agent.get("id").asString()).isEqualTo("first");
        assertThat(agent.get("isOnline").asBoolean()).isTrue();
        assertThat(agent.get("connectedAt").asString()).isEqualTo("2026-01-01T00:00:01.000Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "foreign"})
    void doesNotKnowAgentsOfOtherWorkspaces(String id) {
        assertThat(bench.refused(Bench.ADA, Operations.AGENT_GET, "{'id':'" + id + "'}")
                        .code())
                .isEqualTo(ErrorCode.AGENT_NOT_FOUND);
    }

    @Test
    void refusesToReadNoAgent() {
        assertThat(bench.refused(Bench.ADA, Operations.AGENT_GET, "{}").details())
                .containsEntry("missingFields", List.of("id"));
    }

    private List<String> list(String params) {
        return bench.ask(Bench.ADA, Operations.AGENT_LIST, params).get("agents").findValuesAsString("id");
    }

    private void connect(String id, String workspaceId) {
        bench.time.advance(Duration.ofSeconds(1));
        Agent agent = new Agent(
                id,
                null,
                "default",
                null,
                workspaceId,
                RawJson.of("[]"),
                false,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                "healthy",
                0,
                null,
                null,
                null,
                null);
        bench.memory.agents().connect(agent, "c-" + id).block();
    }
}
