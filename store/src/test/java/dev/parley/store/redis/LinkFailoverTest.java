package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.store.StoreException;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The link to several servers")
final class LinkFailoverTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String OPTIONS = "?commandTimeoutMillis=1000";

    @Test
    @DisplayName("follows slots that move without reordering or doubling a single call")
    void movingSlots() {
        try (RedisCluster cluster = RedisCluster.start();
                TestLink link = new TestLink(cluster.url() + OPTIONS)) {
            List<RedisServer> masters = cluster.masters();
            int slot = SlotHash.getSlot(TestLink.key("k"));
            List<CompletionStage<?>> calls = new ArrayList<>();
            for (int round = 0; round < 6; round++) {
                RedisServer to = masters.get((masters.indexOf(cluster.masterOf(slot)) + 1) % masters.size());
                Thread mover = new Thread(() -> cluster.moveSlot(slot, to));
                mover.start();
                while (mover.isAlive()) {
                    for (int i = 0; i < 50; i++) {
                        calls.add(link.appending("k", Integer.toString(calls.size())));
                    }
                    TestLink.get(calls.get(calls.size() - 1));
                }
            }
            calls.forEach(TestLink::get);
            assertThat(link.read("k"))
                    .containsExactlyElementsOf(IntStream.range(0, calls.size())
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }

    @Test
    @DisplayName("goes to the new master of a slot, knows its run id, has its functions there, and hears its channels")
    void clusterFailover() {
        try (RedisCluster cluster = RedisCluster.start();
                TestLink link = new TestLink(cluster.url() + OPTIONS)) {
            for (String key : List.of("a", "b", "c", "d", "e", "f")) {
                assertThat(link.append(key, "one"))
                        .isEqualTo(cluster.masterOf(SlotHash.getSlot(TestLink.key(key)))
                                .info("server", "run_id"));
            }
            RedisLink.Channel channel = new RedisLink.Channel("test:{a}:", true);
            TestLink.Heard heard = link.listen(channel);

            RedisServer next = cluster.failOver(SlotHash.getSlot(TestLink.key("a")));

            awaitReady(link);
            assertThat(link.append("a", "two")).isEqualTo(next.info("server", "run_id"));
            RedisServers.await("the subscription", SOON, () -> heard.restored.get() > 0);
            link.tell(channel, heard, "told");
        }
    }

    @Test
    @DisplayName("goes to the master that Sentinels name, and leaves one that was frozen while it was replaced")
    void sentinelFailover() {
        try (RedisSentinels group = RedisSentinels.start();
                TestLink link = new TestLink(group.url() + OPTIONS)) {
            RedisServer first = group.master();
            assertThat(link.append("k", "one")).isEqualTo(first.info("server", "run_id"));
            RedisLink.Channel channel = new RedisLink.Channel("test:{k}:", true);
            TestLink.Heard heard = link.listen(channel);

            first.pause();
            RedisServer second = group.awaitOther(first);
            awaitReady(link);
            first.resume();

            assertThat(link.append("k", "two")).isEqualTo(second.info("server", "run_id"));
            assertThat(link.read("k")).contains("two");
            RedisServers.await("the subscription", SOON, () -> heard.restored.get() > 0);
            link.tell(channel, heard, "told");

            RedisServers.await(
                    "replicas that follow",
                    SOON,
                    () -> first.info("replication", "master_link_status").equals("up"));
            RedisServer third = group.failOver();
            awaitReady(link);
            assertThat(link.append("k", "three")).isEqualTo(third.info("server", "run_id"));
        }
    }

    private static void awaitReady(TestLink link) {
        RedisServers.await("the connection", SOON, () -> {
            try {
                TestLink.get(link.link.ping());
                return true;
            } catch (StoreException.Unavailable e) {
                return false;
            }
        });
    }
}
