package dev.parley.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FrameWriterTest {
    private static final RawJson ID = RawJson.of("\"a\"");

    @Test
    void answersWithTheResultAsItIs() {
        assertThat(text(FrameWriter.result(RawJson.of("7"), RawJson.of("{ \"a\": 1 }"))))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{ \"a\": 1 }}");
    }

    @Test
    void pushesALoggedEventWithItsPlaceInTheLogFirst() {
        assertThat(text(FrameWriter.push("message", "s", "e", 12, 0, RawJson.of("{\"content\":\"é\"}"))))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"message\",\"params\":{\"sessionId\":\"s\",\"seq\":12,\"epoch\":\"e\","
                                + "\"createdAt\":\"1970-01-01T00:00:00.000Z\",\"content\":\"é\"}}");
    }

    @Test
    void splicesAnEmptyBodyWithoutAComma() {
        assertThat(text(FrameWriter.push("x", "s", "e", 1, -1, RawJson.of("{ }"))))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"sessionId\":\"s\",\"seq\":1,\"epoch\":\"e\"}}");
        assertThat(text(FrameWriter.signal("typing", "s", RawJson.EMPTY_OBJECT)))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"typing\",\"params\":{\"sessionId\":\"s\"}}");
    }

    @Test
    void takesOnlyTheSliceOfALargerArray() {
        byte[] frame = "xx{\"a\":1}yy".getBytes(StandardCharsets.UTF_8);

        assertThat(text(FrameWriter.signal("typing", "s", RawJson.slice(frame, 2, 7))))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"typing\",\"params\":{\"sessionId\":\"s\",\"a\":1}}");
        assertThat(text(FrameWriter.notification("n", RawJson.slice(frame, 2, 7))))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{\"a\":1}}");
    }

    @Test
    void escapesTextAndReadsBackTheSame() {
        String odd = "\"\\\b\f\n\r\t\u0000\u001f\u007f/é漢😀";

        RawJson params = ((ClientFrame.Notification) read(FrameWriter.signal("m", odd, RawJson.EMPTY_OBJECT))).params();

        assertThat(JsonTree.read(
                        params.array(), new JsonScanner(params.array(), params.offset(), params.length(), 9, false)))
                .isEqualTo(Map.of("sessionId", odd));
    }

    @Test
    void tellsAnErrorWithItsDetailsAsAnObject() {
        ProtocolException problem = ProtocolException.of(ErrorCode.SESSION_EXPIRED, "The session has expired.")
                .with("sessionId", "s");

        assertThat(text(FrameWriter.error(ID, problem)))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32000,\"message\":\"The session has expired.\","
                                + "\"data\":{\"code\":\"SESSION_EXPIRED\",\"status\":410,\"details\":{\"sessionId\":\"s\"}}}}");
        assertThat(text(FrameWriter.error(null, ErrorCode.RPC_UNKNOWN_METHOD, ErrorCode.NOT_FOUND, "No.")))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32601,\"message\":\"No.\","
                        + "\"data\":{\"code\":\"NOT_FOUND\",\"status\":404,\"details\":{}}}}");
    }

    @Test
    void joinsTheAnswersOfABatch() {
        assertThat(text(FrameWriter.batch(List.of("{}".getBytes(StandardCharsets.UTF_8), new byte[] {'1'}))))
                .isEqualTo("[{},1]");
    }

    private static ClientFrame read(byte[] frame) {
        return FrameReader.read(frame, 0, frame.length);
    }

    private static String text(byte[] frame) {
        return new String(frame, StandardCharsets.UTF_8);
    }
}
