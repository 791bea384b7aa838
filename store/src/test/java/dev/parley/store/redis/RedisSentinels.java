package dev.parley.store.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A real master with two replicas, watched by three Sentinels of which two decide. A killed master is replaced within two to
 * four seconds. For use by one thread at a time.
 */
public final class RedisSentinels implements AutoCloseable {
    /** The name under which the Sentinels know the master. */
    public static final String NAME = "parley";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();
    private final List<FaultProxy> proxies = new ArrayList<>();

    private RedisSentinels() {}

    /** Starts servers that are reached directly. */
    public static RedisSentinels start() {
        return start(null);
    }

    /**
     * Starts servers that are known to everybody by the addresses of proxies before them, one each.
     *
     * @param plan the faults that the proxies give, each from a seed of its own; null for no proxies
     */
    public static RedisSentinels start(FaultProxy.@Nullable Plan plan) {
        RedisSentinels group = new RedisSentinels();
        try {
            group.launch(plan);
            return group;
        } catch (RuntimeException e) {
            group.close();
            throw e;
        }
    }

    /** The servers in the order of their start: the first was the master then. */
    public List<RedisServer> servers() {
        return List.copyOf(servers);
    }

    /** The Sentinels. */
    public List<RedisServer> sentinels() {
        return List.copyOf(sentinels);
    }

    /** The proxies before the servers, in the same order; empty when there are none. */
    public List<FaultProxy> proxies() {
        return List.copyOf(proxies);
    }

    /** The address of the whole, naming the Sentinels. */
    public String url() {
        return "redis-sentinel://"
                + sentinels.stream()
                        .map(sentinel -> "127.0.0.1:" + sentinel.port())
                        .collect(Collectors.joining(","))
                + "/" + NAME;
    }

    /** The server that a Sentinel names as the master. */
    public RedisServer master() {
        return sentinels.stream()
                .filter(RedisServer::isRunning)
                .map(this::masterBy)
                .findFirst()
                .orElseThrow();
    }

    /** Kills the master and waits until all Sentinels name another one, which is a master by its own view; that one. */
    public RedisServer failOver() {
        RedisServer old = master();
        old.kill();
        return awaitOther(old);
    }

    /** Waits until all Sentinels name another master than this one, which is a master by its own view; that one. */
    public RedisServer awaitOther(RedisServer old) {
        RedisServers.await(
                "a new master",
                PATIENCE,
                () -> sentinels.stream()
                        .filter(RedisServer::isRunning)
                        .map(this::masterBy)
                        .allMatch(server -> server != old
                                && server.isRunning()
                                && server.info("replication", "role").equals("master")));
        return master();
    }

    @Override
    public void close() {
        sentinels.forEach(RedisServer::close);
        proxies.forEach(FaultProxy::close);
        servers.forEach(RedisServer::close);
    }

    private void launch(FaultProxy.@Nullable Plan plan) {
        for (int i = 0; i < 3; i++) {
            int port = RedisServer.freePort();
            RedisServers.Options options = new RedisServers.Options()
                    .port(port)
                    .with("--repl-diskless-sync-delay", "0", "--repl-timeout", "5", "--repl-ping-replica-period", "1");
            if (plan != null) {
                FaultProxy proxy = new FaultProxy(port, plan.withSeed(plan.seed() + i));
                proxies.add(proxy);
                options.with("--replica-announce-ip", "127.0.0.1");
                options.with("--replica-announce-port", Integer.toString(proxy.port()));
            }
            servers.add(RedisServers.standalone(options));
            if (i > 0) {
                servers.get(i).command("REPLICAOF", "127.0.0.1", Integer.toString(clientPort(servers.get(0))));
            }
        }
        RedisServers.await(
                "replicas that follow",
                PATIENCE,
                () -> servers.stream()
                        .skip(1)
                        .allMatch(server ->
                                server.info("replication", "master_link_status").equals("up")));
        String lines = "sentinel monitor " + NAME + " 127.0.0.1 " + clientPort(servers.get(0)) + " 2\n"
                + "sentinel down-after-milliseconds " + NAME + " 1000\n"
                + "sentinel failover-timeout " + NAME + " 4000\n"
                + "sentinel parallel-syncs " + NAME + " 2\n";
        for (int i = 0; i < 3; i++) {
            sentinels.add(RedisServers.standalone(new RedisServers.Options().sentinel(lines)));
        }
        RedisServers.await(
                "Sentinels that know each other",
                PATIENCE,
                () -> sentinels.stream()
                        .allMatch(sentinel ->
                                masterField(sentinel, "num-other-sentinels").equals("2")
                                        && masterField(sentinel, "num-slaves").equals("2")));
    }

    private RedisServer masterBy(RedisServer sentinel) {
        String port = masterField(sentinel, "port");
        return servers.stream()
                .filter(server -> port.equals(Integer.toString(clientPort(server))))
                .findFirst()
                .orElseThrow();
    }

    private int clientPort(RedisServer server) {
        return proxies.isEmpty()
                ? server.port()
                : proxies.get(servers.indexOf(server)).port();
    }

    private static String masterField(RedisServer sentinel, String field) {
        List<?> fields = (List<?>) sentinel.command("SENTINEL", "MASTER", NAME);
        int at = fields == null ? -1 : fields.indexOf(field);
        return at < 0 || fields == null ? "" : String.valueOf(fields.get(at + 1));
    }
}
