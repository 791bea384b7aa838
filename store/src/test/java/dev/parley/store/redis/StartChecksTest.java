package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.parley.store.StoreSettings;
import dev.parley.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A store that cannot be opened says in one line why:")
final class StartChecksTest {
    private static final String ALL = "+@all";

    @Test
    @DisplayName("nobody listens, or the host is not known")
    void notThere() {
        int nobody = RedisServer.freePort();
        assertThat(failure("redis://127.0.0.1:" + nobody + "?startTimeoutMillis=1500"))
                .isEqualTo("cannot connect to 127.0.0.1:" + nobody + ": Connection refused");
        assertThat(failure("redis://nowhere.invalid?startTimeoutMillis=1500")).contains("nowhere.invalid");
        assertThat(failure("redis-cluster://127.0.0.1:" + nobody + "?startTimeoutMillis=1500"))
                .contains("cannot connect to 127.0.0.1:" + nobody);
        assertThat(failure("redis-sentinel://127.0.0.1:" + nobody + "/parley?startTimeoutMillis=1500"))
                .contains("cannot connect to 127.0.0.1:" + nobody);
    }

    @Test
    @DisplayName("the password is missing or wrong, or the user has not the rights")
    void rights() {
        RedisServers.Options options = new RedisServers.Options()
                .password("opensesame")
                .user("reader", ">secret", "~*", "&*", "+@read", "+@connection", "+info")
                .user("caller", ">secret", "~other*", "&*", ALL);
        try (RedisServer server = RedisServers.standalone(options)) {
            String place = "127.0.0.1:" + server.port();
            assertThat(failure("redis://" + place)).startsWith(place + " asks for a password");
            assertThat(failure("redis://:guess@" + place))
                    .isEqualTo(place + " refuses the password of the default user");
            assertThat(failure("redis://ann:guess@" + place)).isEqualTo(place + " refuses the password of user ann");
            assertThat(failure("redis://reader:secret@" + place)).contains("denies the right to load functions");
            assertThat(failure("redis://caller:secret@" + place))
                    .contains("denies the right to call functions on keys");
        }
    }

    @Test
    @DisplayName("TLS on one side only, a certificate that is not trusted")
    void tls() {
        TestCertificates certificates = new TestCertificates();
        try (RedisServer plain = RedisServers.standalone(new RedisServers.Options());
                RedisServer secure = RedisServers.standalone(new RedisServers.Options().tls(certificates))) {
            String place = "127.0.0.1:" + secure.port();
            assertThat(failure("rediss://127.0.0.1:" + plain.port()
                            + "?connectTimeoutMillis=2000&startTimeoutMillis=5000"))
                    .contains("does not speak TLS, use redis://");
            assertThat(failure("redis://" + place + "?startTimeoutMillis=1500")).contains("use rediss://");
            assertThat(failure("rediss://" + place)).startsWith("the TLS handshake with " + place + " failed");
            try (TestLink link = new TestLink("rediss://" + place + "?tlsCa=" + certificates.certificate())) {
                link.append("k", "one");
                assertThat(link.read("k")).containsExactly("one");
            }
        }
    }

    @Test
    @DisplayName("keys are thrown away, a replica, a cluster that is taken for a server and the other way round")
    void unfit() {
        try (RedisServer evicting = RedisServers.standalone(
                        new RedisServers.Options().with("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"));
                RedisServer cluster =
                        RedisServers.standalone(new RedisServers.Options().with("--cluster-enabled", "yes"));
                RedisServer replica = RedisServers.standalone(new RedisServers.Options())) {
            assertThat(failure(evicting.url()))
                    .contains("maxmemory-policy allkeys-lru")
                    .contains("noeviction");
            assertThat(failure(cluster.url()))
                    .endsWith("belongs to a Redis Cluster: write redis-cluster://127.0.0.1:" + cluster.port());
            replica.command("REPLICAOF", "127.0.0.1", Integer.toString(evicting.port()));
            assertThat(failure(replica.url())).contains("read-only replica of 127.0.0.1:" + evicting.port());
            assertThat(failure(evicting.url().replace("redis:", "redis-cluster:")))
                    .contains("belongs to no cluster: write redis://");
            assertThat(failure(evicting.url().replace("redis:", "redis-sentinel:") + "/parley"))
                    .contains("is no Sentinel");
        }
    }

    @Test
    @DisplayName("an address that is none, without showing what may be a password")
    void addresses() {
        for (String wrong : List.of(
                "redis://host/3",
                "redis://secret@host",
                "redis://a,b",
                "redis://host:99999",
                "redis-sentinel://host",
                "redis://:secret@host?colour=red",
                "redis://:secret@host?commandTimeoutMillis=soon")) {
            assertThatThrownBy(() -> RedisUrl.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .doesNotContain("secret");
        }
        RedisUrl hasty = RedisUrl.parse("redis://:secret@host?commandTimeoutMillis=500&waitMillis=500");
        assertThat(hasty.waitingFor(0)).isEqualTo(hasty);
        assertThatThrownBy(() -> hasty.waitingFor(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waitMillis")
                .message()
                .doesNotContain("secret");
        assertThat(RedisUrl.parse("redis-sentinel://ann:s%40crets@a:1,[::1]:2,c/main?prefix=x&tls=true"))
                .satisfies(url -> {
                    assertThat(url).hasToString("redis-sentinel://ann:***@a:1,[::1]:2,c:26379/main");
                    assertThat(url.login().password()).isEqualTo("s@crets");
                    assertThat(url.tls()).isTrue();
                });
    }

    @Test
    @DisplayName("where functions are unknown or denied, the same source is used as a script")
    void scripts() {
        RedisServers.Options options =
                new RedisServers.Options().user("scripter", ">secret", "~*", "&*", ALL, "-function", "-fcall");
        try (RedisServer server = RedisServers.standalone(options);
                TestLink link = new TestLink("redis://scripter:secret@127.0.0.1:" + server.port())) {
            assertThat(link.append("k", "0")).isEqualTo(server.info("server", "run_id"));
            for (int round = 0; round < 3; round++) {
                server.command("SCRIPT", "FLUSH");
                IntStream.range(1 + 100 * round, 101 + 100 * round)
                        .mapToObj(i -> link.appending("k", Integer.toString(i)))
                        .toList()
                        .forEach(TestLink::get);
            }
            assertThat(link.read("k"))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 301).mapToObj(Integer::toString).toList());
            assertThat(server.info("commandstats", "cmdstat_evalsha")).isNotEmpty();
        }
    }

    @Test
    @DisplayName("two versions of the functions work side by side on one server")
    void versions() {
        byte[] key = "versions:{k}:".getBytes(StandardCharsets.UTF_8);
        Library next = new Library(
                "test_v2", TestLink.SOURCE.replace("test_v1", "test_v2").replace("'RPUSH'", "'LPUSH'"));
        SystemTime time = new SystemTime();
        RedisUrl url = RedisUrl.parse(RedisServers.shared().url());
        RedisLink old = TestLink.get(LettuceLink.open(url, TestLink.LIBRARY, time));
        RedisLink young = TestLink.get(LettuceLink.open(url, next, time));
        TestLink.get(old.call(RedisFunction.APPEND, key, List.of(TestLink.bytes("b"))));
        TestLink.get(young.call(RedisFunction.APPEND, key, List.of(TestLink.bytes("a"))));
        TestLink.get(old.call(RedisFunction.APPEND, key, List.of(TestLink.bytes("c"))));
        List<?> all = (List<?>) TestLink.get(young.call(RedisFunction.READ, key, List.of()));
        assertThat(all)
                .extracting(item -> new String((byte[]) item, StandardCharsets.UTF_8))
                .containsExactly("a", "b", "c");
        TestLink.get(old.close());
        TestLink.get(young.close());
        time.close();
    }

    private static String failure(String url) {
        try (SystemTime time = new SystemTime()) {
            Throwable failure = catchThrowable(
                    () -> RedisStores.open(url, 0, StoreSettings.DEFAULT, time).block(Duration.ofSeconds(60)));
            assertThat(failure).isInstanceOf(IllegalStateException.class);
            assertThat(failure.getMessage()).doesNotContain("\n", "secret", "guess", "opensesame");
            return String.valueOf(failure.getMessage());
        }
    }
}
