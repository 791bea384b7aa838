package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Arrays;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Reads the body of one request into memory, up to a limit. What goes beyond the limit is read and dropped, so that the
 * answer arrives, unless it is absurdly much. Used on the request's loop.
 */
final class BodyReader {
    /** What is read of a body that is too large before the connection is given up. */
    static final long MAX_DROPPED_BYTES = 16L << 20;

    private static final byte[] NOTHING = {};
    private static final int FIRST_CHUNK = 1024;

    private final int limit;
    private byte[] bytes;
    private int length;
    private long seen;

    private BodyReader(int limit, long announced) {
        this.limit = limit;
        this.bytes = new byte[(int) Math.min(announced > 0 ? announced : FIRST_CHUNK, limit)];
    }

    /**
     * The whole body; empty when there is none. Fails with {@code PAYLOAD_TOO_LARGE}.
     *
     * @param limit in bytes
     */
    static Mono<byte[]> read(HttpServerRequest request, int limit) {
        HttpHeaders headers = request.requestHeaders();
        long announced = announced(headers);
        if (announced == 0) {
            return Mono.just(NOTHING);
        }
        boolean waits = headers.containsValue(HttpHeaderNames.EXPECT, "100-continue", true);
        if (announced > MAX_DROPPED_BYTES || (waits && announced > limit)) {
            return Mono.error(tooLarge(limit));
        }
        return Mono.defer(() -> {
            BodyReader reader = new BodyReader(limit, announced);
            return request.receive()
                    .doOnNext(reader::add)
                    .takeUntil(part -> reader.seen > MAX_DROPPED_BYTES)
                    .then(Mono.fromCallable(reader::finish));
        });
    }

    /** Whether a connection can go on after its request's body was refused: not when the rest of it is still to come. */
    static boolean mayHaveMore(HttpHeaders headers) {
        return announced(headers) != 0;
    }

    /** Bytes that the head announces; −1 when the body comes in chunks. */
    private static long announced(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return -1;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        // The codec has refused lengths that are no numbers.
        return length == null ? 0 : Long.parseLong(length.strip());
    }

    private void add(ByteBuf part) {
        int more = part.readableBytes();
        seen += more;
        if (seen > limit) {
            bytes = NOTHING;
            return;
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(length + (long) more, bytes.length * 2L)));
        }
        part.getBytes(part.readerIndex(), bytes, length, more);
        length += more;
    }

    private byte[] finish() {
        if (seen > limit) {
            throw tooLarge(limit);
        }
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    private static ProtocolException tooLarge(int limit) {
        return ProtocolException.of(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        "The body is too large; send at most as many bytes as details say.")
                .with("maxBytes", limit);
    }
}
