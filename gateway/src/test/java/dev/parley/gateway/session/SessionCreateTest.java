package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig.AgentDefaults;
import dev.parley.gateway.operation.Call;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class SessionCreateTest {
    private final Bench bench = new Bench();

    @Test
    void answersTheRecordInTheOrderThatClientsKnow() {
        JsonNode created = create(
                "{'agentId':'helper','userId':'ada','name':'Tea','metadata':{'a': 1},"
                        + "'surfaceId':'tab-1','employeeId':'e-7','sharedContext':{'k':[ 1 ]},'workflow':{'steps':[{'name':'a'}]}}");

        assertThat(created.propertyNames())
                .startsWith(
                        "sessionId",
                        "channelId",
                        "agentId",
                        "userId",
                        "createdAt",
                        "metadata",
                        "expiresAt",
                        "timeoutConfig");
        assertThat(created.get("status").asString()).isEqualTo("created");
        assertThat(created.get("createdAt").asString()).isEqualTo("2026-01-01T00:00:00.000Z");
        assertThat(created.get("expiresAt").asString()).isEqualTo("2026-01-01T00:30:00.000Z");
        assertThat(created.get("timeRemaining").asLong()).isEqualTo(1_800_000);
        assertThat(created.get("isNearExpiration").asBoolean()).isFalse();
        assertThat(created.get("workspaceId").asString()).isEqualTo("default");
        assertThat(created.get("createdBy").asString()).isEqualTo("@http");
        assertThat(created.get("metadata").toString()).isEqualTo("{\"a\":1}");
        assertThat(created.get("sharedContext").toString()).isEqualTo("{\"k\":[1]}");
        assertThat(created.get("workflow").toString())
                .isEqualTo("{\"steps\":[{\"name\":\"a\"}],\"currentStep\":\"a\",\"completedSteps\":[],"
                        + "\"pendingSteps\":[\"a\"],\"progress\":0}");
        assertThat(created.get("surfaces").toString()).isEqualTo("[\"tab-1\"]");
        assertThat(created.get("employeeId").asString()).isEqualTo("e-7");
        assertThat(created.get("sessionId").asString()).matches("[0-9a-f-]{14}4[0-9a-f-]{21}");
        assertThat(created.at("/participants").findValuesAsString("id")).containsExactly("ada", "helper");
        assertThat(created.at("/participants").findValuesAsString("kind")).containsExactly("user", "agent");
        assertThat(bench.types(created.get("sessionId").asString())).containsExactly("session.created");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{} | userId,agentId",
                "{'userId':'ada'} | agentId",
                "{'agentId':'helper'} | userId",
                "{'userId':7,'agentId':['x']} | userId,agentId",
                "{'userId':null,'agentId':'helper'} | userId",
                "{'userId':{},'agentId':'helper','metadata':7} | userId",
                "{'userId':'ada','agentId':'','participants':[]} | ",
                "{'userId':'ada','participants':[]} | agentId",
                "{'userId':'ada','agentId':7,'participants':[{'id':'x','kind':'agent'}]} | agentId",
            })
    void namesAllMissingIdsAtOnce(String params, @Nullable String missing) {
        ProtocolException refusal = refused(params);

        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details().get("missingFields"))
                .isEqualTo(missing == null ? null : List.of(missing.split(",")));
        assertNothingMade();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'userId':'a b','agentId':'helper'} | userId",
                "{'userId':'','agentId':'helper'} | userId",
                "{'userId':'ada','agentId':'é'} | agentId",
                "{'userId':'ada','agentId':'helper','metadata':[]} | metadata",
                "{'userId':'ada','agentId':'helper','metadata':'x'} | metadata",
                "{'userId':'ada','agentId':'helper','sharedContext':[]} | sharedContext",
                "{'userId':'ada','agentId':'helper','sessionId':'a/b'} | sessionId",
                "{'userId':'ada','agentId':'helper','sessionId':''} | sessionId",
                "{'userId':'ada','agentId':'helper','sessionId':7} | sessionId",
                "{'userId':'ada','agentId':'helper','workflow':[]} | workflow",
                "{'userId':'ada','agentId':'helper','workspaceId':7} | workspaceId",
                "{'userId':'ada','agentId':'helper','surfaceId':'a b'} | surfaceId",
                "{'userId':'ada','agentId':'helper','participants':[{'id':'x','kind':'robot'}]} | participants[0].kind",
                "{'userId':'ada','agentId':'helper','participants':[{'id':'x','kind':'user','metadata':7}]} | participants[0].metadata",
                "{'userId':'ada','agentId':'helper','participants':[{'id':'x','kind':'user','capabilities':{}}]} | participants[0].capabilities",
                "{'userId':'ada','agentId':'helper','participants':[{'id':' ','kind':'user'}]} | participants[0].id",
            })
    void namesTheFieldThatWillNotDo(String params, String field) {
        ProtocolException refusal = refused(params);

        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details()).containsEntry("field", field).containsKeys("providedValue", "expectedFormat");
        assertNothingMade();
    }

    @Test
    void holdsIdsToTheirLength() {
        String longest = "x".repeat(128);

        assertThat(create("{'userId':'" + longest + "','agentId':'a:b/c~d.e_f-g','sessionId':'" + longest + "'}")
                        .get("sessionId")
                        .asString())
                .isEqualTo(longest);
        assertThat(refused("{'userId':'" + longest + "x','agentId':'helper'}").details())
                .containsEntry("field", "userId");
        assertThat(refused("{'userId':'u','agentId':'helper','sessionId':'" + longest + "x'}")
                        .details())
                .containsEntry("field", "sessionId");
    }

    @Test
    void measuresMetadataAsItWouldBeWritten() {
        String most = "{'userId':'ada','agentId':'helper','metadata':{ 'k' :  '" + "é".repeat(10_232) + "' }}";
        String tooMuch = most.replace("'k'", "'kk'");

        assertThat(create(most).get("metadata").get("k").asString()).hasSize(10_232);
        assertThat(refused(tooMuch).details())
                .containsEntry("field", "metadata")
                .containsEntry("length", 10_241L);
        assertThat(refused("{'userId':'ada','agentId':'helper','sharedContext':{'k':'" + "x".repeat(262_144) + "'}}")
                        .details())
                .containsEntry("field", "sharedContext");
    }

    @Test
    void checksInTheOrderOfTheContract() {
        Bench closed = new Bench(Bench.config(false, true, Map.of()));

        assertThat(closed.refused(
                                Bench.PROGRAM,
                                Operations.SESSION_CREATE,
                                "{'userId':'a b','agentId':'nobody','metadata':7}")
                        .details())
                .containsEntry("field", "userId");
        assertThat(closed.refused(
                                Bench.PROGRAM,
                                Operations.SESSION_CREATE,
                                "{'userId':'ada','agentId':'nobody','metadata':7}")
                        .code())
                .isEqualTo(ErrorCode.AGENT_NOT_FOUND);
    }

    @Test
    void knowsTheAgentsOfTheWorkspaceOnly() {
        Bench closed = new Bench(Bench.config(false, true, Map.of()));
        closed.memory.agents().connect(agent("helper", "default", null), "c1").block();
        closed.memory.agents().connect(agent("spy", "elsewhere", null), "c2").block();

        assertThat(closed.session("{'userId':'ada','agentId':'helper'}")).isNotBlank();
        assertThat(closed.refused(Bench.PROGRAM, Operations.SESSION_CREATE, "{'userId':'ada','agentId':'spy'}")
                        .code())
                .isEqualTo(ErrorCode.AGENT_NOT_FOUND);
    }

    @Test
    void takesTimeoutsFromTheAgentThatRegisteredThenFromTheEnvironment() {
        Bench named =
                new Bench(Bench.config(true, true, Map.of("HELPER_1", new AgentDefaults(50.0, false, null, null))));
        String params = "{'userId':'ada','agentId':'helper-1'}";

        assertThat(named.stored(named.session(params))
                        .document()
                        .timeoutConfig()
                        .timeoutMinutes())
                .isEqualTo(50);

        named.memory
                .agents()
                .connect(agent("helper-1", "default", Bench.json("{'timeoutMinutes':90}")), "c1")
                .block();
        assertThat(named.stored(named.session(params)).document().timeoutConfig())
                .satisfies(settled -> assertThat(settled.timeoutMinutes()).isEqualTo(90))
                .satisfies(settled -> assertThat(settled.autoRenew()).isFalse());
    }

    @Test
    void isNearItsEndFromBirthWhenTheWarningIsNotBelowTheTimeout() {
        JsonNode created = create("{'userId':'ada','agentId':'helper',"
                + "'timeoutConfig':{'timeoutMinutes':5,'warningThresholdMinutes':10}}");

        assertThat(created.get("isNearExpiration").asBoolean()).isTrue();
    }

    @Test
    void refusesAnIdThatIsTakenInWhateverStatus() {
        String params = "{'userId':'ada','agentId':'helper','sessionId':'mine'}";
        bench.session(params);

        assertThat(refused(params).code()).isEqualTo(ErrorCode.SESSION_CONFLICT);
        bench.ask(Bench.PROGRAM, Operations.SESSION_EXPIRE, Bench.ref("mine"));
        assertThat(refused(params).code()).isEqualTo(ErrorCode.SESSION_CONFLICT);
        bench.ask(Bench.PROGRAM, Operations.SESSION_DELETE, Bench.ref("mine"));
        assertThat(bench.session(params)).isEqualTo("mine");
    }

    @Test
    void givesEachSessionIdsOfItsOwnButNamesMayBeTheSame() {
        String longest = "n".repeat(200);
        String params = "{'userId':'ada','agentId':'helper','name':'" + longest + "'}";
        JsonNode one = create(params);
        JsonNode other = create(params);

        String uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
        assertThat(List.of(
                        one.get("sessionId").asString(),
                        one.get("channelId").asString(),
                        other.get("sessionId").asString(),
                        other.get("channelId").asString()))
                .allMatch(id -> id.matches(uuid))
                .doesNotHaveDuplicates();
        assertThat(other.get("name")).isEqualTo(one.get("name"));
        assertThat(refused(params.replace(longest, longest + "n")).details()).containsEntry("field", "name");
    }

    @Test
    void changesOfAnAgentCountFromTheNextSessionOn() {
        bench.ask(Bench.PROGRAM, Operations.AGENT_REGISTER, "{'id':'helper','sessionDefaults':{'timeoutMinutes':50}}");
        JsonNode before = create("{'userId':'ada','agentId':'helper'}");
        bench.ask(Bench.PROGRAM, Operations.AGENT_REGISTER, "{'id':'helper','sessionDefaults':{'timeoutMinutes':60}}");

        assertThat(create("{'userId':'ada','agentId':'helper'}")
                        .at("/timeoutConfig/timeoutMinutes")
                        .asDouble())
                .isEqualTo(60);
        assertThat(bench.ask(
                                Bench.ADA,
                                Operations.SESSION_GET,
                                Bench.ref(before.get("sessionId").asString()))
                        .at("/timeoutConfig/timeoutMinutes")
                        .asDouble())
                .isEqualTo(50);
    }

    @Test
    void keepsToTheCallersWorkspace() {
        assertThat(refused("{'userId':'ada','agentId':'helper','workspaceId':'elsewhere'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(create("{'userId':'ada','agentId':'helper','workspaceId':'default'}")
                        .get("workspaceId")
                        .asString())
                .isEqualTo("default");
    }

    @Test
    void makesSessionsForOnesOwnUserOnly() {
        String params = "{'userId':'ada','agentId':'helper'}";

        assertThat(bench.refused(Bench.BOB, Operations.SESSION_CREATE, params).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertNothingMade();
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_CREATE, params)
                        .get("createdBy")
                        .asString())
                .isEqualTo("ada");
    }

    @Test
    void letsAnAgentMakeSessionsThatItTakesPartIn() {
        assertThat(bench.refused(Bench.HELPER, Operations.SESSION_CREATE, "{'userId':'ada','agentId':'other'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.ask(Bench.HELPER, Operations.SESSION_CREATE, "{'userId':'ada','agentId':'helper'}")
                        .get("createdBy")
                        .asString())
                .isEqualTo("helper");
        assertThat(bench.ask(
                                Bench.HELPER,
                                Operations.SESSION_CREATE,
                                "{'userId':'ada','participants':[{'id':'helper','kind':'agent','role':'scribe'}]}")
                        .has("agentId"))
                .isFalse();
    }

    @Test
    void mergesParticipantsWhoAreNamedTwice() {
        JsonNode created = create("{'userId':'ada','agentId':'helper','participants':["
                + "{'id':'helper','kind':'agent','role':'lead','framework':'f','capabilities':[ 1 ]},"
                + "{'id':'bob','kind':'user'},{'id':'bob','kind':'user','metadata':{'x':1}}]}");

        assertThat(created.get("participants").findValuesAsString("id")).containsExactly("ada", "helper", "bob");
        assertThat(created.get("participants").findValuesAsString("role")).containsExactly("user", "lead", "user");
        assertThat(created.at("/participants/1/framework").asString()).isEqualTo("f");
        assertThat(created.at("/participants/1/capabilities").toString()).isEqualTo("[1]");
        assertThat(created.at("/participants/2/metadata").toString()).isEqualTo("{\"x\":1}");
    }

    @Test
    void limitsParticipants() {
        assertThat(create(crowd(8)).get("participants").size()).isEqualTo(10);

        ProtocolException refusal = refused(crowd(9));
        assertThat(refusal.code()).isEqualTo(ErrorCode.PARTICIPANT_LIMIT);
        assertThat(refusal.details()).containsEntry("limit", 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tab-1", ""})
    void attachesTheConnectionOfAUserFromTheStart(String surface) {
        TestSocket socket = new TestSocket(bench.memory, surface.isEmpty() ? null : surface);

        String sessionId = bench.ask(
                        new Call(Bench.ADA, socket), Operations.SESSION_CREATE, "{'userId':'ada','agentId':'helper'}")
                .get("sessionId")
                .asString();

        assertThat(socket.attachedFrom).containsExactly(Map.entry(sessionId, 1L));
        assertThat(bench.stored(sessionId).document().surfaces())
                .isEqualTo(surface.isEmpty() ? List.of() : List.of(surface));
    }

    @Test
    void tellsThatTheOutcomeIsUnknownWhenTheAnswerWasLost() {
        bench.store.loseAnswer("create", new StoreException.Unavailable("gone", true));

        ProtocolException refusal = refused("{'userId':'ada','agentId':'helper'}");

        assertThat(refusal.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(refusal.details()).containsEntry("outcome", "unknown");
    }

    static Agent agent(String id, String workspaceId, @Nullable RawJson sessionDefaults) {
        Instant now = Instant.EPOCH;
        return new Agent(
                id,
                null,
                "default",
                null,
                workspaceId,
                RawJson.of("[]"),
                true,
                now,
                now,
                now,
                "healthy",
                0,
                null,
                sessionDefaults,
                null,
                null);
    }

    private static String crowd(int size) {
        StringBuilder others = new StringBuilder();
        for (int i = 0; i < size; i++) {
            others.append(i == 0 ? "" : ",").append("{'id':'p").append(i).append("','kind':'user'}");
        }
        return "{'userId':'ada','agentId':'helper','participants':[" + others + "]}";
    }

    private JsonNode create(String params) {
        return bench.ask(Bench.PROGRAM, Operations.SESSION_CREATE, params);
    }

    private ProtocolException refused(String params) {
        return bench.refused(Bench.PROGRAM, Operations.SESSION_CREATE, params);
    }

    private void assertNothingMade() {
        long[] counts =
                Objects.requireNonNull(bench.memory.sessions().counts().block()).byStatus();
        assertThat(counts).hasSize(SessionStatus.values().length).containsOnly(0);
    }
}
