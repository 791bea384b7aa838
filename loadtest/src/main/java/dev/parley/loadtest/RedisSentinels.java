package dev.parley.loadtest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A master with two replicas, and three Sentinels of which two decide: a master that is gone is replaced after about 2 s. */
final class RedisSentinels implements RedisSetup {
    private static final String NAME = "parley";
    private static final double PATIENCE_SECONDS = 60;

    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    RedisSentinels(Path logs, List<String> options) {
        try {
            launch(logs, options);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void launch(Path logs, List<String> options) {
        List<String> all = new ArrayList<>(List.of("--save", "", "--appendonly", "yes"));
        all.addAll(
                List.of("--repl-diskless-sync-delay", "0", "--repl-timeout", "5", "--repl-ping-replica-period", "1"));
        all.addAll(options);
        for (int i = 0; i < 3; i++) {
            servers.add(new RedisProcess("redis-" + i, logs, RedisProcess.freePort(), "", all));
            if (i > 0) {
                servers.get(i)
                        .call(
                                "REPLICAOF",
                                "127.0.0.1",
                                Integer.toString(servers.get(0).port()));
            }
        }
        Waiting.until(
                PATIENCE_SECONDS,
                () -> servers.stream().skip(1).allMatch(RedisSetup::follows),
                () -> "the replicas do not follow");
        String lines =
                "sentinel monitor " + NAME + " 127.0.0.1 " + servers.get(0).port() + " 2\n"
                        + "sentinel down-after-milliseconds " + NAME + " 1000\n"
                        + "sentinel failover-timeout " + NAME + " 4000\n"
                        + "sentinel parallel-syncs " + NAME + " 2\n";
        for (int i = 0; i < 3; i++) {
            sentinels.add(new RedisProcess("sentinel-" + i, logs, RedisProcess.freePort(), lines, List.of()));
        }
        Waiting.until(
                PATIENCE_SECONDS,
                () -> sentinels.stream()
                        .allMatch(sentinel ->
                                field(sentinel, "num-other-sentinels").equals("2")
                                        && field(sentinel, "num-slaves").equals("2")),
                () -> "the Sentinels do not know each other");
    }

    private static String field(RedisProcess sentinel, String field) {
        List<?> fields = (List<?>) sentinel.call("SENTINEL", "MASTER", NAME);
        int at = fields == null ? -1 : fields.indexOf(field);
        return at < 0 || fields == null ? "" : String.valueOf(fields.get(at + 1));
    }

    @Override
    public String url() {
        return "redis-sentinel://"
                + sentinels.stream()
                        .map(sentinel -> "127.0.0.1:" + sentinel.port())
                        .collect(Collectors.joining(","))
                + "/" + NAME;
    }

    @Override
    public List<RedisProcess> servers() {
        return List.copyOf(servers);
    }

    @Override
    public List<RedisProcess> masters() {
        String port = field(sentinels.get(0), "port");
        return servers.stream()
                .filter(server -> port.equals(Integer.toString(server.port())))
                .toList();
    }

    @Override
    public boolean isWhole() {
        String port = field(sentinels.get(0), "port");
        return sentinels.stream().allMatch(sentinel -> field(sentinel, "port").equals(port))
                && servers.stream()
                        .allMatch(server -> port.equals(Integer.toString(server.port()))
                                ? RedisSetup.isMaster(server)
                                        && server.info("replication", "connected_slaves")
                                                .equals("2")
                                : RedisSetup.follows(server));
    }

    @Override
    public void handOver(RedisProcess master) {
        sentinels.get(0).call("SENTINEL", "FAILOVER", NAME);
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        servers.forEach(RedisProcess::close);
    }
}
