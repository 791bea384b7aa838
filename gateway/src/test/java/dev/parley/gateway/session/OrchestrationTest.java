package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.Participant;
import dev.parley.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Shared context, workflow state, participants, surfaces and turns of one session. */
final class OrchestrationTest {
    private static final Caller REVIEWER = new Caller("reviewer", Caller.AGENT, "default", false);
    private static final Map<Operation<?, ?>, String> CHANGES = Map.of(
            Operations.SESSION_CONTEXT_PUT, ",'context':{'b':1}",
            Operations.SESSION_CONTEXT_PATCH, ",'patch':{'b':1}",
            Operations.SESSION_WORKFLOW_STATE_PUT, ",'workflowState':{'b':1}",
            Operations.SESSION_WORKFLOW_SET, ",'steps':[{'name':'b'}]",
            Operations.SESSION_WORKFLOW_ADVANCE, "",
            Operations.SESSION_PARTICIPANTS_ADD, ",'id':'x','kind':'agent'",
            Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'helper'",
            Operations.SESSION_SURFACES_ATTACH, ",'surfaceId':'x'",
            Operations.SESSION_SURFACES_DETACH, ",'surfaceId':'web'",
            Operations.SESSION_TURNS_APPEND, ",'role':'user','content':'hi'");

    private final Bench bench = new Bench();
    private final String sessionId =
            bench.session("{'userId':'ada','agentId':'helper','sharedContext':{'a':{'b':1,'c':2}},'surfaceId':'web',"
                    + "'workflow':{'steps':[{'name':'a'}]}}");

    private String params(String more) {
        return "{'sessionId':'" + sessionId + "'" + more + "}";
    }

    private JsonNode ask(Caller caller, Operation<?, ?> operation, String more) {
        return bench.ask(caller, operation, params(more));
    }

    private ProtocolException refused(Caller caller, Operation<?, ?> operation, String more) {
        return bench.refusedIdle(caller, operation, params(more), sessionId);
    }

    @Test
    void strangersOtherWorkspacesAndUnknownIdsAreRefused() {
        CHANGES.forEach((operation, more) -> {
            assertThat(refused(Bench.BOB, operation, more).code())
                    .as(operation.name())
                    .isEqualTo(ErrorCode.FORBIDDEN);
            assertThat(refused(Bench.ELSEWHERE, operation, more).code()).isEqualTo(ErrorCode.SESSION_NOT_FOUND);
            assertThat(bench.refused(Bench.PROGRAM, operation, "{'sessionId':'none'" + more + "}")
                            .code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        });
    }

    @Test
    void nothingChangesWhatHasEndedOrExpired() {
        bench.ask(Bench.ADA, Operations.SESSION_CLOSE, params(",'status':'abandoned'"));
        CHANGES.forEach((operation, more) -> assertThat(
                        refused(Bench.ADA, operation, more).code())
                .as(operation.name())
                .isEqualTo(ErrorCode.SESSION_ENDED));
        String late = bench.session();
        bench.time.advance(Duration.ofMinutes(30));
        CHANGES.forEach((operation, more) -> assertThat(
                        bench.refusedIdle(Bench.ADA, operation, "{'sessionId':'" + late + "'" + more + "}", late)
                                .code())
                .as(operation.name())
                .isEqualTo(ErrorCode.SESSION_EXPIRED));
    }

    @Test
    void contextIsReadReplacedAndMerged() {
        assertThat(ask(Bench.HELPER, Operations.SESSION_CONTEXT_GET, "").toString())
                .isEqualTo("{\"sharedContext\":{\"a\":{\"b\":1,\"c\":2}},\"version\":1}");

        JsonNode patched = ask(Bench.HELPER, Operations.SESSION_CONTEXT_PATCH, ",'patch':{'a':{'b':null,'d':[3]}}");
        assertThat(patched.toString()).isEqualTo("{\"sharedContext\":{\"a\":{\"c\":2,\"d\":[3]}},\"version\":2}");
        assertThat(bench.lastBody(sessionId).toString())
                .isEqualTo("{\"version\":2,\"patch\":{\"a\":{\"b\":null,\"d\":[3]}},\"by\":\"helper\"}");

        JsonNode replaced = ask(Bench.ADA, Operations.SESSION_CONTEXT_PUT, ",'context':{'e':5}");
        assertThat(replaced.toString()).isEqualTo("{\"sharedContext\":{\"e\":5},\"version\":3}");
        assertThat(bench.lastBody(sessionId).toString())
                .isEqualTo("{\"version\":3,\"context\":{\"e\":5},\"by\":\"ada\"}");
        assertThat(bench.types(sessionId)).containsExactly("session.created", "context.updated", "context.updated");
    }

    @Test
    void aPatchThatChangesNothingTellsNothing() {
        assertThat(ask(Bench.HELPER, Operations.SESSION_CONTEXT_PATCH, ",'patch':{'a':{'b':1}}")
                        .get("version")
                        .asLong())
                .isEqualTo(1);
        assertThat(bench.types(sessionId)).containsExactly("session.created");
    }

    @Test
    void aConditionThatDoesNotHoldRefusesTheChange() {
        ask(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, ",'patch':{'x':1},'ifMatch':1");
        ProtocolException refusal =
                refused(Bench.ADA, Operations.SESSION_CONTEXT_PUT, ",'context':{},'ifMatch':'\\\"1\\\"'");
        assertThat(refusal.code()).isEqualTo(ErrorCode.VERSION_CONFLICT);
        assertThat(refused(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, ",'patch':{},'ifMatch':'new'")
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @Test
    void tenMegabytesInSmallPatchesEndAtTheLimit() {
        String kilobytes = "x".repeat(10_000);
        int taken = 0;
        while (taken < 1_000) {
            String patch = params(",'patch':{'k" + taken + "':'" + kilobytes + "'}");
            if (bench.stored(sessionId).document().sharedContext().length() + 10_010 > 256 * 1024) {
                ProtocolException refusal =
                        bench.refusedIdle(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, patch, sessionId);
                assertThat(refusal.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
                assertThat(refusal.details()).containsEntry("maxLength", 262_144L);
                break;
            }
            bench.ask(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, patch);
            taken++;
        }
        assertThat(taken).isEqualTo(26);
        ask(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, ",'patch':{'k0':null}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            session.context.put          | ,'context':[1]
            session.context.patch        | ,'patch':'x'
            session.context.patch        | ,'patch':7
            session.workflowState.put    | ,'workflowState':true
            session.participants.add     | ,'id':'a b','kind':'agent'
            session.participants.add     | ,'id':'x','kind':'robot'
            session.participants.add     | ,'id':'helper','kind':'user'
            session.participants.add     | ,'id':'x','kind':'agent','capabilities':{}
            session.participants.add     | ,'id':'x','kind':'agent','metadata':[]
            session.surfaces.attach      | ,'surfaceId':''
            session.turns.append         | ,'role':'system','content':'x'
            session.turns.append         | ,'role':'agent','content':'x'
            session.turns.append         | ,'role':'user','content':7
            """)
    void whatIsOfAWrongFormIsRefused(String method, String more) {
        Operation<?, ?> operation = Objects.requireNonNull(Operations.byName(method));
        assertThat(refused(Bench.ADA, operation, more).code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @Test
    void theWorkflowStateIsWhatARouterGetsBack() {
        JsonNode put = ask(Bench.HELPER, Operations.SESSION_WORKFLOW_STATE_PUT, ",'workflowState':{'step':{'n':2}}");
        assertThat(put.toString()).isEqualTo("{\"workflowState\":{\"step\":{\"n\":2}},\"version\":2}");
        assertThat(bench.lastBody(sessionId).get("changed").get(0).asString()).isEqualTo("workflowState");
        ask(Bench.ADA, Operations.SESSION_TOUCH, "");
        assertThat(bench.ask(Bench.PROGRAM, Operations.SESSION_ACTIVE, "{'userId':'ada'}")
                        .get("workflowState")
                        .toString())
                .isEqualTo("{\"step\":{\"n\":2}}");
    }

    @Test
    void somebodyIsAddedUpdatedRemovedAndBroughtBack() {
        JsonNode added = ask(
                Bench.ADA,
                Operations.SESSION_PARTICIPANTS_ADD,
                ",'id':'reviewer','kind':'agent','role':'critic','metadata':{'m':1}");
        assertThat(added.get("created").asBoolean()).isTrue();
        assertThat(added.get("status").asString()).isEqualTo("active");
        assertThat(bench.lastBody(sessionId).get("participant").get("role").asString())
                .isEqualTo("critic");

        bench.time.advance(Duration.ofSeconds(5));
        JsonNode updated =
                ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'reviewer','kind':'agent','role':'judge'");
        assertThat(updated.get("created").asBoolean()).isFalse();
        assertThat(updated.get("role").asString()).isEqualTo("judge");
        assertThat(updated.get("metadata").toString()).isEqualTo("{\"m\":1}");
        assertThat(updated.get("joinedAt")).isEqualTo(added.get("joinedAt"));

        JsonNode removed = ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'reviewer'");
        assertThat(removed.get("status").asString()).isEqualTo("left");
        assertThat(removed.get("leftAt").asString()).isEqualTo("2026-01-01T00:00:05.000Z");
        assertThat(ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'reviewer'"))
                .as("again changes nothing")
                .isEqualTo(removed);

        JsonNode back = ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'reviewer','kind':'agent'");
        assertThat(back.get("created").asBoolean()).isFalse();
        assertThat(back.get("role").asString()).isEqualTo("judge");
        assertThat(back.get("status").asString()).isEqualTo("active");
        assertThat(back.has("leftAt")).isFalse();
        assertThat(ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_LIST, "")
                        .get("participants")
                        .size())
                .isEqualTo(3);
        assertThat(bench.types(sessionId))
                .containsExactly(
                        "session.created",
                        "participant.joined",
                        "session.updated",
                        "participant.left",
                        "participant.joined");
    }

    @Test
    void whoWasRemovedCanNeitherSendNorRead() {
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'reviewer','kind':'agent'");
        ask(REVIEWER, Operations.MESSAGE_SEND, ",'content':'here I am'");
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'reviewer'");

        assertThat(refused(REVIEWER, Operations.MESSAGE_SEND, ",'content':'still'")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refused(REVIEWER, Operations.SESSION_CONTEXT_GET, "").code()).isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void anActiveAgentWhoIsRemovedIsTheActiveOneNoMore() {
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'helper'");

        assertThat(ask(Bench.ADA, Operations.SESSION_GET, "").has("agentId")).isFalse();
        assertThat(bench.types(sessionId)).containsExactly("session.created", "participant.left", "session.updated");
        assertThat(refused(Bench.PROGRAM, Operations.SESSION_TURNS_APPEND, ",'role':'agent','content':'x'")
                        .details()
                        .get("missingFields"))
                .hasToString("[authorId]");
    }

    @Test
    void whoMadeASessionOrWhoseItIsHasNoRightToItOnceTakenOut() {
        String made = bench.ask(Bench.HELPER, Operations.SESSION_CREATE, "{'userId':'ada','agentId':'helper'}")
                .get("sessionId")
                .asString();
        for (Caller out : new Caller[] {Bench.HELPER, Bench.ADA}) {
            bench.ask(
                    Bench.PROGRAM,
                    Operations.SESSION_PARTICIPANTS_REMOVE,
                    "{'sessionId':'" + made + "','participantId':'" + out.id() + "'}");
            assertThat(bench.refusedIdle(
                                    out,
                                    Operations.SESSION_PARTICIPANTS_ADD,
                                    "{'sessionId':'" + made + "','id':'" + out.id() + "','kind':'" + out.kind() + "'}",
                                    made)
                            .code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
            assertThat(bench.refused(out, Operations.SESSION_GET, Bench.ref(made))
                            .code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            session.context.put       | ,'context':{'a':DEEP}
            session.context.patch     | ,'patch':{'a':DEEP}
            session.workflowState.put | ,'workflowState':{'a':DEEP}
            session.metadata.patch    | ,'patch':{'a':DEEP}
            session.workflow.set      | ,'steps':[{'name':'a','outputs':DEEP}]
            session.participants.add  | ,'id':'x','kind':'agent','capabilities':DEEP
            session.participants.add  | ,'id':'x','kind':'agent','metadata':{'a':DEEP}
            """)
    void whatNestsTooDeeplyToBeReadBackIsNotKept(String method, String more) {
        Operation<?, ?> operation = Objects.requireNonNull(Operations.byName(method));
        String deep = "[".repeat(101) + "]".repeat(101);
        assertThat(refused(Bench.ADA, operation, more.replace("DEEP", deep)).code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
        String less = "[".repeat(99) + "'[['" + "]".repeat(99);
        assertThat(ask(Bench.ADA, operation, more.replace("DEEP", less))).isNotNull();
    }

    @Test
    void aPatchIsNotLargerThanAContextThoughItLeavesLittle() {
        String nulls =
                IntStream.range(0, 30_000).mapToObj(i -> "'k" + i + "':null").collect(Collectors.joining(","));
        assertThat(refused(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, ",'patch':{" + nulls + "}")
                        .code())
                .isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    }

    @Test
    void aRecordDoesNotGrowByThoseWhoComeAndGoNorBySurfaces() {
        for (int i = 0; i < 150; i++) {
            ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'guest" + i + "','kind':'user'");
            ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'guest" + i + "'");
        }
        List<String> known = bench.stored(sessionId).document().participants().stream()
                .map(Participant::id)
                .toList();
        assertThat(known)
                .hasSizeLessThan(110)
                .contains("ada", "helper", "guest149")
                .doesNotContain("guest0");
        for (int i = 1; i < 100; i++) {
            ask(Bench.ADA, Operations.SESSION_SURFACES_ATTACH, ",'surfaceId':'s" + i + "'");
        }
        assertThat(refused(Bench.ADA, Operations.SESSION_SURFACES_ATTACH, ",'surfaceId':'more'")
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
        ask(Bench.ADA, Operations.SESSION_SURFACES_ATTACH, ",'surfaceId':'s1'");
    }

    @Test
    void aTurnThatIsStoredIsAnsweredThoughItCannotBeCounted() {
        bench.store.refuse("history", 1, new StoreException.Unavailable("away", false));

        JsonNode turn = ask(Bench.ADA, Operations.SESSION_TURNS_APPEND, ",'role':'user','content':'hi'");

        assertThat(turn.get("turn").get("content").asString()).isEqualTo("hi");
        assertThat(turn.has("turnCount")).isFalse();
    }

    @Test
    void theLimitCountsThoseWhoAreThere() {
        for (int i = 0; i < 8; i++) {
            ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'a" + i + "','kind':'agent'");
        }
        assertThat(refused(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'more','kind':'agent'")
                        .code())
                .isEqualTo(ErrorCode.PARTICIPANT_LIMIT);
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'a0'");
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'more','kind':'agent'");
        assertThat(refused(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, ",'id':'a0','kind':'agent'")
                        .code())
                .isEqualTo(ErrorCode.PARTICIPANT_LIMIT);
        assertThat(refused(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, ",'participantId':'nobody'")
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void anAgentHasToBeKnownWhereAgentsAreNotOpen() {
        Bench closed = new Bench(Bench.config(false, true, Map.of()));
        String own = closed.session("{'userId':'ada','participants':[{'id':'bob','kind':'user'}]}");

        assertThat(closed.refusedIdle(
                                Bench.ADA,
                                Operations.SESSION_PARTICIPANTS_ADD,
                                "{'sessionId':'" + own + "','id':'ghost','kind':'agent'}",
                                own)
                        .code())
                .isEqualTo(ErrorCode.AGENT_NOT_FOUND);
    }

    @Test
    void surfacesKeepTheirOrderAndAreAttachedOnce() {
        ask(Bench.ADA, Operations.SESSION_SURFACES_ATTACH, ",'surfaceId':'phone'");
        JsonNode again = ask(Bench.ADA, Operations.SESSION_SURFACES_ATTACH, ",'surfaceId':'web'");
        assertThat(again.get("surfaces").toString()).isEqualTo("[\"web\",\"phone\"]");
        JsonNode detached = ask(Bench.ADA, Operations.SESSION_SURFACES_DETACH, ",'surfaceId':'web'");
        assertThat(detached.get("surfaces").toString()).isEqualTo("[\"phone\"]");
        ask(Bench.ADA, Operations.SESSION_SURFACES_DETACH, ",'surfaceId':'web'");
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.updated", "session.updated");
        assertThat(bench.stored(sessionId).state().lastActivity())
                .as("a surface is no activity")
                .isEqualTo(bench.stored(sessionId).document().createdAt().toEpochMilli());
    }

    @Test
    void turnsAreMessagesThatAreLookedBackOn() {
        bench.time.advance(Duration.ofMinutes(10));
        JsonNode first = bench.ask(
                Bench.PROGRAM,
                Operations.SESSION_TURNS_APPEND,
                params(",'role':'user','content':'book a table','intentSummary':'booking'"));
        assertThat(first.get("turn").get("authorId").asString()).isEqualTo("ada");
        assertThat(first.get("turnCount").asInt()).isEqualTo(1);
        assertThat(first.get("expiresAt").asString()).isEqualTo("2026-01-01T00:40:00.000Z");
        ask(Bench.HELPER, Operations.SESSION_TURNS_APPEND, ",'role':'agent','payload':{'when':'8'}");
        ask(Bench.ADA, Operations.MESSAGE_SEND, ",'content':'thanks'");

        JsonNode turns = ask(Bench.HELPER, Operations.SESSION_TURNS_LIST, "").get("turns");
        assertThat(turns.get(0).get("intentSummary").asString()).isEqualTo("booking");
        assertThat(turns.get(1).get("role").asString()).isEqualTo("agent");
        assertThat(turns.get(1).get("payload").toString()).isEqualTo("{\"when\":\"8\"}");
        assertThat(turns.get(2).get("content").asString()).isEqualTo("thanks");
    }

    @Test
    void onlyTheLatestTurnsAreShown() {
        Bench three = new Bench(Bench.config(true, true, Map.of()));
        String own = three.session();
        List<Integer> counts = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            counts.add(three.ask(
                            Bench.PROGRAM,
                            Operations.SESSION_TURNS_APPEND,
                            "{'sessionId':'" + own + "','role':'user','content':'" + i + "'}")
                    .get("turnCount")
                    .asInt());
        }
        assertThat(counts).containsExactly(1, 2, 3, 3, 3);
        JsonNode turns = three.ask(Bench.ADA, Operations.SESSION_TURNS_LIST, Bench.ref(own))
                .get("turns");
        assertThat(turns.size()).isEqualTo(3);
        assertThat(turns.get(0).get("content").asString()).isEqualTo("3");
    }

    @Test
    void twoHundredWritersAtOnceLoseNothing() throws Exception {
        int writers = 200;
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<JsonNode>> answers = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                String patch = ",'patch':{'k" + i + "':" + i + "}";
                answers.add(threads.submit(() -> ask(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, patch)));
            }
            for (int i = 0; i < writers; i++) {
                assertThat(answers.get(i)
                                .get(60, TimeUnit.SECONDS)
                                .get("sharedContext")
                                .get("k" + i)
                                .asInt())
                        .as("what was answered holds the writer's own change")
                        .isEqualTo(i);
            }
        } finally {
            threads.shutdownNow();
        }
        JsonNode after = ask(Bench.ADA, Operations.SESSION_CONTEXT_GET, "");
        assertThat(after.get("version").asLong()).isEqualTo(1 + writers);
        assertThat(after.get("sharedContext").size()).isEqualTo(1 + writers);
    }
}
