package dev.parley.client;

import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * A push that has no callback of its own.
 *
 * @param method its name, such as {@code agent.online}
 * @param sessionId when it belongs to a session
 * @param params as they came; {@link dev.parley.protocol.catalog.EventTypes#paramsOf} tells the record for it
 */
public record Push(String method, @Nullable String sessionId, RawJson params) {}
