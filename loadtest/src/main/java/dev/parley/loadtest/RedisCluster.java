package dev.parley.loadtest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Three masters that share the slots evenly, and a replica of each: a master that is gone is replaced after 2 to 3 s. */
final class RedisCluster implements RedisSetup {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final double PATIENCE_SECONDS = 60;

    private final List<RedisProcess> nodes = new ArrayList<>();

    RedisCluster(Path logs, List<String> options) {
        try {
            launch(logs, options);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void launch(Path logs, List<String> options) {
        List<Integer> busPorts = new ArrayList<>();
        for (int i = 0; i < 2 * MASTERS; i++) {
            int bus = RedisProcess.freePort();
            busPorts.add(bus);
            List<String> all = new ArrayList<>(List.of("--save", "", "--appendonly", "yes"));
            all.addAll(List.of("--cluster-enabled", "yes", "--cluster-node-timeout", "1000"));
            all.addAll(List.of("--cluster-port", Integer.toString(bus), "--cluster-allow-replica-migration", "no"));
            all.addAll(List.of("--repl-diskless-sync-delay", "0"));
            all.addAll(options);
            nodes.add(new RedisProcess("redis-" + i, logs, RedisProcess.freePort(), "", all));
        }
        meet(busPorts);
        for (int i = 0; i < MASTERS; i++) {
            nodes.get(i)
                    .call(
                            "CLUSTER",
                            "ADDSLOTSRANGE",
                            Integer.toString(i * SLOTS / MASTERS),
                            Integer.toString((i + 1) * SLOTS / MASTERS - 1));
        }
        for (int i = 0; i < MASTERS; i++) {
            String master = String.valueOf(nodes.get(i).call("CLUSTER", "MYID"));
            nodes.get(MASTERS + i).call("CLUSTER", "REPLICATE", master);
        }
        Waiting.until(PATIENCE_SECONDS, this::isWhole, () -> "the cluster does not come together");
        Waiting.until(
                PATIENCE_SECONDS,
                () -> nodes.stream().allMatch(node -> known(node, "slave") == MASTERS),
                () -> "the nodes of the cluster do not know the replicas");
    }

    private void meet(List<Integer> busPorts) {
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).call("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            if (i > 0) {
                String port = Integer.toString(nodes.get(i).port());
                nodes.get(0)
                        .call(
                                "CLUSTER",
                                "MEET",
                                "127.0.0.1",
                                port,
                                busPorts.get(i).toString());
            }
        }
        Waiting.until(
                PATIENCE_SECONDS,
                () -> nodes.stream().allMatch(node -> known(node, "connected") == nodes.size()),
                () -> "the nodes of the cluster do not know each other");
    }

    /** How many nodes of a kind it knows by a finished handshake. */
    private static long known(RedisProcess node, String word) {
        return String.valueOf(node.call("CLUSTER", "NODES"))
                .lines()
                .filter(line -> line.contains(word) && !line.contains("handshake") && !line.contains("disconnected"))
                .count();
    }

    @Override
    public String url() {
        return "redis-cluster://"
                + nodes.stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(","));
    }

    @Override
    public List<RedisProcess> servers() {
        return List.copyOf(nodes);
    }

    @Override
    public List<RedisProcess> masters() {
        return nodes.stream()
                .filter(RedisProcess::isRunning)
                .filter(RedisSetup::isMaster)
                .toList();
    }

    @Override
    public boolean isWhole() {
        return nodes.stream()
                        .allMatch(
                                node -> node.info("cluster", "cluster_enabled").equals("1")
                                        && (RedisSetup.isMaster(node)
                                                ? node.info("replication", "connected_slaves")
                                                        .equals("1")
                                                : RedisSetup.follows(node)))
                && masters().size() == MASTERS
                && nodes.stream()
                        .allMatch(node ->
                                String.valueOf(node.call("CLUSTER", "INFO")).contains("cluster_state:ok"));
    }

    @Override
    public void handOver(RedisProcess master) {
        String port = Integer.toString(master.port());
        nodes.stream()
                .filter(node -> node != master
                        && node.info("replication", "master_port").equals(port))
                .findFirst()
                .orElseThrow(() -> new LoadException(master.name() + " has no replica that could take over"))
                .call("CLUSTER", "FAILOVER");
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }
}
