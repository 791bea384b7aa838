package dev.parley.gateway.aggregation;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.aggregation.AgentResult;
import dev.parley.protocol.aggregation.Aggregation.Conflict;
import dev.parley.protocol.frame.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What is a conflict among results. Pure; any thread. */
final class Conflicts {
    /** A number is in conflict with an average that it is further from than this part of the average. */
    private static final double FAR = 0.25;

    private Conflicts() {}

    /**
     * Each other opinion is a conflict with the one that is held to: {@link Conflict#APPROACH_DIFFERENCE} when it is of another
     * form, else {@link Conflict#RESULT_DISAGREEMENT}. Its agents are those of both, first those of the one held to.
     */
    static List<Conflict> with(Opinion held, List<Opinion> all) {
        Form form = Form.of(held.value());
        List<Conflict> conflicts = new ArrayList<>();
        for (Opinion other : all) {
            if (other.equals(held)) {
                continue;
            }
            List<String> agents = new ArrayList<>(held.agents());
            agents.addAll(other.agents());
            Form another = Form.of(other.value());
            conflicts.add(
                    form.equals(another)
                            ? new Conflict(
                                    Conflict.RESULT_DISAGREEMENT,
                                    agents,
                                    several(other) + " another result than " + named(held) + ".")
                            : new Conflict(
                                    Conflict.APPROACH_DIFFERENCE,
                                    agents,
                                    several(other) + " a result of another form (" + another.described() + ") than "
                                            + named(held) + " (" + form.described() + ")."));
        }
        return conflicts;
    }

    /** Numbers that are far from the average are conflicts, one each: averaging is for numbers that differ, but not for any. */
    static List<Conflict> farFrom(double average, List<AgentResult> numbers) {
        List<Conflict> conflicts = new ArrayList<>();
        for (AgentResult one : numbers) {
            if (Math.abs(ResultRules.number(one) - average) > FAR * Math.abs(average)) {
                conflicts.add(new Conflict(
                        Conflict.RESULT_DISAGREEMENT,
                        List.of(one.agentId()),
                        one.agentId() + " gave a number that is more than a quarter away from the average."));
            }
        }
        return conflicts;
    }

    private static String several(Opinion opinion) {
        return named(opinion) + " gave";
    }

    /** Those of an opinion in words: up to three by name. */
    private static String named(Opinion opinion) {
        List<String> agents = opinion.agents();
        int more = agents.size() - 3;
        return more > 0
                ? String.join(", ", agents.subList(0, 3)) + " and " + more + " more"
                : String.join(", ", agents);
    }

    /** What kind of value something is, and, of an object, which members it has. */
    private record Form(String kind, Set<String> members) {
        static Form of(RawJson value) {
            byte first = value.array()[value.offset()];
            String kind = switch (first) {
                case '{' -> "object";
                case '[' -> "array";
                case '"' -> "string";
                case 't', 'f' -> "boolean";
                case 'n' -> "null";
                default -> "number";
            };
            return new Form(kind, JsonText.memberNames(value));
        }

        String described() {
            return kind.equals("object") ? "an object of " + members.size() + " members" : kind;
        }
    }
}
