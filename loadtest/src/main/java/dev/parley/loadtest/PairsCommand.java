package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** P1 and P2: users and agents in pairs, perhaps with the bare relay beside them in the same run. */
@Command(
        name = "pairs",
        mixinStandardHelpOptions = true,
        description = "Users and agents talk in pairs; every message is stored, acknowledged and delivered.")
final class PairsCommand extends ScenarioCommand {
    @Option(names = "--users", description = "User connections (default ${DEFAULT-VALUE}).")
    private int users = 500;

    @Option(names = "--agents", description = "Agent connections (default ${DEFAULT-VALUE}).")
    private int agents = 500;

    @Option(names = "--seconds", description = "Measured time (default ${DEFAULT-VALUE}).")
    private double seconds = 20;

    @Option(names = "--warm-up", description = "Seconds before each measurement (default ${DEFAULT-VALUE}).")
    private double warmUp = 10;

    @Option(names = "--bytes", description = "Length of each content (default ${DEFAULT-VALUE}).")
    private int bytes = 256;

    @Option(names = "--outstanding", description = "Requests under way per pair, closed loop (default 1).")
    private int outstanding = 1;

    @Option(names = "--rate", description = "Messages per second in an open loop; 0 (default) is a closed loop.")
    private double rate;

    @Option(
            names = "--with-baseline",
            description = "Drive the bare relay in turn with the gateway and print the ratios.")
    private boolean withBaseline;

    @Option(names = "--rounds", description = "Measurements that the time is split into (default 3 with baseline).")
    private int rounds;

    @Option(names = "--verify", description = "Read every history over HTTP afterwards and compare.")
    private boolean verify;

    PairsCommand() {
        super("pairs");
    }

    @Override
    void execute(Generator generator, Report results) {
        if (users < 1 || agents < 1 || bytes < Lane.SHORTEST || seconds <= 0) {
            throw new LoadException("--users and --agents must be at least 1, --bytes at least " + Lane.SHORTEST
                    + ", --seconds above 0");
        }
        PairsLoad.Shape shape = new PairsLoad.Shape(users, agents, bytes, outstanding, rate);
        int turns = rounds > 0 ? rounds : withBaseline ? 3 : 1;
        results.setting(
                "load",
                users + " users, " + agents + " agents, " + bytes + " bytes, "
                        + (rate > 0 ? rate + " messages/s open loop" : outstanding + " outstanding, closed loop"));
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            PairsLoad load = new PairsLoad(generator, gateway, shape, runId(), 0);
            load.open();
            Target relay = withBaseline ? relay(owned) : null;
            PairsLoad floor = relay == null ? null : new PairsLoad(generator, relay, shape, "b" + runId(), 0);
            if (floor != null) {
                floor.open();
            }
            List<Round> measured = new ArrayList<>();
            List<Round> floors = new ArrayList<>();
            Sampler sampler = new Sampler(System.out).rate("gateway delivered", "msg/s", load::delivered);
            if (floor != null && relay != null) {
                sampler.rate("relay delivered", "msg/s", floor::delivered).processes(relay);
            }
            try (sampler) {
                sampler.processes(gateway).start();
                for (int turn = 0; turn < turns; turn++) {
                    if (floor != null) {
                        floors.add(floor.run(turn == 0 ? warmUp : Math.min(warmUp, 2), seconds / turns));
                    }
                    measured.add(load.run(turn == 0 ? warmUp : Math.min(warmUp, 2), seconds / turns));
                }
            }
            sampler.into(results);
            measured.forEach(this::noteGenerator);
            tell(results, measured, floors);
            results.count("gateway memory", "resident", ProcessStats.residentBytes(gateway.pid()), "bytes");
            load.finish(results.tally());
            if (floor != null) {
                Tally floorTally = new Tally();
                floor.finish(floorTally);
                floorTally.counts().forEach((name, value) -> results.count("baseline counts", name, value, "messages"));
                if (!floorTally.ok()) {
                    results.tally().fail("the baseline run was not clean: " + floorTally.line());
                }
            }
            if (verify) {
                new HistoryCheck(gateway, bytes)
                        .check(load.pairs().stream().map(HistoryCheck::sent).toList(), results);
            }
        }
    }

    private static void tell(Report report, List<Round> measured, List<Round> floors) {
        for (int i = 0; i < measured.size(); i++) {
            String suffix = measured.size() == 1 ? "" : " " + (i + 1);
            measured.get(i).into(report, "gateway" + suffix);
            if (!floors.isEmpty()) {
                floors.get(i).into(report, "baseline" + suffix);
            }
        }
        if (floors.isEmpty()) {
            return;
        }
        List<Double> cpu = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        for (int i = 0; i < measured.size(); i++) {
            cpu.add(measured.get(i).serverMicros() / floors.get(i).serverMicros());
            p99.add(measured.get(i).p99Millis() / floors.get(i).p99Millis());
        }
        String table = "gateway to baseline, median of " + cpu.size();
        report.figure(table, "server CPU per delivered message", Report.median(cpu), "×");
        report.figure(table, "p99 of the delivery", Report.median(p99), "×");
    }
}
