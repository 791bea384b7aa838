package dev.parley.gateway.http;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * An answer read byte for byte, to requests that no client library would send.
 *
 * @param status of the first answer; 0 when the connection was cut without one
 * @param text all that came
 */
record RawHttp(int status, String text) {
    /** Sends something and reads until the server closes. */
    static RawHttp send(HttpBench bench, String request) throws IOException {
        try (Socket socket = bench.socket()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return read(socket);
        }
    }

    static RawHttp read(Socket socket) throws IOException {
        String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new RawHttp(text.startsWith("HTTP/1.") ? Integer.parseInt(text.substring(9, 12)) : 0, text);
    }

    String body() {
        int end = text.indexOf("\r\n\r\n");
        return end < 0 ? "" : text.substring(end + 4);
    }
}
