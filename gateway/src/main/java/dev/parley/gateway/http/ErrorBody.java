package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.WireTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The one shape of errors over HTTP, and the headers that go with them. Stateless. */
final class ErrorBody {
    private static final long STORE_RETRY_SECONDS = 1;
    private static final long DRAINING_RETRY_SECONDS = 5;

    private ErrorBody() {}

    /** The answer to a refused request. */
    static Answer.Full answer(ProtocolException problem, long nowMillis) {
        Answer.Full answer = Answer.json(problem.code().status(), bytes(problem, nowMillis));
        return switch (problem.code()) {
            case RATE_LIMITED -> rateLimited(answer, problem);
            case STORE_UNAVAILABLE -> answer.with("Retry-After", Long.toString(STORE_RETRY_SECONDS));
            case DRAINING -> answer.with("Retry-After", Long.toString(DRAINING_RETRY_SECONDS));
            case METHOD_NOT_ALLOWED ->
                problem.details().get("allowed") instanceof List<?> allowed
                        ? answer.with(
                                "Allow",
                                String.join(
                                        ", ",
                                        allowed.stream().map(Object::toString).toList()))
                        : answer;
            default -> answer;
        };
    }

    /** The body: {@code {"error": {code, message, timestamp, details}}}. */
    static byte[] bytes(ProtocolException problem, long nowMillis) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", problem.code().name());
        error.put("message", problem.message());
        error.put("timestamp", WireTime.format(nowMillis));
        error.put("details", problem.details());
        return Json.write(Map.of("error", error));
    }

    /** A request that is not HTTP as we know it. */
    static ProtocolException malformed(String what) {
        return ProtocolException.of(
                ErrorCode.VALIDATION_ERROR, "This is no HTTP request that can be read: " + what + ".");
    }

    private static Answer.Full rateLimited(Answer.Full answer, ProtocolException problem) {
        long wait = problem.details().get("retryAfterMs") instanceof Number millis
                ? Math.max(1, (millis.longValue() + 999) / 1000)
                : 1;
        Answer.Full told = answer.with("Retry-After", Long.toString(wait))
                .with("RateLimit-Remaining", "0")
                .with("RateLimit-Reset", Long.toString(wait));
        // The draft of these headers counts in whole requests for each window; ours is one second.
        return problem.details().get("limitPerSecond") instanceof Number limit
                ? told.with("RateLimit-Limit", Long.toString(Math.max(1, limit.longValue())))
                : told;
    }
}
