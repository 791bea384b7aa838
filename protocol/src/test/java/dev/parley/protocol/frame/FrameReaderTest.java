package dev.parley.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the vectors cannot say: what the result is made of. */
final class FrameReaderTest {
    @Test
    void keepsIdAndParamsAsTheyWereWritten() {
        ClientFrame.Request request = (ClientFrame.Request)
                read("{\"id\": 1.50 ,\"jsonrpc\":\"2.0\",\"params\" : { \"a\" : 1.0 } ,\"method\":\"ping\"}");

        assertThat(request.id()).isEqualTo(RawJson.of("1.50"));
        assertThat(request.params()).isEqualTo(RawJson.of("{ \"a\" : 1.0 }"));
    }

    @Test
    void doesNotCopyTheParams() {
        byte[] frame = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"a\":1}}"
                .getBytes(StandardCharsets.UTF_8);

        ClientFrame.Request request = (ClientFrame.Request) FrameReader.read(frame, 0, frame.length);

        assertThat(request.params().array()).isSameAs(frame);
    }

    @Test
    void givesTheNamesOfTheCatalogueWithoutNewStrings() {
        assertThat(Operations.all()).allSatisfy(operation -> {
            ClientFrame frame = read("{\"jsonrpc\":\"2.0\",\"method\":\"" + operation.name() + "\"}");
            assertThat(((ClientFrame.Notification) frame).method()).isSameAs(operation.name());
        });
    }

    @Test
    void doesNotTakeANameForAnotherThatItResembles() {
        assertThat(Operations.all()).allSatisfy(operation -> {
            String near = operation.name().substring(1) + operation.name().charAt(0);
            ClientFrame frame = read("{\"jsonrpc\":\"2.0\",\"method\":\"" + near + "\"}");
            assertThat(((ClientFrame.Notification) frame).method()).isEqualTo(near);
        });
    }

    @Test
    void readsNothingOutsideItsRange() {
        byte[] frame = "{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"ping\"}".getBytes(StandardCharsets.UTF_8);

        for (int length = 0; length < frame.length; length++) {
            assertThat(FrameReader.read(frame, 0, length))
                    .as("cut at " + length)
                    .isInstanceOf(ClientFrame.Invalid.class);
        }
        assertThat(FrameReader.read(frame, 0, frame.length)).isInstanceOf(ClientFrame.Request.class);
    }

    @Test
    void answersWhatItCannotTakeWithTheIdWhereThereIsOne() {
        ClientFrame.Invalid invalid = (ClientFrame.Invalid) read("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":7}");

        assertThat(new String(FrameWriter.error(invalid), StandardCharsets.UTF_8))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-32600,"
                        + "\"message\":\"The call must have a method, which is a string.\","
                        + "\"data\":{\"code\":\"VALIDATION_ERROR\",\"status\":400,\"details\":{}}}}");
    }

    @Test
    void checksStringsOfEveryLengthAndAlignment() {
        for (int lead = 0; lead < 9; lead++) {
            for (int length = 0; length < 40; length++) {
                String good = " ".repeat(lead) + "{\"jsonrpc\":\"2.0\",\"method\":\"" + "m".repeat(length) + "\"}";
                assertThat(read(good)).isInstanceOf(ClientFrame.Notification.class);
                for (int at = 0; at < length; at++) {
                    int place = good.indexOf("mm") < 0 ? good.lastIndexOf('m') : good.length() - 2 - length + at;
                    String bad = good.substring(0, place) + '\u0001' + good.substring(place + 1);
                    assertThat(read(bad)).as(bad).isInstanceOf(ClientFrame.Invalid.class);
                }
            }
        }
    }

    private static ClientFrame read(String frame) {
        byte[] bytes = frame.getBytes(StandardCharsets.UTF_8);
        return FrameReader.read(bytes, 0, bytes.length);
    }
}
