package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.CONFIG;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedHttpTest {
    private HttpBench bench;

    @BeforeEach
    void start() {
        bench = new HttpBench(CONFIG, new HttpTimeouts(300, 300, 300, 15_000));
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
                "GET / HTTP/9.x\r\nHost: x\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
                "GET /health HTTP/1.1\r\nContent-Length: many\r\n\r\n",
                "GET /health HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                "POST /x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "POST /api/messaging/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            })
    @DisplayName("what is no HTTP gets the error shape of all others, and the connection ends")
    void noHttp(String request) throws Exception {
        RawHttp answer = RawHttp.send(bench, request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.body())
                .startsWith("{\"error\":{\"code\":\"VALIDATION_ERROR\"")
                .contains("\"details\":{}");
        assertThat(answer.text().toLowerCase(java.util.Locale.ROOT)).contains("content-type: application/json");
        bench.get("/health").expect(200);
    }

    @Test
    @DisplayName("a line or a head that is too long is refused")
    void tooLong() throws Exception {
        assertThat(RawHttp.send(bench, "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n")
                        .status())
                .isEqualTo(400);
        assertThat(RawHttp.send(bench, "GET / HTTP/1.1\r\nX: " + "y".repeat(40_000) + "\r\n\r\n")
                        .status())
                .isEqualTo(400);
    }

    @Test
    @DisplayName("connections that say nothing, half a head, or half a body are cut")
    void trickle() throws Exception {
        for (String part : new String[] {
            "",
            "GET /health HT",
            "GET /health HTTP/1.1\r\nHost: x\r\n",
            "POST /api/messaging/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"user",
        }) {
            assertThat(RawHttp.send(bench, part).text()).as(part).isEmpty();
        }
    }

    @Test
    @DisplayName("a head that comes byte by byte is cut all the same")
    void byteByByte() throws Exception {
        try (Socket socket = bench.socket()) {
            long from = System.nanoTime();
            socket.setSoTimeout(50);
            int read = 0;
            while (read >= 0 && System.nanoTime() - from < 5_000_000_000L) {
                try {
                    socket.getOutputStream().write("G".getBytes(StandardCharsets.US_ASCII));
                    read = socket.getInputStream().read();
                } catch (java.net.SocketTimeoutException nothingYet) {
                    read = 0;
                } catch (java.io.IOException cut) {
                    read = -1;
                }
            }
            assertThat(read).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("a connection that is done with a request may send another, until it idles too long")
    void idle() throws Exception {
        try (Socket socket = bench.socket()) {
            byte[] request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(request);
            byte[] first = socket.getInputStream().readNBytes(20);
            assertThat(new String(first, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200");
            socket.getOutputStream().write(request);
            String rest = RawHttp.read(socket).text();
            assertThat(rest).contains("HTTP/1.1 200");
        }
    }

    @Test
    @DisplayName("random bytes do no harm")
    void junk() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[1 + random.nextInt(2000)];
            random.nextBytes(bytes);
            int status = RawHttp.send(bench, new String(bytes, StandardCharsets.ISO_8859_1))
                    .status();
            assertThat(status).as("seed " + seed).isIn(0, 400);
        }
        bench.get("/health").expect(200);
    }

    @Test
    @DisplayName("a request behind one that is still being answered waits for its turn, malformed or not")
    void pipelined() throws Exception {
        RawHttp answer = RawHttp.send(bench, "GET /health HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n");
        assertThat(answer.text()).startsWith("HTTP/1.1 200");
        assertThat(answer.text().indexOf("HTTP/1.1 400")).isPositive();
    }
}
