package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a gateway leaves behind in a process that goes on. */
@DisplayName("a gateway that closes")
class GatewayCloseTest {
    /** That many, as it is decided by what the loops are just doing. */
    private static final int GATEWAYS = 30;

    private static final int CLIENTS = 4;

    @Test
    @DisplayName(
            "cuts everything that is connected to it, sockets and idle HTTP connections, whatever its loops are at")
    void cut() throws IOException {
        for (int i = 0; i < GATEWAYS; i++) {
            Gateway gateway = Gateway.embedded(GatewayConfig.DEFAULT.withServer(ServerConfig.DEFAULT.withPort(0)));
            gateway.start().block(Fleet.WAIT);
            List<SocketClient> sockets = new ArrayList<>();
            try (Socket http = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
                for (int n = 0; n < CLIENTS; n++) {
                    SocketClient socket = new SocketClient(gateway.port());
                    socket.connect("user", "u" + n);
                    sockets.add(socket);
                }
                http.setSoTimeout((int) Fleet.WAIT.toMillis());
                http.getOutputStream()
                        .write("GET /health HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(http.getInputStream().read()).isEqualTo('H');
                sockets.forEach(socket -> socket.send("ping", "{}"));
                gateway.close().block(Fleet.WAIT);
                for (SocketClient socket : sockets) {
                    assertThat(socket.closed()).isPositive();
                }
                assertThat(http.getInputStream().readAllBytes())
                        .as("the rest of the answer, and then the end")
                        .isNotEmpty();
            }
        }
    }
}
