package dev.parley.gateway.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.gateway.aggregation.Aggregator.Outcome;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.aggregation.AgentResult;
import dev.parley.protocol.aggregation.Aggregation.Conflict;
import dev.parley.protocol.aggregation.AggregationMethod;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes of results. */
final class AggregatorTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # results by a, b, c …, each with its confidence | result | confidence | conflicts
            1@0.9 1@0.7                             | 1           | 0.8  | 0
            1@0.9 1.0@0.7 10e-1@0.5                 | 1           | 0.7  | 0
            {"x":1,"y":[2]}@1 {"y":[2.0],"x":1}@0.5 | {"x":1,"y":[2]} | 0.75 | 0
            "a"@0.9 "a"@0.8 "b"@1                   | "a"         | 0.75 | 1
            "a"@0.9 "\\u0061"@0.9                   | "a"         | 0.9  | 0
            1@0.5 2@0.9 3@0.9 2@0.5                 | 2           | 0.5  | 2
            1@0.5 2@0.9                             | 2           | 0.8  | 1
            1@0.5 2@0.5                             | 1           | 0.4  | 1
            1@0.1 2@0.05 3@0.1 4@0                  | 1           | 0    | 3
            null@1 false@0.2                        | null        | 0.9  | 1
            1e400@1 10e399@0.5 -0@0.2               | 1e400       | 0.65 | 1
            []@0.6 {}@0.5                           | []          | 0.5  | 1
            7@0.9                                   | 7           | 0.9  | 0
            """)
    void consensusIsWhatMostGave(String given, String result, double confidence, int conflicts) {
        Outcome outcome = Aggregator.aggregate(AggregationMethod.CONSENSUS, results(given), null, null);

        assertThat(String.valueOf(outcome.result())).isEqualTo(result);
        assertThat(outcome.confidence()).isEqualTo(confidence);
        assertThat(outcome.conflicts()).hasSize(conflicts);
        assertThat(outcome.requiresReview()).isEqualTo(conflicts > 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # results                | specialists | result | confidence | conflicts
            "x"@0.5 "y"@0.9          | a           | "x"    | 0.5        | 1
            "x"@0.5 "y"@0.9 "z"@0.7  | a,c         | "z"    | 0.7        | 2
            "x"@0.5 "y"@0.9          | nobody      | "y"    | 0.9        | 1
            "x"@0.5 "y"@0.9          |             | "y"    | 0.9        | 1
            "x"@0.5 "x"@0.9          | a           | "x"    | 0.5        | 0
            "x"@0.5 "y"@0.5          | a,b         | "x"    | 0.5        | 1
            """)
    void specialistsGoFirst(
            String given, @Nullable String specialists, String result, double confidence, int conflicts) {
        List<String> named = specialists == null ? List.of() : List.of(specialists.split(","));
        Outcome outcome = Aggregator.aggregate(AggregationMethod.SPECIALIST_PRIORITY, results(given), null, named);

        assertThat(String.valueOf(outcome.result())).isEqualTo(result);
        assertThat(outcome.confidence()).isEqualTo(confidence);
        assertThat(outcome.conflicts()).hasSize(conflicts);
    }

    @Test
    void numbersAreAveragedByWeightElseByConfidence() {
        List<AgentResult> results = results("10@0.9 20@0.1");
        assertThat(average(results, null)).isCloseTo(11, within(1e-9));
        assertThat(average(results, Map.of("a", 1.0, "b", 1.0))).isCloseTo(15, within(1e-9));
        assertThat(average(results, Map.of("a", 0.0, "b", 3.0))).isCloseTo(20, within(1e-9));
        assertThat(average(results, Map.of("b", 0.9)))
                .as("whom no weight is given counts by confidence")
                .isCloseTo(15, within(1e-9));
        assertThat(average(results("10@0 20@0"), null))
                .as("where nobody has any, all have the same")
                .isCloseTo(15, within(1e-9));
        assertThat(average(results("1.7e308@1 1.7e308@1 1.7e308@1"), Map.of("a", 1e6, "b", 1e6, "c", 1e6)))
                .isCloseTo(1.7e308, within(1e295));
    }

    @Test
    void onlyNumbersThatAreFarFromTheAverageAreInConflict() {
        assertThat(conflicts("100@1 110@1 90@1")).isEmpty();
        assertThat(conflicts("100@1 100@1 10@1"))
                .extracting(Conflict::agents)
                .containsExactly(List.of("a"), List.of("b"), List.of("c"));
        assertThat(conflicts("100@1 100@1 100@1 40@0"))
                .extracting(Conflict::agents)
                .containsExactly(List.of("d"));
        assertThat(conflicts("0@1 0@1")).isEmpty();
    }

    private static List<Conflict> conflicts(String given) {
        return Aggregator.aggregate(AggregationMethod.CONFIDENCE_WEIGHTED, results(given), null, null)
                .conflicts();
    }

    @Test
    void aResultOfAnotherFormIsAnotherApproach() {
        Outcome outcome = Aggregator.aggregate(
                AggregationMethod.CONSENSUS,
                results("{\"verdict\":1}@1 {\"verdict\":1}@1 {\"verdict\":2}@1 {\"score\":1}@1 \"1\"@1"),
                null,
                null);

        assertThat(outcome.conflicts())
                .extracting(Conflict::type)
                .containsExactly("result_disagreement", "approach_difference", "approach_difference");
        assertThat(outcome.conflicts().get(0).agents()).containsExactly("a", "b", "c");
        assertThat(outcome.conflicts().get(0).description()).isEqualTo("c gave another result than a, b.");
        assertThat(outcome.conflicts().get(2).description())
                .isEqualTo("e gave a result of another form (string) than a, b (an object of 1 members).");
        assertThat(outcome.confidence()).isEqualTo(0.7);
    }

    @Test
    void manualLeavesTheDecisionToSomebody() {
        Outcome outcome = Aggregator.aggregate(AggregationMethod.MANUAL, results("1@0.8 1@0.6"), null, null);

        assertThat(outcome.result()).isNull();
        assertThat(outcome.requiresReview()).isTrue();
        assertThat(outcome.conflicts()).isEmpty();
        assertThat(outcome.confidence()).isEqualTo(0.7);
        assertThat(outcome.recommendations()).containsExactly("Look at the results and decide by hand.");
    }

    @Test
    void whoFailedHasNoSayAndIsRecommendedToBeAskedAgain() {
        List<AgentResult> results = new ArrayList<>(results("1@0.8 1@0.6"));
        results.add(failed("x"));
        Outcome outcome = Aggregator.aggregate(AggregationMethod.CONSENSUS, results, null, null);
        assertThat(outcome.conflicts()).isEmpty();
        assertThat(outcome.confidence()).isEqualTo(0.7);
        assertThat(outcome.requiresReview()).isFalse();
        assertThat(outcome.recommendations()).singleElement().asString().contains("Agent x failed");
    }

    @ParameterizedTest
    @EnumSource(AggregationMethod.class)
    void whereAllFailedThereIsNoResultAndSomebodyHasToLook(AggregationMethod method) {
        Outcome outcome = Aggregator.aggregate(method, List.of(failed("x")), Map.of("x", 1.0), List.of("x"));

        assertThat(outcome.result()).isNull();
        assertThat(outcome.confidence()).isZero();
        assertThat(outcome.requiresReview()).isTrue();
        assertThat(outcome.recommendations()).isNotEmpty();
    }

    /** Whatever the results, bounds hold, and whoever comes first changes nothing but which of equals is taken. */
    @Test
    void boundsHoldAndTheOrderDecidesOnlyBetweenEquals() {
        Random random = new Random(20260131);
        for (int round = 0; round < 2_000; round++) {
            List<AgentResult> results = new ArrayList<>();
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                results.add(new AgentResult(
                        "agent-" + i,
                        RawJson.of(String.valueOf(1 + random.nextInt(3))),
                        // Confidences that no two opinions have in common, in sum.
                        (1 << i) / 64.0 + random.nextInt(3) / 1000.0,
                        null,
                        null));
            }
            AggregationMethod method = List.of(AggregationMethod.values()).get(random.nextInt(4));
            Outcome outcome = Aggregator.aggregate(method, results, null, null);
            assertThat(outcome.confidence()).isBetween(0.0, 1.0);
            assertThat(outcome.requiresReview())
                    .isEqualTo(!outcome.conflicts().isEmpty() || method == AggregationMethod.MANUAL);
            assertThat(outcome.result() == null).isEqualTo(method == AggregationMethod.MANUAL);
            Collections.shuffle(results, random);
            Outcome shuffled = Aggregator.aggregate(method, results, null, null);
            assertThat(shuffled.confidence()).isCloseTo(outcome.confidence(), within(2e-9));
            assertThat(shuffled.conflicts()).hasSameSizeAs(outcome.conflicts());
        }
    }

    private static double average(List<AgentResult> results, @Nullable Map<String, Double> weights) {
        Outcome outcome = Aggregator.aggregate(AggregationMethod.CONFIDENCE_WEIGHTED, results, weights, null);
        return Double.parseDouble(Objects.requireNonNull(outcome.result()).toString());
    }

    private static AgentResult failed(String agentId) {
        return new AgentResult(agentId, null, null, RawJson.of("\"out of memory\""), null);
    }

    private static List<AgentResult> results(String given) {
        List<AgentResult> results = new ArrayList<>();
        for (String one : given.split(" ", -1)) {
            int at = one.lastIndexOf('@');
            results.add(new AgentResult(
                    String.valueOf((char) ('a' + results.size())),
                    RawJson.of(one.substring(0, at)),
                    Double.parseDouble(one.substring(at + 1)),
                    null,
                    null));
        }
        return results;
    }
}
