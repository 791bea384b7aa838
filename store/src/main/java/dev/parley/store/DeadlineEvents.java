package dev.parley.store;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What is told about a deadline: the bodies of {@code session.expiring}, {@code session.suspended} and {@code
 * session.expired} (sessions.md section 4). Pure; any thread.
 */
public final class DeadlineEvents {
    /** Wire name of the warning, which is pushed and never logged. */
    public static final String EXPIRING = "session.expiring";

    /** Wire name of the end by a deadline. */
    public static final String EXPIRED = "session.expired";

    /** Wire name of the suspension by an idle deadline. */
    public static final String SUSPENDED = "session.suspended";

    /** Cause of a deadline that activity or a renewal could have moved. */
    public static final String IDLE = "idle";

    /** Cause of a deadline that nothing moves. */
    public static final String MAX_DURATION = "max-duration";

    private DeadlineEvents() {}

    /**
     * Which of the two deadlines it is: the idle time-out only where it is strictly the earlier one.
     *
     * @param expiresAt the deadline, in epoch milliseconds
     * @param plan of the session
     */
    public static String cause(long expiresAt, DeadlinePlan plan) {
        return expiresAt >= plan.maxEndAt() ? MAX_DURATION : IDLE;
    }

    /**
     * The body of a warning: a renewal would move the deadline unless it is the maximum duration.
     *
     * @param name of the session
     * @param expiresAt the deadline that comes, in epoch milliseconds
     * @param plan of the session
     * @param rungMillis the rung that was reached
     * @param nowMillis to count the time left from
     */
    public static RawJson expiring(
            @Nullable String name, long expiresAt, DeadlinePlan plan, long rungMillis, long nowMillis) {
        String cause = cause(expiresAt, plan);
        return body(name, expiresAt, nowMillis, cause, cause.equals(IDLE), rungMillis);
    }

    /**
     * The body of an end.
     *
     * @param name of the session
     * @param expiresAt the deadline that passed, in epoch milliseconds
     * @param cause {@link #IDLE} or {@link #MAX_DURATION}
     */
    public static RawJson expired(@Nullable String name, long expiresAt, String cause) {
        return body(name, expiresAt, expiresAt, cause, false, 0);
    }

    /**
     * The body of a suspension; it tells the end that comes next, and activity before it revives the session.
     *
     * @param name of the session
     * @param maxEndAt when the session ends if nothing revives it, in epoch milliseconds
     * @param suspendedAt the idle deadline that passed
     */
    public static RawJson suspended(@Nullable String name, long maxEndAt, long suspendedAt) {
        return body(name, maxEndAt, suspendedAt, IDLE, true, 0);
    }

    private static RawJson body(
            @Nullable String name, long expiresAt, long now, String cause, boolean renewable, long rungMillis) {
        long seconds = Math.max(0, Math.floorDiv(expiresAt - now, 1000L));
        StringBuilder json = new StringBuilder(192).append('{');
        if (name != null) {
            json.append("\"name\":").append(JsonStrings.quote(name)).append(',');
        }
        return RawJson.of(json.append("\"expiresAt\":\"")
                .append(WireTime.format(expiresAt))
                .append("\",\"secondsRemaining\":")
                .append(seconds)
                .append(",\"minutesRemaining\":")
                .append(seconds / 60)
                .append(",\"cause\":\"")
                .append(cause)
                .append("\",\"renewable\":")
                .append(renewable)
                .append(",\"rung\":")
                .append(seconds(rungMillis))
                .append('}')
                .toString());
    }

    /** Seconds as a JSON number, with a fraction only where there is one. */
    private static String seconds(long millis) {
        return millis % 1000 == 0
                ? Long.toString(millis / 1000)
                : BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString();
    }
}
