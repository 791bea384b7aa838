package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames are read back by the decoder of a real server, which insists on the mask. */
final class ClientFramesTest {
    private static WebSocketFrame decoded(ByteBuf bytes) {
        EmbeddedChannel server = new EmbeddedChannel(new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .maxFramePayloadLength(1 << 20)
                .build()));
        server.writeInbound(bytes);
        WebSocketFrame frame = server.readInbound();
        assertThat(server.inboundMessages()).isEmpty();
        server.finishAndReleaseAll();
        return frame;
    }

    private static String text(ByteBuf bytes) {
        TextWebSocketFrame frame = (TextWebSocketFrame) decoded(bytes);
        String text = frame.text();
        frame.release();
        return text;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 200_000})
    void aServerReadsTextOfEveryLength(int length) {
        String payload = "é".repeat(length / 2) + "x".repeat(length % 2);

        assertThat(text(Unpooled.wrappedBuffer(ClientFrames.text(payload)))).isEqualTo(payload);
    }

    @Test
    void aServerReadsTheCloseCode() {
        CloseWebSocketFrame frame = (CloseWebSocketFrame) decoded(Unpooled.wrappedBuffer(ClientFrames.close(1000)));

        assertThat(frame.statusCode()).isEqualTo(1000);
        frame.release();
    }

    @Test
    void aTemplateIsFilledAnewEachTime() {
        FrameTemplate template = new FrameTemplate("{\"id\":######,\"n\":\"###\"}", 2);

        assertThat(text(template.with(0, 123_456).with(1, 7).build(UnpooledByteBufAllocator.DEFAULT)))
                .isEqualTo("{\"id\":123456,\"n\":\"007\"}");
        assertThat(text(template.with(1, 42).build(UnpooledByteBufAllocator.DEFAULT)))
                .isEqualTo("{\"id\":123456,\"n\":\"042\"}");
    }

    @Test
    void aTemplateSaysWhenItsSlotsAreNotAsMany() {
        assertThatThrownBy(() -> new FrameTemplate("{\"id\":#}", 2)).hasMessageContaining("1 slots, not 2");
        assertThatThrownBy(() -> new FrameTemplate("{\"id\":#,\"n\":#}", 1)).hasMessageContaining("more than 1");
    }
}
