package dev.parley.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.ReconnectDelay;
import dev.parley.protocol.WireTime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Runs the golden vectors; their README tells the format. */
final class VectorsTest {
    @TestFactory
    Stream<DynamicTest> framesOfClientsAreTakenAsTheVectorsSay() {
        return vectors("frames-in").stream()
                .map(vector -> test(vector, () -> {
                    byte[] frame = vector.has("hex")
                            ? HexFormat.of().parseHex(vector.get("hex").asString())
                            : vector.get("frame").asString().getBytes(StandardCharsets.UTF_8);
                    // In the midst of a larger array, as frames lie in buffers.
                    byte[] buffer = new byte[frame.length + 14];
                    Arrays.fill(buffer, (byte) '"');
                    System.arraycopy(frame, 0, buffer, 7, frame.length);

                    expect(FrameReader.read(buffer, 7, frame.length), vector.get("expect"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> framesOfTheGatewayAreWrittenAsTheVectorsSay() {
        return vectors("frames-out").stream()
                .map(vector -> test(
                        vector,
                        () -> assertThat(new String(write(vector.get("write")), StandardCharsets.UTF_8))
                                .isEqualTo(vector.get("frame").asString())));
    }

    @Test
    void errorsHaveTheirStatusAndNoCodeIsLeftOut() {
        List<JsonNode> vectors = vectors("errors");

        assertThat(vectors)
                .extracting(vector -> vector.get("code").asString())
                .containsExactlyElementsOf(
                        Arrays.stream(ErrorCode.values()).map(Enum::name).toList());
        for (JsonNode vector : vectors) {
            ErrorCode code = ErrorCode.valueOf(vector.get("code").asString());
            assertThat(code.status())
                    .as(code.name())
                    .isEqualTo(vector.get("status").asInt());
            assertThat(code.rpcCode())
                    .as(code.name())
                    .isEqualTo(vector.get("rpcCode").asInt());
        }
    }

    @Test
    void closeCodesAdviseAndNoneIsLeftOut() {
        List<JsonNode> vectors = vectors("close-codes");

        for (JsonNode vector : vectors) {
            int code = vector.get("code").asInt();
            assertThat(CloseCode.reconnectAdvised(code))
                    .as("close code " + code)
                    .isEqualTo(vector.get("reconnect").asBoolean());
        }
        assertThat(vectors.stream().filter(vector -> !vector.get("name").isNull()))
                .extracting(vector ->
                        vector.get("name").asString() + " " + vector.get("code").asInt())
                .containsExactlyElementsOf(Arrays.stream(CloseCode.values())
                        .map(close -> close.name() + " " + close.code())
                        .toList());
    }

    @Test
    void reasonsFitACloseFrame() {
        assertThat(CloseCode.values())
                .allSatisfy(close -> assertThat(close.reason().getBytes(StandardCharsets.UTF_8))
                        .hasSizeBetween(1, 123));
    }

    @Test
    void waitsGrowToTheCap() {
        for (JsonNode vector : vectors("backoff")) {
            assertThat(ReconnectDelay.ceilingMillis(vector.get("attempt").asInt()))
                    .as("attempt " + vector.get("attempt"))
                    .isEqualTo(vector.get("ceilingMillis").asLong());
        }
    }

    @Test
    void textsAreRewrittenAndMeasuredAsAJavaScriptEngineDoes() {
        List<JsonNode> vectors = vectors("stringify");

        assertThat(vectors).hasSizeGreaterThan(1000);
        for (JsonNode vector : vectors) {
            RawJson json = RawJson.of(vector.get("json").asString());
            assertThat(JsonText.compact(json).toString())
                    .as(json.toString())
                    .isEqualTo(vector.get("text").asString());
            assertThat(JsonText.stringifyLength(json))
                    .as("length of " + json)
                    .isEqualTo(vector.get("length").asInt());
        }
    }

    @TestFactory
    Stream<DynamicTest> patchesMerge() {
        return vectors("merge-patch").stream()
                .map(vector -> test(vector, () -> {
                    RawJson target = RawJson.of(vector.get("target").asString());
                    RawJson patch = RawJson.of(vector.get("patch").asString());

                    assertThat(JsonText.mergePatch(target, patch).toString())
                            .isEqualTo(vector.get("result").asString());
                    assertThat(target.toString()).isEqualTo(vector.get("target").asString());
                }));
    }

    @Test
    void instantsAreWritten() {
        for (JsonNode vector : vectors("instants")) {
            assertThat(WireTime.format(vector.get("epochMillis").asLong()))
                    .isEqualTo(vector.get("text").asString());
        }
    }

    private static void expect(ClientFrame frame, JsonNode expected) {
        switch (expected.get("kind").asString()) {
            case "request" -> {
                ClientFrame.Request request = as(ClientFrame.Request.class, frame);
                assertThat(node(request.id())).isEqualTo(expected.get("id"));
                assertThat(request.method()).isEqualTo(expected.get("method").asString());
                if (expected.has("params")) {
                    assertThat(node(request.params())).isEqualTo(expected.get("params"));
                }
            }
            case "notification" -> {
                ClientFrame.Notification notification = as(ClientFrame.Notification.class, frame);
                assertThat(notification.method())
                        .isEqualTo(expected.get("method").asString());
                assertThat(node(notification.params())).isEqualTo(expected.get("params"));
            }
            case "batch" -> {
                List<ClientFrame> frames = as(ClientFrame.Batch.class, frame).frames();
                assertThat(frames).hasSize(expected.get("frames").size());
                for (int i = 0; i < frames.size(); i++) {
                    expect(frames.get(i), expected.get("frames").get(i));
                }
            }
            case "invalid" -> {
                ClientFrame.Invalid invalid = as(ClientFrame.Invalid.class, frame);
                RawJson id = invalid.id();
                assertThat(id == null ? node(RawJson.of("null")) : node(id)).isEqualTo(expected.get("id"));
                assertThat(invalid.rpcCode()).isEqualTo(expected.get("code").asInt());
                if (expected.has("says")) {
                    assertThat(invalid.message()).contains(expected.get("says").asString());
                }
            }
            default -> throw new AssertionError("no such kind: " + expected);
        }
    }

    private static byte[] write(JsonNode write) {
        return switch (write.get("kind").asString()) {
            case "result" -> FrameWriter.result(raw(write, "id"), raw(write, "result"));
            case "error" -> error(write);
            case "notification" -> FrameWriter.notification(text(write, "method"), raw(write, "params"));
            case "push" ->
                FrameWriter.push(
                        text(write, "method"),
                        text(write, "sessionId"),
                        text(write, "epoch"),
                        write.get("seq").asLong(),
                        write.get("createdAt").isNull()
                                ? -1
                                : write.get("createdAt").asLong(),
                        raw(write, "body"));
            case "signal" -> FrameWriter.signal(text(write, "method"), text(write, "sessionId"), raw(write, "body"));
            default -> throw new AssertionError("no such kind: " + write);
        };
    }

    private static byte[] error(JsonNode write) {
        RawJson id = write.get("id").isNull() ? null : raw(write, "id");
        ErrorCode code = ErrorCode.valueOf(text(write, "code"));
        if (write.has("rpcCode")) {
            return FrameWriter.error(id, write.get("rpcCode").asInt(), code, text(write, "message"));
        }
        ProtocolException problem = ProtocolException.of(code, text(write, "message"));
        for (var detail : write.get("details").properties()) {
            problem = problem.with(detail.getKey(), detail.getValue());
        }
        return FrameWriter.error(id, problem);
    }

    private static <T> T as(Class<T> type, ClientFrame frame) {
        assertThat(frame).isInstanceOf(type);
        return type.cast(frame);
    }

    private static String text(JsonNode node, String member) {
        return node.get(member).asString();
    }

    private static RawJson raw(JsonNode node, String member) {
        return BodyCodec.encode(node.get(member));
    }

    private static JsonNode node(RawJson json) {
        return Json.MAPPER.readTree(json.array(), json.offset(), json.length());
    }

    private static DynamicTest test(JsonNode vector, org.junit.jupiter.api.function.Executable body) {
        return DynamicTest.dynamicTest(vector.get("name").asString(), body);
    }

    private static List<JsonNode> vectors(String file) {
        try (InputStream in =
                Objects.requireNonNull(VectorsTest.class.getResourceAsStream("/vectors/" + file + ".json"))) {
            List<JsonNode> vectors =
                    Json.MAPPER.readTree(in).get("vectors").valueStream().toList();
            assertThat(vectors).as(file).isNotEmpty();
            return vectors;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
