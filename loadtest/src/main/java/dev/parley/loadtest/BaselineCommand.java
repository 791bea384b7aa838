package dev.parley.loadtest;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The floor alone: the load of {@code pairs} on the bare relay. */
@Command(
        name = "baseline",
        mixinStandardHelpOptions = true,
        description = "The load of 'pairs' on a bare Netty relay that keeps nothing: what a message costs at least.")
final class BaselineCommand extends ScenarioCommand {
    @Option(names = "--users", description = "User connections (default ${DEFAULT-VALUE}).")
    private int users = 500;

    @Option(names = "--agents", description = "Agent connections (default ${DEFAULT-VALUE}).")
    private int agents = 500;

    @Option(names = "--seconds", description = "Measured time (default ${DEFAULT-VALUE}).")
    private double seconds = 20;

    @Option(names = "--warm-up", description = "Seconds before the measurement (default ${DEFAULT-VALUE}).")
    private double warmUp = 5;

    @Option(names = "--bytes", description = "Length of each content (default ${DEFAULT-VALUE}).")
    private int bytes = 256;

    @Option(names = "--outstanding", description = "Requests under way per pair, closed loop (default 1).")
    private int outstanding = 1;

    @Option(names = "--rate", description = "Messages per second in an open loop; 0 (default) is a closed loop.")
    private double rate;

    BaselineCommand() {
        super("baseline");
    }

    @Override
    void execute(Generator generator, Report results) {
        try (Owned owned = new Owned()) {
            Target relay = relay(owned);
            PairsLoad load = new PairsLoad(
                    generator, relay, new PairsLoad.Shape(users, agents, bytes, outstanding, rate), runId(), 0);
            load.open();
            Sampler sampler = new Sampler(System.out).rate("delivered", "msg/s", load::delivered);
            try (sampler) {
                sampler.processes(relay).start();
                Round round = load.run(warmUp, seconds);
                noteGenerator(round);
                round.into(results, "baseline");
            }
            sampler.into(results);
            results.count("baseline memory", "resident", ProcessStats.residentBytes(relay.pid()), "bytes");
            load.finish(results.tally());
        }
    }
}
