package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The link to one server")
final class LinkFaultsTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private RedisServer server;
    private FaultProxy proxy;
    private TestLink link;

    @BeforeEach
    void open() {
        server = RedisServers.standalone(new RedisServers.Options().appendOnly());
        proxy = new FaultProxy(server.port(), FaultProxy.Plan.NONE);
        link = new TestLink("redis://127.0.0.1:" + proxy.port() + "?commandTimeoutMillis=1000");
    }

    @AfterEach
    void close() {
        link.close();
        proxy.close();
        server.close();
    }

    @Test
    @DisplayName("tells functions the run id of the server, and passes their answers and errors on")
    void calls() {
        assertThat(link.append("k", "one")).isEqualTo(server.info("server", "run_id"));
        assertThat(link.append("k", "two")).isEqualTo(server.info("server", "run_id"));
        assertThat(link.read("k")).containsExactly("one", "two");
        assertThat(link.read("nothing")).isEmpty();
        assertThatThrownBy(() -> TestLink.get(link.link.call(
                        RedisFunction.VOID, TestLink.key("k"), List.of(TestLink.bytes("FENCE the run is another")))))
                .isInstanceOf(RedisRefusal.class)
                .hasMessage("FENCE the run is another");
        TestLink.get(link.link.ping());
    }

    @Test
    @DisplayName("says that the outcome is unknown when the answer is lost, and sends nothing again")
    void lostAnswer() {
        proxy.loseNextAnswer();
        StoreException.Unavailable failure = TestLink.failure(link.appending("k", "once"));
        assertThat(failure.outcomeUnknown()).isTrue();
        awaitReady();
        assertThat(link.read("k")).containsExactly("once");
    }

    @Test
    @DisplayName("sends nothing again that was under way when the connection broke")
    void brokenUnderWay() {
        proxy.stall();
        List<CompletionStage<?>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            calls.add(link.appending("k", "never " + i));
        }
        RedisServers.await("all to be written", SOON, () -> proxy.heldBytes() > 100 * 60);
        proxy.cut();
        assertThat(calls)
                .allSatisfy(call ->
                        assertThat(TestLink.failure(call).outcomeUnknown()).isTrue());
        proxy.restore();
        awaitReady();
        assertThat(link.read("k")).isEmpty();
    }

    @Test
    @DisplayName("fails at once while there is no connection, knowing that nothing was done, and comes back by itself")
    void away() {
        proxy.takeDown();
        RedisServers.await(
                "the loss",
                SOON,
                () -> !TestLink.failure(link.appending("k", "lost")).outcomeUnknown());
        long begun = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            CompletionStage<?> call = link.appending("k", "lost");
            assertThat(call.toCompletableFuture()).as("answered at once").isCompletedExceptionally();
            assertThat(TestLink.failure(call).outcomeUnknown()).isFalse();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(TestLink.failure(link.link.ping())).hasMessageContaining("127.0.0.1:" + proxy.port());
        proxy.restore();
        awaitReady();
        assertThat(link.read("k")).isEmpty();
    }

    @Test
    @DisplayName("fails within the time-out when the server is frozen, and goes on when it is not any more")
    void frozen() {
        server.pause();
        long begun = System.nanoTime();
        assertThat(TestLink.failure(link.appending("k", "perhaps")).outcomeUnknown())
                .isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        RedisServers.await(
                "failures that are sure",
                SOON,
                () -> !TestLink.failure(link.appending("k", "lost")).outcomeUnknown());
        server.resume();
        awaitReady();
        assertThat(link.read("k").stream().filter("perhaps"::equals).count()).isLessThanOrEqualTo(1);
    }

    @Test
    @DisplayName("knows the new run of a server that was started again, and loads the functions there")
    void restart() {
        String before = link.append("k", "one");
        server.kill();
        server.startEmpty();
        awaitReady();
        assertThat(link.append("k", "two"))
                .isEqualTo(server.info("server", "run_id"))
                .isNotEqualTo(before);
        assertThat(link.read("k")).containsExactly("two");
    }

    @Test
    @DisplayName("loads functions that went missing without reordering what is under way")
    void functionsGone() {
        link.close();
        // A busy machine may take long for five loadings; what is asked here is the order.
        link = new TestLink(server.url() + "?commandTimeoutMillis=20000");
        for (int round = 0; round < 5; round++) {
            server.command("FUNCTION", "FLUSH");
            String key = "k" + round;
            List<CompletionStage<?>> calls = IntStream.range(0, 200)
                    .<CompletionStage<?>>mapToObj(i -> link.appending(key, Integer.toString(i)))
                    .toList();
            calls.forEach(TestLink::get);
            assertThat(link.read(key))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 200).mapToObj(Integer::toString).toList());
        }
    }

    @Test
    @DisplayName("subscribes again after a break and says so, for channels of slots and for others")
    void subscriptions() throws Exception {
        for (boolean sharded : new boolean[] {true, false}) {
            RedisLink.Channel channel = new RedisLink.Channel("test:{c}:" + sharded, sharded);
            TestLink.Heard heard = link.listen(channel);
            link.tell(channel, heard, "one");

            int restored = heard.restored.get();
            proxy.cut();
            RedisServers.await("the subscription", SOON, () -> heard.restored.get() > restored);
            awaitReady();
            link.tell(channel, heard, "two");

            int restoredTwice = heard.restored.get();
            server.pause();
            RedisServers.await("the break", SOON, () -> link.link.missingSubscriptions() == 1);
            server.resume();
            RedisServers.await("the subscription", SOON, () -> heard.restored.get() > restoredTwice);
            awaitReady();
            link.tell(channel, heard, "three");
            assertThat(heard.messages.stream().distinct()).containsExactly("one", "two", "three");

            Objects.requireNonNull(heard.subscription).close();
            RedisServers.await("no subscriber", SOON, () -> receivers(channel) == 0);
            assertThat(link.link.subscriptions()).isZero();
        }
    }

    @Test
    @DisplayName("tells the server's time whatever the host's clock says")
    void clock() {
        try (TestLink wrong = TestLink.onWrongClock(server.url(), 3_600_000)) {
            RedisServers.await("a good measurement", SOON, () -> Math.abs(off(wrong)) <= 20);
            RedisServers.await("one with a right clock", SOON, () -> Math.abs(off(link)) <= 20);
        }
    }

    @Test
    @DisplayName("takes an answer that came while this process was stopped for what it is, and keeps the connection")
    void stopped() {
        try (TestLink slow = TestLink.thatSleeps("redis://127.0.0.1:" + proxy.port())) {
            slow.append("k", "before");
            RedisLink.Channel channel = new RedisLink.Channel("test:{c}:stopped", true);
            TestLink.Heard heard = slow.listen(channel);
            proxy.stall();
            CompletionStage<?> call = slow.appending("k", "meanwhile");
            RedisServers.await("the call to be written", SOON, () -> proxy.heldBytes() > 0);

            slow.sleep(Duration.ofSeconds(10));
            proxy.restore();

            TestLink.get(call);
            slow.tell(channel, heard, "told");
            assertThat(slow.read("k")).containsExactly("before", "meanwhile");
            assertThat(heard.restored).hasValue(0);
        }
    }

    private void awaitReady() {
        RedisServers.await("the connection", SOON, () -> {
            try {
                TestLink.get(link.link.ping());
                return true;
            } catch (StoreException.Unavailable e) {
                return false;
            }
        });
    }

    private long receivers(RedisLink.Channel channel) {
        List<?> counts =
                (List<?>) server.command("PUBSUB", channel.sharded() ? "SHARDNUMSUB" : "NUMSUB", channel.name());
        return (Long) Objects.requireNonNull(counts).get(1);
    }

    private long off(TestLink of) {
        List<?> now = (List<?>) Objects.requireNonNull(server.command("TIME"));
        long millis = Long.parseLong((String) now.get(0)) * 1000 + Long.parseLong((String) now.get(1)) / 1000;
        return of.link.nowMillis() - millis;
    }
}
