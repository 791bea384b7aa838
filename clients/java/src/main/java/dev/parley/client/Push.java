package dev.parley.client;

import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A push by its name: one that has no callback of its own, or one that {@link ParleyClientBuilder#on} asked for.
 *
 * @param method its name, such as {@code agent.online}
 * @param sessionId when it belongs to a session
 * @param params as they came; {@link dev.parley.protocol.catalog.EventTypes#paramsOf} tells the record for it
 */
public record Push(String method, @Nullable String sessionId, RawJson params) {
    /** The params as JSON to look into. */
    public JsonNode json() {
        return ClientJson.read(params, JsonNode.class);
    }
}
