package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** P5 and P9: very many clients connect, or come back after a cut, all at once. */
@Command(
        name = "storm",
        mixinStandardHelpOptions = true,
        description = "Many clients connect and attach at once; then all are cut, miss messages, and resume at once.")
final class StormCommand extends ScenarioCommand {
    private static final int SENDERS = 8;
    private static final long SPARE_FILES = 150;
    private static final int BYTES = 256;

    @Option(names = "--clients", description = "How many (default ${DEFAULT-VALUE}).")
    private int clients = 10_000;

    @Option(names = "--rounds", description = "Connect storms (default ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--width", description = "Handshakes under way at a time (default ${DEFAULT-VALUE}).")
    private int width = 256;

    @Option(names = "--missed", description = "Messages that each client misses while cut (default ${DEFAULT-VALUE}).")
    private int missed = 5;

    @Option(names = "--long-resumes", description = "Clients that miss many messages (default ${DEFAULT-VALUE}).")
    private int longResumes = 100;

    @Option(names = "--long-missed", description = "How many these miss (default ${DEFAULT-VALUE}).")
    private int longMissed = 1000;

    @Option(names = "--with-baseline", description = "Let the bare relay take the same connect storms in turn.")
    private boolean withBaseline;

    private final Watch notes = new Watch();

    StormCommand() {
        super("storm");
    }

    @Override
    void execute(Generator generator, Report results) {
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            int count = count(gateway);
            String run = runId();
            StormClient[] all = new StormClient[count];
            for (int i = 0; i < count; i++) {
                String session = String.format(Locale.ROOT, "%s-s%06d", run, i);
                all[i] = new StormClient(generator, gateway, i, i, run + "-u" + i, session, notes);
            }
            LongAdder opened = new LongAdder();
            Sampler sampler =
                    new Sampler(System.out).rate("opened", "/s", opened::sum).processes(gateway);
            try (sampler) {
                sampler.start();
                List<LoadConnection> senders = senders(generator, gateway, run);
                burst(
                        results,
                        gateway,
                        "first connect, with session.create",
                        count,
                        opened,
                        i -> all[i].create(run + "-a" + i % SENDERS));
                Target relay = withBaseline ? relay(owned) : null;
                connectStorms(generator, results, gateway, relay, all, opened);
                resumeStorm(generator, results, gateway, senders, all, opened);
                longResumes(generator, results, senders, all);
            }
            sampler.into(results);
            for (StormClient client : all) {
                client.into(results.tally());
            }
            notes.expectClosing();
            notes.into(results.tally());
        }
    }

    private int count(Target gateway) {
        long limit = Math.min(
                ProcessStats.openFileLimit(ProcessHandle.current().pid()),
                gateway.pid() > 0 ? ProcessStats.openFileLimit(gateway.pid()) : Long.MAX_VALUE);
        return limit > 0 ? (int) Math.min(clients, limit - SPARE_FILES) : clients;
    }

    private List<LoadConnection> senders(Generator generator, Target gateway, String run) {
        LoadConnection[] senders = new LoadConnection[SENDERS];
        Sender listener = new Sender();
        Generator.each(
                SENDERS,
                SENDERS,
                i -> Clients.connect(
                                generator, gateway, clients + i, listener, Clients.identity("agent", run + "-a" + i))
                        .thenAccept(connected -> senders[i] = connected.connection()));
        return List.of(senders);
    }

    private interface Step {
        CompletionStage<?> apply(int index);
    }

    /** Does a step for every client, as fast as it goes; answers connections per second and CPU each. */
    private double[] burst(Report results, Target server, String table, int count, LongAdder opened, Step step) {
        Histogram latency = new Histogram(3);
        long cpu = ProcessStats.cpuNanos(server.pid());
        long own = ProcessStats.cpuNanos(ProcessHandle.current().pid());
        long from = System.nanoTime();
        Generator.each(count, width, i -> {
            long begun = System.nanoTime();
            return step.apply(i).thenRun(() -> {
                opened.increment();
                synchronized (latency) {
                    latency.recordValue(System.nanoTime() - begun);
                }
            });
        });
        double took = (System.nanoTime() - from) / 1e9;
        double rate = count / took;
        double micros = (ProcessStats.cpuNanos(server.pid()) - cpu) / 1e3 / count;
        results.figure(table, "connections per second", rate, "/s");
        results.figure(table, "server CPU per connection", micros, "µs");
        results.figure(
                table,
                "generator CPU per connection",
                (ProcessStats.cpuNanos(ProcessHandle.current().pid()) - own) / 1e3 / count,
                "µs");
        results.latency(table, latency);
        return new double[] {rate, micros};
    }

    private void connectStorms(
            Generator generator,
            Report results,
            Target gateway,
            @Nullable Target relay,
            StormClient[] all,
            LongAdder opened) {
        List<Double> rates = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        List<Double> cost = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            cut(generator, all);
            double[] floor = {Double.NaN, Double.NaN};
            if (relay != null) {
                LoadConnection[] connections = new LoadConnection[all.length];
                Watch bare = new Watch();
                floor = burst(
                        results,
                        relay,
                        "baseline storm " + round,
                        all.length,
                        opened,
                        i -> Clients.connect(generator, relay, i, bare, Clients.identity("user", "u" + i))
                                .thenAccept(connected -> connections[i] = connected.connection()));
                bare.expectClosing();
                for (LoadConnection connection : connections) {
                    connection.reset();
                }
                pause(1);
            }
            double[] mine = burst(results, gateway, "connect storm " + round, all.length, opened, i -> all[i].resume());
            rates.add(mine[0] / floor[0]);
            micros.add(mine[1] / floor[1]);
            cost.add(mine[1]);
        }
        String table = "connect and attach, median of " + rounds;
        results.figure(table, "server CPU per connection", Report.median(cost), "µs");
        if (relay != null) {
            results.figure(table, "connections per second to baseline", Report.median(rates), "×");
            results.figure(table, "server CPU to baseline", Report.median(micros), "×");
        }
    }

    private static void cut(Generator generator, StormClient[] all) {
        for (StormClient client : all) {
            client.cut();
        }
        pause(0.5);
        generator.barrier();
    }

    private void resumeStorm(
            Generator generator,
            Report results,
            Target gateway,
            List<LoadConnection> senders,
            StormClient[] all,
            LongAdder opened) {
        cut(generator, all);
        for (int round = 0; round < missed; round++) {
            send(senders, all, all.length, 1);
        }
        String table = "resume storm";
        long from = System.nanoTime();
        burst(results, gateway, table, all.length, opened, i -> all[i].resumeUntil(missed));
        results.figure(table, "all resumed, with all that they missed", (System.nanoTime() - from) / 1e9, "s");
        results.count(table, "missed by each", missed, "messages");
    }

    private void longResumes(Generator generator, Report results, List<LoadConnection> senders, StormClient[] all) {
        int count = Math.min(longResumes, all.length);
        StormClient[] some = Arrays.copyOf(all, count);
        cut(generator, some);
        send(senders, some, count, longMissed);
        Histogram latency = new Histogram(3);
        Generator.each(count, 1, i -> {
            long begun = System.nanoTime();
            return some[i].resumeUntil(missed + longMissed).thenRun(() -> {
                synchronized (latency) {
                    latency.recordValue(System.nanoTime() - begun);
                }
            });
        });
        results.latency("one resume with " + longMissed + " missed", latency);
    }

    /** The agents send so many messages to the session of each of the first clients, and wait for the answers. */
    private void send(List<LoadConnection> senders, StormClient[] all, int count, int each) {
        Generator.each(count, 64, i -> {
            LoadConnection sender = senders.get(all[i].index() % SENDERS);
            CompletableFuture<?>[] answers = new CompletableFuture<?>[each];
            for (int k = 0; k < each; k++) {
                answers[k] = sender.call("message.send", all[i].nextMessage(BYTES))
                        .thenAccept(reply -> reply.orThrow("message.send"));
            }
            return CompletableFuture.allOf(answers);
        });
    }

    /** The agents hear nothing that matters. */
    private static final class Sender extends Watch {}
}
