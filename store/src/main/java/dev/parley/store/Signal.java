package dev.parley.store;

import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * Something for those who are here now: a delta, typing. Never stored; may be lost.
 *
 * @param sessionId which session
 * @param type wire name of the push
 * @param authorId who sent it
 * @param origin id of the connection that sent it
 * @param body a JSON object: the params of the push other than {@code sessionId}
 */
public record Signal(
        String sessionId,
        String type,
        String authorId,
        @Nullable String origin,
        RawJson body) {}
