package dev.parley.protocol;

/**
 * WebSocket close codes (RFC 6455 section 7.4.2, private range). The range is the advice: 4000..4499 reconnect, 4500..4999
 * do not; of the registered codes 1008 and 1009 mean do not either.
 */
public enum CloseCode {
    GOING_AWAY(4000, "going away: reconnect elsewhere after the time that was told"),
    SILENT(4001, "silent for too long"),
    SLOW_CONSUMER(4002, "slow consumer: behind for too long"),
    STORE_LOST(4004, "store lost for too long"),
    BAD_FRAMES(4500, "too many bad frames"),
    NO_CONNECT(4501, "no connect in time"),
    UNAUTHENTICATED(4502, "unauthenticated or token expired"),
    FORBIDDEN(4503, "forbidden"),
    RATE_LIMITED(4504, "rate limit, after warnings"),
    TAKEN_OVER(4505, "taken over by a newer connection of the same agent"),
    NOT_REGISTERED(1008, "agent not registered"),
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
