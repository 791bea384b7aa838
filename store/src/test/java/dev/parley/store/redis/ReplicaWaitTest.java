package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Appended;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionBuilder;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@DisplayName("Where a replica is waited for, what is acknowledged")
final class ReplicaWaitTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final SystemTime real = new SystemTime();
    private final RedisServer master = RedisServers.standalone(new RedisServers.Options());
    private final RedisServer replica =
            RedisServers.standalone(new RedisServers.Options().with("--repl-diskless-sync-delay", "0"));
    private final List<RedisStore> opened = new ArrayList<>();

    @BeforeEach
    void replicate() {
        replica.command("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
        RedisServers.await(
                "the replica",
                SOON,
                () -> replica.info("replication", "master_link_status").equals("up"));
    }

    @AfterEach
    void close() {
        opened.forEach(store -> store.close().block(SOON));
        replica.close();
        master.close();
        real.close();
    }

    @Test
    @DisplayName("is on the replica when the master dies right afterwards")
    void masterDies() {
        RedisStore store = open(master, "?waitMillis=10000&commandTimeoutMillis=20000", 1);
        create(store);
        List<Long> acknowledged = get(Flux.range(0, 500)
                .flatMapSequential(i -> append(store, "m" + i), 100)
                .map(appended -> appended.event().seq())
                .collectList());
        master.kill();

        replica.command("REPLICAOF", "NO", "ONE");
        RedisStore after = open(replica, "", 0);
        assertThat(get(after.log().read("s", 1, 1000)))
                .extracting(LoggedEvent::seq)
                .containsExactlyElementsOf(acknowledged);
    }

    @Test
    @DisplayName(
            "is not, while the replica is frozen: the outcome is unknown within the limit, and a repeat settles it")
    void replicaFrozen() {
        RedisStore store = open(master, "?waitMillis=1000&commandTimeoutMillis=20000", 1);
        create(store);
        replica.pause();
        long frozenAt = real.nanoTime();
        List<String> refused = get(Flux.range(0, 100)
                .flatMap(i -> append(store, "m" + i)
                        .map(done -> "done")
                        .onErrorResume(
                                StoreException.Unavailable.class,
                                away -> Mono.just(away.outcomeUnknown() ? "unknown" : "not done")))
                .collectList());
        assertThat(refused).hasSize(100).containsOnly("unknown");
        // From now on each wait is a glance, so that what does not need the replicas does not stand still.
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> append(store, "m0").block(SOON)).isInstanceOf(StoreException.Unavailable.class);
        }
        assertThat(Duration.ofNanos(real.nanoTime() - frozenAt)).isLessThan(Duration.ofSeconds(30));

        replica.resume();
        RedisServers.await("the replica to follow again", SOON, () -> {
            try {
                append(store, "m0").block(SOON);
                return true;
            } catch (StoreException.Unavailable e) {
                return false;
            }
        });
        for (int i = 0; i < 100; i++) {
            assertThat(get(append(store, "m" + i)).duplicate()).isTrue();
        }
        assertThat(get(store.log().read("s", 1, 1000))).hasSize(100);
    }

    @Test
    @DisplayName("needs a user who may wait: where that is denied a start says so")
    void denied() {
        RedisServers.Options options =
                new RedisServers.Options().user("hasty", ">secret", "~*", "&*", "+@all", "-wait");
        try (RedisServer server = RedisServers.standalone(options)) {
            String url = "redis://hasty:secret@127.0.0.1:" + server.port();
            assertThatThrownBy(() -> TestLink.ofStore(url, 1)).hasStackTraceContaining("needs +wait");
            TestLink.get(TestLink.ofStore(url, 0).close());
        }
    }

    private RedisStore open(RedisServer server, String options, int waitReplicas) {
        RedisStore store = new RedisStore(
                TestLink.ofStore(server.url() + options, waitReplicas),
                new Partitions("wait:", 4),
                StoreSettings.DEFAULT,
                real,
                null);
        opened.add(store);
        store.start().block(SOON);
        return store;
    }

    private void create(RedisStore store) {
        get(store.sessions().create(new SessionBuilder("s", real.nowMillis()).create()));
    }

    private static Mono<Appended> append(RedisStore store, String messageId) {
        return store.log().append(new Append("s", messageId, "ann", null, null, RawJson.EMPTY_OBJECT, -1));
    }

    private static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block(SOON));
    }
}
