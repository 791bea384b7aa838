package dev.parley.store.redis;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on a Redis Cluster")
final class RedisClusterStoreContractTest extends RedisStoreKit {
    private RedisCluster cluster;

    @BeforeAll
    void start() {
        cluster = RedisCluster.start();
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    @Override
    String url() {
        return cluster.url();
    }

    @Override
    List<RedisServer> masters() {
        return cluster.nodes().subList(0, 3);
    }
}
