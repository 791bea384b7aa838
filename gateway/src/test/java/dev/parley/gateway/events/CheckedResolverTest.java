package dev.parley.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.PublicAddresses;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("addresses of webhooks")
final class CheckedResolverTest {
    @ParameterizedTest
    @CsvSource({
        "8.8.8.8, true",
        "172.15.0.1, true",
        "172.32.0.1, true",
        "100.63.0.1, true",
        "2606:4700::1111, true",
        "64:ff9b::808:808, true",
        "0.0.0.0, false",
        "10.1.2.3, false",
        "100.64.0.1, false",
        "127.0.0.1, false",
        "127.255.1.2, false",
        "169.254.169.254, false",
        "172.16.0.1, false",
        "172.31.255.255, false",
        "192.0.0.8, false",
        "192.168.1.1, false",
        "198.19.0.1, false",
        "224.0.0.1, false",
        "240.0.0.1, false",
        "255.255.255.255, false",
        "::, false",
        "::1, false",
        "::ffff:127.0.0.1, false",
        "::ffff:8.8.8.8, true",
        "::127.0.0.1, false",
        "64:ff9b::7f00:1, false",
        "64:ff9b:1::808:808, false",
        "2002:7f00:1::, false",
        "2002:808:808::, true",
        "2001::1, false",
        "2001:db8::1, false",
        "fc00::1, false",
        "fd12::1, false",
        "fe80::1, false",
        "fec0::1, false",
        "ff02::1, false",
    })
    @DisplayName("only those of the public internet are public")
    void publicOnes(String address, boolean isPublic) throws UnknownHostException {
        assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isEqualTo(isPublic);
    }

    @Test
    @DisplayName("a name that leads to this machine, and an address as such, are not handed out")
    void checksWhatIsConnectedTo() throws Exception {
        try (CheckedResolver resolver = new CheckedResolver(false)) {
            for (InetSocketAddress asked : new InetSocketAddress[] {
                InetSocketAddress.createUnresolved("localhost", 80),
                InetSocketAddress.createUnresolved("127.0.0.1", 80),
                InetSocketAddress.createUnresolved("[::1]", 80),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 80)
            }) {
                Future<InetSocketAddress> found = resolver.getResolver(ImmediateEventExecutor.INSTANCE)
                        .resolve(asked)
                        .await();
                assertThat(found.cause())
                        .as(asked.toString())
                        .isInstanceOf(CheckedResolver.NotAllowed.class)
                        .hasMessageContaining("WEBHOOK_ALLOW_PRIVATE");
            }
            InetSocketAddress open = InetSocketAddress.createUnresolved("8.8.8.8", 443);
            assertThat(resolver.getResolver(ImmediateEventExecutor.INSTANCE)
                            .resolve(open)
                            .await()
                            .getNow())
                    .isEqualTo(new InetSocketAddress("8.8.8.8", 443));
        }
        try (CheckedResolver resolver = new CheckedResolver(true)) {
            InetSocketAddress asked = InetSocketAddress.createUnresolved("localhost", 80);
            assertThat(resolver.getResolver(ImmediateEventExecutor.INSTANCE)
                            .resolve(asked)
                            .await()
                            .getNow()
                            .getAddress()
                            .isLoopbackAddress())
                    .isTrue();
        }
    }

    @Test
    @DisplayName("attempts come at doubling distances up to two hours, a fifth more or less")
    void delays() {
        assertThat(WebhookRunner.delayMillis(1, 0.5)).isEqualTo(1_000);
        assertThat(WebhookRunner.delayMillis(2, 0)).isEqualTo(1_600);
        assertThat(WebhookRunner.delayMillis(2, 1)).isEqualTo(2_400);
        assertThat(WebhookRunner.delayMillis(14, 0.5)).isEqualTo(7_200_000);
        assertThat(WebhookRunner.delayMillis(1_000, 0.5)).isEqualTo(7_200_000);
    }
}
