package dev.parley.store.redis;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on the master that Sentinels name")
final class RedisSentinelStoreContractTest extends RedisStoreKit {
    private RedisSentinels servers;

    @BeforeAll
    void start() {
        servers = RedisSentinels.start();
    }

    @AfterAll
    void stop() {
        servers.close();
    }

    @Override
    String url() {
        return servers.url();
    }
}
