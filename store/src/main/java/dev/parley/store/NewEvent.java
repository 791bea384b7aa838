package dev.parley.store;

import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * An event to be logged together with a change.
 *
 * @param type wire name
 * @param body a JSON object with the members of the push's params other than {@code sessionId}, {@code seq}, {@code epoch}
 * @param authorId who caused it; null for the system
 */
public record NewEvent(String type, RawJson body, @Nullable String authorId) {}
