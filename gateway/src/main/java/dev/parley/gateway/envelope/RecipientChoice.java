package dev.parley.gateway.envelope;

import dev.parley.gateway.envelope.EnvelopeRules.Wants;
import dev.parley.gateway.session.JsonValues;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.envelope.Envelope.Strategy;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.store.TaskStore.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Which of several agents an envelope goes to. Pure; any thread. */
final class RecipientChoice {
    /** What counts in the strategy priority, together 1. */
    private static final double SUCCESS = 0.4;

    private static final double FREE = 0.3;
    private static final double MATCH = 0.2;
    private static final double SPEED = 0.1;

    /** What an agent that does not tell its success rate, or its response time, is taken for. */
    private static final double UNKNOWN = 0.5;

    private static final double SECOND = 1_000;

    private RecipientChoice() {}

    /** An agent, and how it stands. */
    record Candidate(Agent agent, Work work) {}

    /** Who was chosen, and why, in words. */
    record Chosen(Agent agent, String reason) {}

    /**
     * Narrows agents by what is wanted: those who name the task type, of these those who have all capabilities, of these those
     * of the framework; each only where it is wanted.
     */
    static List<Agent> narrowed(List<Agent> agents, Wants wants) {
        List<Agent> left = new ArrayList<>();
        for (Agent agent : agents) {
            boolean fits = (wants.taskType() == null || taskTypes(agent).contains(wants.taskType()))
                    && (wants.capabilities().isEmpty() || capabilities(agent).containsAll(wants.capabilities()))
                    && (wants.framework() == null || wants.framework().equals(agent.framework()));
            if (fits) {
                left.add(agent);
            }
        }
        return left;
    }

    /**
     * Chooses one.
     *
     * @param candidates narrowed, at least one
     * @param last whom {@link Strategy#ROUND_ROBIN} chose last; null for nobody
     * @param random a number from 0 to below its argument
     */
    static Chosen choose(
            List<Candidate> candidates,
            Wants wants,
            Strategy strategy,
            @Nullable String last,
            IntUnaryOperator random) {
        List<Candidate> sorted = new ArrayList<>(candidates);
        sorted.sort(Comparator.comparing(one -> one.agent().id()));
        Candidate chosen = switch (strategy) {
            case ROUND_ROBIN -> next(sorted, last);
            case RANDOM -> sorted.get(random.applyAsInt(sorted.size()));
            case LEAST_LOADED ->
                least(
                        sorted,
                        Comparator.<Candidate>comparingLong(one -> one.work().open())
                                .thenComparingDouble(one -> one.agent().load()));
            case PRIORITY -> least(sorted, Comparator.<Candidate>comparingDouble(one -> -score(one.agent(), wants)));
        };
        return new Chosen(chosen.agent(), reason(strategy, sorted.size(), wants));
    }

    /**
     * How well an agent suits by the strategy priority, 0 to 1: {@code 0.4 * successRate + 0.3 * (1 - load) + 0.2 * match + 0.1
     * * 1 / (1 + avgResponseMs / 1000)}, where match is 1 when it names the wanted task type, else 0; a success rate, and the
     * last factor, that it does not tell are 0.5.
     */
    static double score(Agent agent, Wants wants) {
        Profile profile = profile(agent);
        double success = JsonValues.number(profile.successRate());
        double millis = JsonValues.number(profile.avgResponseMs());
        boolean matches = wants.taskType() != null && taskTypes(agent).contains(wants.taskType());
        return SUCCESS * (Double.isNaN(success) ? UNKNOWN : Math.min(1, Math.max(0, success)))
                + FREE * (1 - Math.min(1, Math.max(0, agent.load())))
                + MATCH * (matches ? 1 : 0)
                + SPEED * (Double.isNaN(millis) || millis < 0 ? UNKNOWN : 1 / (1 + millis / SECOND));
    }

    private static Candidate next(List<Candidate> sorted, @Nullable String last) {
        for (Candidate one : sorted) {
            if (last != null && one.agent().id().compareTo(last) > 0) {
                return one;
            }
        }
        return sorted.get(0);
    }

    /** The least; of equals the first by its id. */
    private static Candidate least(List<Candidate> sorted, Comparator<Candidate> order) {
        Candidate least = sorted.get(0);
        for (Candidate one : sorted) {
            if (order.compare(one, least) < 0) {
                least = one;
            }
        }
        return least;
    }

    private static String reason(Strategy strategy, int count, Wants wants) {
        List<String> by = new ArrayList<>();
        if (wants.taskType() != null) {
            by.add("task type " + wants.taskType());
        }
        if (!wants.capabilities().isEmpty()) {
            by.add("capabilities " + String.join(", ", wants.capabilities()));
        }
        if (wants.framework() != null) {
            by.add("framework " + wants.framework());
        }
        return strategy.wireName() + " among " + count + (count == 1 ? " agent" : " agents")
                + (by.isEmpty() ? "" : " with " + String.join("; ", by));
    }

    /** The members of a profile that count here, of whatever type. */
    record Profile(
            @Nullable RawJson taskTypes,
            @Nullable RawJson successRate,
            @Nullable RawJson avgResponseMs) {}

    record Named(@Nullable RawJson name) {}

    record Values(List<RawJson> values) {}

    private static Profile profile(Agent agent) {
        RawJson profile = agent.profile();
        return profile == null || !profile.isObject()
                ? new Profile(null, null, null)
                : BodyCodec.decode(profile, Profile.class);
    }

    private static Set<String> taskTypes(Agent agent) {
        Set<String> types = new HashSet<>();
        for (RawJson value : values(profile(agent).taskTypes())) {
            String type = JsonValues.text(value);
            if (type != null) {
                types.add(type);
            }
        }
        return types;
    }

    private static Set<String> capabilities(Agent agent) {
        Set<String> names = new HashSet<>();
        for (RawJson value : values(agent.capabilities())) {
            String name = value.isObject()
                    ? JsonValues.text(BodyCodec.decode(value, Named.class).name())
                    : JsonValues.text(value);
            if (name != null) {
                names.add(name);
            }
        }
        return names;
    }

    private static List<RawJson> values(@Nullable RawJson given) {
        if (given == null || !JsonValues.isArray(given)) {
            return List.of();
        }
        try {
            return BodyCodec.decode(RawJson.of("{\"values\":" + given + "}"), Values.class)
                    .values();
        } catch (ProtocolException odd) {
            // A profile is the agent's own affair; what cannot be read in it names nothing.
            return List.of();
        }
    }
}
