package dev.parley.loadtest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** P7: very many sessions that end within a minute, each with two warnings, told to its user and to its agent. */
@Command(
        name = "deadlines",
        mixinStandardHelpOptions = true,
        description = "Sessions that expire spread over some time: each warning and expiry once, and on time.")
final class DeadlinesCommand extends ScenarioCommand {
    private static final long[] RUNGS = {6, 2};
    private static final int PAIR_BYTES = 256;
    private static final int FIRST_PAIR_INDEX = 100_000;

    /** Reads {@code 60s}, {@code 2m} or plain seconds. */
    static final class Seconds implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            double unit = text.endsWith("m") ? 60 : 1;
            return Double.parseDouble(text.replaceFirst("[sm]$", "")) * unit;
        }
    }

    @Mixin
    private StoreOptions store = new StoreOptions();

    @Option(names = "--sessions", description = "How many (default ${DEFAULT-VALUE}).")
    private int sessions = 100_000;

    @Option(names = "--over", converter = Seconds.class, description = "Time that the expiries take, as 60s (default).")
    private double over = 60;

    @Option(
            names = "--lead",
            converter = Seconds.class,
            description = "Time for creating them; default by their number.")
    private double lead;

    @Option(names = "--watchers", description = "User connections that create and watch (default ${DEFAULT-VALUE}).")
    private int watchers = 200;

    @Option(names = "--agents", description = "Agents that are with the sessions (default ${DEFAULT-VALUE}).")
    private int agents = 10;

    @Option(names = "--pairs", description = "Pairs that talk besides (default ${DEFAULT-VALUE}).")
    private int pairs = 20;

    @Option(names = "--rate", description = "Messages per second of these pairs (default ${DEFAULT-VALUE}).")
    private double rate = 500;

    @Option(names = "--retention", converter = Seconds.class, description = "Retention after the end (default 20s).")
    private double retention = 20;

    DeadlinesCommand() {
        super("deadlines");
    }

    @Override
    Map<String, String> gatewaySettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("SESSION_MIN_TIMEOUT_MINUTES", "0.01");
        settings.put("SESSION_WARNING_LADDER_SECONDS", Long.toString(RUNGS[1]));
        settings.put("SESSION_ENDED_RETENTION_MINUTES", String.format(Locale.ROOT, "%.4f", retention / 60));
        return settings;
    }

    @Override
    void execute(Generator generator, Report results) {
        double ahead = lead > 0 ? lead : 15 + sessions / 3000.0;
        results.setting(
                "load",
                sessions + " sessions that expire over " + over + " s, " + watchers + " users and " + agents
                        + " agents watch; " + pairs + " pairs with " + rate + " messages/s besides");
        try (Owned owned = new Owned()) {
            Stage stage = stage(owned, store);
            Target gateway = stage.first();
            RedisProcess redis = stage.redis();
            String run = runId();
            DeadlineWatch users = new DeadlineWatch(run + "-s", sessions, RUNGS);
            DeadlineWatch agentSide = new DeadlineWatch(run + "-s", agents > 0 ? sessions : 0, RUNGS);
            PairsLoad beside = new PairsLoad(
                    generator,
                    gateway,
                    new PairsLoad.Shape(Math.max(1, pairs), Math.max(1, pairs), PAIR_BYTES, 1, rate),
                    "p" + run,
                    FIRST_PAIR_INDEX);
            Memory before = Memory.of(gateway);
            RedisMemory memory = redis == null ? null : new RedisMemory(redis, sessions);
            long first = WallClock.millis() + (long) (ahead * 1000);
            SessionFiller filler =
                    new SessionFiller(sessions, watchers, redis != null, i -> session(run, i, first), users);
            Generator.each(
                    agents,
                    16,
                    i -> Clients.connect(
                            generator,
                            stage.of(i + 1),
                            watchers + i,
                            agentSide,
                            Clients.identity("agent", run + "-a" + i)));
            LoadConnection[] watching = new LoadConnection[watchers];
            Generator.each(
                    watchers,
                    64,
                    i -> Clients.connect(generator, stage.of(i), i, filler, Clients.identity("user", run + "-u" + i))
                            .thenAccept(connected -> watching[i] = connected.connection()));
            filler.use(List.of(watching));
            Sampler sampler = new Sampler(System.out)
                    .rate("created", "sessions/s", filler::created)
                    .rate("pushes", "/s", () -> users.received() + agentSide.received());
            stage.gateways().forEach(sampler::processes);
            long filling = System.nanoTime();
            try (sampler) {
                sampler.start();
                filler.fill();
                double took = (System.nanoTime() - filling) / 1e9;
                results.figure("creation", "created per second", sessions / took, "sessions/s");
                if (WallClock.millis() > first - TimeUnit.SECONDS.toMillis(RUNGS[0] + 1)) {
                    throw new LoadException(
                            "creating took " + took + " s, too long for the first warning; give a longer --lead");
                }
                Memory.of(gateway).growth(results, "creation", before, sessions, "bytes per session");
                if (pairs > 0) {
                    beside.open();
                    beside.start();
                }
                double left = (first - WallClock.millis()) / 1000.0 - RUNGS[0] - 0.5;
                pause(Math.max(0, left));
                RedisCounts from = redis == null ? null : RedisCounts.of(redis);
                measure(generator, stage, results, beside, over + RUNGS[0] + 3);
                if (redis != null && from != null) {
                    told(results, RedisCounts.of(redis).since(from));
                }
            }
            sampler.into(results);
            // A creation that waited in a queue of the gateway began later, so it ends later.
            long soFar;
            do {
                soFar = users.received() + agentSide.received();
            } while (!Waiting.atMost(10, () -> users.complete() && agentSide.complete())
                    && users.received() + agentSide.received() > soFar);
            generator.barrier();
            results.tally().sent += sessions;
            results.tally().acknowledged += filler.created();
            users.finish("users", results);
            agentSide.finish("agents", results);
            if (pairs > 0) {
                beside.stop();
                beside.finish(results.tally());
            }
            users.expectClosing();
            agentSide.expectClosing();
            pause(retention + 2);
            Memory after = Memory.of(gateway);
            if (memory != null) {
                memory.afterwards(results);
            }
            results.count("after the retention", "heap before all", before.heap(), "bytes");
            results.count("after the retention", "heap", after.heap(), "bytes");
            results.count("after the retention", "resident", after.resident(), "bytes");
        }
    }

    /** What Redis did while everything expired. */
    private static void told(Report results, RedisCounts spent) {
        String table = "Redis while they expire";
        spent.calls().keySet().forEach(command -> results.figure(table, command, spent.perSecond(command), "calls/s"));
        results.figure(table, "CPU of the server", spent.cpuNanos() / 1e7 / spent.seconds(), "%");
    }

    private void measure(Generator generator, Stage stage, Report results, PairsLoad beside, double seconds) {
        if (pairs > 0) {
            beside.measure(seconds).into(results, "pairs beside");
        } else {
            long cpu = stage.cpuNanos();
            pause(seconds);
            results.figure("expiry", "server CPU", (stage.cpuNanos() - cpu) / 1e7 / seconds, "%");
        }
        generator.barrier();
    }

    private String session(String run, int number, long first) {
        double ends = first + over * 1000 * number / sessions;
        double minutes = (ends - WallClock.millis()) / 60_000;
        return String.format(
                Locale.ROOT,
                "{\"sessionId\":\"%s-s%07d\",\"agentId\":\"%s-a%d\",\"userId\":\"%s-u%d\",\"timeoutConfig\":"
                        + "{\"timeoutMinutes\":%.6f,\"autoRenew\":false,\"warningThresholdMinutes\":%.4f}}",
                run,
                number,
                run,
                agents > 0 ? number % agents : 0,
                run,
                number % watchers,
                minutes,
                RUNGS[0] / 60.0);
    }
}
