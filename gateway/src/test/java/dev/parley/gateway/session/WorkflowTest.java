package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** How a workflow is made, moves and is set, and what is told of it. */
final class WorkflowTest {
    private static final String STEPS =
            "[{'name':'plan','requiredAgents':['helper']},{'name':'build','dependencies':['plan']},{'name':'ship'}]";

    private final Bench bench = new Bench();
    private final String sessionId =
            bench.session("{'userId':'ada','agentId':'helper','workflow':{'steps':" + STEPS + "}}");

    private JsonNode advance(String more) {
        return bench.ask(Bench.HELPER, Operations.SESSION_WORKFLOW_ADVANCE, params(more));
    }

    private String params(String more) {
        return "{'sessionId':'" + sessionId + "'" + more + "}";
    }

    private static String position(JsonNode workflow) {
        return workflow.get("currentStep").asString() + " " + workflow.get("completedSteps") + " "
                + workflow.get("pendingSteps") + " " + workflow.get("progress");
    }

    @Test
    void theFirstStepIsCurrentAndPendingAtTheStart() {
        JsonNode workflow = bench.ask(Bench.ADA, Operations.SESSION_WORKFLOW_GET, params(""));

        assertThat(position(workflow)).isEqualTo("plan [] [\"plan\",\"build\",\"ship\"] 0");
        assertThat(workflow.get("steps").get(1).get("dependencies").get(0).asString())
                .isEqualTo("plan");
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_GET, params("")).get("workflow"))
                .isEqualTo(workflow);
    }

    @Test
    void advanceCompletesTheCurrentStepAndGoesOnUntilNoneIsPending() {
        assertThat(position(advance(""))).isEqualTo("build [\"plan\"] [\"build\",\"ship\"] 33.33");
        assertThat(bench.lastBody(sessionId).get("from").asString()).isEqualTo("plan");
        assertThat(bench.lastBody(sessionId).get("to").asString()).isEqualTo("build");
        assertThat(position(bench.lastBody(sessionId).get("workflow")))
                .isEqualTo("build [\"plan\"] [\"build\",\"ship\"] 33.33");
        advance("");
        assertThat(position(advance(""))).isEqualTo("completed [\"plan\",\"build\",\"ship\"] [] 100");
        assertThat(position(advance("")))
                .as("nothing is left to do")
                .isEqualTo("completed [\"plan\",\"build\",\"ship\"] [] 100");
        assertThat(bench.types(sessionId))
                .containsExactly("session.created", "workflow.advanced", "workflow.advanced", "workflow.advanced");
    }

    @Test
    void advanceGoesToAStepByNameAlsoBack() {
        assertThat(position(advance(",'to':'ship'"))).isEqualTo("ship [\"plan\"] [\"build\",\"ship\"] 33.33");
        assertThat(position(advance(",'to':'plan'"))).isEqualTo("plan [\"ship\"] [\"plan\",\"build\"] 33.33");

        ProtocolException refusal = bench.refusedIdle(
                Bench.HELPER, Operations.SESSION_WORKFLOW_ADVANCE, params(",'to':'nowhere'"), sessionId);
        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details()).containsEntry("field", "to").containsEntry("providedValue", "nowhere");
    }

    @Test
    void thePositionIsSetAsAWholeAndTheStepsAreReplaced() {
        JsonNode placed = bench.ask(
                Bench.ADA,
                Operations.SESSION_WORKFLOW_SET,
                params(",'currentStep':'ship','completedSteps':['plan'],'pendingSteps':['ship']"));
        assertThat(position(placed)).isEqualTo("ship [\"plan\"] [\"ship\"] 33.33");

        JsonNode replaced = bench.ask(
                Bench.ADA, Operations.SESSION_WORKFLOW_SET, params(",'steps':[{'name':'one'},{'name':'two'}]"));
        assertThat(position(replaced)).isEqualTo("one [] [\"one\",\"two\"] 0");

        JsonNode both = bench.ask(
                Bench.ADA,
                Operations.SESSION_WORKFLOW_SET,
                params(",'steps':[{'name':'a'}],'currentStep':'completed','completedSteps':['a'],'pendingSteps':[]"));
        assertThat(position(both)).isEqualTo("completed [\"a\"] [] 100");
        assertThat(bench.lastBody(sessionId).get("from").asString()).isEqualTo("one");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'steps':[]                                                                           | steps
            'steps':[{'name':''}]                                                                | steps[0].name
            'steps':[{'name':'completed'}]                                                       | steps[0].name
            'steps':[{'name':'a'},{'name':'a'}]                                                  | steps[1].name
            'steps':[{'name':'a','requiredAgents':['nobody']}]                                   | steps[0].requiredAgents
            'steps':[{'name':'a','dependencies':['b']}]                                          | steps[0].dependencies
            'steps':[{'name':'a','dependencies':['a']}]                                          | steps
            'steps':[{'name':'a','dependencies':['b']},{'name':'b','dependencies':['a']}]        | steps
            'steps':[{'name':'a','estimatedDurationSeconds':-1}]                                 | steps[0].estimatedDurationSeconds
            'currentStep':'x','completedSteps':[],'pendingSteps':[]                              | currentStep
            'currentStep':'plan','completedSteps':['x'],'pendingSteps':[]                        | completedSteps[0]
            'currentStep':'plan','completedSteps':[],'pendingSteps':['plan','plan']              | pendingSteps[1]
            'currentStep':'plan','completedSteps':['ship'],'pendingSteps':['plan','ship']        | pendingSteps[1]
            'currentStep':'plan','completedSteps':['plan'],'pendingSteps':[]                     | currentStep
            'steps':'none'                                                                       | steps
            'steps':[7]                                                                          | steps[0]
            """)
    void whatCannotBeIsRefusedWithItsPlace(String more, String field) {
        ProtocolException refusal =
                bench.refusedIdle(Bench.ADA, Operations.SESSION_WORKFLOW_SET, params("," + more.strip()), sessionId);

        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details()).containsEntry("field", field);
    }

    @Test
    void aPositionIsNeededAsAWholeAndSoIsSomethingToSet() {
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_WORKFLOW_SET, params(",'currentStep':'plan'"))
                        .details()
                        .get("missingFields"))
                .hasToString("[completedSteps, pendingSteps]");
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_WORKFLOW_SET, params(""))
                        .details()
                        .get("missingFields"))
                .hasToString("[steps]");
    }

    @Test
    void aSessionWithoutAWorkflowSaysSo() {
        String bare = bench.session();
        for (Operation<?, ?> operation :
                List.of(Operations.SESSION_WORKFLOW_GET, Operations.SESSION_WORKFLOW_ADVANCE)) {
            assertThat(bench.refusedIdle(Bench.ADA, operation, Bench.ref(bare), bare)
                            .code())
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
        bench.ask(Bench.ADA, Operations.SESSION_WORKFLOW_SET, "{'sessionId':'" + bare + "','steps':[{'name':'a'}]}");
        assertThat(bench.lastBody(bare).has("from")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            7                                                     | workflow
            {'steps':[{'name':'a','requiredAgents':['nobody']}]}  | steps[0].requiredAgents
            {'steps':[{'name':'a','dependencies':['a']}]}         | steps
            """)
    void aSessionIsNotMadeWithAWorkflowThatCannotBe(String workflow, String field) {
        ProtocolException refusal = bench.refused(
                Bench.ADA,
                Operations.SESSION_CREATE,
                "{'sessionId':'w','userId':'ada','agentId':'helper','workflow':" + workflow.strip() + "}");

        assertThat(refusal.details()).containsEntry("field", field);
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_GET, Bench.ref("w"))
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
    }

    @Test
    void aChainOfTwoHundredStepsIsTheLongest() {
        String chain = IntStream.range(0, 200)
                .mapToObj(i -> "{'name':'s" + i + "','dependencies':[" + (i == 0 ? "" : "'s" + (i - 1) + "'") + "]}")
                .collect(Collectors.joining(","));

        assertThat(bench.ask(Bench.ADA, Operations.SESSION_WORKFLOW_SET, params(",'steps':[" + chain + "]"))
                        .get("pendingSteps")
                        .size())
                .isEqualTo(200);
        assertThat(bench.refusedIdle(
                                Bench.ADA,
                                Operations.SESSION_WORKFLOW_SET,
                                params(",'steps':[" + chain + ",{'name':'more'}]"),
                                sessionId)
                        .details())
                .containsEntry("field", "steps");
    }
}
