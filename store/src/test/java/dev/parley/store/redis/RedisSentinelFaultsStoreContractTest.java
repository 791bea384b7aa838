package dev.parley.store.redis;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on the master that Sentinels name, by connections that break")
final class RedisSentinelFaultsStoreContractTest extends RedisFaultsKit {
    private RedisSentinels group;

    @BeforeAll
    void start() {
        group = RedisSentinels.start(PLAN);
        group.servers().forEach(FaultProxy::welcomeSpared);
    }

    @AfterAll
    void stop() {
        group.close();
    }

    @Override
    String url() {
        return spared(group.url());
    }

    @Override
    String faultyUrl() {
        return group.url();
    }

    @Override
    List<FaultProxy> proxies() {
        return group.proxies();
    }
}
