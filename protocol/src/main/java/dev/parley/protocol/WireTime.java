package dev.parley.protocol;

/** Instants as the wire shows them: ISO-8601, UTC, always three digits of milliseconds, {@code 2026-01-31T23:59:59.007Z}. */
public final class WireTime {
    private static final long DAY = 86_400_000L;

    private WireTime() {}

    /**
     * Formats an instant. Written by hand because it is in every message that passes.
     *
     * @param epochMillis milliseconds since 1970, for years 0 to 9999
     */
    public static String format(long epochMillis) {
        byte[] out = new byte[24];
        write(epochMillis, out, 0);
        return new String(out, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /**
     * Writes the 24 bytes of an instant.
     *
     * @param epochMillis milliseconds since 1970, for years 0 to 9999
     * @param out where to
     * @param at index of the first byte
     */
    public static void write(long epochMillis, byte[] out, int at) {
        long days = Math.floorDiv(epochMillis, DAY);
        int ofDay = (int) Math.floorMod(epochMillis, DAY);
        // Days to civil date, proleptic Gregorian: eras of 400 years, years that start in March.
        long shifted = days + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        int dayOfEra = (int) (shifted - era * 146_097);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int monthFromMarch = (5 * dayOfYear + 2) / 153;
        int day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        int year = (int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
        digits(year, 4, out, at);
        out[at + 4] = '-';
        digits(month, 2, out, at + 5);
        out[at + 7] = '-';
        digits(day, 2, out, at + 8);
        out[at + 10] = 'T';
        digits(ofDay / 3_600_000, 2, out, at + 11);
        out[at + 13] = ':';
        digits(ofDay / 60_000 % 60, 2, out, at + 14);
        out[at + 16] = ':';
        digits(ofDay / 1000 % 60, 2, out, at + 17);
        out[at + 19] = '.';
        digits(ofDay % 1000, 3, out, at + 20);
        out[at + 23] = 'Z';
    }

    private static void digits(int value, int width, byte[] out, int at) {
        for (int i = width - 1; i >= 0; i--) {
            out[at + i] = (byte) ('0' + value % 10);
            value /= 10;
        }
    }
}
