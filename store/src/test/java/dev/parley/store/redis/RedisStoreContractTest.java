package dev.parley.store.redis;

import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on Redis")
final class RedisStoreContractTest extends RedisStoreKit {
    @Override
    String url() {
        return RedisServers.shared().url();
    }

    /** More rounds than behind Sentinels and on a cluster, where the same functions meet in the same way. */
    @Override
    protected int raceShare() {
        return 3;
    }
}
