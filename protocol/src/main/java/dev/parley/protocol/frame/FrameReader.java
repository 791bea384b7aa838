package dev.parley.protocol.frame;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of clients: JSON-RPC 2.0, header first, whatever the order of the members. The params are checked for form
 * and kept as bytes; members repeated inside them are found when they are bound. Stateless; any thread.
 */
public final class FrameReader {
    /** Calls in one batch, at most. */
    public static final int MAX_BATCH = 100;

    private static final byte[] JSONRPC = ascii("jsonrpc");
    private static final byte[] ID = ascii("id");
    private static final byte[] METHOD = ascii("method");
    private static final byte[] PARAMS = ascii("params");
    private static final byte[] VERSION = ascii("2.0");
    private static final int RPC_INVALID_PARAMS = ErrorCode.VALIDATION_ERROR.rpcCode();

    private FrameReader() {}

    /**
     * Reads one frame. The result refers to the array, which must not be changed afterwards.
     *
     * @param bytes UTF-8, of whatever quality
     * @param offset of the first byte
     * @param length in bytes
     * @return what it is; never fails, what cannot be read is {@link ClientFrame.Invalid}
     */
    public static ClientFrame read(byte[] bytes, int offset, int length) {
        JsonScanner scanner = new JsonScanner(bytes, offset, length, Json.MAX_DEPTH, false);
        try {
            int first = scanner.peek();
            ClientFrame frame = first == '[' ? batch(bytes, scanner) : single(bytes, scanner);
            scanner.finish();
            return frame;
        } catch (JsonScanner.Malformed e) {
            return new ClientFrame.Invalid(null, ErrorCode.RPC_PARSE, "The frame is not JSON: " + e.problem() + ".");
        }
    }

    private static ClientFrame batch(byte[] bytes, JsonScanner scanner) {
        List<ClientFrame> frames = new ArrayList<>();
        int count = 0;
        scanner.open();
        while (scanner.nextElement()) {
            if (++count > MAX_BATCH) {
                scanner.skipValue();
            } else {
                frames.add(single(bytes, scanner));
            }
        }
        if (count == 0) {
            return invalid(null, "The batch is empty; send at least one call.");
        }
        if (count > MAX_BATCH) {
            return invalid(null, "The batch has " + count + " calls; send at most " + MAX_BATCH + " at once.");
        }
        return new ClientFrame.Batch(List.copyOf(frames));
    }

    private static ClientFrame single(byte[] bytes, JsonScanner scanner) {
        if (scanner.peek() != '{') {
            scanner.skipValue();
            return invalid(null, "A call is a JSON object with jsonrpc, method, params and, to be answered, id.");
        }
        Header header = new Header();
        scanner.open();
        while (scanner.nextName()) {
            header.member(bytes, scanner);
        }
        return header.judge();
    }

    private static ClientFrame.Invalid invalid(@Nullable RawJson id, String message) {
        return new ClientFrame.Invalid(id, ErrorCode.RPC_INVALID_REQUEST, message);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The members of one call while they are met. */
    private static final class Header {
        private @Nullable RawJson id;
        private @Nullable RawJson params;
        private @Nullable String method;
        private @Nullable String twice;
        private boolean idSeen;
        private boolean idWrong;
        private boolean versionSeen;
        private boolean versionRight;
        private boolean methodSeen;
        private int paramsKind = -1;

        void member(byte[] bytes, JsonScanner scanner) {
            if (scanner.textIs(PARAMS)) {
                repeated("params", paramsKind != -1);
                paramsKind = scanner.peek();
                RawJson value = value(bytes, scanner);
                params = paramsKind == '{' ? value : null;
            } else if (scanner.textIs(ID)) {
                repeated("id", idSeen);
                idSeen = true;
                int kind = scanner.peek();
                RawJson value = value(bytes, scanner);
                idWrong = kind == '{' || kind == '[' || kind == 't' || kind == 'f';
                id = idWrong ? null : value;
            } else if (scanner.textIs(METHOD)) {
                repeated("method", methodSeen);
                methodSeen = true;
                boolean text = scanner.peek() == '"';
                scanner.skipValue();
                method = text ? MethodNames.read(bytes, scanner) : null;
            } else if (scanner.textIs(JSONRPC)) {
                repeated("jsonrpc", versionSeen);
                versionSeen = true;
                boolean text = scanner.peek() == '"';
                scanner.skipValue();
                versionRight = text && scanner.textIs(VERSION);
            } else {
                scanner.skipValue();
            }
        }

        ClientFrame judge() {
            if (twice != null) {
                return invalid(
                        twice.equals("id") ? null : id, "The call has the member " + twice + " twice; send it once.");
            }
            if (idWrong) {
                return invalid(null, "The id of a call must be a string, a number or null.");
            }
            if (!versionRight) {
                return invalid(id, "The call must have \"jsonrpc\": \"2.0\".");
            }
            String name = method;
            if (name == null) {
                return invalid(id, "The call must have a method, which is a string.");
            }
            if (paramsKind == '[') {
                return new ClientFrame.Invalid(
                        id, RPC_INVALID_PARAMS, "The params of a call are an object of named members, not an array.");
            }
            RawJson given = paramsKind == -1 ? RawJson.EMPTY_OBJECT : params;
            if (given == null) {
                return invalid(id, "The params of a call must be an object of named members.");
            }
            RawJson answerTo = id;
            return answerTo == null
                    ? new ClientFrame.Notification(name, given)
                    : new ClientFrame.Request(answerTo, name, given);
        }

        private void repeated(String name, boolean before) {
            if (before && twice == null) {
                twice = name;
            }
        }

        private static RawJson value(byte[] bytes, JsonScanner scanner) {
            int from = scanner.position();
            scanner.skipValue();
            return RawJson.slice(bytes, from, scanner.position() - from);
        }
    }
}
