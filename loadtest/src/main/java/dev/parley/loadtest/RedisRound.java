package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts at the Redis server what messages cost there: what it did while they were sent, less what it does anyhow, which is
 * looked at before with everybody connected and silent. Main thread.
 */
final class RedisRound {
    private static final int MOST_LOOKS = 10;
    private static final double STEADY = 0.15;

    private final RedisProcess redis;
    private final RedisCounts anyhow;
    private final List<RedisCounts> spent = new ArrayList<>();
    private final List<Long> messages = new ArrayList<>();

    /** Waits until what was begun is over, and looks for so many seconds at what is done anyhow. */
    RedisRound(RedisProcess redis, double seconds) {
        this.redis = redis;
        RedisCounts before = during(redis, seconds);
        RedisCounts now = during(redis, seconds);
        for (int i = 0; i < MOST_LOOKS && !isSteady(before, now); i++) {
            before = now;
            now = during(redis, seconds);
        }
        anyhow = now;
    }

    private static boolean isSteady(RedisCounts before, RedisCounts now) {
        double was = before.perSecond(RedisCounts.FUNCTION_CALL);
        double is = now.perSecond(RedisCounts.FUNCTION_CALL);
        return Math.abs(is - was) <= STEADY * Math.max(is, was);
    }

    private static RedisCounts during(RedisProcess redis, double seconds) {
        RedisCounts from = RedisCounts.of(redis);
        ScenarioCommand.pause(seconds);
        return RedisCounts.of(redis).since(from);
    }

    /** Drives a load for a turn; every message that it sends is counted, also those before and after the measured window. */
    Round run(Contender contender, double warmUp, double seconds) {
        long delivered = contender.load().delivered();
        RedisCounts from = RedisCounts.of(redis);
        Round round = contender.run(warmUp, seconds);
        spent.add(RedisCounts.of(redis).since(from));
        messages.add(contender.load().delivered() - delivered);
        return round;
    }

    /** Messages of the latest turn. */
    private double perMessage(int turn, String command) {
        RedisCounts turned = spent.get(turn);
        return (turned.calls(command) - anyhow.perSecond(command) * turned.seconds()) / messages.get(turn);
    }

    private double median(String command) {
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < spent.size(); i++) {
            values.add(perMessage(i, command));
        }
        return Report.median(values);
    }

    /** Microseconds of the server for a call of a function, turn by turn. */
    List<Double> microsPerCall() {
        return spent.stream().map(RedisCounts::microsPerCall).toList();
    }

    /** Puts the counts into tables. */
    void into(Report report) {
        String each = "Redis, for each message";
        report.figure(each, "function calls", median(RedisCounts.FUNCTION_CALL), "calls");
        report.figure(each, "messages published", median("spublish") + median("publish"), "messages");
        spent.get(0).calls().keySet().stream()
                .filter(command -> !command.equals(RedisCounts.FUNCTION_CALL))
                .forEach(command -> report.figure(each, command, median(command), "calls"));
        report.figure(each, "time of the server in a function call", Report.median(microsPerCall()), "µs");
        List<Double> cpu = new ArrayList<>();
        for (int i = 0; i < spent.size(); i++) {
            RedisCounts turned = spent.get(i);
            double net = turned.cpuNanos() - anyhow.cpuNanos() / anyhow.seconds() * turned.seconds();
            cpu.add(net / 1e3 / messages.get(i));
        }
        report.figure(each, "CPU of the server", Report.median(cpu), "µs");
        String rest = "Redis, anyhow";
        anyhow.calls().keySet().forEach(command -> report.figure(rest, command, anyhow.perSecond(command), "calls/s"));
    }
}
