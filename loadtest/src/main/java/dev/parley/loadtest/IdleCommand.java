package dev.parley.loadtest;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** P4 and P8: what connections and sessions cost that do nothing. */
@Command(
        name = "idle",
        mixinStandardHelpOptions = true,
        description = "Connections that only stay, each in its session, or sessions without any connection.")
final class IdleCommand extends ScenarioCommand {
    private static final int WIDTH = 128;
    private static final int FILLERS = 8;
    private static final long SPARE_FILES = 100;

    private final LongAdder heartbeats = new LongAdder();
    private final LongAdder answered = new LongAdder();

    @Option(names = "--connections", description = "How many (default ${DEFAULT-VALUE}).")
    private int connections = 20_000;

    @Option(names = "--sessions-only", description = "Create so many sessions and no connections.")
    private int sessionsOnly;

    @Option(names = "--seconds", description = "Measured time of rest (default ${DEFAULT-VALUE}).")
    private double seconds = 30;

    @Option(names = "--heartbeat", description = "Seconds between heartbeats (default ${DEFAULT-VALUE}).")
    private double heartbeat = 25;

    @Option(names = "--with-baseline", description = "Measure the bare relay with as many connections besides.")
    private boolean withBaseline;

    IdleCommand() {
        super("idle");
    }

    @Override
    void execute(Generator generator, Report results) {
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            if (sessionsOnly > 0) {
                fill(generator, gateway, results);
                return;
            }
            rest(generator, gateway, results);
            if (withBaseline) {
                rest(generator, relay(owned), results);
            }
        }
    }

    private void fill(Generator generator, Target gateway, Report results) {
        String run = runId();
        Watch watch = new Watch();
        SessionFiller filler = new SessionFiller(
                sessionsOnly,
                FILLERS,
                i -> Clients.session(id(run, 's', i), id(run, 'a', i % 1000), id(run, 'u', i % FILLERS)),
                watch);
        Memory before = Memory.of(gateway);
        List<LoadConnection> fillers = open(generator, gateway, FILLERS, filler, i -> id(run, 'u', i));
        filler.use(fillers);
        long from = System.nanoTime();
        long cpu = ProcessStats.cpuNanos(gateway.pid());
        Sampler sampler = new Sampler(System.out).rate("created", "sessions/s", filler::created);
        try (sampler) {
            sampler.processes(gateway).start();
            filler.fill();
        }
        sampler.into(results);
        double took = (System.nanoTime() - from) / 1e9;
        String table = "sessions at rest";
        results.count(table, "sessions", sessionsOnly, "sessions");
        results.figure(table, "created per second", sessionsOnly / took, "sessions/s");
        results.figure(
                table,
                "server CPU per creation",
                (ProcessStats.cpuNanos(gateway.pid()) - cpu) / 1e3 / sessionsOnly,
                "µs");
        watch.expectClosing();
        fillers.forEach(LoadConnection::closeCleanly);
        pause(1);
        Memory.of(gateway).growth(results, table, before, sessionsOnly, "bytes per session");
        restCpu(gateway, results, table);
        results.tally().sent = sessionsOnly;
        results.tally().acknowledged = filler.created();
        results.tally().got = filler.created();
        watch.into(results.tally());
    }

    private void restCpu(Target gateway, Report results, String table) {
        long cpu = ProcessStats.cpuNanos(gateway.pid());
        long from = System.nanoTime();
        pause(Math.min(seconds, 10));
        double took = (System.nanoTime() - from) / 1e9;
        results.figure(
                table,
                "server CPU at rest",
                (ProcessStats.cpuNanos(gateway.pid()) - cpu) / 1e3 / took,
                "µs per second");
    }

    private void rest(Generator generator, Target target, Report results) {
        long limit = Math.min(
                ProcessStats.openFileLimit(ProcessHandle.current().pid()),
                target.pid() > 0 ? ProcessStats.openFileLimit(target.pid()) : Long.MAX_VALUE);
        int count = connections;
        if (limit > 0 && count > limit - SPARE_FILES) {
            count = (int) (limit - SPARE_FILES);
            System.out.println("the limit of open files is " + limit + ": " + count
                    + " connections instead; raise it with 'ulimit -n'");
        }
        String run = runId();
        Watch watch = new Watch() {
            @Override
            public void onAnswer(LoadConnection connection, long id, Scan frame) {
                answered.increment();
            }
        };
        Memory before = Memory.of(target);
        LongAdder opened = new LongAdder();
        List<LoadConnection> all;
        Sampler sampler = new Sampler(System.out)
                .rate("opened", "connections/s", opened::sum)
                .rate("heartbeats", "/s", heartbeats::sum);
        String table = target.name() + " at rest";
        try (sampler) {
            sampler.processes(target).start();
            all = open(generator, target, count, watch, i -> {
                opened.increment();
                return id(run, 'u', i);
            });
            if (!target.relay()) {
                List<LoadConnection> each = all;
                Generator.each(
                        count,
                        WIDTH,
                        i -> each.get(i)
                                .call(
                                        "session.create",
                                        Clients.session(id(run, 's', i), id(run, 'a', i % 100), id(run, 'u', i)))
                                .thenAccept(reply -> reply.orThrow("session.create")));
            }
            List<ScheduledFuture<?>> beats = target.relay() ? List.of() : beat(all);
            pause(3);
            Memory after = Memory.of(target);
            results.count(table, "connections", count, "connections");
            after.growth(results, table, before, count, "bytes per connection");
            long cpu = ProcessStats.cpuNanos(target.pid());
            long from = System.nanoTime();
            pause(seconds);
            double took = (System.nanoTime() - from) / 1e9;
            results.figure(
                    table,
                    "server CPU per connection and second",
                    (ProcessStats.cpuNanos(target.pid()) - cpu) / 1e3 / took / count,
                    "µs/s");
            beats.forEach(each -> each.cancel(false));
        }
        sampler.into(results);
        Waiting.atMost(10, () -> {
            generator.barrier();
            return answered.sum() >= heartbeats.sum();
        });
        watch.expectClosing();
        all.forEach(LoadConnection::closeCleanly);
        if (!target.relay()) {
            Tally tally = results.tally();
            tally.sent = heartbeats.sum();
            tally.acknowledged = answered.sum();
            tally.unanswered = heartbeats.sum() - answered.sum();
            tally.got = answered.sum();
            results.setting("idle", "heartbeat every " + heartbeat + " s, spread; WebSocket pings answered");
        }
        watch.into(results.tally());
    }

    private List<ScheduledFuture<?>> beat(List<LoadConnection> all) {
        SplittableRandom random = new SplittableRandom(seed());
        byte[] frame = ClientFrames.text("{\"jsonrpc\":\"2.0\",\"id\":" + LoadConnection.LISTENER_IDS
                + ",\"method\":\"heartbeat\",\"params\":{}}");
        long period = (long) (heartbeat * 1000);
        List<ScheduledFuture<?>> beats = new ArrayList<>(all.size());
        for (LoadConnection connection : all) {
            beats.add(connection
                    .loop()
                    .scheduleAtFixedRate(
                            () -> {
                                if (connection.isOpen()) {
                                    heartbeats.increment();
                                    connection.write(frame);
                                    connection.flush();
                                }
                            },
                            random.nextLong(period),
                            period,
                            TimeUnit.MILLISECONDS));
        }
        return beats;
    }

    private static List<LoadConnection> open(
            Generator generator, Target target, int count, LoadConnection.Listener listener, IntFunction<String> ids) {
        LoadConnection[] opened = new LoadConnection[count];
        Generator.each(
                count,
                WIDTH,
                i -> Clients.connect(generator, target, i, listener, Clients.identity("user", ids.apply(i)))
                        .thenAccept(connected -> opened[i] = connected.connection()));
        return List.of(opened);
    }

    private static String id(String run, char kind, int number) {
        return String.format(Locale.ROOT, "%s-%c%07d", run, kind, number);
    }
}
