package dev.parley.gateway.session;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.Workflow;
import dev.parley.protocol.session.Workflow.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How a workflow is made and moves (sessions.md section 7). Pure; any thread. */
final class WorkflowRules {
    /** More steps than anybody looks through, and few enough to be told with each move. */
    static final int MOST_STEPS = 200;

    private static final int LONGEST_NAME = 200;
    private static final double CENTS = 100;

    private WorkflowRules() {}

    /** The workflow that a document holds; null when it holds none. */
    static @Nullable Workflow of(Session session) {
        RawJson held = session.workflow();
        return held == null ? null : BodyCodec.decode(held, Workflow.class);
    }

    /** The workflow as a document holds it. */
    static RawJson held(Workflow workflow) {
        return JsonText.compact(BodyCodec.encode(workflow));
    }

    /**
     * A workflow as it is given: its steps, and where it stands, unless it is to begin.
     *
     * @param present those agents that its steps may require
     */
    static Workflow given(SessionParams.NewWorkflow given, @Nullable Workflow before, Predicate<String> present) {
        List<Step> steps = given.steps();
        boolean isPlaced =
                given.currentStep() != null || given.completedSteps() != null || given.pendingSteps() != null;
        List<Step> all = steps == null && before != null ? before.steps() : steps;
        if (all == null) {
            throw Problems.missing(List.of("steps"), "the session has no workflow yet");
        }
        if (steps == null && !isPlaced) {
            throw Problems.missing(
                    List.of("steps"), "or give a position: currentStep, completedSteps and pendingSteps");
        }
        if (steps != null) {
            check(steps, present);
        }
        return isPlaced ? placed(all, given) : begun(all);
    }

    /** Completes the current step, and goes on to the named step or to the first one that is pending. */
    static Workflow advanced(Workflow workflow, @Nullable String to) {
        if (to != null
                && workflow.steps().stream().noneMatch(step -> step.name().equals(to))) {
            throw Problems.invalid("to", to, "the name of a step of the workflow: " + names(workflow.steps()));
        }
        String current = workflow.currentStep();
        List<String> completed = new ArrayList<>(workflow.completedSteps());
        List<String> pending = new ArrayList<>(workflow.pendingSteps());
        if (!current.equals(Workflow.COMPLETED)) {
            pending.remove(current);
            if (!completed.contains(current)) {
                completed.add(current);
            }
        }
        String next = to;
        if (next == null) {
            next = pending.isEmpty() ? Workflow.COMPLETED : pending.get(0);
        } else if (!pending.contains(next)) {
            // It is to be done again.
            completed.remove(next);
            pending.add(next);
        }
        return at(workflow.steps(), next, completed, pending);
    }

    private static Workflow begun(List<Step> steps) {
        return at(
                steps,
                steps.get(0).name(),
                List.of(),
                steps.stream().map(Step::name).toList());
    }

    private static Workflow placed(List<Step> steps, SessionParams.NewWorkflow given) {
        String current = given.currentStep();
        List<String> completed = given.completedSteps();
        List<String> pending = given.pendingSteps();
        if (current == null || completed == null || pending == null) {
            List<String> missing = new ArrayList<>();
            Map<String, @Nullable Object> parts = new LinkedHashMap<>();
            parts.put("currentStep", current);
            parts.put("completedSteps", completed);
            parts.put("pendingSteps", pending);
            parts.forEach((name, value) -> {
                if (value == null) {
                    missing.add(name);
                }
            });
            throw Problems.missing(missing, "a position is given as a whole");
        }
        Set<String> known = new HashSet<>(steps.stream().map(Step::name).toList());
        if (!current.equals(Workflow.COMPLETED) && !known.contains(current)) {
            throw Problems.invalid("currentStep", current, "the name of a step, or completed: " + names(steps));
        }
        Set<String> named = new HashSet<>();
        checkNames("completedSteps", completed, known, named, steps);
        checkNames("pendingSteps", pending, known, named, steps);
        if (completed.contains(current)) {
            throw Problems.invalid("currentStep", current, "a step that is not among completedSteps");
        }
        return at(steps, current, completed, pending);
    }

    private static void checkNames(
            String field, List<String> names, Set<String> known, Set<String> named, List<Step> steps) {
        for (int i = 0; i < names.size(); i++) {
            if (!known.contains(names.get(i))) {
                throw Problems.invalid(field + "[" + i + "]", names.get(i), "the name of a step: " + names(steps));
            }
            if (!named.add(names.get(i))) {
                throw Problems.invalid(field + "[" + i + "]", names.get(i), "a step that was not named before");
            }
        }
    }

    private static Workflow at(List<Step> steps, String current, List<String> completed, List<String> pending) {
        List<String> inOrder =
                steps.stream().map(Step::name).filter(pending::contains).toList();
        double percent = Math.round(CENTS * CENTS * completed.size() / steps.size()) / CENTS;
        return new Workflow(List.copyOf(steps), current, List.copyOf(completed), inOrder, percent);
    }

    private static void check(List<Step> steps, Predicate<String> present) {
        if (steps.isEmpty() || steps.size() > MOST_STEPS) {
            throw Problems.invalid("steps", steps.size() + " steps", "1 to " + MOST_STEPS + " steps");
        }
        Map<String, Step> byName = new HashMap<>();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            String place = "steps[" + i + "].";
            String name = step.name();
            if (name.isBlank() || name.length() > LONGEST_NAME || name.equals(Workflow.COMPLETED)) {
                throw Problems.invalid(
                        place + "name",
                        name,
                        "a text of 1 to " + LONGEST_NAME + " characters other than " + Workflow.COMPLETED);
            }
            if (byName.put(name, step) != null) {
                throw Problems.invalid(place + "name", name, "a name that no other step has");
            }
            checkLength(place + "requiredAgents", step.requiredAgents());
            checkLength(place + "optionalAgents", step.optionalAgents());
            checkLength(place + "dependencies", step.dependencies());
            RawJson outputs = step.outputs();
            if (outputs != null) {
                NewSession.ofLimitedDepth(place + "outputs", outputs);
            }
            for (String agent : orNone(step.requiredAgents())) {
                if (!present.test(agent)) {
                    throw Problems.invalid(place + "requiredAgents", agent, "ids of participants of the session");
                }
            }
            Double seconds = step.estimatedDurationSeconds();
            if (seconds != null && !(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
                throw Problems.invalid(place + "estimatedDurationSeconds", seconds, "0 or more");
            }
        }
        for (int i = 0; i < steps.size(); i++) {
            for (String dependency : orNone(steps.get(i).dependencies())) {
                if (!byName.containsKey(dependency)) {
                    throw Problems.invalid(
                            "steps[" + i + "].dependencies", dependency, "names of steps: " + names(steps));
                }
            }
        }
        checkAcyclic(steps);
    }

    /** Takes away steps whose dependencies are gone until none is left; what stays waits for itself. */
    private static void checkAcyclic(List<Step> steps) {
        Map<String, Step> left = new LinkedHashMap<>();
        steps.forEach(step -> left.put(step.name(), step));
        boolean progress = true;
        while (progress) {
            progress = left.values()
                    .removeIf(step -> orNone(step.dependencies()).stream().noneMatch(left::containsKey));
        }
        if (!left.isEmpty()) {
            throw Problems.invalid(
                    "steps", List.copyOf(left.keySet()), "steps whose dependencies do not lead back to themselves");
        }
    }

    private static void checkLength(String field, @Nullable List<String> names) {
        if (names != null && names.size() > MOST_STEPS) {
            throw Problems.invalid(field, names.size() + " names", "at most " + MOST_STEPS + " names");
        }
    }

    private static List<String> orNone(@Nullable List<String> given) {
        return given == null ? List.of() : given;
    }

    private static String names(List<Step> steps) {
        List<String> all = steps.stream().map(Step::name).toList();
        return all.size() <= 10 ? String.join(", ", all) : String.join(", ", all.subList(0, 10)) + " …";
    }
}
