package dev.parley.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@DisplayName("sockets: frames")
class SocketFramesTest extends SocketRules {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{|-32700",
                "nonsense|-32700",
                "[]|-32600",
                "7|-32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1}|-32600",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}|-32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no.such\"}|-32601",
            })
    void thatAreNoRequestsAreAnsweredAndLeaveTheSocketOpen(String frame, int expected) {
        try (SocketClient client = gateway.user("ann")) {
            client.text(frame);
            JsonNode error = client.next("error", got -> got.has("error"));
            assertThat(error.get("error").get("code").asInt()).isEqualTo(expected);
            client.call("ping", "{}");
        }
    }

    @Test
    void thatAreBadTooOftenEndWith4500() {
        try (SocketClient client = gateway.user("ann")) {
            for (int i = 0; i < 6; i++) {
                client.text("{nonsense");
                client.binary(new byte[] {1, 2, 3});
            }
            assertThat(client.closed()).isEqualTo(4500);
        }
    }

    @Test
    void nestedTooDeepAreBadRequestsNotOurFault() {
        try (SocketClient client = gateway.user("ann")) {
            client.text("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":" + "[".repeat(5000)
                    + "]".repeat(5000) + "}");
            assertThat(client.next("error", got -> got.has("error"))
                            .get("error")
                            .get("code")
                            .asInt())
                    .isEqualTo(-32700);
            client.call("ping", "{}");
        }
    }

    @Test
    void overOneMebibyteEndWith1009() throws IOException {
        try (RawSocket client = new RawSocket(gateway.port())) {
            client.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"ann\"}}");
            client.read();
            client.send(RawSocket.TEXT, new byte[(1 << 20) + 1]);
            assertThat(client.readToClose()).isEqualTo(1009);
        }
    }

    @Test
    void inABatchAreAnsweredTogether() {
        try (SocketClient client = gateway.user("ann")) {
            client.text(
                    "[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},"
                            + "{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"session.get\",\"params\":{\"sessionId\":\"x\"}},4]");
            JsonNode answers = client.next("batch", JsonNode::isArray);
            assertThat(answers).hasSize(3);
            assertThat(answers.get(0).get("id").asString()).isEqualTo("a");
            assertThat(code(answers.get(1).get("error"))).isEqualTo("SESSION_NOT_FOUND");
            assertThat(answers.get(2).get("error").get("code").asInt()).isEqualTo(-32600);
        }
    }

    @Test
    void inABatchArePushedToOnlyAfterTheirAnswer() throws IOException {
        try (SocketClient ann = gateway.user("ann");
                RawSocket again = new RawSocket(gateway.port())) {
            again.text(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connect\",\"params\":{\"kind\":\"user\",\"id\":\"ann\"}}");
            again.read();
            StringBuilder batch = new StringBuilder("[");
            for (int i = 0; i < 2; i++) {
                String id = gateway.session(ann, "ann", "helper");
                ann.call("message.send", message(id, "hello"));
                batch.append(i == 0 ? "" : ",")
                        .append("{\"jsonrpc\":\"2.0\",\"id\":" + i
                                + ",\"method\":\"session.attach\",\"params\":{\"sessionId\":\"" + id
                                + "\",\"seq\":1}}");
            }
            again.text(batch + "]");
            assertThat(again.read().text()).startsWith("[");
            assertThat(again.read().text()).contains("hello");
            assertThat(again.read().text()).contains("hello");
        }
    }
}
