package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WireTimeTest {
    private static final DateTimeFormatter EXPECTED =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final long FIRST = Instant.parse("0000-01-01T00:00:00.000Z").toEpochMilli();
    private static final long LAST = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    @Test
    void writesEveryDayOfFourCenturiesWithItsBorders() {
        long day = LocalDate.of(1800, 1, 1).toEpochDay();
        long end = LocalDate.of(2200, 12, 31).toEpochDay();
        for (; day <= end; day++) {
            long midnight = day * 86_400_000L;
            check(midnight);
            check(midnight - 1);
        }
    }

    @Test
    void writesAnyInstantOfTheYearsFrom0To9999() {
        SplittableRandom random = new SplittableRandom(7);
        check(FIRST);
        check(LAST);
        for (int i = 0; i < 200_000; i++) {
            check(random.nextLong(FIRST, LAST + 1));
        }
    }

    @Test
    void writesIntoTheMidstOfAnArray() {
        byte[] out = new byte[30];

        WireTime.write(0, out, 3);

        assertThat(new String(out, 3, 24, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("1970-01-01T00:00:00.000Z");
        assertThat(out[2]).isZero();
        assertThat(out[27]).isZero();
    }

    private static void check(long epochMillis) {
        assertThat(WireTime.format(epochMillis)).isEqualTo(EXPECTED.format(Instant.ofEpochMilli(epochMillis)));
    }
}
