package dev.parley.gateway;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A WebSocket client at the level of bytes: does nothing by itself, so that a test can be slow, silent or wrong. */
final class RawSocket implements AutoCloseable {
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final String status;
    private final List<String> headers = new ArrayList<>();

    RawSocket(int port) throws IOException {
        this(port, "");
    }

    /** Opens a socket and asks for the upgrade, with more headers. */
    RawSocket(int port, String headers) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(8192);
        socket.connect(new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(10_000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        out.write(("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + headers
                        + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        status = line();
        for (String header = line(); !header.isEmpty(); header = line()) {
            this.headers.add(header);
        }
    }

    /** The header lines of the answer to the upgrade. */
    List<String> headers() {
        return headers;
    }

    /** The status line of the answer to the upgrade. */
    String status() {
        return status;
    }

    /** Sends a frame, masked with zeros, as RFC 6455 section 5.3 wants of clients. */
    void send(int opcode, byte[] payload) throws IOException {
        out.write(0x80 | opcode);
        if (payload.length < 126) {
            out.write(0x80 | payload.length);
        } else if (payload.length < 1 << 16) {
            out.write(0x80 | 126);
            out.write(payload.length >> 8);
            out.write(payload.length);
        } else {
            out.write(0x80 | 127);
            out.write(java.nio.ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        out.write(new byte[4]);
        out.write(payload);
        out.flush();
    }

    /** Sends a text frame. */
    void text(String text) throws IOException {
        send(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads a frame. */
    Frame read() throws IOException {
        int opcode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        return new Frame(opcode, in.readNBytes((int) length));
    }

    /** Reads on until the close frame; answers its code. */
    int readToClose() throws IOException {
        for (Frame frame = read(); ; frame = read()) {
            if (frame.opcode() == CLOSE) {
                return (frame.payload()[0] & 0xff) << 8 | (frame.payload()[1] & 0xff);
            }
        }
    }

    /** Whether the peer has ended the connection; what else may come is an error. */
    boolean isAtItsEnd() throws IOException {
        socket.setSoTimeout(50);
        try {
            int next = in.read();
            if (next >= 0) {
                throw new AssertionError("a frame after the end: " + next);
            }
            return true;
        } catch (SocketTimeoutException notYet) {
            return false;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed in the midst of the answer");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** A frame as it came. */
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Frame(int opcode, byte[] payload) {
        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }
    }
}
