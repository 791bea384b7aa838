package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The proxy that gives faults")
final class FaultProxyTest {
    @Test
    @DisplayName("cuts, refuses, stalls and loses answers when told to")
    void onCommand() throws IOException {
        RedisServer server = RedisServers.shared();
        try (FaultProxy proxy = new FaultProxy(server.port(), FaultProxy.Plan.NONE)) {
            String key = "proxy:" + proxy.port();
            try (RespClient client = connect(proxy)) {
                assertThat(client.command("SET", key, "1")).isEqualTo("OK");
                proxy.cut();
                assertThatThrownBy(() -> client.command("PING")).isInstanceOf(IOException.class);
            }
            proxy.takeDown();
            assertThatThrownBy(() -> connect(proxy).command("PING")).isInstanceOf(IOException.class);
            proxy.restore();
            try (RespClient client = connect(proxy)) {
                proxy.loseNextAnswer();
                assertThatThrownBy(() -> client.command("INCR", key)).isInstanceOf(IOException.class);
            }
            try (RespClient client = connect(proxy)) {
                assertThat(client.command("GET", key)).isEqualTo("2");
                proxy.stall();
                assertThatThrownBy(() -> client.command("INCR", key)).isInstanceOf(SocketTimeoutException.class);
                assertThat(server.command("GET", key)).isEqualTo("2");
                proxy.restore();
                RedisServers.await(
                        "the stalled command", Duration.ofSeconds(5), () -> "3".equals(server.command("GET", key)));
            }
        }
    }

    @Test
    @DisplayName("gives the same faults again for the same seed")
    void bySeed() throws IOException {
        List<Integer> first = failures(7);
        assertThat(first).isNotEmpty();
        assertThat(failures(7)).isEqualTo(first);
        assertThat(failures(8)).isNotEqualTo(first);
    }

    /** Which of 200 commands failed, a new connection being opened after each failure. */
    private static List<Integer> failures(long seed) throws IOException {
        FaultProxy.Plan plan = new FaultProxy.Plan(seed, 400, Duration.ofMillis(2), Duration.ofMillis(4));
        List<Integer> failed = new ArrayList<>();
        try (FaultProxy proxy = new FaultProxy(RedisServers.shared().port(), plan)) {
            RespClient client = connect(proxy);
            for (int i = 0; i < 200; i++) {
                try {
                    client.command("ECHO", "twenty bytes of text");
                } catch (IOException e) {
                    failed.add(i);
                    client.close();
                    client = connect(proxy);
                }
            }
            client.close();
        }
        return failed;
    }

    private static RespClient connect(FaultProxy proxy) throws IOException {
        return new RespClient(new Socket(), proxy.port(), 5000);
    }
}
