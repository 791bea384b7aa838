package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The servers that tests start")
final class RedisServersTest {
    @Test
    @DisplayName("lose everything when killed, unless they write an append-only file")
    void killAndStart() {
        try (RedisServer forgetful = RedisServers.standalone(new RedisServers.Options());
                RedisServer durable = RedisServers.standalone(new RedisServers.Options().appendOnly())) {
            for (RedisServer server : new RedisServer[] {forgetful, durable}) {
                server.command("SET", "k", "v");
                server.kill();
                assertThat(server.isRunning()).isFalse();
                server.start();
            }
            assertThat(forgetful.command("GET", "k")).isNull();
            assertThat(durable.command("GET", "k")).isEqualTo("v");
            durable.stop();
            durable.startEmpty();
            assertThat(durable.command("GET", "k")).isNull();
        }
    }

    @Test
    @DisplayName("ask for passwords and speak TLS when told to")
    void passwordAndTls() {
        TestCertificates certificates = new TestCertificates();
        RedisServers.Options options = new RedisServers.Options()
                .password("opensesame")
                .user("ann", ">secret", "~*", "+ping")
                .tls(certificates);
        try (RedisServer server = RedisServers.standalone(options)) {
            assertThat(server.url()).isEqualTo("rediss://:opensesame@127.0.0.1:" + server.port());
            assertThat(server.command("ACL", "WHOAMI")).isEqualTo("default");
            assertThat(String.valueOf(server.command("ACL", "LIST"))).contains("user ann on");
        }
    }

    @Test
    @DisplayName("answer nothing while they are frozen, and go on afterwards")
    void freeze() {
        try (RedisServer server = RedisServers.standalone(new RedisServers.Options())) {
            server.pause();
            assertThatThrownBy(() -> {
                        try (RespClient client = new RespClient(new Socket(), server.port(), 300)) {
                            client.command("PING");
                        }
                    })
                    .isInstanceOf(IOException.class);
            server.resume();
            assertThat(server.command("PING")).isEqualTo("PONG");
        }
    }

    @Test
    @DisplayName("form a cluster in which a replica follows a killed master and slots move")
    void cluster() {
        try (RedisCluster cluster = RedisCluster.start()) {
            assertThat(cluster.masters()).hasSize(3);
            int slot = 12_182; // of "foo"
            RedisServer before = cluster.masterOf(slot);
            before.command("SET", "foo", "bar");
            RedisServer other = cluster.masters().stream()
                    .filter(node -> node != before)
                    .findFirst()
                    .orElseThrow();
            cluster.moveSlot(slot, other);
            assertThat(other.command("GET", "foo")).isEqualTo("bar");
            assertThatThrownBy(() -> before.command("GET", "foo")).hasMessageStartingWith("MOVED " + slot);
            // A migrated key is no write of this connection, so WAIT would not wait for it.
            RedisServers.await("the replica", Duration.ofSeconds(60), () -> isFollowedToTheEnd(other));

            RedisServer after = cluster.failOver(slot);

            assertThat(after).isNotSameAs(other);
            assertThat(after.command("GET", "foo")).isEqualTo("bar");
        }
    }

    @Test
    @DisplayName("are watched by Sentinels that replace a killed master")
    void sentinels() {
        try (RedisSentinels group = RedisSentinels.start()) {
            RedisServer before = group.master();
            RedisServer after = group.failOver();
            assertThat(after).isNotSameAs(before);
            assertThat(after.command("SET", "k", "v")).isEqualTo("OK");
        }
    }

    @Test
    @DisplayName("are known by their proxies' addresses where there are proxies")
    void proxies() {
        try (RedisCluster cluster = RedisCluster.start(FaultProxy.Plan.NONE);
                RedisSentinels group = RedisSentinels.start(FaultProxy.Plan.NONE)) {
            assertThat(cluster.failOver(0)).isNotSameAs(cluster.nodes().get(0));
            assertThat(group.failOver()).isNotSameAs(group.servers().get(0));
            assertThat(String.valueOf(group.sentinels().get(0).command("SENTINEL", "MASTERS")))
                    .contains("port, "
                            + group.proxies()
                                    .get(group.servers().indexOf(group.master()))
                                    .port());
        }
    }

    @Test
    @DisplayName("are awaited no longer than said")
    void awaiting() {
        assertThatThrownBy(() -> RedisServers.await("rain", Duration.ofMillis(30), () -> false))
                .hasMessageContaining("rain");
    }

    /** Whether a replica has acknowledged all that its master has written. */
    private static boolean isFollowedToTheEnd(RedisServer master) {
        String replication = String.valueOf(master.command("INFO", "replication"));
        Matcher written = Pattern.compile("master_repl_offset:(\\d+)").matcher(replication);
        return written.find() && replication.contains("state=online,offset=" + written.group(1) + ",");
    }
}
