package dev.parley.loadtest;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code parley-loadtest}: one sub-command for each scenario. */
@Command(
        name = "parley-loadtest",
        mixinStandardHelpOptions = true,
        description = "Drives a gateway with scripted clients and says what came of every message.",
        subcommands = {
            PairsCommand.class,
            BaselineCommand.class,
            RelayCommand.class,
            IdleCommand.class,
            FanoutCommand.class,
            DeadlinesCommand.class,
            CutsCommand.class,
            DrainCommand.class,
            EventsCommand.class,
            FailoverCommand.class,
            OrchestrateCommand.class,
            SlowCommand.class,
            StormCommand.class,
            WritersCommand.class,
        })
public final class LoadMain implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private LoadMain() {}

    /**
     * Runs the scenario that the arguments name and ends the process.
     *
     * @param arguments the command line; exit code 0: the run was good, 1: it was not, 2: wrong arguments
     */
    public static void main(String[] arguments) {
        // As the gateway does, so that relay and gateway are measured alike.
        System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
        System.exit(execute(arguments));
    }

    /** Runs the scenario that the arguments name; answers the exit code. */
    static int execute(String... arguments) {
        return new CommandLine(new LoadMain()).execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a scenario");
    }
}
