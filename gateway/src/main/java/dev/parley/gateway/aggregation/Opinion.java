package dev.parley.gateway.aggregation;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.aggregation.AgentResult;
import dev.parley.protocol.frame.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A result, and those who gave it or one that is equal to it as JSON. Pure; any thread.
 *
 * @param value as the first of them wrote it
 * @param members in the order in which they gave it; not empty
 */
record Opinion(RawJson value, List<AgentResult> members) {
    /** The opinions of agents, none of whom failed, in the order in which they were first given. */
    static List<Opinion> of(List<AgentResult> given) {
        Map<RawJson, Opinion> opinions = new LinkedHashMap<>();
        for (AgentResult one : given) {
            RawJson value = Objects.requireNonNull(one.result());
            opinions.computeIfAbsent(JsonText.canonical(value), key -> new Opinion(value, new ArrayList<>()))
                    .members()
                    .add(one);
        }
        return List.copyOf(opinions.values());
    }

    /** The opinion of most; of several that of the most confident ones, then the one that was given first. */
    static Opinion largest(List<Opinion> opinions) {
        Opinion largest = opinions.get(0);
        for (Opinion one : opinions) {
            int more = Integer.compare(one.members.size(), largest.members.size());
            if (more > 0 || (more == 0 && Aggregator.mean(one.members) > Aggregator.mean(largest.members))) {
                largest = one;
            }
        }
        return largest;
    }

    /** The opinion that a result is part of. */
    static Opinion holding(AgentResult result, List<Opinion> opinions) {
        for (Opinion one : opinions) {
            if (one.members.contains(result)) {
                return one;
            }
        }
        throw new IllegalArgumentException("no opinion holds the result of " + result.agentId());
    }

    /** Whose it is. */
    List<String> agents() {
        return members.stream().map(AgentResult::agentId).toList();
    }
}
