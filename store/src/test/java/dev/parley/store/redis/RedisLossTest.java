package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore;
import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Survived;
import dev.parley.store.SessionBuilder;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A server that comes back: what it lost is told of, and nothing else. */
@DisplayName("A Redis that comes back")
final class RedisLossTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final SystemTime real = new SystemTime();
    private final RedisServer server = RedisServers.standalone(new RedisServers.Options());
    private final Partitions partitions = new Partitions("loss:", 4);
    private RedisStore store = open();

    @AfterEach
    void close() {
        store.close().block(SOON);
        server.close();
        real.close();
    }

    @Test
    @DisplayName("with all that was there keeps every position whole, though its epoch is another")
    void cleanRestart() {
        create("s");
        append("s", "m1");
        append("s", "m2");
        String before = epoch("s");
        restart(() -> {});
        assertThat(survived("s", before)).isEqualTo(new Survived(before, 3));
        append("s", "m3");
        String after = epoch("s");
        assertThat(after).isNotEqualTo(before);
        assertThat(survived("s", before)).isEqualTo(new Survived(after, 3));
        assertThat(survived("s", after)).isEqualTo(new Survived(after, 4));
    }

    @Test
    @DisplayName("with older data tells how much of a log is left, also after new entries have taken the lost numbers")
    void rolledBack() {
        create("s");
        create("untouched");
        append("s", "m1");
        String before = epoch("s");
        restart(() -> {
            append("s", "m2");
            append("s", "m3");
        });
        assertThat(survived("s", before).seq()).isEqualTo(2);
        append("s", "other1");
        append("s", "other2");
        append("s", "other3");
        assertThat(survived("s", before)).isEqualTo(new Survived(epoch("s"), 2));
        assertThat(survived("untouched", epoch("untouched")).seq()).isEqualTo(1);
    }

    @Test
    @DisplayName("again and again tells what is left since the time that is asked about")
    void manyTimes() {
        create("s");
        append("s", "m1");
        String first = epoch("s");
        restart(() -> append("s", "lost"));
        append("s", "m2");
        String second = epoch("s");
        restart(() -> {});
        append("s", "m3");
        assertThat(survived("s", first).seq()).isEqualTo(2);
        assertThat(survived("s", second).seq()).isEqualTo(3);
    }

    @Test
    @DisplayName("with an epoch that never was, as its writes were lost, tells what is common to both")
    void epochThatWasLost() {
        create("s");
        append("s", "m1");
        server.command("SAVE");
        server.kill();
        server.start();
        reopen();
        append("s", "m2");
        String lost = epoch("s");
        server.kill();
        server.start();
        reopen();
        append("s", "other");
        assertThat(survived("s", lost).seq()).isEqualTo(2);
    }

    @Test
    @DisplayName("with nothing has no session, and an id that is used again tells nothing of the log before")
    void empty() {
        create("s");
        append("s", "m1");
        String before = epoch("s");
        store.close().block(SOON);
        server.kill();
        server.startEmpty();
        store = open();
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> store.sessions().load("s").block(SOON))
                .isInstanceOf(StoreException.NotFound.class);
        create("s");
        assertThat(survived("s", before).seq()).isZero();
    }

    @Test
    @DisplayName("with nothing is told of the agents by the gateways that hold them")
    void agents() {
        get(store.agents().connect(agent("bot"), "c1"));
        server.kill();
        server.startEmpty();
        RedisServers.await(
                "the agent",
                SOON,
                () -> get(store.agents()
                        .list("default", true)
                        .map(online -> !online.isEmpty())
                        .onErrorReturn(StoreException.Unavailable.class, false)));
    }

    @Test
    @DisplayName(
            "with older holders of agents believes those who hold them now, and nobody else for longer than a lease")
    void staleHolders() {
        RedisStore other = open();
        get(store.agents().connect(agent("moved"), "here1"));
        get(other.agents().connect(agent("left"), "there"));
        server.command("SAVE");
        get(store.agents().connect(agent("moved"), "here2"));
        other.agents().disconnect("left", "there").block(SOON);
        List<String> told = new CopyOnWriteArrayList<>();
        get(store.agents().subscribe(new AgentStore.AgentListener() {
            @Override
            public void onHolder(Agent agent, @Nullable String connectionId) {
                told.add(agent.id() + " " + connectionId);
            }

            @Override
            public void onAssigned(String agentId, String sessionId) {}
        }));
        server.kill();
        server.start();
        RedisServers.await(
                "those who are there, and their end to be told",
                Duration.ofMillis(RedisAgents.LEASE_MILLIS).plus(SOON),
                () -> online().equals(List.of("moved")) && told.containsAll(List.of("moved here2", "left null")));
        assertThat(told).doesNotContain("moved here1", "moved null");
        other.close().block(SOON);
    }

    private List<String> online() {
        return get(store.agents()
                .list("default", true)
                .map(agents -> agents.stream().map(Agent::id).toList())
                .onErrorReturn(StoreException.Unavailable.class, List.of()));
    }

    private static Agent agent(String id) {
        return new Agent(
                id,
                null,
                "default",
                null,
                "default",
                RawJson.of("[]"),
                false,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                "healthy",
                0,
                null,
                null,
                null,
                null);
    }

    @Test
    @DisplayName("refuses who believes to speak to another server until the partition is fenced, and changes nothing")
    void fence() {
        create("s");
        LettuceLink link = TestLink.ofStore(server.url());
        byte[] key = partitions.key(partitions.of("default", "ann", "s"));
        server.command("HSET", new String(key, java.nio.charset.StandardCharsets.UTF_8) + "p", "run", "another");
        assertThat(link.call(
                                RedisFunction.COUNTS,
                                key,
                                Args.of("", "1", "1", "1").values())
                        .handle((answer, failure) -> String.valueOf(failure))
                        .toCompletableFuture()
                        .join())
                .contains("FENCE");
        String before = epoch("s");
        append("s", "m1");
        assertThat(epoch("s")).isNotEqualTo(before).startsWith(before);
        link.close();
    }

    /** Saves, does something that gets lost, and starts the server again with what was saved. */
    private void restart(Runnable lost) {
        server.command("SAVE");
        lost.run();
        server.kill();
        server.start();
        reopen();
    }

    private void reopen() {
        store.close().block(SOON);
        store = open();
    }

    private RedisStore open() {
        RedisStore opened =
                new RedisStore(TestLink.ofStore(server.url()), partitions, StoreSettings.DEFAULT, real, null);
        opened.start().block(SOON);
        return opened;
    }

    private void create(String id) {
        get(store.sessions().create(new SessionBuilder(id, real.nowMillis()).create()));
    }

    private void append(String id, String messageId) {
        get(store.log().append(new Append(id, messageId, "ann", null, null, RawJson.EMPTY_OBJECT, -1)));
    }

    private String epoch(String id) {
        return get(store.sessions().load(id)).state().epoch();
    }

    private Survived survived(String id, String epoch) {
        return get(store.log().survived(id, epoch));
    }

    private static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block(SOON));
    }
}
