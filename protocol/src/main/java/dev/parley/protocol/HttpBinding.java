package dev.parley.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Where an operation is found over HTTP. Path and query parameters are merged into the params under their own names.
 *
 * @param method GET, POST, PUT, PATCH or DELETE
 * @param path template, such as {@code /api/messaging/sessions/:sessionId/renew}; a segment that starts with a colon is a
 *     parameter
 * @param status of success, such as 201
 * @param bodyAs null when the body's members are params themselves; otherwise the name of the one param that the whole body
 *     is
 */
public record HttpBinding(
        String method, String path, int status, @Nullable String bodyAs) {}
