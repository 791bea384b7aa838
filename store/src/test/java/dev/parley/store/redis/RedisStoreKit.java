package dev.parley.store.redis;

import dev.parley.store.Store;
import dev.parley.store.StoreContract;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The kit over the link, on the servers that a subclass names. */
abstract class RedisStoreKit extends StoreContract {
    /** Fewer than in earnest, as the kit fires all of them again and again. */
    private static final int PARTITIONS = 8;

    private static final SystemTime REAL = new SystemTime();

    private final Map<Store, BarrierLink> links = new ConcurrentHashMap<>();

    /** Where the servers are. */
    abstract String url();

    /** The masters of a cluster; empty where there is only one. */
    List<RedisServer> masters() {
        return List.of();
    }

    @Override
    protected Store open(ManualTime time, StoreSettings settings) {
        BarrierLink link = new BarrierLink(TestLink.ofStore(url()), masters());
        RedisStore store = new RedisStore(
                link, new Partitions(UUID.randomUUID() + ":", PARTITIONS), settings, REAL, time::nowMillis);
        links.put(store, link);
        store.start().block(Duration.ofSeconds(10));
        return store;
    }

    @Override
    protected int liveSubscriptions(Store store) {
        return ((RedisStore) store).liveSubscriptions();
    }

    @Override
    protected void awaitTold(Store store) {
        BarrierLink link = links.get(store);
        if (link != null) {
            link.await();
        }
    }
}
