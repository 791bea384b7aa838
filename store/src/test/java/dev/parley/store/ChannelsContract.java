package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.store.ChannelStore.Entry;
import dev.parley.store.ChannelStore.Kept;
import dev.parley.store.ChannelStore.Publish;
import dev.parley.store.ChannelStore.Published;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Channels and their last messages. */
abstract class ChannelsContract extends ContractGroup {
    private static final ChannelMessage.From ANN = new ChannelMessage.From("ann", "user");
    private static final ChannelMessage.From BOT = new ChannelMessage.From("bot", "agent");

    ChannelsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("a message is kept with all it said, and told with its number; numbers are dense")
    void published() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = get(channels().subscribe("default", "news", ear(told)));
        assertThat(kept("news", 0)).isEqualTo(new Kept(List.of(), 0, 0));
        Published first = get(channels().publish(publish("default", "news", "m1", ANN, "{\"a\":1}")));
        assertThat(first.duplicate()).isFalse();
        assertThat(first.message())
                .isEqualTo(new ChannelMessage(
                        "news",
                        ANN,
                        RawJson.of("{\"a\":1}"),
                        "m1",
                        Instant.ofEpochMilli(now()),
                        first.message().seq(),
                        null));
        advanceSeconds(1);
        get(channels().publish(publish("default", "news", "m2", BOT, "null")));
        get(channels().publish(publish("other", "news", "m1", ANN, "3")));
        Kept kept = kept("news", 0);
        assertThat(kept.entries()).extracting(entry -> entry.message().id()).containsExactly("m1", "m2");
        assertThat(kept.entries()).extracting(Entry::origin).containsOnly("c1");
        assertThat(kept.entries()).extracting(Entry::number).containsExactly(kept.began(), kept.began() + 1);
        assertThat(kept.head()).isEqualTo(kept.began() + 1);
        assertThat(kept.entries().get(1).message())
                .isEqualTo(new ChannelMessage(
                        "news", BOT, RawJson.of("null"), "m2", Instant.ofEpochMilli(now()), kept.head(), null));
        assertThat(kept("news", kept.began()).entries()).hasSize(1);
        assertThat(kept("news", kept.head()).entries()).isEmpty();
        assertThat(get(channels().after("other", "news", 0)).entries()).hasSize(1);
        awaitTold();
        assertThat(told).containsExactly("news " + kept.began(), "news " + kept.head());
        listening.close();
        get(channels().publish(publish("default", "news", "m3", ANN, "1")));
        awaitTold();
        assertThat(told).hasSize(2);
    }

    @Test
    @DisplayName(
            "a repeat after a lost answer is answered as the first time and told once; another sender's is refused")
    void repeated() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = get(channels().subscribe("default", "news", ear(told)));
        FaultyStore faulty = new FaultyStore(store());
        faulty.loseNext();
        Publish what = publish("default", "news", "m1", ANN, "1");
        refusal(StoreException.Unavailable.class, faulty.channels().publish(what));
        advanceSeconds(5);
        Published again = get(faulty.channels().publish(what));
        assertThat(again).isEqualTo(new Published(((Published) faulty.lost()).message(), true));
        refusal(StoreException.MessageConflict.class, channels().publish(publish("default", "news", "m1", BOT, "2")));
        assertThat(kept("news", 0).entries()).hasSize(1);
        awaitTold();
        assertThat(told).hasSize(1);
        listening.close();
    }

    @Test
    @DisplayName("the last hundred are kept, fewer where they are large, and the last one in any case")
    void bounded() {
        for (int i = 1; i <= 103; i++) {
            get(channels().publish(publish("default", "many", "m" + i, ANN, "" + i)));
        }
        Kept many = kept("many", 0);
        assertThat(many.entries()).hasSize(100);
        assertThat(many.entries().get(0).message().id()).isEqualTo("m4");
        assertThat(many.head()).isEqualTo(many.began() + 102);
        assertThat(get(channels().publish(publish("default", "many", "m1", ANN, "1")))
                        .duplicate())
                .as("it is not known any more")
                .isFalse();

        String large = "\"" + "x".repeat(ChannelStore.KEPT_BYTES / 3) + "\"";
        for (int i = 1; i <= 4; i++) {
            get(channels().publish(publish("default", "large", "m" + i, ANN, large)));
        }
        assertThat(kept("large", 0).entries())
                .extracting(entry -> entry.message().id())
                .containsExactly("m3", "m4");
        String huge = "\"" + "x".repeat(ChannelStore.KEPT_BYTES) + "\"";
        get(channels().publish(publish("default", "large", "m5", ANN, huge)));
        assertThat(kept("large", 0).entries())
                .extracting(entry -> entry.message().id())
                .containsExactly("m5");
    }

    @Test
    @DisplayName("a channel is gone a day after its last message; its numbers begin anew, above those that it had")
    void idle() {
        get(channels().publish(publish("default", "news", "m1", ANN, "1")));
        advanceSeconds(ChannelStore.IDLE_MILLIS / 1000 - 1);
        get(channels().publish(publish("default", "news", "m2", ANN, "2")));
        advanceSeconds(2);
        Kept before = kept("news", 0);
        assertThat(before.entries()).hasSize(2);
        advanceSeconds(ChannelStore.IDLE_MILLIS / 1000);
        assertThat(kept("news", 0)).isEqualTo(new Kept(List.of(), 0, 0));
        get(channels().publish(publish("default", "news", "m1", ANN, "1")));
        Kept after = kept("news", before.head());
        assertThat(after.entries()).hasSize(1);
        assertThat(after.began()).isEqualTo(after.head()).isGreaterThan(before.head());
    }

    @Test
    @DisplayName("a workspace has only so many channels; idle ones make room, and those that are there go on")
    void full() {
        get(channels().publish(publish("default", "first", "m", ANN, "1", 1)));
        int made = 0;
        StoreException.Full full = null;
        while (full == null) {
            try {
                get(channels().publish(publish("default", "c" + made, "m", ANN, "1", 1)));
                made++;
            } catch (StoreException.Full refused) {
                full = refused;
            }
        }
        assertThat(full.limit()).isEqualTo("channels");
        assertThat(kept("c" + made, 0).entries()).isEmpty();
        get(channels().publish(publish("default", "first", "n", ANN, "1", 1)));
        get(channels().publish(publish("other", "c" + made, "m", ANN, "1", 1)));
        advanceSeconds(ChannelStore.IDLE_MILLIS / 1000);
        get(channels().publish(publish("default", "c" + made, "m", ANN, "1", 1)));
    }

    private ChannelStore channels() {
        return store().channels();
    }

    private Kept kept(String channel, long after) {
        return get(channels().after("default", channel, after));
    }

    private static Publish publish(
            String workspace, String channel, String id, ChannelMessage.From from, String payload) {
        return publish(workspace, channel, id, from, payload, 100_000);
    }

    private static Publish publish(
            String workspace, String channel, String id, ChannelMessage.From from, String payload, int most) {
        return new Publish(workspace, channel, id, from, RawJson.of(payload), "c1", most);
    }

    private static ChannelStore.ChannelListener ear(List<String> told) {
        return new ChannelStore.ChannelListener() {
            @Override
            public void onPublished(long number) {
                told.add("news " + number);
            }

            @Override
            public void onReset() {
                // It may come at any time.
            }
        };
    }
}
