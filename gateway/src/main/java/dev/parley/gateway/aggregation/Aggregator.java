package dev.parley.gateway.aggregation;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.aggregation.AgentResult;
import dev.parley.protocol.aggregation.Aggregation.Conflict;
import dev.parley.protocol.aggregation.AggregationMethod;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What comes of the results of several agents. Agents that failed have no say; results that are equal as JSON are one opinion.
 * Whatever the method, each opinion besides the one that the result is taken from is a conflict. Pure; any thread.
 */
final class Aggregator {
    /** What each conflict takes from the confidence of a consensus. */
    private static final double PER_CONFLICT = 0.1;

    /** Below it more opinions are recommended. */
    private static final double LOW_CONFIDENCE = 0.5;

    /** Confidences are told to so many parts of one, so that sums of binary fractions look as they were meant. */
    private static final double PARTS = 1e9;

    private static final MathContext DIGITS = MathContext.DECIMAL128;

    private final AggregationMethod method;
    private final List<AgentResult> given;
    private final List<AgentResult> failed;
    private final Map<String, Double> weights;
    private final Set<String> specialists;
    private final List<Opinion> opinions;

    private Aggregator(
            AggregationMethod method,
            List<AgentResult> results,
            @Nullable Map<String, Double> weights,
            @Nullable List<String> specialists) {
        this.method = method;
        this.given = results.stream().filter(result -> !result.failed()).toList();
        this.failed = results.stream().filter(AgentResult::failed).toList();
        this.weights = weights == null ? Map.of() : weights;
        this.specialists = specialists == null ? Set.of() : Set.copyOf(specialists);
        this.opinions = Opinion.of(given);
    }

    /** What came out. */
    record Outcome(
            @Nullable RawJson result,
            double confidence,
            List<Conflict> conflicts,
            boolean requiresReview,
            List<String> recommendations) {}

    /**
     * Brings results together.
     *
     * @param results one of each agent, checked by {@link ResultRules}; for {@link AggregationMethod#CONFIDENCE_WEIGHTED} all
     *     that did not fail are finite numbers
     */
    static Outcome aggregate(
            AggregationMethod method,
            List<AgentResult> results,
            @Nullable Map<String, Double> weights,
            @Nullable List<String> specialists) {
        return new Aggregator(method, results, weights, specialists).outcome();
    }

    private Outcome outcome() {
        if (given.isEmpty()) {
            return told(null, 0, List.of());
        }
        return switch (method) {
            case CONSENSUS -> consensus();
            case SPECIALIST_PRIORITY -> specialist();
            case CONFIDENCE_WEIGHTED -> average();
            case MANUAL -> told(null, mean(given), Conflicts.with(Opinion.largest(opinions), opinions));
        };
    }

    private Outcome consensus() {
        Opinion chosen = Opinion.largest(opinions);
        List<Conflict> conflicts = Conflicts.with(chosen, opinions);
        return told(chosen.value(), mean(chosen.members()) - PER_CONFLICT * conflicts.size(), conflicts);
    }

    private Outcome specialist() {
        List<AgentResult> pool = given.stream()
                .filter(result -> specialists.contains(result.agentId()))
                .toList();
        AgentResult best = null;
        for (AgentResult one : pool.isEmpty() ? given : pool) {
            if (best == null || confidence(one) > confidence(best)) {
                best = one;
            }
        }
        AgentResult chosen = Objects.requireNonNull(best);
        return told(chosen.result(), confidence(chosen), Conflicts.with(Opinion.holding(chosen, opinions), opinions));
    }

    /** In decimal numbers of many digits, which neither overflow nor show what binary fractions cannot say. */
    private Outcome average() {
        boolean weightless = given.stream().allMatch(one -> weight(one) == 0);
        BigDecimal sum = BigDecimal.ZERO;
        BigDecimal values = BigDecimal.ZERO;
        BigDecimal confidences = BigDecimal.ZERO;
        for (AgentResult one : given) {
            // Where nobody has any weight, all have the same.
            BigDecimal weight = weightless ? BigDecimal.ONE : BigDecimal.valueOf(weight(one));
            sum = sum.add(weight);
            values = values.add(weight.multiply(BigDecimal.valueOf(ResultRules.number(one)), DIGITS), DIGITS);
            confidences = confidences.add(weight.multiply(BigDecimal.valueOf(confidence(one))));
        }
        double value = values.divide(sum, DIGITS).doubleValue();
        return told(
                RawJson.of(Json.write(value)),
                confidences.divide(sum, DIGITS).doubleValue(),
                Conflicts.farFrom(value, given));
    }

    private double weight(AgentResult one) {
        Double weight = weights.get(one.agentId());
        return weight == null ? confidence(one) : weight;
    }

    private Outcome told(@Nullable RawJson result, double confidence, List<Conflict> conflicts) {
        double rounded = Math.round(Math.min(1, Math.max(0, confidence)) * PARTS) / PARTS;
        boolean review = !conflicts.isEmpty() || method == AggregationMethod.MANUAL || given.isEmpty();
        return new Outcome(result, rounded, conflicts, review, recommendations(rounded, conflicts));
    }

    private List<String> recommendations(double confidence, List<Conflict> conflicts) {
        List<String> told = new ArrayList<>();
        if (given.isEmpty()) {
            told.add("No agent gave a result; ask others, or the same again, and add what they find.");
        } else if (method == AggregationMethod.MANUAL) {
            told.add("Look at the results and decide by hand.");
        }
        for (AgentResult failure : failed) {
            told.add("Agent " + failure.agentId() + " failed; ask it or another one again, or go on without it.");
        }
        if (!conflicts.isEmpty() && method != AggregationMethod.MANUAL) {
            told.add("The agents do not agree; have somebody look at the conflicts before the result is used.");
        }
        if (!given.isEmpty() && confidence < LOW_CONFIDENCE) {
            told.add("The confidence is low; ask more agents, or one who specialises in it.");
        }
        if (given.size() == 1) {
            told.add("Only one agent gave a result; ask another one for a second opinion.");
        }
        return List.copyOf(told);
    }

    static double confidence(AgentResult result) {
        Double confidence = result.confidence();
        return confidence == null ? 0 : confidence;
    }

    /** The mean confidence of results, of which there is at least one. */
    static double mean(List<AgentResult> results) {
        double sum = 0;
        for (AgentResult result : results) {
            sum += confidence(result);
        }
        return sum / results.size();
    }
}
