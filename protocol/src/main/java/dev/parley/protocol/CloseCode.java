package dev.parley.protocol;

/**
 * WebSocket close codes (RFC 6455 section 7.4.2, private range). The range is the advice: 4000..4499 reconnect, 4500..4999
 * do not; of the registered codes 1008 and 1009 mean do not either.
 */
public enum CloseCode {
    /** The gateway drains. */
    GOING_AWAY(4000, "going away: reconnect elsewhere after the time that was told"),

    /** No frame came for longer than the ping allows. */
    SILENT(4001, "silent for too long"),

    /** The reader was behind for too long, or the log no longer reaches back to it. */
    SLOW_CONSUMER(4002, "slow consumer: behind for too long"),

    /** The store could not be reached for too long. */
    STORE_LOST(4004, "store lost for too long"),

    /** Ten malformed frames within a minute. */
    BAD_FRAMES(4500, "too many bad frames"),

    /** The first request did not come within its time. */
    NO_CONNECT(4501, "no connect in time"),

    /** The credential is wrong, or ran out. */
    UNAUTHENTICATED(4502, "unauthenticated or token expired"),

    /** The identity may not connect. */
    FORBIDDEN(4503, "forbidden"),

    /** The sender went on after it was told to slow down. */
    RATE_LIMITED(4504, "rate limit, after warnings"),

    /** Another connection claims the same agent id; the newest one wins. */
    TAKEN_OVER(4505, "taken over by a newer connection of the same agent"),

    /** RFC 6455: policy violation. */
    NOT_REGISTERED(1008, "agent not registered"),

    /** RFC 6455: message too big. */
    FRAME_TOO_LARGE(1009, "frame over the limit");

    private final int code;
    private final String reason;

    CloseCode(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    /** The status code of the close frame. */
    public int code() {
        return code;
    }

    /** The reason phrase, under 123 bytes of UTF-8 as RFC 6455 section 5.5 requires. */
    public String reason() {
        return reason;
    }

    /**
     * What a client should do about a close code, known to this version or not.
     *
     * @param code the status code that was received; 1006 when the connection was cut without one
     * @return whether connecting again is sensible
     */
    public static boolean reconnectAdvised(int code) {
        return !(code >= 4500 && code <= 4999) && code != 1008 && code != 1009;
    }
}
