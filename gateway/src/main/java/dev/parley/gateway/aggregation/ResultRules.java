package dev.parley.gateway.aggregation;

import dev.parley.gateway.session.JsonValues;
import dev.parley.gateway.session.Problems;
import dev.parley.gateway.session.Problems.Wrong;
import dev.parley.protocol.Form;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.aggregation.AgentResult;
import dev.parley.protocol.aggregation.AggregationMethod;
import dev.parley.protocol.aggregation.AggregationParams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What may be brought together; all that will not do is told at once. Pure; any thread. */
final class ResultRules {
    /** So many agents' results one aggregation takes. */
    static final int MOST_RESULTS = 200;

    /** A result stands deeper in an aggregation, and in its answer, than where it was given; a frame nests 128 deep at most. */
    private static final int DEEPEST = 100;

    private static final double GREATEST_WEIGHT = 1_000_000;

    private ResultRules() {}

    /** Checks what a new aggregation is made of. */
    static void check(AggregationParams.Create params) {
        List<Wrong> wrongs = new ArrayList<>();
        if (params.taskType().isBlank()) {
            wrongs.add(new Wrong("taskType", params.taskType(), "a text that is not blank, of up to 200 characters"));
        }
        results("results", params.results(), params.method(), wrongs);
        weights(params.weights(), wrongs);
        specialists(params.specialists(), wrongs);
        refuse(wrongs);
    }

    /** The results that are to be added, checked. */
    static List<AgentResult> added(AggregationParams.Add params, AggregationMethod method) {
        List<Wrong> wrongs = new ArrayList<>();
        List<AgentResult> several = params.results();
        String agentId = params.agentId();
        List<AgentResult> added;
        if (several != null && agentId != null) {
            throw Problems.invalid(
                    "results", several.size() + " results", "left out where one result is given by its own members");
        } else if (several != null) {
            added = several;
            results("results", added, method, wrongs);
        } else if (agentId != null) {
            AgentResult one = new AgentResult(
                    agentId, params.result(), params.confidence(), params.error(), params.completionMs());
            added = List.of(one);
            result("", one, method, wrongs);
        } else {
            throw Problems.invalid("results", null, "an array of results, or agentId with a result be given");
        }
        refuse(wrongs);
        return added;
    }

    /** Refuses more results than one aggregation takes. */
    static void checkCount(int count) {
        if (count > MOST_RESULTS) {
            throw Problems.invalid("results", count + " results", "of at most " + MOST_RESULTS + " agents");
        }
    }

    /** The number that a result is; NaN when it is none, or beyond doubles. */
    static double number(AgentResult given) {
        RawJson value = given.result();
        return value == null || JsonValues.isText(value) ? Double.NaN : JsonValues.number(value);
    }

    private static void results(String field, List<AgentResult> results, AggregationMethod method, List<Wrong> wrongs) {
        if (results.isEmpty() || results.size() > MOST_RESULTS) {
            wrongs.add(new Wrong(field, results.size() + " results", "an array of 1 to " + MOST_RESULTS + " results"));
            return;
        }
        for (int i = 0; i < results.size(); i++) {
            result(field + "[" + i + "].", results.get(i), method, wrongs);
        }
    }

    private static void result(String place, AgentResult given, AggregationMethod method, List<Wrong> wrongs) {
        RawJson result = given.result();
        RawJson error = given.error();
        Double confidence = given.confidence();
        Double took = given.completionMs();
        if (result == null && error == null) {
            wrongs.add(new Wrong(place + "result", null, "any JSON value, or error be given"));
        }
        deep(place + "result", result, wrongs);
        deep(place + "error", error, wrongs);
        if (confidence == null ? error == null : !(confidence >= 0 && confidence <= 1)) {
            wrongs.add(new Wrong(place + "confidence", confidence, "a number from 0 to 1"));
        }
        if (took != null && took < 0) {
            wrongs.add(new Wrong(place + "completionMs", took, "a number of milliseconds, 0 or more"));
        }
        if (method == AggregationMethod.CONFIDENCE_WEIGHTED
                && error == null
                && result != null
                && Double.isNaN(number(given))) {
            wrongs.add(new Wrong(
                    place + "result",
                    JsonValues.shown(result),
                    "a number within the range of doubles, as the method is confidence_weighted"));
        }
    }

    private static void deep(String field, @Nullable RawJson value, List<Wrong> wrongs) {
        int depth = value == null ? 0 : JsonValues.depth(value);
        if (depth > DEEPEST) {
            wrongs.add(new Wrong(field, depth + " levels", "JSON of at most " + DEEPEST + " levels within each other"));
        }
    }

    private static void weights(@Nullable Map<String, Double> weights, List<Wrong> wrongs) {
        if (weights == null) {
            return;
        }
        if (weights.size() > MOST_RESULTS) {
            wrongs.add(new Wrong("weights", weights.size() + " weights", "of at most " + MOST_RESULTS + " agents"));
            return;
        }
        weights.forEach((agent, weight) -> {
            if (!Form.Kind.ID.accepts(agent)) {
                wrongs.add(new Wrong("weights", shortened(agent), "an object whose members are ids of agents"));
            } else if (!(weight >= 0 && weight <= GREATEST_WEIGHT)) {
                wrongs.add(new Wrong("weights." + agent, weight, "a number from 0 to 1,000,000"));
            }
        });
    }

    private static void specialists(@Nullable List<String> specialists, List<Wrong> wrongs) {
        List<String> given = Objects.requireNonNullElse(specialists, List.of());
        if (given.size() > MOST_RESULTS) {
            wrongs.add(new Wrong("specialists", given.size() + " agents", "at most " + MOST_RESULTS + " agents"));
            return;
        }
        for (int i = 0; i < given.size(); i++) {
            if (!Form.Kind.ID.accepts(given.get(i))) {
                wrongs.add(new Wrong("specialists[" + i + "]", shortened(given.get(i)), Form.Kind.ID.expected()));
            }
        }
    }

    private static String shortened(String text) {
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }

    private static void refuse(List<Wrong> wrongs) {
        if (!wrongs.isEmpty()) {
            // So many are told; a body could hold hundreds.
            throw Problems.invalid(wrongs.size() > 100 ? wrongs.subList(0, 100) : wrongs);
        }
    }
}
