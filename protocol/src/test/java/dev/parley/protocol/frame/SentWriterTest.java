package dev.parley.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionResults.Outcome;
import dev.parley.protocol.session.SessionResults.SendStatus;
import dev.parley.protocol.session.SessionResults.Sent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SentWriterTest {
    static Stream<Sent> answers() {
        Instant at = Instant.ofEpochMilli(1_795_000_000_007L);
        return Stream.of(
                new Sent("m-1", 2, "e", at, null, new SendStatus(at, 0, false, false), null),
                new Sent(
                        "\"quoted\\ \u0007 é 🙂",
                        Long.MAX_VALUE,
                        "e-2",
                        at,
                        true,
                        new SendStatus(at, 77, true, true),
                        null),
                new Sent(
                        "m",
                        1,
                        "e",
                        at,
                        false,
                        new SendStatus(at, 1, true, false),
                        List.of(new Outcome("web", "skipped"))));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void saysWhatTheGeneralWriterSays(Sent sent) {
        String answer = new String(FrameWriter.answer(RawJson.of("7"), sent), StandardCharsets.UTF_8);

        assertThat(answer).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" + RawJson.of(Json.write(sent)) + "}");
    }
}
