package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionResults;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The vectors that clients of all languages run. */
class GoldenVectorsTest {
    private static Stream<JsonNode> vectors(String file) {
        Path path = Path.of("../../protocol/src/test/resources/vectors", file);
        JsonNode vectors = Json.MAPPER.readTree(path).path("vectors");
        assertThat(vectors).isNotEmpty();
        return StreamSupport.stream(vectors.spliterator(), false);
    }

    static Stream<JsonNode> closeCodes() {
        return vectors("close-codes.json");
    }

    static Stream<JsonNode> backoff() {
        return vectors("backoff.json");
    }

    static Stream<JsonNode> errors() {
        return vectors("errors.json");
    }

    static Stream<JsonNode> instants() {
        return vectors("instants.json");
    }

    static Stream<JsonNode> framesOut() {
        return vectors("frames-out.json");
    }

    @ParameterizedTest
    @MethodSource("closeCodes")
    void close_codes_are_obeyed(JsonNode vector) {
        ClientFixture it = ClientFixture.user();
        it.connect().cut(vector.path("code").asInt());

        assertThat(it.told.lastState().state())
                .isEqualTo(vector.path("reconnect").asBoolean() ? ConnectionState.WAITING : ConnectionState.CLOSED);
    }

    @ParameterizedTest
    @MethodSource("backoff")
    void the_longest_wait_before_an_attempt_is_that(JsonNode vector) {
        Backoff backoff = new Backoff(new Longest());
        long wait = backoff.nextMillis();
        for (int attempt = 0; attempt < vector.path("attempt").asInt(); attempt++) {
            wait = backoff.nextMillis();
        }

        assertThat(wait).isEqualTo(vector.path("ceilingMillis").asLong());
    }

    private static final class Longest extends Random {
        private static final long serialVersionUID = 1L;

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errors_are_told_by_code_and_status(JsonNode vector) {
        ClientJson.Frame frame = one("""
                {"jsonrpc":"2.0","id":1,"error":{"code":%s,"message":"m","data":{"code":%s,"status":%s,"details":{"a":1}}}}""".formatted(vector.get("rpcCode"), vector.get("code"), vector.get("status")));
        assertThat(frame.error()).isNotNull();

        ParleyException problem = frame.error().toException();

        assertThat(problem.code()).isEqualTo(vector.path("code").asString());
        assertThat(problem.status()).isEqualTo(vector.path("status").asInt());
        assertThat(problem.errorCode()).isPresent();
        assertThat(problem.details()).isEqualTo(RawJson.of("{\"a\":1}"));
    }

    @ParameterizedTest
    @MethodSource("instants")
    void instants_are_read_exactly(JsonNode vector) {
        RawJson pong = RawJson.of("{\"serverTime\":" + vector.get("text") + "}");

        assertThat(ClientJson.read(pong, SessionResults.Pong.class).serverTime().toEpochMilli())
                .isEqualTo(vector.path("epochMillis").asLong());
    }

    @ParameterizedTest
    @MethodSource("framesOut")
    void frames_mean_what_was_meant(JsonNode vector) {
        JsonNode meant = vector.path("write");
        ClientJson.Frame frame = one(vector.path("frame").asString());
        switch (meant.path("kind").asString()) {
            case "result" -> {
                assertThat(frame.method()).isNull();
                assertThat(tree(frame.result())).isEqualTo(meant.get("result"));
            }
            case "error" -> {
                assertThat(frame.error()).isNotNull();
                ParleyException problem = frame.error().toException();
                assertThat(problem.code()).isEqualTo(meant.path("code").asString());
                assertThat(problem.getMessage()).isEqualTo(meant.path("message").asString());
                assertThat(tree(problem.details()))
                        .isEqualTo(meant.has("details") ? meant.get("details") : tree(RawJson.EMPTY_OBJECT));
            }
            case "notification" -> {
                assertThat(frame.method()).isEqualTo(meant.path("method").asString());
                assertThat(tree(frame.params())).isEqualTo(meant.get("params"));
            }
            case "push", "signal" -> {
                assertThat(frame.method()).isEqualTo(meant.path("method").asString());
                PushDispatch.Header header = ClientJson.read(raw(frame.params()), PushDispatch.Header.class);
                assertThat(header.sessionId()).isEqualTo(meant.path("sessionId").asString());
                assertThat(header.seq()).isEqualTo(meant.path("seq").asLong(0));
                assertThat(header.epoch())
                        .isEqualTo(meant.has("epoch") ? meant.path("epoch").asString() : null);
                meant.path("body")
                        .properties()
                        .forEach(member -> assertThat(tree(frame.params()).get(member.getKey()))
                                .isEqualTo(member.getValue()));
            }
            default -> throw new AssertionError("a kind that this test does not know: " + meant);
        }
    }

    private static ClientJson.Frame one(String text) {
        List<ClientJson.Frame> frames = ClientJson.frames(text);
        assertThat(frames).hasSize(1);
        return frames.get(0);
    }

    private static RawJson raw(@Nullable RawJson value) {
        assertThat(value).isNotNull();
        return value;
    }

    private static JsonNode tree(@Nullable RawJson value) {
        return Json.MAPPER.readTree(raw(value).toString());
    }
}
