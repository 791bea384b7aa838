package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store on Redis")
final class RedisStoreContractTest extends RedisStoreKit {
    /** Removes the keys that begin with a prefix, and answers those of them that had no expiry. */
    private static final String REMOVE = """
            local lasting = {}
            for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
              if redis.call('PTTL', key) == -1 then
                lasting[#lasting + 1] = key
              end
              redis.call('UNLINK', key)
            end
            return lasting
            """;

    @Override
    String url() {
        return RedisServers.shared().url();
    }

    /** More rounds than behind Sentinels and on a cluster, where the same functions meet in the same way. */
    @Override
    protected int raceShare() {
        return 3;
    }

    /** Whatever a test did: what gateways forget, or died over, must not stay for good. */
    @AfterEach
    void everyKeyHasAnExpiry() {
        List<Object> lasting = new ArrayList<>();
        for (String prefix = prefixes.poll(); prefix != null; prefix = prefixes.poll()) {
            lasting.addAll((List<?>) RedisServers.shared().command("EVAL", REMOVE, "0", prefix));
        }
        assertThat(lasting).as("keys without an expiry").isEmpty();
    }
}
