package dev.parley.store.redis;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on a Redis Cluster, by connections that break")
final class RedisClusterFaultsStoreContractTest extends RedisFaultsKit {
    private RedisCluster cluster;

    @BeforeAll
    void start() {
        cluster = RedisCluster.start(PLAN);
        cluster.nodes().forEach(FaultProxy::welcomeSpared);
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    @Override
    String url() {
        return spared(cluster.url());
    }

    @Override
    String faultyUrl() {
        return cluster.url();
    }

    @Override
    List<FaultProxy> proxies() {
        return cluster.proxies();
    }

    @Override
    List<RedisServer> masters() {
        return cluster.nodes().subList(0, 3);
    }
}
