package dev.parley.loadtest;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The Redis servers of a run: one alone, a master with replicas behind Sentinels, or a cluster. Blocks; any thread. */
interface RedisSetup extends AutoCloseable {
    /** The kinds of set-up. */
    enum Kind {
        /** One server. */
        SINGLE,
        /** A master, two replicas, three Sentinels. */
        SENTINEL,
        /** Three masters with a replica each. */
        CLUSTER;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The address that gateways are given. */
    String url();

    /** All servers that hold data. */
    List<RedisProcess> servers();

    /** Those that are masters now, in an order that a failover does not change where it can be helped; never empty. */
    List<RedisProcess> masters();

    /** Whether every server is up and every replica follows its master. */
    boolean isWhole();

    /** Makes a replica take over from a master that is in good health. */
    void handOver(RedisProcess master);

    @Override
    void close();

    /**
     * Starts servers.
     *
     * @param logs where their logs go
     * @param options more options for each server of data
     */
    static RedisSetup start(Kind kind, Path logs, List<String> options) {
        return switch (kind) {
            case SINGLE -> new RedisAlone(logs, options);
            case SENTINEL -> new RedisSentinels(logs, options);
            case CLUSTER -> new RedisCluster(logs, options);
        };
    }

    /** Whether a server says that it is a master. */
    static boolean isMaster(RedisProcess server) {
        return server.info("replication", "role").equals("master");
    }

    /** Whether a server says that it follows a master. */
    static boolean follows(RedisProcess server) {
        return server.info("replication", "master_link_status").equals("up");
    }
}
