package dev.parley.store.redis;

import dev.parley.store.Store;
import dev.parley.store.StoreContract;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import reactor.util.retry.Retry;

/** The kit over the link, on the servers that a subclass names. All tests have one link, and each a key prefix of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RedisStoreKit extends StoreContract {
    /** Fewer than in earnest, as the kit fires all of them again and again. */
    private static final int PARTITIONS = 8;

    /** The contract is not about time-outs, which a busy machine would make it fail by. */
    static final String PATIENT = "?commandTimeoutMillis=15000&connectTimeoutMillis=15000&startTimeoutMillis=60000";

    /** Through a proxy that breaks one connection after another it takes a while until one stands. */
    private static final Duration OPENING = Duration.ofMinutes(1);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private static final SystemTime REAL = new SystemTime();

    private final Map<Store, Opened> opened = new ConcurrentHashMap<>();
    /** What the keys of the stores begin with that were opened since somebody took them from here. */
    final Queue<String> prefixes = new ConcurrentLinkedQueue<>();

    private @Nullable RedisLink shared;

    /** A store, and what tells when its channels are empty. */
    private record Opened(RedisStore store, BarrierLink link) {}

    /** Where the servers are. */
    abstract String url();

    /** The masters of a cluster; empty where there is only one. */
    List<RedisServer> masters() {
        return List.of();
    }

    @AfterAll
    void closeLink() {
        if (shared != null) {
            TestLink.get(shared.close());
        }
    }

    /** Opens the link that all tests have. */
    RedisLink openLink() {
        return TestLink.ofStore(url() + PATIENT);
    }

    /** The store as its caller sees it. */
    Store caller(Store store) {
        return store;
    }

    private RedisLink link() {
        RedisLink known = shared;
        if (known == null) {
            known = openLink();
            shared = known;
        }
        return known;
    }

    @Override
    protected Store open(ManualTime time, StoreSettings settings) {
        BarrierLink link = new BarrierLink(link(), masters());
        String prefix = UUID.randomUUID() + ":";
        prefixes.add(prefix);
        RedisStore store = new RedisStore(link, new Partitions(prefix, PARTITIONS), settings, REAL, time::nowMillis);
        Store caller = caller(store);
        opened.put(caller, new Opened(store, link));
        store.start()
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, PAUSE).filter(StoreException.Unavailable.class::isInstance))
                .block(OPENING);
        return caller;
    }

    @Override
    protected int raceShare() {
        return 4;
    }

    @Override
    protected int liveSubscriptions(Store store) {
        return Objects.requireNonNull(opened.get(store)).store().liveSubscriptions();
    }

    @Override
    protected void awaitTold(Store store) {
        Opened known = opened.get(store);
        if (known != null) {
            known.link().await();
        }
    }
}
