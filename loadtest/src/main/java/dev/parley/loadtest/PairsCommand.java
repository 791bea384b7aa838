package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** P1, P2 and P6: users and agents in pairs, perhaps with others beside them in the same run. */
@Command(
        name = "pairs",
        mixinStandardHelpOptions = true,
        description = "Users and agents talk in pairs; every message is stored, acknowledged and delivered.")
final class PairsCommand extends ScenarioCommand {
    /** The pairs whose users and agents are on different gateways. */
    private static final String ACROSS = "across gateways";

    private static final double REST_SECONDS = 2;

    @Mixin
    private StoreOptions store = new StoreOptions();

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

    @Option(
            names = "--with-embedded",
            description = "With --store redis: drive a gateway on the embedded store in turn, and print the ratios.")
    private boolean withEmbedded;

    @Option(
            names = "--with-redis-benchmark",
            description = "With --store redis: in turn, have redis-benchmark make the call that a message is.")
    private boolean withBenchmark;

    @Option(
            names = "--rounds",
            description = "Measurements that the time is split into (default 1; 3 where something is compared).")
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
        if ((withBenchmark || withEmbedded) && !store.redis()) {
            throw new LoadException("--with-redis-benchmark and --with-embedded compare with --store redis");
        }
        PairsLoad.Shape shape = new PairsLoad.Shape(users, agents, bytes, outstanding, rate);
        int turns = rounds > 0 ? rounds : withBaseline || store.redis() ? 3 : 1;
        results.setting(
                "load",
                users + " users, " + agents + " agents, " + bytes + " bytes, "
                        + (rate > 0 ? rate + " messages/s open loop" : outstanding + " outstanding, closed loop"));
        try (Owned owned = new Owned()) {
            Stage stage = stage(owned, store);
            List<Contender> contenders = contenders(generator, stage, owned, shape);
            Contender gateway = contenders.get(0);
            RedisProcess redis = stage.redis();
            RedisRound counted = redis == null ? null : new RedisRound(redis, REST_SECONDS);
            RedisBenchmark benchmark = redis != null && withBenchmark
                    ? new RedisBenchmark(generator, stage.first(), redis, "k" + runId(), bytes)
                    : null;
            Sampler sampler = new Sampler(System.out);
            contenders.forEach(each -> sampler.rate(each.name() + " delivered", "msg/s", each.load()::delivered));
            try (sampler) {
                stage.gateways().forEach(sampler::processes);
                sampler.start();
                for (int turn = 0; turn < turns; turn++) {
                    double before = turn == 0 ? warmUp : Math.min(warmUp, 2);
                    for (Contender each : contenders) {
                        if (each == gateway && counted != null) {
                            counted.run(each, before, seconds / turns);
                        } else {
                            each.run(before, seconds / turns);
                        }
                    }
                    if (benchmark != null) {
                        benchmark.run(seconds / turns);
                    }
                }
            }
            sampler.into(results);
            gateway.rounds().forEach(this::noteGenerator);
            contenders.forEach(each -> each.into(results));
            contenders.stream().skip(1).forEach(each -> {
                if (each.name().equals(ACROSS)) {
                    each.compare(results, gateway);
                } else {
                    gateway.compare(results, each);
                }
            });
            for (Target target : stage.gateways()) {
                results.count(
                        "gateway memory",
                        stage.gateways().size() == 1 ? "resident" : target.name(),
                        ProcessStats.residentBytes(target.pid()),
                        "bytes");
            }
            if (counted != null) {
                counted.into(results);
            }
            if (counted != null && benchmark != null) {
                benchmark.into(results, gateway.rounds(), counted);
            }
            for (Contender each : contenders) {
                finish(each, each == gateway, results);
            }
            if (verify) {
                new HistoryCheck(stage.first(), bytes)
                        .check(
                                gateway.load().pairs().stream()
                                        .map(HistoryCheck::sent)
                                        .toList(),
                                results);
            }
        }
    }

    /** What is measured in turn: the gateway first. */
    private List<Contender> contenders(Generator generator, Stage stage, Owned owned, PairsLoad.Shape shape) {
        List<Contender> all = new ArrayList<>();
        Target first = stage.first();
        all.add(new Contender("gateway", new PairsLoad(generator, first, shape, runId(), 0)));
        if (stage.gateways().size() > 1) {
            all.add(new Contender(
                    ACROSS, new PairsLoad(generator, first, stage.of(1), stage.gateways(), shape, "x" + runId(), 0)));
        }
        if (withEmbedded) {
            all.add(new Contender("embedded", new PairsLoad(generator, embedded(owned), shape, "e" + runId(), 0)));
        }
        if (withBaseline) {
            all.add(new Contender("baseline", new PairsLoad(generator, relay(owned), shape, "b" + runId(), 0)));
        }
        all.forEach(each -> each.load().open());
        return all;
    }

    private static void finish(Contender contender, boolean isGateway, Report results) {
        results.count(
                "acknowledgements overtaken by a later one",
                contender.name(),
                contender.load().overtakenAnswers(),
                "answers");
        if (isGateway) {
            contender.load().finish(results.tally());
            return;
        }
        Tally own = new Tally();
        contender.load().finish(own);
        own.counts().forEach((name, value) -> results.count(contender.name() + " counts", name, value, "messages"));
        if (!own.ok()) {
            results.tally().fail("the run of " + contender.name() + " was not clean: " + own.line());
        }
    }
}
