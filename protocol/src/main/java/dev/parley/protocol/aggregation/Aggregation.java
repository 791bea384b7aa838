package dev.parley.protocol.aggregation;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of the results of several agents.
 *
 * @param sessionId the session it belongs to; null for none
 * @param result any JSON value; null with method manual, and when no agent gave any
 * @param confidence 0 to 1
 * @param requiresReview whether somebody has to look at it: with any conflict, for manual, and without any result
 * @param recommendations what to do next, one sentence each, for people
 * @param results the newest of each agent, in the order in which they first gave one
 * @param weights by agent, as they were given
 * @param specialists agents, as they were given
 */
public record Aggregation(
        String aggregationId,
        @Nullable String sessionId,
        String taskType,
        AggregationMethod method,

        @Doc("any JSON value; left out where there is none") @ExplicitNull @Nullable RawJson result,

        double confidence,
        List<Conflict> conflicts,
        boolean requiresReview,
        List<String> recommendations,
        List<AgentResult> results,
        @Nullable Map<String, Double> weights,
        @Nullable List<String> specialists,
        Instant createdAt,
        Instant updatedAt) {
    /** Two results that do not say the same, and the agents who gave them. */
    public record Conflict(
            @Doc(oneOf = {RESULT_DISAGREEMENT, APPROACH_DIFFERENCE})
            String type,

            List<String> agents,
            String description) {
        /** The results are of one form and of different value. */
        public static final String RESULT_DISAGREEMENT = "result_disagreement";

        /** The results are not even of one form: another JSON type, or objects with other members. */
        public static final String APPROACH_DIFFERENCE = "approach_difference";
    }
}
