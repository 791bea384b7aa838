package dev.parley.loadtest;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The frame of every scenario: it finds or starts the servers, runs the scenario's own part on the main thread, then
 * prints the tables, writes the files and says the verdict. Exit codes: 0 good, 1 something was lost or wrong or the run
 * could not go on, 2 wrong arguments.
 */
abstract class ScenarioCommand implements Callable<Integer> {
    private static final double GENERATOR_LIMIT = 0.95;

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(names = "--threads", description = "Event loops of the generator. Default: half of the processors.")
    private int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    @Option(names = "--seed", description = "Seed of all that is random. Default: a new one, which is printed.")
    private long seed = ThreadLocalRandom.current().nextInt(1, 1_000_000);

    @Option(names = "--json", description = "Where the JSON goes. Default: build/loadtest/SCENARIO.json")
    private @Nullable Path json;

    @Option(names = "--html", description = "Where the page goes. Default: beside the JSON.")
    private @Nullable Path html;

    private final String name;
    private final Report report;

    ScenarioCommand(String name) {
        this.name = name;
        report = new Report(name);
    }

    /** The scenario's own part; blocks until it is over. */
    abstract void execute(Generator generator, Report results) throws Exception;

    /** Settings that this scenario's gateway needs. */
    Map<String, String> gatewaySettings() {
        return Map.of();
    }

    /** Seed of all that is random. */
    final long seed() {
        return seed;
    }

    /** A short text that is new in each run, so that a running gateway can be driven again: letters and digits. */
    final String runId() {
        return "lt" + Long.toString(System.nanoTime() & 0xFFFF_FFFFL, 36);
    }

    /** How the servers are started. */
    final ServerOptions server() {
        return server;
    }

    /** The gateway: the one that was named, or a new process, which {@code owned} then closes. */
    final Target gateway(Owned owned) {
        String url = server.url();
        if (url != null) {
            Target running = Target.of("gateway", url, server.pid(), false);
            describe(running);
            return running;
        }
        Map<String, String> settings = new LinkedHashMap<>(gatewaySettings());
        settings.putAll(server.environment());
        report.setting("gateway settings", settings);
        ServerProcess process = ServerProcess.gateway(server, logs(), settings);
        owned.add(process);
        describe(process.target());
        return process.target();
    }

    /**
     * The gateways that the options ask for: the one that was named, or new processes, with a Redis where there is to be one.
     * They end with {@code owned}.
     */
    final Stage stage(Owned owned, StoreOptions store) {
        store.check(server.url() != null);
        report.setting("store", server.url() != null ? "that of the given gateway" : store.describe());
        if (!store.redis()) {
            return new Stage(List.of(gateway(owned)), null);
        }
        Map<String, String> settings = new LinkedHashMap<>(gatewaySettings());
        settings.putAll(server.environment());
        report.setting("gateway settings", settings);
        RedisSetup redis = RedisSetup.start(RedisSetup.Kind.SINGLE, logs(), store.redisArguments());
        owned.add(redis::close);
        Fleet fleet = new Fleet(server, store.gateways(), redis.url(), logs(), settings);
        owned.add(fleet::close);
        describe(fleet.targets().get(0));
        return new Stage(fleet.targets(), redis.masters().get(0));
    }

    private void describe(Target target) {
        report.setting(
                "gateway",
                (target.pid() > 0 ? ProcessStats.virtualMachine(target.pid()) + ", " : "") + "no TLS, no compression");
    }

    /** Says so when the generator, not the server, may have been what limited a run. */
    final void noteGenerator(Round round) {
        double busy = round.generatorCpuNanos() / 1e9 / round.seconds() / threads;
        if (busy > GENERATOR_LIMIT) {
            String note = String.format(
                    Locale.ROOT, "its event loops were %.0f %% busy: more --threads may get more", busy * 100);
            report.setting("generator at its limit", note);
            System.out.println("the generator was at its limit: " + note);
        }
    }

    /**
     * Says how much of its processors the machine did not get while it had work: where that is much, what was late may not be
     * the servers' doing.
     */
    private void noteStolen(long began, long stolenBefore) {
        long stolen = ProcessStats.stolenNanos();
        if (stolenBefore >= 0 && stolen >= 0) {
            double capacity =
                    (double) (System.nanoTime() - began) * Runtime.getRuntime().availableProcessors();
            report.setting(
                    "processor time taken by other machines",
                    String.format(Locale.ROOT, "%.1f %%", 100 * (stolen - stolenBefore) / capacity));
        }
    }

    /** The bare relay in a process of its own. */
    final Target relay(Owned owned) {
        ServerProcess process = ServerProcess.relay(server, logs());
        owned.add(process);
        return process.target();
    }

    /** A gateway on the embedded store, to compare with. */
    final Target embedded(Owned owned) {
        Map<String, String> settings = new LinkedHashMap<>(gatewaySettings());
        settings.putAll(server.environment());
        ServerProcess process = ServerProcess.gateway(server, "embedded", 0, "memory", logs(), settings);
        owned.add(process);
        return process.target();
    }

    /** Where the logs of the servers go: beside the JSON. */
    final Path logs() {
        Path directory = jsonFile().toAbsolutePath().getParent();
        return directory == null ? Path.of(".") : directory;
    }

    private Path jsonFile() {
        return json != null ? json : Path.of("build", "loadtest", name + ".json");
    }

    private Path htmlFile() {
        if (html != null) {
            return html;
        }
        Path file = jsonFile();
        Path leaf = file.getFileName();
        String stem = (leaf == null ? name : leaf.toString()).replaceFirst("\\.json$", "");
        return file.resolveSibling(stem + ".html");
    }

    /** Lets time pass on the main thread. */
    static void pause(double seconds) {
        try {
            TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
    }

    @Override
    public final Integer call() {
        report.setting("seed", seed);
        report.setting("server JVM", String.join(" ", server.javaCommand()));
        System.out.println(name + ": seed " + seed);
        long began = System.nanoTime();
        long stolen = ProcessStats.stolenNanos();
        try (Generator generator = new Generator(threads)) {
            report.setting("generator", threads + " event loops, " + generator.transport());
            execute(generator, report);
        } catch (Exception e) {
            report.tally().fail(e instanceof LoadException ? String.valueOf(e.getMessage()) : e.toString());
            if (!(e instanceof LoadException)) {
                e.printStackTrace();
            }
        }
        noteStolen(began, stolen);
        ReportWriter writer = new ReportWriter(report);
        writer.print(System.out);
        writer.write(jsonFile(), htmlFile());
        System.out.println("written: " + jsonFile() + " and " + htmlFile());
        System.out.println(report.tally().line());
        return report.tally().ok() ? 0 : 1;
    }
}
