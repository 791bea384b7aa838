package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
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
    void anOpenLoopSendsWhatIsDueHoweverLateItIs() {
        PairsLoad load = new PairsLoad(generator, target, new PairsLoad.Shape(4, 4, 64, 1, 200), "t", 0);
        load.open();

        long before = System.nanoTime();
        load.start();
        long after = System.nanoTime();
        Waiting.until(60, () -> load.delivered() >= 50, () -> load.delivered() + " of 50 messages arrived");
        load.stop();
        Tally tally = new Tally();
        load.finish(tally);

        assertThat(tally.line()).startsWith("verdict: ok");
        long last = load.pairs().stream()
                .flatMap(pair -> Stream.of(pair.request(), pair.reply()))
                .mapToLong(lane -> lane.sentAt(lane.sent - 1))
                .max()
                .orElseThrow();
        assertThat(tally.sent)
                .as("one for each 5 ms until the last was written, the first at once")
                .isBetween((last - after) / 5_000_000, (last - before) / 5_000_000 + 1);
    }

    @Test
    void aServerThatGoesAwayFailsTheRun() {
        PairsLoad load = new PairsLoad(generator, target, new PairsLoad.Shape(2, 2, 256, 1, 0), "t", 0);
        load.open();
        load.start();

        relay.close();
        Waiting.atMost(60, () -> load.closedAt().size() == 4);
        load.stopSending();
        Tally tally = new Tally();
        load.finish(tally);

        assertThat(tally.ok()).isFalse();
        assertThat(tally.failures()).anyMatch(failure -> failure.contains("closed a connection"));
    }
}
