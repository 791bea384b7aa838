package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Several gateways on one Redis, of which some are always killed, frozen or stopped, while clients talk and wait. */
@Command(
        name = "failover",
        mixinStandardHelpOptions = true,
        description = {
            "Gateways, or the masters of their Redis, are killed, frozen and stopped under load, by a plan that the seed",
            "repeats. Says what became of every message and every deadline. Needs redis-server."
        })
final class FailoverCommand extends ScenarioCommand {
    private static final int HEARTBEAT_SECONDS = 4;
    private static final double SETTLE_SECONDS = 60;

    @Option(names = "--minutes", description = "How long the load lasts (default ${DEFAULT-VALUE}).")
    private double minutes = 1;

    @Option(names = "--gateways", description = "How many gateways (default ${DEFAULT-VALUE}).")
    private int gateways = 3;

    @Option(names = "--plan", description = "One of: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
    private FaultPlan.Plan plan = FaultPlan.Plan.GATEWAYS;

    @Option(
            names = "--redis",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: sentinel for the plan redis, else single.")
    private RedisSetup.@Nullable Kind redisKind;

    @Option(names = "--redis-option", description = "NAME=VALUE for each Redis server of data; may be repeated.")
    private Map<String, String> redisOptions = new LinkedHashMap<>();

    @Option(names = "--pairs", description = "Pairs that talk (default ${DEFAULT-VALUE}).")
    private int pairs = 40;

    @Option(names = "--think", description = "Mean seconds between messages of a client (default ${DEFAULT-VALUE}).")
    private double think = 0.25;

    @Option(names = "--window", description = "Sends of a client that may be under way (default ${DEFAULT-VALUE}).")
    private int window = 3;

    @Option(
            names = "--cut-every",
            description = "Mean seconds until a client cuts its connection; 0: never (default " + "${DEFAULT-VALUE}).")
    private double cutEvery = 30;

    @Option(names = "--watchers", description = "Users that create sessions which expire (default ${DEFAULT-VALUE}).")
    private int watchers = 12;

    @Option(names = "--sessions-per-second", description = "How many of these sessions (default ${DEFAULT-VALUE}).")
    private double sessionsPerSecond = 4;

    @Option(
            names = "--shortest",
            description = "Seconds until the shortest-lived of them expires (default ${DEFAULT-VALUE}).")
    private double shortest = 14;

    @Option(names = "--longest", description = "The same of the longest-lived (default ${DEFAULT-VALUE}).")
    private double longest = 30;

    @Option(
            names = "--calm-p99",
            description = "Milliseconds that deadlines may be late without faults, 99th percentile "
                    + "(default ${DEFAULT-VALUE}).")
    private double calmMillis = 250;

    @Option(
            names = "--disturbed-p99",
            description = "The same while another gateway is at fault (default " + "${DEFAULT-VALUE}).")
    private double disturbedMillis = 2_000;

    @Option(
            names = "--sabotage",
            description = {
                "Damages what Redis holds in the midst of the run, to show that the verdict finds it. One of:",
                "${COMPLETION-CANDIDATES}."
            })
    private Sabotage.@Nullable Kind sabotage;

    private final Watch notes = new Watch();

    FailoverCommand() {
        super("failover");
    }

    @Override
    Map<String, String> gatewaySettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("HEARTBEAT_SECONDS", Integer.toString(HEARTBEAT_SECONDS));
        settings.put("SILENCE_GRACE_SECONDS", Integer.toString(HEARTBEAT_SECONDS));
        settings.put("DRAIN_SECONDS", "4");
        settings.put("SESSION_MIN_TIMEOUT_MINUTES", "0.01");
        settings.put("SESSION_WARNING_LADDER_SECONDS", Long.toString(DeadlineClient.RUNGS[1]));
        settings.put("SESSION_HISTORY_LIMIT", "100000");
        return settings;
    }

    private RedisSetup.Kind redis() {
        if (redisKind != null) {
            return redisKind;
        }
        return plan == FaultPlan.Plan.REDIS ? RedisSetup.Kind.SENTINEL : RedisSetup.Kind.SINGLE;
    }

    @Override
    void execute(Generator generator, Report results) {
        if (server().url() != null) {
            throw new LoadException("failover kills the gateways that it drives, so it starts them: leave out --url");
        }
        if (plan == FaultPlan.Plan.REDIS && redis() == RedisSetup.Kind.SINGLE) {
            throw new LoadException("the plan redis needs replicas: --redis sentinel or --redis cluster");
        }
        List<FaultPlan.Fault> faults = FaultPlan.of(plan, seed(), minutes * 60, gateways);
        results.setting("plan", plan + " " + faults);
        results.setting(
                "load",
                pairs + " pairs, " + window + " sends under way, every " + think + " s; " + sessionsPerSecond
                        + " sessions/s that expire; a cut every " + cutEvery + " s per client");
        List<String> options = new ArrayList<>();
        redisOptions.forEach((name, value) -> options.addAll(List.of("--" + name, value)));
        Map<String, String> settings = new LinkedHashMap<>(gatewaySettings());
        settings.putAll(server().environment());
        results.setting("gateway settings", settings);
        results.setting("Redis", redis() + " " + redisOptions);
        try (RedisSetup redis = RedisSetup.start(redis(), logs(), options);
                Fleet fleet = new Fleet(server(), gateways, redis.url(), logs(), settings);
                FaultRun faultRun = new FaultRun(plan, fleet, redis, notes)) {
            run(generator, results, fleet, redis, faultRun, faults);
        }
    }

    private void run(
            Generator generator,
            Report results,
            Fleet fleet,
            RedisSetup redis,
            FaultRun faultRun,
            List<FaultPlan.Fault> faults) {
        Roaming roaming = new Roaming(generator, fleet, notes, cutEvery, plan == FaultPlan.Plan.REDIS);
        Cast cast = new Cast(
                roaming,
                new Cast.Size(pairs, window, think, watchers, watchers / sessionsPerSecond, shortest, longest),
                runId(),
                seed());
        FailoverVerdict verdict = new FailoverVerdict(results, roaming, cast);
        OutageMemory memory = new OutageMemory(fleet);
        LongSupplier acknowledged = cast::acknowledged;
        Sampler sampler = new Sampler(System.out)
                .rate("acknowledged", "msg/s", acknowledged)
                .level("ready", "clients", 1, cast::ready)
                .rate("expiries told", "/s", cast::told);
        try (sampler) {
            cast.enter(fleet.targets().get(0));
            sampler.start();
            cast.begin();
            roaming.cutting(true);
            faultRun.start(faults);
            long started = System.nanoTime();
            if (plan == FaultPlan.Plan.OUTAGE) {
                pause(faults.get(0).at() * 0.7);
                memory.before();
            }
            if (sabotage != null) {
                pause(minutes * 30);
                new Sabotage(redis).carryOut(sabotage);
            }
            pause(Math.max(0, minutes * 60 - (System.nanoTime() - started) / 1e9));
            Waiting.atMost(SETTLE_SECONDS, faultRun::isOver);
            if (plan == FaultPlan.Plan.OUTAGE) {
                memory.after(results);
            }
            roaming.cutting(false);
            roaming.stopTalking();
            Waiting.atMost(SETTLE_SECONDS, () -> {
                generator.barrier();
                return cast.isDone();
            });
        }
        generator.barrier();
        sampler.into(results);
        if (!faultRun.isOver()) {
            notes.problem("the plan was not over " + SETTLE_SECONDS + " s after the load");
        }
        faultTable(results, fleet, faultRun);
        boolean lossIsBorne = plan == FaultPlan.Plan.REDIS;
        verdict.messages(fleet.targets().get(0), lossIsBorne);
        verdict.deadlines(faultRun.done(), calmMillis, disturbedMillis, lossIsBorne);
        verdict.clients(plan);
        roaming.end();
        notes.into(results.tally());
    }

    private void faultTable(Report results, Fleet fleet, FaultRun faultRun) {
        Map<String, Long> kinds = new LinkedHashMap<>();
        for (FaultRun.Done done : faultRun.done()) {
            kinds.merge(done.fault().kind().toString(), 1L, Long::sum);
        }
        kinds.forEach((kind, times) -> results.count("faults", kind, times, "times"));
        results.count("faults", "left out", faultRun.leftOut(), "faults");
        results.count("faults", "gateways started", fleet.lives(), "processes");
        fleet.killedLate().forEach(name -> notes.problem(name + " did not end after SIGTERM"));
        if (plan == FaultPlan.Plan.OUTAGE && fleet.lives() != gateways) {
            notes.problem(String.format(Locale.ROOT, "gateways were started %d times", fleet.lives()));
        }
    }
}
