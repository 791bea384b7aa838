package dev.parley.store.redis;

import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on Redis")
final class RedisStoreContractTest extends RedisStoreKit {
    @Override
    String url() {
        return RedisServers.shared().url();
    }
}
