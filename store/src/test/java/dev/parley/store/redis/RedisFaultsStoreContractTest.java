package dev.parley.store.redis;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on Redis, by connections that break")
final class RedisFaultsStoreContractTest extends RedisFaultsKit {
    private RedisServer server;
    private FaultProxy proxy;

    @BeforeAll
    void start() {
        server = RedisServers.standalone(new RedisServers.Options());
        proxy = new FaultProxy(server.port(), PLAN);
    }

    @AfterAll
    void stop() {
        proxy.close();
        server.close();
    }

    @Override
    String url() {
        return server.url();
    }

    @Override
    String faultyUrl() {
        return "redis://127.0.0.1:" + proxy.port();
    }

    @Override
    List<FaultProxy> proxies() {
        return List.of(proxy);
    }
}
