package dev.parley.gateway.envelope;

/** Durations as envelopes write them. Pure; any thread. */
final class Durations {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    private Durations() {}

    /**
     * Milliseconds of a duration.
     *
     * @param text of the form {@link dev.parley.protocol.Form.Kind#DURATION}
     */
    static long millis(String text) {
        int digits = 0;
        while (Character.isDigit(text.charAt(digits))) {
            digits++;
        }
        long unit = switch (text.substring(digits)) {
            case "ms" -> 1;
            case "s" -> SECOND;
            case "m" -> MINUTE;
            case "h" -> HOUR;
            default -> throw new IllegalArgumentException(text + " is no duration");
        };
        return Long.parseLong(text.substring(0, digits)) * unit;
    }
}
