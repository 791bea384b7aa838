package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class StreamCheckTest {
    private final StreamCheck check = new StreamCheck();

    private Tally verdict(long sent, Set<Long> refused, long... arrivals) {
        LongStream.of(arrivals).forEach(check::accept);
        Tally tally = new Tally();
        tally.sent = sent;
        tally.acknowledged = sent - refused.size();
        tally.refused = refused.size();
        tally.addStream(check, check.lost(sent, refused));
        return tally;
    }

    @Test
    void allInOrderIsGood() {
        Tally tally = verdict(4, Set.of(), 0, 1, 2, 3);

        assertThat(tally.ok()).isTrue();
        assertThat(tally.line()).startsWith("verdict: ok sent=4").contains("got=4", "lost=0");
    }

    @Test
    void oneThatNeverCameIsLost() {
        Tally tally = verdict(4, Set.of(), 0, 1, 3);

        assertThat(tally.lost).isEqualTo(1);
        assertThat(tally.misordered).isZero();
        assertThat(tally.line()).startsWith("verdict: FAILED").contains("lost=1");
    }

    @Test
    void theLastOnesThatNeverCameAreLost() {
        assertThat(verdict(4, Set.of(), 0, 1).lost).isEqualTo(2);
    }

    @Test
    void oneThatCameAgainIsDoubled() {
        Tally tally = verdict(3, Set.of(), 0, 1, 1, 2);

        assertThat(tally.doubled).isEqualTo(1);
        assertThat(tally.got).isEqualTo(3);
        assertThat(tally.ok()).isFalse();
    }

    @Test
    void oneThatCameLateIsOutOfOrderAndNotLost() {
        Tally tally = verdict(4, Set.of(), 0, 2, 1, 3);

        assertThat(tally.misordered).isEqualTo(1);
        assertThat(tally.lost).isZero();
        assertThat(tally.doubled).isZero();
        assertThat(tally.ok()).isFalse();
    }

    @Test
    void oneThatCameLateAndAgainCountsAsBoth() {
        Tally tally = verdict(4, Set.of(), 0, 2, 1, 1, 3);

        assertThat(tally.misordered).isEqualTo(1);
        assertThat(tally.doubled).isEqualTo(1);
    }

    @Test
    void refusedOnesAreNotLostWhereverTheyStand() {
        assertThat(verdict(6, Set.of(1L, 5L), 0, 2, 3, 4).ok()).isTrue();
    }

    @Test
    void hasTellsWhatArrived() {
        verdict(4, Set.of(), 0, 2);

        assertThat(check.has(0)).isTrue();
        assertThat(check.has(1)).isFalse();
        assertThat(check.has(2)).isTrue();
        assertThat(check.has(3)).isFalse();
    }
}
