package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TallyTest {
    static List<Consumer<Tally>> faults() {
        return List.of(
                tally -> tally.lost++,
                tally -> tally.doubled++,
                tally -> tally.misordered++,
                tally -> tally.misrouted++,
                tally -> tally.unanswered++,
                tally -> tally.resumes++,
                tally -> tally.got = 0,
                tally -> tally.fail("a connection was closed"));
    }

    private static Tally clean() {
        Tally tally = new Tally();
        tally.sent = 10;
        tally.acknowledged = 10;
        tally.got = 10;
        return tally;
    }

    @ParameterizedTest
    @MethodSource("faults")
    void eachFaultAloneFailsTheRun(Consumer<Tally> fault) {
        Tally tally = clean();
        assertThat(tally.ok()).isTrue();

        fault.accept(tally);

        assertThat(tally.ok()).isFalse();
        assertThat(tally.line()).startsWith("verdict: FAILED");
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultOfOnePartFailsTheSum(Consumer<Tally> fault) {
        Tally part = clean();
        fault.accept(part);
        Tally sum = new Tally();

        sum.add(part);

        assertThat(sum.ok()).isFalse();
    }

    @Test
    void refusalsAloneDoNotFail() {
        Tally tally = clean();
        tally.refused = 3;

        assertThat(tally.ok()).isTrue();
    }

    @Test
    void theLineIsOneLineWithTheFirstFailure() {
        Tally tally = clean();
        tally.fail("first\nmore of it");
        tally.fail("second");

        assertThat(tally.line()).doesNotContain("\n").contains("(first and 1 more)");
    }
}
