package dev.parley.loadtest;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the bare relay by itself, so that it can be measured as a process. */
@Command(
        name = "relay",
        mixinStandardHelpOptions = true,
        description = "Runs the bare relay that 'baseline' drives, until it is stopped.")
final class RelayCommand implements Callable<Integer> {
    @Option(names = "--port", description = "Port to listen on; 0 takes any free one.")
    private int port;

    @Override
    public Integer call() {
        Relay relay = new Relay(port);
        Runtime.getRuntime().addShutdownHook(new Thread(relay::close, "stop-relay"));
        System.out.println("listening on http://127.0.0.1:" + relay.port());
        relay.awaitEnd();
        return 0;
    }
}
