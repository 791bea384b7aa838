package dev.parley.loadtest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What idle clients cost at the Redis server, what gateways do for themselves told apart from what they do for sessions: it is
 * counted without clients, with a fifth of them, which is enough to be in all partitions, and with all. Main thread.
 */
final class IdleOnRedis {
    /** The least number of clients. */
    static final int FEWEST = 10;

    private static final int PART = 5;
    private static final double LONGEST_LISTENING = 5;

    /** A window: sessions in it, what Redis did in it, what the gateways used, and the heartbeats that were sent. */
    private record Step(int sessions, RedisCounts spent, double gatewayCpu, long heartbeats) {}

    private final Stage stage;
    private final RedisProcess redis;
    private final IdleClients clients;
    private final double seconds;
    private final double heartbeat;
    private final double listenSeconds;

    /**
     * @param seconds of each window
     * @param heartbeat seconds between the heartbeats of a client
     */
    IdleOnRedis(Stage stage, RedisProcess redis, IdleClients clients, double seconds, double heartbeat) {
        this.stage = stage;
        this.redis = redis;
        this.clients = clients;
        this.seconds = seconds;
        this.heartbeat = heartbeat;
        listenSeconds = Math.min(LONGEST_LISTENING, seconds);
    }

    /** Measures, and puts the figures into tables. */
    void run(int connections, Report results) {
        Sampler sampler = new Sampler(System.out)
                .rate("opened", "connections/s", clients::opened)
                .rate("heartbeats", "/s", clients::heartbeats);
        List<Step> steps = new ArrayList<>();
        Map<String, Long> byFunction;
        try (sampler) {
            stage.gateways().forEach(sampler::processes);
            sampler.start();
            for (int sessions : new int[] {0, connections / PART, connections}) {
                if (sessions > 0) {
                    clients.add(sessions - steps.get(steps.size() - 1).sessions());
                    // The first heartbeat of a session activates it, which is written in any case.
                    ScenarioCommand.pause(heartbeat + 3);
                }
                steps.add(measure(sessions));
            }
            byFunction = listen();
        }
        sampler.into(results);
        steps.forEach(step -> tell(results, step));
        Step part = steps.get(1);
        Step all = steps.get(2);
        apart(results, part, all);
        byFunction.forEach((function, calls) -> results.figure(
                "function calls with " + all.sessions() + " sessions", function, calls / listenSeconds, "calls/s"));
    }

    private Step measure(int sessions) {
        long beats = clients.heartbeats();
        long cpu = stage.cpuNanos();
        RedisCounts from = RedisCounts.of(redis);
        ScenarioCommand.pause(seconds);
        RedisCounts spent = RedisCounts.of(redis).since(from);
        return new Step(sessions, spent, (stage.cpuNanos() - cpu) / 1e9, clients.heartbeats() - beats);
    }

    private static void tell(Report results, Step step) {
        String table = "Redis with " + step.sessions() + " idle sessions";
        RedisCounts spent = step.spent();
        spent.calls().keySet().forEach(command -> results.figure(table, command, spent.perSecond(command), "calls/s"));
        results.figure(table, "CPU of the server", spent.cpuNanos() / 1e7 / spent.seconds(), "%");
        results.figure(table, "CPU of all gateways", step.gatewayCpu() * 100 / spent.seconds(), "%");
    }

    private void apart(Report results, Step part, Step all) {
        String table = "Redis, what sessions cost and what does not depend on them";
        int more = all.sessions() - part.sessions();
        long listened = ((List<?>) Objects.requireNonNull(redis.call("PUBSUB", "SHARDCHANNELS"))).size();
        results.count(table, "partitions listened to", listened, "partitions");
        for (String command : List.of(RedisCounts.FUNCTION_CALL, "spublish")) {
            double perSession = (all.spent().perSecond(command) - part.spent().perSecond(command)) / more;
            double constant = all.spent().perSecond(command) - perSession * all.sessions();
            double heartbeats = all.heartbeats() / all.spent().seconds() / all.sessions();
            results.figure(table, command + " for each heartbeat", perSession / heartbeats, "calls");
            results.figure(table, command + " for each session", perSession * 60, "calls/minute");
            results.figure(table, command + " constant", constant, "calls/s");
            results.figure(
                    table,
                    command + " constant, for each gateway and partition",
                    constant / stage.gateways().size() / Math.max(1, listened),
                    "calls/s");
        }
    }

    /** How often each function is called in a while. */
    private Map<String, Long> listen() {
        Map<String, Long> calls = new TreeMap<>();
        try (RedisMonitor monitor = new RedisMonitor(redis.port())) {
            monitor.until(listenSeconds, words -> {
                if (words.size() > 1 && words.get(0).equalsIgnoreCase(RedisCounts.FUNCTION_CALL)) {
                    calls.merge(words.get(1), 1L, Long::sum);
                }
                return false;
            });
        } catch (IOException e) {
            throw new LoadException("cannot listen at the Redis server", e);
        }
        return calls;
    }
}
