package dev.parley.protocol.aggregation;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Params of the operations on aggregations. */
public final class AggregationParams {
    private AggregationParams() {}

    /**
     * A new aggregation.
     *
     * @param sessionId the session that it belongs to, in which the caller takes part; null for none
     * @param results 1 to 200; of several by one agent the last counts
     * @param weights by agent, 0 to 1,000,000; for confidence_weighted
     * @param specialists agents; for specialist_priority
     */
    public record Create(
            @Nullable String sessionId,

            @Doc(value = "not blank", pattern = Doc.NOT_BLANK) @Required @Form(Kind.NAME)
            String taskType,

            @Required AggregationMethod method,

            @Doc(value = "1 to 200; of several by one agent the last counts", minItems = 1, maxItems = 200) @Required
            List<AgentResult> results,

            @Doc("by agent, 0 to 1,000,000, of up to 200; for confidence_weighted") @Nullable Map<String, Double> weights,

            @Doc(value = "up to 200 agents; for specialist_priority", form = Kind.ID, maxItems = 200) @Nullable List<String> specialists) {}

    /** One aggregation. */
    public record Ref(@Required String aggregationId) {}

    /** More results: several in {@code results}, or one by its own members. */
    public record Add(
            @Required String aggregationId,

            @Doc(
                    value = "1 to 200; left out where one result is given by its own members",
                    minItems = 1,
                    maxItems = 200)
            @Nullable List<AgentResult> results,

            @Form(Kind.ID) @Nullable String agentId,
            @ExplicitNull @Nullable RawJson result,

            @Doc(value = "0 to 1; needed unless the agent failed", minimum = 0, maximum = 1) @Nullable Double confidence,

            @Doc("why the agent failed: it counts as having no result") @Nullable RawJson error,

            @Doc(value = "milliseconds that it took, 0 or more", minimum = 0) @Nullable Double completionMs) {}
}
