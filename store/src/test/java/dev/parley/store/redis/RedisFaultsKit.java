package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.store.RepeatingStore;
import dev.parley.store.Store;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * The kit through proxies that cut, delay and stall connections at moments drawn from a seed, by a caller that repeats what
 * failed. {@code ./parley test faults N} runs it by a seed; a failure names its own. What threads and time-outs add is not in
 * the seed, so a failure may take several runs of it.
 *
 * <p>Firing and what comes by channels goes by connections without faults: whoever loses the answer to a fire does not learn
 * what was fired, and channels are hints, so a caller could tell.
 */
@Tag("faults")
@ExtendWith(RedisFaultsKit.NamesSeed.class)
abstract class RedisFaultsKit extends RedisStoreKit {
    static final long SEED = Long.getLong("parley.faults.seed", 1);

    /** A fault comes after some ten to twenty calls, on average; many hit the making of the next connection. */
    static final FaultProxy.Plan PLAN =
            new FaultProxy.Plan(SEED, 25_000, Duration.ofMillis(20), Duration.ofMillis(1500));

    private static final String IMPATIENT =
            "?commandTimeoutMillis=1000&connectTimeoutMillis=3000&startTimeoutMillis=60000";

    private final SystemTime time = new SystemTime();

    /** Where the servers are when one goes by their proxies; {@link #url} is for whoever is spared. */
    abstract String faultyUrl();

    abstract List<FaultProxy> proxies();

    /** The same address for {@link FaultProxy#SPARED}, for servers that name their proxies to everybody. */
    static String spared(String url) {
        return url.replace("://", "://" + FaultProxy.SPARED + ":" + FaultProxy.SPARED + "@");
    }

    @Override
    RedisLink openLink() {
        return new HalfFaulty(super.openLink(), TestLink.ofStore(faultyUrl() + IMPATIENT));
    }

    @Override
    Store caller(Store store) {
        return new RepeatingStore(store, time);
    }

    @Override
    protected int raceShare() {
        return 10;
    }

    @Override
    protected int repeatsOfWhatFailed() {
        return 10;
    }

    /** Last of all, so that a plan that gives no faults does not pass for a store that stands them. */
    @AfterAll
    void faultsWereGiven() {
        int faults = proxies().stream().mapToInt(FaultProxy::faults).sum();
        time.close();
        assertThat(faults).as("faults").isGreaterThan(50);
    }

    /** Functions go by the faulty way, all else by the other one. */
    private record HalfFaulty(RedisLink good, RedisLink bad) implements RedisLink {
        @Override
        public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
            return (function == RedisFunction.FIRE ? good : bad).call(function, key, args);
        }

        @Override
        public CompletionStage<Void> publish(Channel channel, byte[] payload) {
            return good.publish(channel, payload);
        }

        @Override
        public CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener) {
            return good.subscribe(channel, listener);
        }

        @Override
        public CompletionStage<Void> ping() {
            return bad.ping();
        }

        @Override
        public long nowMillis() {
            return good.nowMillis();
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.allOf(
                    good.close().toCompletableFuture(), bad.close().toCompletableFuture());
        }
    }

    /** Tells the seed with a failure. */
    static final class NamesSeed implements TestExecutionExceptionHandler {
        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) {
            throw new AssertionError("with -Dparley.faults.seed=" + SEED, failure);
        }
    }
}
