package dev.parley.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Passes connections on to the gateways that listen, in turn, without looking into them. One kind it answers itself: a WebSocket
 * to {@code /demo/kill/NAME}, by which the demo's page kills a gateway. It is a WebSocket because a browser makes a connection
 * of its own for each, and always says which page it is from.
 */
final class Balancer implements AutoCloseable {
    private static final int BUFFER = 16 << 10;
    private static final Pattern KILL = Pattern.compile("GET /demo/kill/(\\w+) ");
    private static final Pattern ORIGIN = Pattern.compile("(?im)^origin: *(\\S+)");
    private static final Pattern KEY = Pattern.compile("(?im)^sec-websocket-key: *(\\S+)");
    /** RFC 6455 section 1.3. */
    private static final String ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static final byte[] CLOSE_FRAME = {(byte) 0x88, 0};

    private final ServerSocket server;
    private final List<DemoGateway> gateways;
    private final AtomicInteger turn = new AtomicInteger();

    /**
     * @param port to listen on, 0 for any free one
     * @param gateways in the order of their turns
     * @throws IOException when the port cannot be had
     */
    Balancer(int port, List<DemoGateway> gateways) throws IOException {
        this.server = new ServerSocket(port, 128, InetAddress.getLoopbackAddress());
        this.gateways = gateways;
    }

    int port() {
        return server.getLocalPort();
    }

    void start() {
        thread("balancer", this::accept);
    }

    @Override
    public void close() {
        quietly(server);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                thread("balancer-client", () -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        Socket gateway = null;
        try {
            client.setTcpNoDelay(true);
            byte[] begin = new byte[BUFFER];
            int length = client.getInputStream().read(begin);
            if (length < 0) {
                return;
            }
            String head = new String(begin, 0, length, StandardCharsets.ISO_8859_1);
            Matcher kill = KILL.matcher(head);
            if (kill.lookingAt()) {
                kill(kill.group(1), head, client.getOutputStream());
                return;
            }
            Socket next = connect();
            gateway = next;
            if (next == null) {
                return;
            }
            next.getOutputStream().write(begin, 0, length);
            thread("balancer-gateway", () -> pass(next, client));
            pass(client, next);
        } catch (IOException gone) {
            // One of the two ended, so the other one does.
        } finally {
            quietly(client);
            if (gateway != null) {
                quietly(gateway);
            }
        }
    }

    /** A connection to the next gateway that takes one; null when none does. */
    private @Nullable Socket connect() {
        int first = turn.getAndIncrement();
        for (int i = 0; i < gateways.size(); i++) {
            int port = gateways.get(Math.floorMod(first + i, gateways.size())).port();
            if (port == 0) {
                continue;
            }
            try {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                return socket;
            } catch (IOException away) {
                // It was killed a moment ago: the next one.
            }
        }
        return null;
    }

    private void kill(String name, String head, OutputStream answer) throws IOException {
        Matcher origin = ORIGIN.matcher(head);
        Matcher key = KEY.matcher(head);
        boolean own = origin.find()
                && (origin.group(1).equals("http://127.0.0.1:" + port())
                        || origin.group(1).equals("http://localhost:" + port()));
        if (!own || !key.find()) {
            answer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            return;
        }
        answer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: " + accept(key.group(1)) + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        answer.write(CLOSE_FRAME);
        answer.flush();
        gateways.stream().filter(gateway -> gateway.name().equals(name)).forEach(DemoGateway::kill);
    }

    private static String accept(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + ACCEPT).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** Copies until one of the two ends, then ends both. */
    private static void pass(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
        } catch (IOException gone) {
            // As good as its end.
        }
    }

    private static void thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception closed) {
            // It is not needed any more.
        }
    }
}
