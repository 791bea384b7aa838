package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;

/**
 * One of several loads that are measured in turn, so that what drifts on the machine meets all of them alike. Main thread.
 */
final class Contender {
    private final String name;
    private final PairsLoad load;
    private final List<Round> rounds = new ArrayList<>();

    /** A load that is open, and what reports call it. */
    Contender(String name, PairsLoad load) {
        this.name = name;
        this.load = load;
    }

    String name() {
        return name;
    }

    PairsLoad load() {
        return load;
    }

    /** Drives the load for a turn and keeps what was measured. */
    Round run(double warmUp, double seconds) {
        Round round = load.run(warmUp, seconds);
        rounds.add(round);
        return round;
    }

    /** What was measured, a window for each turn. */
    List<Round> rounds() {
        return rounds;
    }

    /** Puts every turn into a table of its own. */
    void into(Report report) {
        for (int i = 0; i < rounds.size(); i++) {
            rounds.get(i).into(report, name + (rounds.size() == 1 ? "" : " " + (i + 1)));
        }
    }

    /** Puts this one's figures divided by those of another, turn by turn, into a table: the median. */
    void compare(Report report, Contender other) {
        List<Double> cpu = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        List<Double> rate = new ArrayList<>();
        List<Double> difference = new ArrayList<>();
        for (int i = 0; i < rounds.size(); i++) {
            Round own = rounds.get(i);
            Round theirs = other.rounds.get(i);
            cpu.add(own.serverMicros() / theirs.serverMicros());
            p99.add(own.p99Millis() / theirs.p99Millis());
            rate.add(own.rate() / theirs.rate());
            difference.add(own.p99Millis() - theirs.p99Millis());
        }
        String table = name + " to " + other.name + ", median of " + cpu.size();
        report.figure(table, "server CPU per delivered message", Report.median(cpu), "×");
        report.figure(table, "p99 of the delivery", Report.median(p99), "×");
        report.figure(table, "delivered per second", Report.median(rate), "×");
        report.figure(table, "p99 of the delivery, more by", Report.median(difference), "ms");
    }
}
