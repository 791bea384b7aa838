package dev.parley.protocol.frame;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionResults;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the frames of the server: JSON-RPC 2.0 answers and notifications, with JSON that is there already spliced in and not
 * parsed again. Every method returns the UTF-8 of one whole frame in a new array. Stateless; any thread.
 */
public final class FrameWriter {
    private static final byte[] ANSWER = ascii("{\"jsonrpc\":\"2.0\",\"id\":");
    private static final byte[] RESULT = ascii(",\"result\":");
    private static final byte[] ERROR = ascii(",\"error\":{\"code\":");
    private static final byte[] MESSAGE = ascii(",\"message\":");
    private static final byte[] DATA = ascii(",\"data\":{\"code\":\"");
    private static final byte[] STATUS = ascii("\",\"status\":");
    private static final byte[] DETAILS = ascii(",\"details\":");
    private static final byte[] NOTIFICATION = ascii("{\"jsonrpc\":\"2.0\",\"method\":");
    private static final byte[] PARAMS = ascii(",\"params\":");
    private static final byte[] SESSION = ascii(",\"params\":{\"sessionId\":");
    private static final byte[] SEQ = ascii(",\"seq\":");
    private static final byte[] EPOCH = ascii(",\"epoch\":");
    private static final byte[] CREATED = ascii(",\"createdAt\":");
    private static final byte[] NULL = ascii("null");
    private static final int QUOTES = 2;
    private static final int INSTANT = 26;

    private FrameWriter() {}

    /**
     * The answer to a request that went well (section 5).
     *
     * @param id of the request, as it came
     * @param result any JSON value
     */
    public static byte[] result(RawJson id, RawJson result) {
        return new JsonBuffer(ANSWER.length + id.length() + RESULT.length + result.length() + 1)
                .raw(ANSWER)
                .raw(id)
                .raw(RESULT)
                .raw(result)
                .ascii('}')
                .toByteArray();
    }

    /**
     * The answer to a request that went well, written as {@link BodyCodec#encode} writes it (section 5).
     *
     * @param id of the request, as it came
     * @param result of types that {@link Json#MAPPER} can write
     */
    public static byte[] answer(RawJson id, Object result) {
        if (!(result instanceof SessionResults.Sent sent) || sent.outcomes() != null) {
            return result(id, BodyCodec.encode(result));
        }
        JsonBuffer out = new JsonBuffer(ANSWER.length + id.length() + RESULT.length + SentWriter.length(sent) + 1)
                .raw(ANSWER)
                .raw(id)
                .raw(RESULT);
        return SentWriter.write(out, sent).ascii('}').toByteArray();
    }

    /**
     * The answer to a request that was refused (section 5.1).
     *
     * @param id of the request; null when it could not be read
     * @param problem why; its details go to {@code data.details}
     */
    public static byte[] error(@Nullable RawJson id, ProtocolException problem) {
        RawJson details =
                problem.details().isEmpty() ? RawJson.EMPTY_OBJECT : RawJson.of(Json.write(problem.details()));
        ErrorCode code = problem.code();
        return error(id, code.rpcCode(), code, problem.message(), details);
    }

    /**
     * The answer to a request whose JSON-RPC code does not follow from the error's own, such as an unknown method's.
     *
     * @param id of the request; null when it could not be read
     * @param rpcCode see JSON-RPC 2.0 section 5.1
     * @param code the stable code for {@code data.code}
     * @param message for people
     */
    public static byte[] error(@Nullable RawJson id, int rpcCode, ErrorCode code, String message) {
        return error(id, rpcCode, code, message, RawJson.EMPTY_OBJECT);
    }

    /** The answer to a frame that could not be taken: {@code INVALID_JSON} when it was no JSON, else a wrong call. */
    public static byte[] error(ClientFrame.Invalid frame) {
        ErrorCode code = frame.rpcCode() == ErrorCode.RPC_PARSE ? ErrorCode.INVALID_JSON : ErrorCode.VALIDATION_ERROR;
        return error(frame.id(), frame.rpcCode(), code, frame.message());
    }

    /**
     * A notification whose params are there already (section 4.1).
     *
     * @param method the push's name
     * @param params a JSON object
     */
    public static byte[] notification(String method, RawJson params) {
        return new JsonBuffer(NOTIFICATION.length + method.length() + QUOTES + PARAMS.length + params.length() + 1)
                .raw(NOTIFICATION)
                .string(method)
                .raw(PARAMS)
                .raw(params)
                .ascii('}')
                .toByteArray();
    }

    /**
     * The push of a logged event; its params are {@code sessionId, seq, epoch}, perhaps {@code createdAt}, then the members
     * of the body.
     *
     * @param method the push's name
     * @param seq 1 or more
     * @param createdAtOrMinus1 epoch milliseconds; -1 when the event shows no instant
     * @param body a JSON object that starts with its brace and has none of the names above
     */
    public static byte[] push(
            String method, String sessionId, String epoch, long seq, long createdAtOrMinus1, RawJson body) {
        int capacity = sessionHead(method, sessionId)
                + SEQ.length
                + JsonBuffer.digits(seq)
                + EPOCH.length
                + epoch.length()
                + QUOTES
                + (createdAtOrMinus1 == -1 ? 0 : CREATED.length + INSTANT)
                + body.length();
        JsonBuffer out = new JsonBuffer(capacity)
                .raw(NOTIFICATION)
                .string(method)
                .raw(SESSION)
                .string(sessionId)
                .raw(SEQ)
                .number(seq)
                .raw(EPOCH)
                .string(epoch);
        if (createdAtOrMinus1 != -1) {
            out.raw(CREATED).instant(createdAtOrMinus1);
        }
        return members(out, body).ascii('}').toByteArray();
    }

    /**
     * The push of something that is not logged; its params are {@code sessionId}, then the members of the body.
     *
     * @param method the push's name
     * @param body a JSON object that starts with its brace and has no {@code sessionId}
     */
    public static byte[] signal(String method, String sessionId, RawJson body) {
        JsonBuffer out = new JsonBuffer(sessionHead(method, sessionId) + body.length())
                .raw(NOTIFICATION)
                .string(method)
                .raw(SESSION)
                .string(sessionId);
        return members(out, body).ascii('}').toByteArray();
    }

    /**
     * The answers to a batch (section 6).
     *
     * @param frames whole answers, at least one
     */
    public static byte[] batch(List<byte[]> frames) {
        int capacity = 1 + Math.max(1, frames.size());
        for (byte[] frame : frames) {
            capacity += frame.length;
        }
        JsonBuffer out = new JsonBuffer(capacity).ascii('[');
        for (int i = 0; i < frames.size(); i++) {
            if (i > 0) {
                out.ascii(',');
            }
            out.raw(frames.get(i));
        }
        return out.ascii(']').toByteArray();
    }

    private static byte[] error(@Nullable RawJson id, int rpcCode, ErrorCode code, String message, RawJson details) {
        JsonBuffer out = new JsonBuffer(192 + message.length() + details.length()).raw(ANSWER);
        if (id == null) {
            out.raw(NULL);
        } else {
            out.raw(id);
        }
        return out.raw(ERROR)
                .number(rpcCode)
                .raw(MESSAGE)
                .string(message)
                .raw(DATA)
                .ascii(code.name())
                .raw(STATUS)
                .number(code.status())
                .raw(DETAILS)
                .raw(details)
                .ascii("}}}")
                .toByteArray();
    }

    /** Bytes of a push up to the end of its session id, with the comma, less the opening brace, and the closing ones. */
    private static int sessionHead(String method, String sessionId) {
        return NOTIFICATION.length + method.length() + QUOTES + SESSION.length + sessionId.length() + QUOTES + 1;
    }

    /** Writes the members of an object, with its closing brace but without its opening one, after others. */
    private static JsonBuffer members(JsonBuffer out, RawJson body) {
        byte[] json = body.array();
        int end = body.offset() + body.length();
        int first = body.offset() + 1;
        while (json[first] <= ' ' && json[first] >= 0) {
            first++;
        }
        if (json[first] != '}') {
            out.ascii(',');
        }
        return out.raw(json, first, end - first);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
