package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore.AgentListener;
import dev.parley.store.EventLog.Append;
import dev.parley.store.RecordingFeed;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.StoreSettings;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two gateways' stores on the server that all tests share, on one virtual clock, with a session {@code s}. */
abstract class TwoStores {
    static final long START = 1_767_225_600_000L;
    static final Duration SOON = Duration.ofSeconds(60);

    final SystemTime real = new SystemTime();
    final AtomicLong now = new AtomicLong(START);
    final Partitions partitions = new Partitions(UUID.randomUUID() + ":", 8);
    final List<RedisStore> opened = new ArrayList<>();
    final DeafLink deafLink = new DeafLink(link());
    final RedisStore one = open(link());
    final RedisStore two = open(deafLink);

    @BeforeEach
    void session() {
        get(one.sessions()
                .create(new SessionBuilder("s", START).timeoutSeconds(600).create()));
    }

    @AfterEach
    void close() {
        opened.forEach(store -> store.close().block(SOON));
        real.close();
    }

    RedisLink link() {
        return TestLink.ofStore(RedisServers.shared().url() + RedisStoreKit.PATIENT);
    }

    RedisStore open(RedisLink link) {
        return open(link, partitions, now::get);
    }

    RedisStore open(RedisLink link, Partitions partitions, @Nullable LongSupplier clock) {
        RedisStore store = new RedisStore(link, partitions, StoreSettings.DEFAULT, real, clock);
        opened.add(store);
        store.start().block(SOON);
        return store;
    }

    static RecordingFeed listen(RedisStore store) {
        RecordingFeed feed = new RecordingFeed();
        get(store.log().subscribe("s", feed));
        return feed;
    }

    static long append(RedisStore store, String messageId) {
        return get(store.log().append(new Append("s", messageId, "ann", null, null, RawJson.EMPTY_OBJECT, -1)))
                .event()
                .seq();
    }

    static int fire(RedisStore store) {
        return get(Flux.range(0, store.sessions().partitions())
                .flatMap(partition -> store.sessions().fire(partition, 100))
                .map(Fired::latenessMillis)
                .reduce(0, (sum, lateness) -> sum + lateness.length));
    }

    static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block(SOON));
    }

    static Agent agent(String id) {
        return agent(id, null);
    }

    static Agent agent(String id, @Nullable Instant asked) {
        Instant at = Instant.EPOCH;
        return new Agent(
                id,
                null,
                "default",
                null,
                "default",
                RawJson.of("[]"),
                false,
                asked,
                at,
                at,
                "healthy",
                0,
                null,
                null,
                null,
                null);
    }

    static final class Holders implements AgentListener {
        final List<String> told = new CopyOnWriteArrayList<>();

        /** Apart: the assignment of the session that every test begins with may still be on its way. */
        final List<String> assigned = new CopyOnWriteArrayList<>();

        final Map<String, String> last = new ConcurrentHashMap<>();

        @Override
        public void onHolder(Agent agent, @Nullable String connectionId) {
            told.add(connectionId == null ? "offline" : connectionId);
            last.put(agent.id(), connectionId == null ? "offline" : connectionId);
        }

        @Override
        public void onAssigned(String agentId, String sessionId) {
            assigned.add(agentId + " in " + sessionId);
        }
    }
}
