package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Many agents work in many sessions at once, by chance, while gateways are killed: what one did, all know, and once. */
@Command(
        name = "orchestrate",
        mixinStandardHelpOptions = true,
        description = {
            "Sessions of several agents each that join, delegate, patch the context, advance the workflow, let tasks time out,",
            "and complete, by the seed, on gateways that are killed, frozen and stopped. Needs redis-server."
        })
final class OrchestrateCommand extends ScenarioCommand {
    private static final int HEARTBEAT_SECONDS = 4;
    private static final int MOST_OF_USER = 100;
    private static final double ENTER_SECONDS = 60;
    private static final double SETTLE_SECONDS = 120;

    @Option(names = "--sessions", description = "How many (default ${DEFAULT-VALUE}).")
    private int sessions = 200;

    @Option(names = "--team", description = "Agents in each (default ${DEFAULT-VALUE}).")
    private int team = 5;

    @Option(names = "--agents", description = "Agents in all, who work in several (default ${DEFAULT-VALUE}).")
    private int agents = 50;

    @Option(names = "--users", description = "Persons that open the sessions (default ${DEFAULT-VALUE}).")
    private int users = 10;

    @Option(names = "--acts", description = "What each agent does in each session (default ${DEFAULT-VALUE}).")
    private int acts = 8;

    @Option(names = "--minutes", description = "How long they work (default ${DEFAULT-VALUE}).")
    private double minutes = 1;

    @Option(names = "--gateways", description = "How many gateways (default ${DEFAULT-VALUE}).")
    private int gateways = 3;

    @Option(
            names = "--plan",
            description = "One of: gateways, redis, rolling, none. Default: redis with --redis, else gateways.")
    private FaultPlan.@Nullable Plan planned;

    @Option(
            names = "--redis",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: sentinel for the plan redis, else single.")
    private RedisSetup.@Nullable Kind redisKind;

    @Option(
            names = "--cut-every",
            description = "Mean seconds until a client cuts its connection; 0: never (default ${DEFAULT-VALUE}).")
    private double cutEvery = 30;

    private final Watch notes = new Watch();

    OrchestrateCommand() {
        super("orchestrate");
    }

    @Override
    Map<String, String> gatewaySettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("HEARTBEAT_SECONDS", Integer.toString(HEARTBEAT_SECONDS));
        settings.put("SILENCE_GRACE_SECONDS", Integer.toString(HEARTBEAT_SECONDS));
        settings.put("DRAIN_SECONDS", "4");
        return settings;
    }

    private FaultPlan.Plan plan() {
        if (planned != null) {
            return planned;
        }
        return redisKind == null || redisKind == RedisSetup.Kind.SINGLE
                ? FaultPlan.Plan.GATEWAYS
                : FaultPlan.Plan.REDIS;
    }

    private RedisSetup.Kind redis() {
        if (redisKind != null) {
            return redisKind;
        }
        return plan() == FaultPlan.Plan.REDIS ? RedisSetup.Kind.SENTINEL : RedisSetup.Kind.SINGLE;
    }

    private void check() {
        if (server().url() != null) {
            throw new LoadException(
                    "orchestrate kills the gateways that it drives, so it starts them: leave out --url");
        }
        if (plan() == FaultPlan.Plan.OUTAGE) {
            throw new LoadException("orchestrate has the plans gateways, redis, rolling and none");
        }
        if (plan() == FaultPlan.Plan.REDIS && redis() == RedisSetup.Kind.SINGLE) {
            throw new LoadException("the plan redis needs replicas: --redis sentinel or --redis cluster");
        }
        if (team <= WorkingUser.FOUNDERS || team > agents || team > 9) {
            throw new LoadException("--team must be " + (WorkingUser.FOUNDERS + 1) + " to 9, and at most --agents");
        }
        if (users < 1 || (sessions + users - 1) / users > MOST_OF_USER) {
            throw new LoadException("a person opens " + MOST_OF_USER + " sessions at most: give more --users");
        }
    }

    @Override
    void execute(Generator generator, Report results) {
        check();
        FaultPlan.Plan plan = plan();
        double seconds = minutes * 60;
        List<FaultPlan.Fault> faults = FaultPlan.of(plan, seed(), seconds, gateways);
        results.setting("plan", plan + " " + faults);
        results.setting(
                "load",
                sessions + " sessions of " + team + " of " + agents + " agents, each of whom does " + acts
                        + " things; a cut every " + cutEvery + " s per client");
        Map<String, String> settings = new LinkedHashMap<>(gatewaySettings());
        settings.putAll(server().environment());
        results.setting("gateway settings", settings);
        results.setting("Redis", redis());
        try (RedisSetup redis = RedisSetup.start(
                        redis(),
                        logs(),
                        redis() == RedisSetup.Kind.SINGLE ? List.of("--appendonly", "no") : List.of());
                Fleet fleet = new Fleet(server(), gateways, redis.url(), logs(), settings);
                FaultRun faultRun = new FaultRun(plan, fleet, redis, notes)) {
            boolean lossIsBorne = plan == FaultPlan.Plan.REDIS;
            run(results, new Roaming(generator, fleet, notes, cutEvery, lossIsBorne), faultRun, faults);
            results.count("faults", "carried out", faultRun.done().size(), "faults");
            results.count("faults", "left out", faultRun.leftOut(), "faults");
            results.count("faults", "gateways started", fleet.lives(), "processes");
        }
        notes.into(results.tally());
    }

    private void run(Report results, Roaming roaming, FaultRun faultRun, List<FaultPlan.Fault> faults) {
        double seconds = minutes * 60;
        Map<String, SharedWork> works = new TreeMap<>();
        List<List<SharedWork>> ofUsers = new ArrayList<>();
        for (int i = 0; i < users; i++) {
            ofUsers.add(new ArrayList<>());
        }
        String run = runId();
        for (int i = 0; i < sessions; i++) {
            List<String> members = new ArrayList<>();
            for (int k = 0; k < team; k++) {
                // Neighbours now, strangers the next time round.
                members.add(run + "-a" + (i * team + k + i * team / agents * k) % agents);
            }
            List<String> different = members.stream().distinct().toList();
            for (int k = 0; different.size() < team; k++) {
                String next = run + "-a" + k;
                different = Stream.concat(different.stream(), Stream.of(next))
                        .distinct()
                        .toList();
            }
            SharedWork work = new SharedWork(run + "-s" + i, different, acts);
            works.put(work.sessionId(), work);
            ofUsers.get(i % users).add(work);
        }
        List<WorkingAgent> working = new ArrayList<>();
        List<WorkingUser> opening = new ArrayList<>();
        int index = 0;
        for (int i = 0; i < agents; i++) {
            working.add(new WorkingAgent(
                    roaming, index, run + "-a" + i, seed() * 1_000_003 + index++, works, acts, seconds / 2));
        }
        for (int i = 0; i < users; i++) {
            opening.add(new WorkingUser(
                    roaming, index, run + "-u" + i, seed() * 1_000_003 + index++, ofUsers.get(i), seconds / 2));
        }
        List<WorkingClient> all = new ArrayList<>(working);
        all.addAll(opening);
        all.forEach(RoamingClient::start);
        Waiting.until(
                ENTER_SECONDS,
                () -> {
                    roaming.generator().barrier();
                    return all.stream().allMatch(RoamingClient::isReady);
                },
                () -> "not all " + all.size() + " clients are connected");
        Sampler sampler = new Sampler(System.out)
                .level(
                        "ended",
                        "sessions",
                        1,
                        () -> works.values().stream()
                                .filter(SharedWork::isEnded)
                                .count());
        try (sampler) {
            sampler.start();
            roaming.cutting(true);
            faultRun.start(faults);
            opening.forEach(WorkingUser::begin);
            pause(seconds);
            Waiting.atMost(SETTLE_SECONDS, faultRun::isOver);
            roaming.cutting(false);
            Waiting.atMost(SETTLE_SECONDS, () -> {
                roaming.generator().barrier();
                return isDone(works, all);
            });
        }
        roaming.generator().barrier();
        results.count("sessions", "logs whose reader was away at the end", readOn(works, all, roaming), "logs");
        roaming.generator().barrier();
        sampler.into(results);
        judge(results, works, all, working, new OrchestrateVerdict(roaming.lossIsBorne(), faultRun.done()));
        roaming.end();
    }

    private static boolean isDone(Map<String, SharedWork> works, List<WorkingClient> all) {
        return works.values().stream().allMatch(work -> work.isEnded() || work.isGone())
                && all.stream()
                        .allMatch(client -> client.isSettled()
                                && client.logs().entrySet().stream()
                                        .allMatch(log -> log.getValue().isComplete()
                                                || !log.getValue().isAttached()
                                                || isGone(works, log.getKey())));
    }

    /**
     * Whoever was away when a session ended does not attach it again, and reads on over HTTP. Who has it attached must have
     * been pushed all.
     */
    private static long readOn(Map<String, SharedWork> works, List<WorkingClient> all, Roaming roaming) {
        long readOn = 0;
        for (WorkingClient client : all) {
            for (Map.Entry<String, WorkLog> log : client.logs().entrySet()) {
                String sessionId = log.getKey();
                SharedWork work = works.get(sessionId);
                boolean mayRead = work != null && work.isEnded() && !work.isGone();
                if (mayRead && !log.getValue().isAttached() && !log.getValue().isComplete()) {
                    LogTail.into(log.getValue(), roaming.targets().get(0), sessionId);
                    readOn++;
                }
            }
        }
        return readOn;
    }

    private static boolean isGone(Map<String, SharedWork> works, String sessionId) {
        SharedWork work = works.get(sessionId);
        return work != null && work.isGone();
    }

    private void judge(
            Report results,
            Map<String, SharedWork> works,
            List<WorkingClient> all,
            List<WorkingAgent> working,
            OrchestrateVerdict verdict) {
        works.forEach((sessionId, work) -> {
            Map<String, WorkLog> logs = new TreeMap<>();
            for (WorkingClient client : all) {
                WorkLog log = client.logs().get(sessionId);
                if (log != null) {
                    logs.put(client.id(), log);
                }
            }
            if (logs.size() != team + 1 && !work.isGone()) {
                notes.problem(sessionId + " was told to " + logs.size() + " of " + (team + 1));
            }
            verdict.judge(work, logs);
        });
        verdict.into(results);
        Map<String, Long> refusals = new TreeMap<>();
        Histogram resumes = new Histogram(3);
        long failed = 0;
        for (WorkingClient client : all) {
            client.into(results.tally(), refusals);
            resumes.add(client.resumeTimes());
            failed += client.refusedConnects();
            String trouble = client.trouble();
            if (trouble != null) {
                notes.problem(trouble);
            }
        }
        refusals.forEach((what, times) -> results.count("refused or unknown", what, times, "times"));
        results.count(
                "tasks",
                "updates that came too late",
                working.stream().mapToLong(WorkingAgent::late).sum(),
                "times");
        results.count("connections", "attempts to connect that failed", failed, "times");
        results.latency("time to resume", resumes);
        if (verdict.tasks == 0 || verdict.keys == 0) {
            results.tally().fail("nothing was delegated, or nothing patched");
        }
    }
}
