package dev.parley.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionParams;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyCodecTest {
    @Test
    void bindsAMessage() {
        SessionParams.Send send = BodyCodec.decode(
                RawJson.of(
                        "{\"sessionId\":\"s1\",\"content\":\"hi \\u00e9\",\"metadata\":{\"a\":[1]},\"report\":true,\"x\":1}"),
                SessionParams.Send.class);

        assertThat(send.sessionId()).isEqualTo("s1");
        assertThat(send.content()).isEqualTo(RawJson.of("\"hi \\u00e9\""));
        assertThat(send.metadata()).isEqualTo(RawJson.of("{\"a\":[1]}"));
        assertThat(send.report()).isTrue();
        assertThat(send.to()).isNull();
    }

    @Test
    void namesAllThatIsMissingAtOnce() {
        ProtocolException refusal = refusal("{\"index\":null}", SessionParams.Delta.class);

        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details())
                .isEqualTo(Map.of("missingFields", List.of("sessionId", "messageId", "index", "chunk")));
        assertThat(refusal.message()).isEqualTo("Give sessionId, messageId, index, chunk.");
    }

    @Test
    void namesAllThatIsWrongAtOnceTogetherWithWhatIsMissing() {
        ProtocolException refusal =
                refusal("{\"sessionId\":7,\"messageId\":\"a\\u0000b\",\"index\":1.5}", SessionParams.Delta.class);

        assertThat(refusal.details())
                .containsEntry("missingFields", List.of("chunk"))
                .containsEntry("field", "sessionId")
                .containsEntry("providedValue", RawJson.of("7"))
                .containsEntry("expectedFormat", "a string");
        assertThat(wrongFields(refusal)).containsExactly("sessionId", "messageId", "index");
    }

    @Test
    void namesThePlaceInsideListsAndObjects() {
        ProtocolException refusal = refusal(
                "{\"kind\":\"user\",\"id\":\"u\",\"follows\":[\"a\",3],\"sessions\":[{\"sessionId\":\"a\"},{\"seq\":\"x\"}]}",
                SessionParams.Connect.class);

        assertThat(refusal.details()).containsEntry("missingFields", List.of("sessions[1].sessionId"));
        assertThat(wrongFields(refusal)).containsExactly("follows[1]", "sessions[1].seq");
    }

    @Test
    void bindsListsMapsAndNumbers() {
        SessionParams.Heartbeat heartbeat = BodyCodec.decode(
                RawJson.of("{\"seen\":{\"a\":1,\"b\":9007199254740993},\"sessions\":[\"a\",\"b\"],\"load\":0.5}"),
                SessionParams.Heartbeat.class);

        assertThat(heartbeat)
                .isEqualTo(new SessionParams.Heartbeat(
                        Map.of("a", 1L, "b", 9007199254740993L), List.of("a", "b"), null, 0.5));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1.0,1", "1e3,1000", "-0,0", "9223372036854775807,9223372036854775807"})
    void takesWholeNumbersHoweverWritten(String written, long value) {
        assertThat(BodyCodec.decode(
                        RawJson.of("{\"sessionId\":\"s\",\"seq\":" + written + "}"), SessionParams.Seen.class))
                .isEqualTo(new SessionParams.Seen("s", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "9223372036854775808", "1e999999999", "1e99999999999", "\"1\"", "true", "[]", "{}"})
    void refusesWhatIsNoWholeNumber(String written) {
        assertThat(refusal("{\"sessionId\":\"s\",\"seq\":" + written + "}", SessionParams.Seen.class)
                        .details())
                .containsEntry("field", "seq")
                .containsEntry("providedValue", RawJson.of(written));
    }

    @Test
    void takesScalarsThatArriveAsTextOnlyWhenToldTo() {
        RawJson query = RawJson.of("{\"sessionId\":\"s\",\"seq\":\"12\"}");
        RawJson typing = RawJson.of("{\"sessionId\":\"s\",\"on\":\"true\"}");

        assertThat(BodyCodec.decode(query, SessionParams.Seen.class, true)).isEqualTo(new SessionParams.Seen("s", 12L));
        assertThat(BodyCodec.decode(typing, SessionParams.Typing.class, true))
                .isEqualTo(new SessionParams.Typing("s", true));
        assertThat(refusal(query.toString(), SessionParams.Seen.class).details())
                .containsEntry("field", "seq");
        assertThat(refusal(typing.toString(), SessionParams.Typing.class).details())
                .containsEntry("field", "on");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " 12", "12 ", "0x1", "1_000", "NaN", "Infinity", "--1", "1,5", "12a"})
    void refusesTextThatIsNoNumberEvenThen(String text) {
        RawJson query = RawJson.of("{\"sessionId\":\"s\",\"seq\":\"" + text + "\"}");

        ProtocolException refusal = catchThrowableOfType(
                ProtocolException.class, () -> BodyCodec.decode(query, SessionParams.Seen.class, true));

        assertThat(refusal.details()).containsEntry("field", "seq");
    }

    @Test
    void keepsANullOnlyWhereItMeansSomethingElseThanNothing() {
        SessionParams.Timeout timeout =
                BodyCodec.decode(RawJson.of("{\"sessionId\":\"s\",\"autoRenew\":null}"), SessionParams.Timeout.class);
        SessionParams.Send send =
                BodyCodec.decode(RawJson.of("{\"sessionId\":\"s\",\"payload\":null}"), SessionParams.Send.class);

        assertThat(timeout.autoRenew()).isEqualTo(RawJson.of("null"));
        assertThat(timeout.timeoutMinutes()).isNull();
        assertThat(send.payload()).isNull();
    }

    @Test
    void refusesAMemberGivenTwice() {
        assertThat(refusal("{\"sessionId\":\"a\",\"sessionId\":\"b\"}", SessionParams.Ref.class)
                        .message())
                .isEqualTo("sessionId must be given only once.");
    }

    @Test
    void showsOnlyTheBeginningOfALongWrongValue() {
        String shown = (String) refusal("{\"sessionId\":[\"" + "é".repeat(5000) + "\"]}", SessionParams.Ref.class)
                .details()
                .get("providedValue");

        assertThat(shown).startsWith("[\"éé").endsWith("é…").hasSizeLessThan(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"a\"", "null", "7"})
    void refusesParamsThatAreNoObject(String params) {
        assertThat(refusal(params, SessionParams.Ref.class).code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @Test
    void refusesWhatIsNoJson() {
        assertThat(refusal("{\"sessionId\":", SessionParams.Ref.class).code()).isEqualTo(ErrorCode.INVALID_JSON);
    }

    @Test
    void encodesWithoutNulls() {
        assertThat(BodyCodec.encode(new SessionParams.Attach("s", null, 3L)))
                .isEqualTo(RawJson.of("{\"sessionId\":\"s\",\"seq\":3}"));
    }

    private static List<String> wrongFields(ProtocolException refusal) {
        return ((List<?>) Objects.requireNonNull(refusal.details().get("fields")))
                .stream()
                        .map(field -> (String) ((Map<?, ?>) field).get("field"))
                        .toList();
    }

    private static ProtocolException refusal(String params, Class<?> type) {
        return catchThrowableOfType(ProtocolException.class, () -> BodyCodec.decode(RawJson.of(params), type));
    }
}
