package dev.parley.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionEvents;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageRingTest {
    private static final String SESSION = "s";
    private static final String EPOCH = "e";
    private static final String LONE_SURROGATE = "\ud800";

    /** Against a plain list: whatever is added, what is kept is the last of it, found by its id and its numbers. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 8, 9, 100, 1000})
    void keepsTheLastMessagesAsTheyWere(int limit) {
        Random random = new Random(limit);
        MessageRing ring = new MessageRing(limit);
        ArrayDeque<LoggedEvent> kept = new ArrayDeque<>();
        List<String> dropped = new ArrayList<>();
        long seq = 1;
        for (int i = 0; i < 4 * limit + 50; i++) {
            seq += 1 + random.nextInt(3);
            LoggedEvent message = message(seq, "m" + i + unusual(random), random);
            ring.add(message);
            kept.add(message);
            if (kept.size() > limit) {
                dropped.add(kept.remove().messageId());
            }
            if (i % 37 == 0) {
                checkEqual(ring, kept);
            }
        }
        checkEqual(ring, kept);
        assertThat(dropped).allSatisfy(id -> assertThat(ring.find(id)).isEqualTo(-1));
    }

    @Test
    void findsIdsThatShareAHash() {
        // "Aa" and "BB" have the same hash, and so have all words made of them.
        List<String> ids = IntStream.range(0, 512)
                .mapToObj(i -> IntStream.range(0, 9)
                        .mapToObj(bit -> (i >> bit & 1) == 0 ? "Aa" : "BB")
                        .reduce("", String::concat))
                .toList();
        MessageRing ring = new MessageRing(100);
        for (int i = 0; i < ids.size(); i++) {
            ring.add(message(i + 1, ids.get(i), new Random(i)));
        }

        for (int i = 0; i < ids.size(); i++) {
            assertThat(ring.find(ids.get(i))).isEqualTo(i < 412 ? -1 : i - 412);
        }
    }

    @Test
    void tellsApartIdsThatNoCharsetTellsApart() {
        MessageRing ring = new MessageRing(10);
        ring.add(message(1, LONE_SURROGATE, new Random(1)));

        assertThat(ring.find(LONE_SURROGATE)).isZero();
        assertThat(ring.find("?")).isEqualTo(-1);
        assertThat(ring.find("\udc00")).isEqualTo(-1);
    }

    private static void checkEqual(MessageRing ring, ArrayDeque<LoggedEvent> kept) {
        List<LoggedEvent> expected = List.copyOf(kept);
        assertThat(IntStream.range(0, ring.size()).mapToObj(i -> ring.get(i, SESSION, EPOCH)))
                .isEqualTo(expected);
        for (int i = 0; i < expected.size(); i++) {
            LoggedEvent message = expected.get(i);
            assertThat(ring.find(String.valueOf(message.messageId()))).isEqualTo(i);
            assertThat(ring.firstAfterSeq(message.seq() - 1)).isEqualTo(i);
            assertThat(ring.firstAfterMillis(message.at())).isEqualTo(i + 1);
            assertThat(ring.isBy(i, String.valueOf(message.authorId()))).isTrue();
            assertThat(ring.isBy(i, "nobody")).isFalse();
        }
    }

    private static LoggedEvent message(long seq, String id, Random random) {
        byte[] frame = new byte[random.nextInt(50) == 0 ? 40_000 : 20 + random.nextInt(500)];
        random.nextBytes(frame);
        int from = random.nextInt(frame.length);
        return new LoggedEvent(
                SESSION,
                EPOCH,
                seq,
                1_000_000 + seq * 10,
                SessionEvents.MESSAGE,
                "author" + random.nextInt(3),
                perhaps("to", random),
                id,
                perhaps("connection", random),
                RawJson.slice(frame, from, frame.length - from));
    }

    private static @Nullable String perhaps(String text, Random random) {
        return random.nextBoolean() ? text : null;
    }

    private static String unusual(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> "é";
            case 1 -> "\ud83d\ude00";
            case 2 -> LONE_SURROGATE;
            default -> "";
        };
    }
}
