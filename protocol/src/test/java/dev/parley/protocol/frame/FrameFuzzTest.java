package dev.parley.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.parley.protocol.Json;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** Throws valid frames, mutated from a seed, at the reader; {@code -Dfuzz.seed} and {@code -Dfuzz.rounds} choose others. */
final class FrameFuzzTest {
    private static final long SEED = Long.getLong("fuzz.seed", 20_261_121L);
    private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 40_000);

    /** A judge that was written by others, with the same limits. */
    private static final JsonMapper JUDGE = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(Json.MAX_DEPTH)
                            .maxNumberLength(Json.MAX_NUMBER_LENGTH)
                            .build())
                    .build())
            .build();

    private static final Pattern SURROGATE_ESCAPE = Pattern.compile("\\\\u[dD][89a-fA-F]");

    private static final List<String> FRAMES = List.of(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"message.send\",\"params\":{\"sessionId\":\"s1\",\"content\":\"hé 漢😀 \\u00e9\\n\","
                    + "\"metadata\":{\"a\":[1,-2.5e3,true,null,{\"b\":\"\"}]},\"report\":false}}",
            "[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"method\":\"typing\",\"params\":{\"on\":true}}]",
            "{\"params\":{\"kind\":\"agent\",\"id\":\"a/b\",\"sessions\":[{\"sessionId\":\"x\",\"epoch\":\"e\",\"seq\":7}],"
                    + "\"follows\":[\"alerts\"]},\"method\":\"connect\",\"id\":null,\"jsonrpc\":\"2.0\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"heartbeat\",\"params\":{\"seen\":{\"a\":1,\"b\":2},\"load\":0.25,\"health\":\"healthy\"}}");

    private static final byte[] SPICE = "{}[]\",:\\/u0019aefnrtbdD-+.E \n\u0000".getBytes(StandardCharsets.UTF_8);

    @Test
    void nothingMakesTheReaderFail() {
        SplittableRandom random = new SplittableRandom(SEED);
        assertTimeout(Duration.ofMinutes(2), () -> {
            int taken = 0;
            for (int round = 0; round < ROUNDS; round++) {
                byte[] frame = mutated(random);
                ClientFrame read;
                try {
                    read = FrameReader.read(frame, 0, frame.length);
                } catch (RuntimeException | Error e) {
                    throw new AssertionError(told(round, frame), e);
                }
                if (read instanceof ClientFrame.Invalid invalid) {
                    assertThat(invalid.message()).isNotBlank().hasSizeLessThan(300);
                } else {
                    taken++;
                }
            }
            // Mutations that hit text leave the frame valid: the test is about both kinds.
            assertThat(taken).isBetween(ROUNDS / 100, ROUNDS - ROUNDS / 100);
        });
    }

    @Test
    void theReaderAgreesWithAnotherParserOnWhatIsJson() {
        SplittableRandom random = new SplittableRandom(SEED + 1);
        for (int round = 0; round < ROUNDS; round++) {
            int turn = round;
            byte[] json = mutated(random);
            String text = strictText(json);
            boolean ours = accepted(json);
            boolean theirs = judged(json);
            if (ours) {
                assertThat(theirs && text != null).as(() -> told(turn, json)).isTrue();
            } else if (theirs && text != null && !text.startsWith("\ufeff")) {
                // What is stricter here than in JSON's grammar: half surrogate pairs.
                assertThat(text).as(() -> told(turn, json)).containsPattern(SURROGATE_ESCAPE);
            }
        }
    }

    @Test
    void paramsAreBoundOrRefusedButNeverFail() {
        SplittableRandom random = new SplittableRandom(SEED + 2);
        List<Operation<?, ?>> operations = Operations.all();
        for (int round = 0; round < ROUNDS; round++) {
            int turn = round;
            byte[] json = mutated(random);
            Operation<?, ?> operation = operations.get(random.nextInt(operations.size()));
            try {
                BodyCodec.decode(RawJson.of(json), operation.params(), random.nextBoolean());
            } catch (ProtocolException e) {
                assertThatCode(() -> FrameWriter.error(null, e))
                        .as(() -> told(turn, json))
                        .doesNotThrowAnyException();
            } catch (RuntimeException | Error e) {
                throw new AssertionError(told(round, json), e);
            }
        }
    }

    @Test
    void whatWasTakenIsMeasuredAndRewrittenConsistently() {
        SplittableRandom random = new SplittableRandom(SEED + 3);
        for (int round = 0; round < ROUNDS; round++) {
            int turn = round;
            byte[] json = mutated(random);
            if (!accepted(json)) {
                continue;
            }
            RawJson value = JsonText.parse(json, 0, json.length);
            RawJson compact = JsonText.compact(value);
            assertThat(JsonText.stringifyLength(value))
                    .as(() -> told(turn, json))
                    .isEqualTo(compact.toString().length());
            assertThat(JsonText.compact(compact)).as(() -> told(turn, json)).isEqualTo(compact);
        }
    }

    private static byte[] mutated(SplittableRandom random) {
        byte[] frame = FRAMES.get(random.nextInt(FRAMES.size())).getBytes(StandardCharsets.UTF_8);
        int edits = random.nextInt(4);
        for (int i = 0; i < edits && frame.length > 0; i++) {
            frame = edited(frame, random);
        }
        return frame;
    }

    private static byte[] edited(byte[] frame, SplittableRandom random) {
        int at = random.nextInt(frame.length);
        switch (random.nextInt(6)) {
            case 0 -> {
                byte[] changed = frame.clone();
                changed[at] = SPICE[random.nextInt(SPICE.length)];
                return changed;
            }
            case 1 -> {
                byte[] changed = frame.clone();
                changed[at] = (byte) random.nextInt(256);
                return changed;
            }
            case 2 -> {
                return Arrays.copyOf(frame, at);
            }
            case 3 -> {
                return joined(frame, at, new byte[0], Math.min(frame.length, at + 1 + random.nextInt(6)));
            }
            case 4 -> {
                return joined(frame, at, new byte[] {SPICE[random.nextInt(SPICE.length)]}, at);
            }
            default -> {
                int from = random.nextInt(frame.length);
                byte[] part = Arrays.copyOfRange(frame, from, Math.min(frame.length, from + random.nextInt(40)));
                return joined(frame, at, part, at);
            }
        }
    }

    private static byte[] joined(byte[] frame, int before, byte[] part, int after) {
        return ByteBuffer.allocate(before + part.length + frame.length - after)
                .put(frame, 0, before)
                .put(part)
                .put(frame, after, frame.length - after)
                .array();
    }

    private static boolean accepted(byte[] json) {
        try {
            JsonText.parse(json, 0, json.length);
            return true;
        } catch (ProtocolException e) {
            return false;
        }
    }

    private static boolean judged(byte[] json) {
        try (JsonParser parser = JUDGE.createParser(json)) {
            if (parser.nextToken() == null) {
                return false;
            }
            int depth = 0;
            do {
                switch (parser.currentToken()) {
                    case START_OBJECT, START_ARRAY -> depth++;
                    case END_OBJECT, END_ARRAY -> depth--;
                    case VALUE_STRING -> parser.getString();
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getString();
                    default -> {}
                }
                if (depth == 0) {
                    return parser.nextToken() == null;
                }
            } while (parser.nextToken() != null);
            return false;
        } catch (JacksonException e) {
            return false;
        }
    }

    private static @org.jspecify.annotations.Nullable String strictText(byte[] json) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static String told(int round, byte[] frame) {
        return "seed " + SEED + ", round " + round + ": " + new String(frame, StandardCharsets.UTF_8) + " = "
                + HexFormat.of().formatHex(frame);
    }
}
