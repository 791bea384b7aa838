package dev.parley.client;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/**
 * The least of a WebSocket server (RFC 6455), for what a real gateway does not do on request: frames in fragments, odd close
 * codes, silence. Its methods block and are called by the test's thread, after the client was started.
 */
final class RawServer implements AutoCloseable {
    private final ServerSocket listening;
    private final CompletableFuture<Peer> peer = new CompletableFuture<>();

    RawServer() throws IOException {
        listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(
                () -> {
                    try {
                        peer.complete(new Peer(listening.accept()));
                    } catch (IOException e) {
                        peer.completeExceptionally(e);
                    }
                },
                "raw-server");
        accepting.setDaemon(true);
        accepting.start();
    }

    URI address() {
        return URI.create("ws://127.0.0.1:" + listening.getLocalPort() + "/ws");
    }

    /** The one client, its handshake done. */
    Peer peer() {
        return peer.join();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        if (peer.isDone() && !peer.isCompletedExceptionally()) {
            peer.join().socket.close();
        }
    }

    static final class Peer {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;
        private final String handshake;

        Peer(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(10_000);
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                head.write(in.readByte());
            }
            handshake = head.toString(StandardCharsets.ISO_8859_1);
            String key = handshake
                    .lines()
                    .filter(line -> line.regionMatches(true, 0, "Sec-WebSocket-Key:", 0, 18))
                    .findFirst()
                    .orElseThrow()
                    .substring(18)
                    .strip();
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: " + accept(key) + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        private static String accept(String key) {
            try {
                byte[] hash = MessageDigest.getInstance("SHA-1")
                        .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.ISO_8859_1));
                return Base64.getEncoder().encodeToString(hash);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        String handshake() {
            return handshake;
        }

        /** Sends one frame, whole or as a fragment. */
        void send(int opcode, boolean last, byte[] payload) {
            try {
                ByteArrayOutputStream frame = new ByteArrayOutputStream();
                frame.write((last ? 0x80 : 0) | opcode);
                if (payload.length < 126) {
                    frame.write(payload.length);
                } else if (payload.length < 65_536) {
                    frame.write(126);
                    frame.write(ByteBuffer.allocate(2)
                            .putShort((short) payload.length)
                            .array());
                } else {
                    frame.write(127);
                    frame.write(ByteBuffer.allocate(8).putLong(payload.length).array());
                }
                frame.write(payload);
                out.write(frame.toByteArray());
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void text(String text) {
            send(1, true, text.getBytes(StandardCharsets.UTF_8));
        }

        /** The next text of the client; pings and pongs in between are passed over. */
        String text() {
            while (true) {
                Frame frame = read();
                if (frame.opcode() == 1) {
                    return StandardCharsets.UTF_8.decode(frame.payload()).toString();
                }
                if (frame.opcode() == 8) {
                    throw new AssertionError("the client closed");
                }
            }
        }

        record Frame(int opcode, ByteBuffer payload) {}

        /** The next frame of the client, unmasked. */
        Frame read() {
            try {
                int opcode = in.readUnsignedByte() & 0x0f;
                long length = in.readUnsignedByte() & 0x7f;
                if (length == 126) {
                    length = in.readUnsignedShort();
                } else if (length == 127) {
                    length = in.readLong();
                }
                byte[] mask = in.readNBytes(4);
                byte[] payload = in.readNBytes((int) length);
                for (int i = 0; i < payload.length; i++) {
                    payload[i] ^= mask[i % 4];
                }
                return new Frame(opcode, ByteBuffer.wrap(payload));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
