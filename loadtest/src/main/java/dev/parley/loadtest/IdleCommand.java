package dev.parley.loadtest;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** P4 and P8: what connections and sessions cost that do nothing. */
@Command(
        name = "idle",
        mixinStandardHelpOptions = true,
        description = "Connections that only stay, each in its session, or sessions without any connection.")
final class IdleCommand extends ScenarioCommand {
    private static final int FILLERS = 8;
    private static final long SPARE_FILES = 100;

    @Mixin
    private StoreOptions store = new StoreOptions();

    @Option(names = "--connections", description = "How many (default ${DEFAULT-VALUE}).")
    private int connections = 20_000;

    @Option(names = "--sessions-only", description = "Create so many sessions and no connections.")
    private int sessionsOnly;

    @Option(
            names = "--own-users",
            description = {
                "With --sessions-only: each session has a user of its own and an id that the gateway gives.",
                "Default: ids that the client gives, and eight users."
            })
    private boolean ownUsers;

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
            if (store.redis() && sessionsOnly == 0 && connections < IdleOnRedis.FEWEST) {
                throw new LoadException(
                        "--store redis needs at least " + IdleOnRedis.FEWEST + " connections, to tell what each costs");
            }
            Stage stage = stage(owned, store);
            if (sessionsOnly > 0) {
                fill(generator, stage, results);
                return;
            }
            RedisProcess redis = stage.redis();
            if (redis != null) {
                IdleClients clients = new IdleClients(generator, stage, runId(), seed(), heartbeat);
                new IdleOnRedis(stage, redis, clients, seconds, heartbeat).run(allowed(stage.first()), results);
                clients.end(results);
                return;
            }
            rest(generator, stage.first(), results);
            if (withBaseline) {
                rest(generator, relay(owned), results);
            }
        }
    }

    private void fill(Generator generator, Stage stage, Report results) {
        String run = runId();
        Target gateway = stage.first();
        RedisProcess redis = stage.redis();
        Watch watch = new Watch();
        SessionFiller filler = new SessionFiller(
                sessionsOnly, FILLERS, redis != null, i -> ownUsers ? owned(run, i) : shared(run, i), watch);
        Memory before = Memory.of(gateway);
        RedisMemory memory = redis == null ? null : new RedisMemory(redis, sessionsOnly);
        List<LoadConnection> fillers = open(generator, stage, filler, run);
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
        results.tally().sent = sessionsOnly;
        results.tally().acknowledged = filler.created();
        results.tally().got = filler.created();
        if (memory != null) {
            memory.atRest(results);
        }
        watch.expectClosing();
        fillers.forEach(LoadConnection::closeCleanly);
        pause(1);
        Memory.of(gateway).growth(results, table, before, sessionsOnly, "bytes per session");
        restCpu(gateway, results, table);
        watch.into(results.tally());
    }

    /** All sessions are those of the few that create them. */
    private static String shared(String run, int number) {
        return Clients.session(id(run, 's', number), id(run, 'a', number % 1000), id(run, 'u', number % FILLERS));
    }

    /** A user of its own and an id that the gateway gives, made by its agent. */
    private static String owned(String run, int number) {
        return "{\"agentId\":\"" + id(run, 'f', number % FILLERS) + "\",\"userId\":\"" + id(run, 'u', number) + "\"}";
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

    /** As many connections as were asked for, if both sides may have so many files open. */
    private int allowed(Target target) {
        long limit = Math.min(
                ProcessStats.openFileLimit(ProcessHandle.current().pid()),
                target.pid() > 0 ? ProcessStats.openFileLimit(target.pid()) : Long.MAX_VALUE);
        if (limit <= 0 || connections <= limit - SPARE_FILES) {
            return connections;
        }
        int count = (int) (limit - SPARE_FILES);
        System.out.println("the limit of open files is " + limit + ": " + count
                + " connections instead; raise it with 'ulimit -n'");
        return count;
    }

    private void rest(Generator generator, Target target, Report results) {
        int count = allowed(target);
        Memory before = Memory.of(target);
        IdleClients clients = new IdleClients(generator, new Stage(List.of(target), null), runId(), seed(), heartbeat);
        Sampler sampler = new Sampler(System.out)
                .rate("opened", "connections/s", clients::opened)
                .rate("heartbeats", "/s", clients::heartbeats);
        String table = target.name() + " at rest";
        try (sampler) {
            sampler.processes(target).start();
            clients.add(count);
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
            clients.quiet();
        }
        sampler.into(results);
        clients.end(results);
    }

    private List<LoadConnection> open(Generator generator, Stage stage, LoadConnection.Listener listener, String run) {
        LoadConnection[] opened = new LoadConnection[FILLERS];
        Generator.each(
                FILLERS,
                FILLERS,
                i -> Clients.connect(
                                generator,
                                stage.of(i),
                                i,
                                listener,
                                ownUsers
                                        ? Clients.identity("agent", id(run, 'f', i))
                                        : Clients.identity("user", id(run, 'u', i)))
                        .thenAccept(connected -> opened[i] = connected.connection()));
        return List.of(opened);
    }

    private static String id(String run, char kind, int number) {
        return String.format(Locale.ROOT, "%s-%c%07d", run, kind, number);
    }
}
