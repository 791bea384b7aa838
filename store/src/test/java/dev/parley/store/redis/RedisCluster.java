package dev.parley.store.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis Cluster: three masters that share the slots evenly, and one replica of each. A killed master is replaced within
 * two to three seconds. For use by one thread at a time.
 */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<RedisServer> nodes = new ArrayList<>();
    private final List<FaultProxy> proxies = new ArrayList<>();

    private RedisCluster() {}

    /** Starts a cluster whose nodes are reached directly. */
    public static RedisCluster start() {
        return start(null);
    }

    /**
     * Starts a cluster that tells clients the addresses of proxies before its nodes, one each.
     *
     * @param plan the faults that the proxies give, each from a seed of its own; null for no proxies
     */
    public static RedisCluster start(FaultProxy.@Nullable Plan plan) {
        RedisCluster cluster = new RedisCluster();
        try {
            cluster.launch(plan);
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** The nodes in the order of their start: the first three were masters then, the others their replicas. */
    public List<RedisServer> nodes() {
        return List.copyOf(nodes);
    }

    /** The proxies before the nodes, in the same order; empty when there are none. */
    public List<FaultProxy> proxies() {
        return List.copyOf(proxies);
    }

    /** The address of the whole, naming three of its nodes. */
    public String url() {
        return "redis-cluster://"
                + nodes.stream()
                        .limit(MASTERS)
                        .map(node -> "127.0.0.1:" + clientPort(node))
                        .collect(Collectors.joining(","));
    }

    /** The node that is master of a slot in the view of the other nodes. */
    public RedisServer masterOf(int slot) {
        for (RedisServer node : nodes) {
            if (node.isRunning()) {
                for (Object range : list(node.command("CLUSTER", "SLOTS"))) {
                    List<?> fields = list(range);
                    if ((Long) fields.get(0) <= slot && slot <= (Long) fields.get(1)) {
                        String port = String.valueOf(list(fields.get(2)).get(1));
                        return nodes.stream()
                                .filter(candidate -> port.equals(Integer.toString(clientPort(candidate))))
                                .findFirst()
                                .orElseThrow();
                    }
                }
            }
        }
        throw new IllegalStateException("nobody serves slot " + slot);
    }

    /** The nodes that run and are masters by their own view. */
    public List<RedisServer> masters() {
        return nodes.stream()
                .filter(RedisServer::isRunning)
                .filter(RedisCluster::isMaster)
                .toList();
    }

    /** Waits until all slots are served and every node that runs sees that. */
    public void awaitHealthy() {
        RedisServers.await(
                "a healthy cluster",
                PATIENCE,
                () -> nodes.stream()
                        .filter(RedisServer::isRunning)
                        .allMatch(node ->
                                String.valueOf(node.command("CLUSTER", "INFO")).contains("cluster_state:ok")));
    }

    /** Kills the master of a slot and waits until a replica has taken over; the new master. */
    public RedisServer failOver(int slot) {
        RedisServer old = masterOf(slot);
        old.kill();
        RedisServers.await(
                "a new master", PATIENCE, () -> masters().stream().anyMatch(node -> node != old && serves(node, slot)));
        awaitHealthy();
        return masterOf(slot);
    }

    /** Moves an empty or filled slot to another master, as {@code redis-cli --cluster reshard} does. */
    public void moveSlot(int slot, RedisServer to) {
        RedisServer from = masterOf(slot);
        String source = id(from);
        String target = id(to);
        to.command("CLUSTER", "SETSLOT", Integer.toString(slot), "IMPORTING", source);
        from.command("CLUSTER", "SETSLOT", Integer.toString(slot), "MIGRATING", target);
        while (true) {
            List<?> keys = list(from.command("CLUSTER", "GETKEYSINSLOT", Integer.toString(slot), "100"));
            if (keys.isEmpty()) {
                break;
            }
            List<String> migrate = new ArrayList<>(
                    List.of("MIGRATE", "127.0.0.1", Integer.toString(to.port()), "", "0", "5000", "KEYS"));
            keys.forEach(key -> migrate.add(String.valueOf(key)));
            from.command(migrate.toArray(new String[0]));
        }
        to.command("CLUSTER", "SETSLOT", Integer.toString(slot), "NODE", target);
        from.command("CLUSTER", "SETSLOT", Integer.toString(slot), "NODE", target);
    }

    @Override
    public void close() {
        proxies.forEach(FaultProxy::close);
        nodes.forEach(RedisServer::close);
    }

    private void launch(FaultProxy.@Nullable Plan plan) {
        List<Integer> busPorts = new ArrayList<>();
        for (int i = 0; i < 2 * MASTERS; i++) {
            int port = RedisServer.freePort();
            int bus = RedisServer.freePort();
            RedisServers.Options options = new RedisServers.Options()
                    .port(port)
                    .with("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
                    .with("--cluster-port", Integer.toString(bus))
                    .with("--repl-diskless-sync-delay", "0", "--cluster-allow-replica-migration", "no");
            if (plan != null) {
                FaultProxy proxy = new FaultProxy(port, plan.withSeed(plan.seed() + i));
                proxies.add(proxy);
                options.with("--cluster-announce-port", Integer.toString(proxy.port()));
            }
            nodes.add(RedisServers.standalone(options));
            busPorts.add(bus);
        }
        meet(busPorts);
        shareSlots();
        for (int i = 0; i < MASTERS; i++) {
            nodes.get(MASTERS + i).command("CLUSTER", "REPLICATE", id(nodes.get(i)));
        }
        RedisServers.await(
                "replicas that follow",
                PATIENCE,
                () -> nodes.stream()
                        .skip(MASTERS)
                        .allMatch(node ->
                                node.info("replication", "master_link_status").equals("up")));
        RedisServers.await(
                "a cluster of which all know",
                PATIENCE,
                () -> nodes.stream().allMatch(node -> replicasKnownTo(node) == MASTERS));
        awaitHealthy();
    }

    private void meet(List<Integer> busPorts) {
        RedisServer first = nodes.get(0);
        for (int i = 0; i < nodes.size(); i++) {
            RedisServer node = nodes.get(i);
            node.command("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            if (i > 0) {
                first.command(
                        "CLUSTER",
                        "MEET",
                        "127.0.0.1",
                        Integer.toString(node.port()),
                        Integer.toString(busPorts.get(i)));
            }
        }
        RedisServers.await(
                "nodes that know each other",
                PATIENCE,
                () -> nodes.stream()
                        .allMatch(node ->
                                node.info("cluster", "cluster_enabled").equals("1") && knows(node) == nodes.size()));
    }

    private void shareSlots() {
        for (int i = 0; i < MASTERS; i++) {
            nodes.get(i)
                    .command(
                            "CLUSTER",
                            "ADDSLOTSRANGE",
                            Integer.toString(i * SLOTS / MASTERS),
                            Integer.toString((i + 1) * SLOTS / MASTERS - 1));
        }
    }

    private int clientPort(RedisServer node) {
        return proxies.isEmpty()
                ? node.port()
                : proxies.get(nodes.indexOf(node)).port();
    }

    /** How many nodes it knows by a finished handshake. */
    private static long knows(RedisServer node) {
        return String.valueOf(node.command("CLUSTER", "NODES"))
                .lines()
                .filter(line -> !line.contains("handshake"))
                .count();
    }

    private static long replicasKnownTo(RedisServer node) {
        return String.valueOf(node.command("CLUSTER", "NODES"))
                .lines()
                .filter(line -> line.contains("slave"))
                .count();
    }

    private static boolean serves(RedisServer node, int slot) {
        return list(node.command("CLUSTER", "SLOTS")).stream().anyMatch(range -> {
            List<?> fields = list(range);
            return (Long) fields.get(0) <= slot
                    && slot <= (Long) fields.get(1)
                    && list(fields.get(2)).get(2).equals(id(node));
        });
    }

    private static String id(RedisServer node) {
        return String.valueOf(node.command("CLUSTER", "MYID"));
    }

    private static boolean isMaster(RedisServer node) {
        return node.info("replication", "role").equals("master");
    }

    private static List<?> list(@Nullable Object answer) {
        return (List<?>) Objects.requireNonNull(answer);
    }
}
