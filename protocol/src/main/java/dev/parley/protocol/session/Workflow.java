package dev.parley.protocol.session;

import dev.parley.protocol.Doc;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a piece of work, and how far it has come.
 *
 * @param steps all of them, in the order in which they are meant to be done
 * @param currentStep name of the step that is being worked on, or {@link #COMPLETED}
 * @param completedSteps names, in the order in which they were completed
 * @param pendingSteps names of those that are still to be done, the current one among them, in the order of the steps
 * @param progress completed steps of all, in percent, 0..100
 */
public record Workflow(
        List<Step> steps, String currentStep, List<String> completedSteps, List<String> pendingSteps, double progress) {
    /** What stands in the place of the current step once none is pending; no step can be called so. */
    public static final String COMPLETED = "completed";

    /**
     * One step.
     *
     * @param name unique in its workflow, 1 to 200 UTF-16 units
     * @param requiredAgents who has to take part for it to be done
     * @param optionalAgents who may help
     * @param dependencies names of steps that it builds on
     * @param estimatedDurationSeconds 0 or more
     * @param outputs what it is to produce, any JSON
     */
    public record Step(
            @Doc(
                    value = "unique in its workflow, up to 200 characters, not blank, and not completed",
                    form = Kind.NAME,
                    pattern = Doc.NOT_BLANK)
            @Required
            String name,

            @Nullable String description,

            @Doc(value = "up to 200 participants of the session", maxItems = 200) @Nullable List<String> requiredAgents,

            @Doc(value = "up to 200", maxItems = 200) @Nullable List<String> optionalAgents,

            @Doc(value = "names of up to 200 steps", maxItems = 200) @Nullable List<String> dependencies,

            @Doc(value = "0 or more", minimum = 0) @Nullable Double estimatedDurationSeconds,
            @Doc("any JSON value") @Nullable RawJson outputs) {}
}
