package dev.parley.protocol.aggregation;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Required;
import org.jspecify.annotations.Nullable;

/**
 * What one agent found, or that it failed.
 *
 * @param result any JSON value; needed unless the agent failed
 * @param confidence 0 to 1; needed unless the agent failed
 * @param error why the agent failed, any JSON value; it has no result then, whatever {@code result} says
 * @param completionMs milliseconds that it took, 0 or more
 */
public record AgentResult(
        @Required @Form(Kind.ID) String agentId,

        @Doc("any JSON value; needed unless the agent failed") @ExplicitNull @Nullable RawJson result,

        @Doc(value = "0 to 1; needed unless the agent failed", minimum = 0, maximum = 1) @Nullable Double confidence,

        @Doc("why the agent failed: it counts as having no result") @Nullable RawJson error,

        @Doc(value = "milliseconds that it took, 0 or more", minimum = 0) @Nullable Double completionMs) {
    /** Whether the agent failed. */
    public boolean failed() {
        return error != null;
    }
}
