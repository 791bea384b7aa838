package dev.parley.loadtest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says commands to a Redis server and reads what it answers (RESP 2, https://redis.io/docs/latest/develop/reference/protocol-spec):
 * for looking at a server and steering it, not for load. Blocks; used by one thread at a time.
 */
final class RedisSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 3_000;

    private final Socket socket;
    private final InputStream in;

    /**
     * Connects to a server of this machine.
     *
     * @throws IOException when nobody answers
     */
    RedisSocket(int port) throws IOException {
        socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** Speaks over a connection that is there already, and hears what {@code in} lets through of it. */
    RedisSocket(Socket socket, InputStream in) {
        this.socket = socket;
        this.in = in;
    }

    /**
     * One command and its answer.
     *
     * @return a text, a {@link Long}, a list of these, or null
     * @throws IOException when the connection ended or nothing came in time
     * @throws LoadException when the answer is an error
     */
    @Nullable Object call(String... words) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.UTF_8));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.writeBytes(bytes);
            out.writeBytes(new byte[] {'\r', '\n'});
        }
        socket.getOutputStream().write(out.toByteArray());
        return answer();
    }

    /** The next answer, for commands that have many; otherwise as {@link #call}. */
    @Nullable Object answer() throws IOException {
        String line = line();
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+' -> {
                return rest;
            }
            case ':' -> {
                return Long.parseLong(rest);
            }
            case '-' -> throw new LoadException("Redis refused: " + rest);
            case '$' -> {
                int length = Integer.parseInt(rest);
                if (length < 0) {
                    return null;
                }
                byte[] bytes = in.readNBytes(length);
                if (bytes.length < length) {
                    throw new EOFException("Redis closed the connection");
                }
                in.skipNBytes(2);
                return new String(bytes, StandardCharsets.UTF_8);
            }
            case '*' -> {
                int length = Integer.parseInt(rest);
                if (length < 0) {
                    return null;
                }
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = 0; i < length; i++) {
                    list.add(answer());
                }
                return list;
            }
            default -> throw new IOException("not an answer of Redis: " + line);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("Redis closed the connection");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        if (line.isEmpty()) {
            throw new IOException("an empty answer of Redis");
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
