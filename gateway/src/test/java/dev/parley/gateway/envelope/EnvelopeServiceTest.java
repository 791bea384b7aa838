package dev.parley.gateway.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.session.Bench;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What envelopes are refused for, and whom they go to when they name nobody. */
final class EnvelopeServiceTest {
    private final Bench bench = new Bench();
    private int sequence;

    private String request(String payload, String more) {
        return "{'message_id':'m-" + sequence++ + "','timestamp':'2026-01-31T23:59:59Z','sender':{'agent_id':'lead'},"
                + "'message_type':'task_request','payload':" + payload + more + "}";
    }

    private JsonNode send(String payload, String more) {
        return bench.ask(Bench.PROGRAM, Operations.ENVELOPE_SEND, request(payload, more));
    }

    private ProtocolException refused(String payload, String more) {
        return bench.refused(Bench.PROGRAM, Operations.ENVELOPE_SEND, request(payload, more));
    }

    private void agent(String id, String framework, double load, String profile, String... capabilities) {
        String named = List.of(capabilities).stream()
                .map(name -> "{\"name\":\"" + name + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
        Agent agent = new Agent(
                id,
                null,
                "default",
                framework,
                "default",
                RawJson.of(named),
                false,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                "healthy",
                load,
                RawJson.of(profile.replace('\'', '"')),
                null,
                null,
                null);
        bench.memory.agents().connect(agent, "c-" + id).block();
    }

    @Test
    void namesAllThatIsWrongAtOnce() {
        ProtocolException refused = bench.refused(
                Bench.PROGRAM,
                Operations.ENVELOPE_SEND,
                "{'timestamp':'today','sender':{'framework':7},'recipient':{'agent_id':'a b'},'message_type':'order',"
                        + "'priority':'urgent','routing':{'timeout':'5 minutes','retry_policy':{'max_retries':11,"
                        + "'backoff':'square'},'fallback_agents':[1,'a b'],'delivery_mode':'later','strategy':'best'},"
                        + "'metadata':[]}");
        assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refused.details())
                .containsEntry("missingFields", List.of("sender.agent_id", "message_id", "payload"));
        assertThat(fields(refused))
                .containsExactly(
                        "timestamp",
                        "sender.framework",
                        "recipient.agent_id",
                        "message_type",
                        "priority",
                        "routing.timeout",
                        "routing.retry_policy.max_retries",
                        "routing.retry_policy.backoff",
                        "routing.fallback_agents[0]",
                        "routing.fallback_agents[1]",
                        "routing.delivery_mode",
                        "routing.strategy",
                        "metadata");
    }

    @Test
    void namesAllThatIsOutOfItsRangeAtOnce() {
        ProtocolException refused = refused(
                "[".repeat(101) + "]".repeat(101),
                ",'metadata':7,'routing':{'timeout':'25h','retry_policy':{'max_retries':11},'fallback_agents':['a b']}");
        assertThat(fields(refused))
                .containsExactly(
                        "routing.timeout",
                        "routing.retry_policy.max_retries",
                        "routing.fallback_agents[0]",
                        "payload",
                        "metadata");
        assertThat(refused("1", ",'routing':{'timeout':'0ms'}").details()).containsEntry("field", "routing.timeout");
        String large = "'" + "x".repeat(64 << 10) + "'";
        ProtocolException tooLarge = refused(large, "");
        assertThat(tooLarge.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(tooLarge.details())
                .containsEntry("field", "payload")
                .containsEntry("length", (64L << 10) + 2)
                .containsEntry("maxLength", 64L << 10);
        ProtocolException among = refused(large, ",'routing':{'timeout':'25h'},'metadata':{'m':" + large + "}");
        assertThat(among.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(fields(among)).containsExactly("routing.timeout", "payload", "metadata");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            status_update | ,'metadata':{'task_id':7}                | metadata.task_id
            status_update | ,'metadata':{'task_id':'a b'}            | metadata.task_id
            status_update | ,'metadata':{'task_id':'a','task_id':1}  | metadata
            status_update | ,'metadata':{'task_id':'a','attempt':0}  | metadata.attempt
            status_update | ,'metadata':[]                           | metadata
            status_update | ,'payload':{'progress':101}              | payload.progress
            status_update | ,'payload':{'progress':'50'}             | payload.progress
            heartbeat     | ,'payload':{'load':2}                    | payload.load
            heartbeat     | ,'payload':{'health':'ill'}              | payload.health
            """)
    void tellsWhatIsMissingForItsType(String type, String more, String field) {
        String params = request("{}", more).replace("task_request", type);
        if (more.startsWith(",'payload'")) {
            params = params.replace("'payload':{},", "");
        }
        assertThat(bench.refused(Bench.PROGRAM, Operations.ENVELOPE_SEND, params)
                        .details())
                .containsEntry("field", field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            task_response | -
            error         | {}
            status_update | {'task_id':null}
            """)
    void missesTheTaskThatItIsAbout(String type, @Nullable String metadata) {
        String params = request("{}", metadata == null ? "" : ",'metadata':" + metadata);
        assertThat(bench.refused(Bench.PROGRAM, Operations.ENVELOPE_SEND, params.replace("task_request", type))
                        .details())
                .containsEntry("missingFields", List.of("metadata.task_id"));
    }

    @Test
    void takesANullForAPayload() {
        agent("a", "x", 0, "{}");
        String id = send("null", ",'recipient':{'agent_id':'a'}").get("task_id").asString();
        String about = "'metadata':{'task_id':'" + id + "'}";
        assertThat(bench.ask(Bench.PROGRAM, Operations.TASK_GET, "{'taskId':'" + id + "'}")
                        .has("payload"))
                .isTrue();
        bench.ask(
                Bench.PROGRAM,
                Operations.ENVELOPE_SEND,
                request("null", "," + about)
                        .replace("task_request", "task_response")
                        .replace("'agent_id':'lead'", "'agent_id':'a'"));
        JsonNode done = bench.ask(Bench.PROGRAM, Operations.TASK_GET, "{'taskId':'" + id + "'}");
        assertThat(done.get("status").asString()).isEqualTo("completed");
        assertThat(done.get("result").isNull()).isTrue();
    }

    @Test
    void refusesWordsAboutATaskThatIsNotThere() {
        String params = request("{}", ",'metadata':{'task_id':'none'}").replace("task_request", "task_response");
        assertThat(bench.refused(Bench.PROGRAM, Operations.ENVELOPE_SEND, params)
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void choosesInTurnAmongThoseWhoSuit() {
        agent("a", "crew", 0, "{'taskTypes':['review']}", "java", "security");
        agent("b", "graph", 0, "{'taskTypes':['review',7]}", "java");
        agent("c", "graph", 0, "{'taskTypes':'review'}", "java");
        agent("lead", "graph", 0, "{'taskTypes':['review']}", "java");
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            chosen.add(send("{'task_type':'review'}", "").get("recipient").asString());
        }
        assertThat(chosen).containsExactly("a", "b", "a", "b");
        JsonNode one = send("{'task_type':'review','required_capabilities':['security','java']}", "");
        assertThat(one.get("recipient").asString()).isEqualTo("a");
        assertThat(one.get("routingReason").asString())
                .isEqualTo("round_robin among 1 agent with task type review; capabilities security, java");
        assertThat(send("{'preferred_framework':'crew'}", ",'recipient':{'framework':'graph'}")
                        .get("recipient")
                        .asString())
                .isEqualTo("a");
        assertThat(send("1", ",'recipient':{'framework':'graph'}")
                        .get("recipient")
                        .asString())
                .isIn("b", "c");
        assertThat(refused("{'task_type':'paint'}", "").code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
    }

    @Test
    void choosesTheLeastLoadedAndTheBest() {
        agent("a", "x", 0.9, "{'successRate':1,'avgResponseMs':100}");
        agent("b", "x", 0.1, "{'successRate':0.4,'avgResponseMs':100}");
        String least = ",'routing':{'strategy':'least_loaded'}";
        assertThat(send("1", least).get("recipient").asString()).isEqualTo("b");
        assertThat(send("1", least).get("recipient").asString())
                .as("b has a task now")
                .isEqualTo("a");
        agent("c", "x", 0.2, "{'successRate':0.9,'avgResponseMs':500}");
        assertThat(send("1", ",'routing':{'strategy':'priority'}")
                        .get("recipient")
                        .asString())
                .isEqualTo("c");
        assertThat(send("1", ",'routing':{'strategy':'random'}")
                        .get("recipient")
                        .asString())
                .isIn("a", "b", "c");
    }

    @Test
    void leavesOutWhoIsNotWellUnlessNamed() {
        agent("a", "x", 0, "{}");
        agent("b", "x", 0, "{}");
        bench.memory.agents().heartbeat("default", "a", "unhealthy", null).block();
        bench.memory.agents().heartbeat("default", "b", "degraded", null).block();
        for (int i = 0; i < 3; i++) {
            assertThat(send("1", "").get("recipient").asString()).isEqualTo("b");
        }
        bench.memory.agents().heartbeat("default", "b", "unhealthy", null).block();
        assertThat(refused("1", "").code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(send("1", ",'recipient':{'agent_id':'a'}").get("recipient").asString())
                .isEqualTo("a");
    }

    @Test
    void waitsForOneWhoIsAwayWhenItMayWait() {
        agent("a", "x", 0, "{}");
        bench.memory.agents().disconnect("a", "c-a").block();
        assertThat(refused("1", "").code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        JsonNode queued = send("1", ",'routing':{'timeout':'1h'}");
        assertThat(queued.get("status").asString()).isEqualTo("queued");
        assertThat(queued.get("recipient").asString()).isEqualTo("a");
    }

    @Test
    void leavesOutWhoFailedFiveTimesUntilTheyHaveRested() {
        agent("a", "x", 0, "{}");
        for (int i = 0; i < 5; i++) {
            fail(send("1", ""));
        }
        assertThat(refused("1", "").code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(refused("1", ",'recipient':{'agent_id':'none'},'routing':{'fallback_agents':['a']}")
                        .code())
                .isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(send("1", ",'recipient':{'agent_id':'a'}").get("recipient").asString())
                .as("named directly")
                .isEqualTo("a");
        bench.time.advance(Duration.ofSeconds(30));
        JsonNode trial = send("1", "");
        fail(trial);
        assertThat(refused("1", "").code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        bench.time.advance(Duration.ofSeconds(30));
        assertThat(refused("1", "").code()).as("rests twice as long").isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        bench.time.advance(Duration.ofSeconds(30));
        send("1", "");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void choosesAgainWhenTheTrialWasGivenMeanwhile(boolean inSession) {
        String session = bench.ask(Bench.PROGRAM, Operations.SESSION_CREATE, "{'userId':'ada','agentId':'lead'}")
                .get("sessionId")
                .asString();
        agent("a", "x", 0, "{}");
        for (int i = 0; i < 5; i++) {
            fail(send("1", ""));
        }
        agent("b", "x", 0.5, "{}");
        bench.time.advance(Duration.ofSeconds(30));
        // Another gateway names the agent, whose trial that is, after it was chosen here.
        bench.store.before("create", () -> {
            NewTask trial = new NewTask(
                    "t",
                    "default",
                    null,
                    null,
                    "boss",
                    "a",
                    "review",
                    RawJson.EMPTY_OBJECT,
                    "medium",
                    60_000,
                    new RetryPolicy(0, "linear", 0),
                    List.of(),
                    null,
                    false,
                    TaskLimits.DEFAULT);
            bench.memory.tasks().create(trial).block();
        });
        String params = request("1", ",'routing':{'strategy':'least_loaded'}");
        JsonNode sent = bench.ask(
                Bench.PROGRAM,
                Operations.ENVELOPE_SEND,
                inSession
                        ? params.replace("'agent_id':'lead'", "'agent_id':'lead','session_id':'" + session + "'")
                        : params);
        assertThat(sent.get("recipient").asString()).isEqualTo("b");
    }

    private void fail(JsonNode sent) {
        String params = request(
                        "'no'", ",'metadata':{'task_id':'" + sent.get("task_id").asString() + "'}")
                .replace("task_request", "error")
                .replace("'agent_id':'lead'", "'agent_id':'a'");
        bench.ask(Bench.PROGRAM, Operations.ENVELOPE_SEND, params);
    }

    @Test
    void belongsToASessionThatItsSenderTakesPartIn() {
        agent("a", "x", 0, "{}");
        String session = bench.session();
        String inSession =
                request("1", "").replace("'agent_id':'lead'", "'agent_id':'bob','session_id':'" + session + "'");
        assertThat(bench.refused(Bench.BOB, Operations.ENVELOPE_SEND, inSession).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @SuppressWarnings("unchecked")
    private static List<Object> fields(ProtocolException refused) {
        List<Object> names = new ArrayList<>();
        Objects.requireNonNull((List<Map<String, Object>>) refused.details().get("fields"))
                .forEach(field -> names.add(field.get("field")));
        return names;
    }
}
