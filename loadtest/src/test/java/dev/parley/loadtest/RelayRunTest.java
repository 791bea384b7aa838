package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The pairs load against the bare relay, for real, over loopback sockets. */
final class RelayRunTest {
    private final Relay relay = new Relay(0);
    private final Generator generator = new Generator(1);
    private final Target target = Target.of("relay", "http://127.0.0.1:" + relay.port(), 0, true);

    @AfterEach
    void stop() {
        generator.close();
        relay.close();
    }

    @Test
    void aClosedLoopDeliversEveryMessageOnceAndInOrder() {
        PairsLoad load = new PairsLoad(generator, target, new PairsLoad.Shape(6, 3, 256, 2, 0), "t", 0);
        load.open();

        Round round = load.run(0.2, 1);
        Tally tally = new Tally();
        load.finish(tally);

        assertThat(tally.line()).startsWith("verdict: ok");
        assertThat(tally.sent).isEqualTo(tally.got).isGreaterThan(100);
        assertThat(round.delivered()).isPositive().isLessThanOrEqualTo(tally.got);
        assertThat(round.latencies().roundTrip.getTotalCount()).isPositive();
    }

    @Test
    void anOpenLoopKeepsItsRate() {
        PairsLoad load = new PairsLoad(generator, target, new PairsLoad.Shape(4, 4, 64, 1, 1000), "t", 0);
        load.open();

        Round round = load.run(0.2, 1);
        Tally tally = new Tally();
        load.finish(tally);

        assertThat(tally.line()).startsWith("verdict: ok");
        assertThat(round.rate()).isBetween(500.0, 1500.0);
        assertThat(round.latencies().delivery.getTotalCount()).isPositive();
    }

    @Test
    void aServerThatGoesAwayFailsTheRun() {
        PairsLoad load = new PairsLoad(generator, target, new PairsLoad.Shape(2, 2, 256, 1, 0), "t", 0);
        load.open();
        load.start();

        relay.close();
        Waiting.atMost(5, () -> load.closedAt().size() == 4);
        load.stopSending();
        Tally tally = new Tally();
        load.finish(tally);

        assertThat(tally.ok()).isFalse();
        assertThat(tally.failures()).anyMatch(failure -> failure.contains("closed a connection"));
    }
}
