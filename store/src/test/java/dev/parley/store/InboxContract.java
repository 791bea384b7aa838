package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.store.InboxStore.Bounds;
import dev.parley.store.InboxStore.Entry;
import dev.parley.store.InboxStore.InboxListener;
import dev.parley.store.InboxStore.Marked;
import dev.parley.store.InboxStore.Page;
import dev.parley.store.InboxStore.Query;
import dev.parley.store.InboxStore.Send;
import dev.parley.store.InboxStore.Sent;
import dev.parley.store.InboxStore.Standing;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What agents have sent to agents. */
abstract class InboxContract extends ContractGroup {
    private static final long HOUR = 3_600_000;

    /** Unlike what a JSON library would write. */
    private static final RawJson PAYLOAD = RawJson.of("{ \"n\" : 1.0e2, \"empty\" : [ ], \"text\":\"\\u00e4ö\" }");

    InboxContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("a message is kept as it came, with its instants, until it expires")
    void kept() {
        InboxMessage message = send("m1").message();
        assertThat(message)
                .isEqualTo(new InboxMessage(
                        "m1",
                        new InboxMessage.From("ann", "Ann", "writers"),
                        "bot",
                        "news",
                        InboxMessage.EVENT,
                        PAYLOAD,
                        "c-m1",
                        Instant.ofEpochMilli(now()),
                        Instant.ofEpochMilli(now() + HOUR),
                        null,
                        false));
        assertThat(message.payload()).hasToString(PAYLOAD.toString());
        assertThat(page(unread(50)).messages()).containsExactly(message);
        advanceSeconds(3599);
        assertThat(ids(unread(50))).containsExactly("m1");
        assertThat(standing().unread()).isEqualTo(1);
        advanceSeconds(1);
        assertThat(ids(unread(50))).isEmpty();
        assertThat(standing().unread()).isZero();
        assertThat(get(inbox().markRead("default", "bot", List.of("m1"))).messageIds())
                .isEmpty();
    }

    @Test
    @DisplayName("a repeat is answered as the first time and changes nothing; another sender cannot use the id")
    void repeated() {
        Sent first = send("m1");
        advanceSeconds(10);
        Sent again = get(inbox().send(new Send(
                "default",
                "bot",
                "m1",
                new InboxMessage.From("ann", null, null),
                "other",
                InboxMessage.REQUEST,
                RawJson.of("1"),
                null,
                5,
                Bounds.DEFAULT)));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.message()).isEqualTo(first.message());
        assertThat(page(unread(50)).messages()).containsExactly(first.message());
        refusal(
                StoreException.MessageConflict.class,
                inbox().send(new Send(
                        "default",
                        "bot",
                        "m1",
                        new InboxMessage.From("eve", null, null),
                        "news",
                        InboxMessage.EVENT,
                        PAYLOAD,
                        null,
                        HOUR,
                        Bounds.DEFAULT)));
        get(inbox().markRead("default", "bot", List.of("m1")));
        assertThat(send("m1").message().isRead()).isTrue();
    }

    @Test
    @DisplayName("an inbox is that of an agent in a workspace")
    void owners() {
        send("m1");
        assertThat(get(inbox().standing("other", "bot")).unread()).isZero();
        assertThat(get(inbox().standing("default", "bot2")).unread()).isZero();
        assertThat(get(inbox().markRead("other", "bot", List.of("m1"))).messageIds())
                .isEmpty();
        assertThat(standing().unread()).isEqualTo(1);
    }

    @Test
    @DisplayName("pages are newest first, of equal instants the later accepted first, and go on before a message")
    void pages() {
        for (int i = 0; i < 4; i++) {
            send("m" + i);
        }
        advanceSeconds(1);
        long later = now();
        send("m4");
        get(inbox().markRead("default", "bot", List.of("m2")));
        assertThat(ids(all(null, null, 50))).containsExactly("m4", "m3", "m2", "m1", "m0");
        assertThat(ids(unread(50))).containsExactly("m4", "m3", "m1", "m0");
        Page first = page(all(null, null, 2));
        assertThat(first.messages()).extracting(InboxMessage::id).containsExactly("m4", "m3");
        assertThat(first.hasMore()).isTrue();
        send("m5");
        Page second = page(all("m3", null, 2));
        assertThat(second.messages()).extracting(InboxMessage::id).containsExactly("m2", "m1");
        assertThat(second.hasMore()).isTrue();
        Page last = page(all("m1", null, 2));
        assertThat(last.messages()).extracting(InboxMessage::id).containsExactly("m0");
        assertThat(last.hasMore()).isFalse();
        assertThat(ids(all(null, later, 50))).containsExactly("m3", "m2", "m1", "m0");
        refusal(StoreException.NotFound.class, inbox().list(all("unknown", null, 50)));
    }

    @Test
    @DisplayName("pages can be of one channel, however far its messages lie apart")
    void channels() {
        send("rare", "alerts", PAYLOAD, Bounds.DEFAULT);
        for (int i = 0; i < 250; i++) {
            send("m" + i);
        }
        send("rare2", "alerts", PAYLOAD, Bounds.DEFAULT);
        get(inbox().markRead("default", "bot", List.of("m3", "m200")));
        Query alerts = new Query("default", "bot", "alerts", true, null, null, 50);
        assertThat(ids(alerts)).containsExactly("rare2", "rare");
        assertThat(page(alerts).hasMore()).isFalse();
        assertThat(ids(new Query("default", "bot", "nothing", false, null, null, 50)))
                .isEmpty();
        assertThat(page(new Query("default", "bot", "alerts", true, null, null, 1))
                        .hasMore())
                .isTrue();
    }

    @Test
    @DisplayName("a page, and what is read to be pushed, end before they are too large")
    void large() {
        RawJson large = RawJson.of('"' + "x".repeat(600_000) + '"');
        for (int i = 0; i < 3; i++) {
            send("m" + i, "news", large, Bounds.DEFAULT);
        }
        assertThat(page(unread(50)).hasMore()).isTrue();
        assertThat(ids(unread(50))).containsExactly("m2");
        assertThat(after(0, 100)).containsExactly("m0");
    }

    @Test
    @DisplayName("what is marked stays read from the first time; what is not there is passed over")
    void marked() {
        send("m1");
        send("m2");
        Instant first = Instant.ofEpochMilli(now());
        Marked marked = get(inbox().markRead("default", "bot", List.of("m1", "unknown")));
        assertThat(marked).isEqualTo(new Marked(List.of("m1"), 1));
        advanceSeconds(5);
        assertThat(get(inbox().markRead("default", "bot", List.of("m1")))).isEqualTo(marked);
        assertThat(get(inbox().markRead("default", "bot", List.of()))).isEqualTo(new Marked(List.of(), 1));
        InboxMessage read = page(all("m2", null, 50)).messages().get(0);
        assertThat(read.isRead()).isTrue();
        assertThat(read.readAt()).isEqualTo(first);
        assertThat(read.payload()).hasToString(PAYLOAD.toString());
    }

    @Test
    @DisplayName("unread messages fill an inbox in number; read ones make room, oldest first")
    void fullInNumber() {
        Bounds three = new Bounds(3, 1 << 20);
        for (int i = 0; i < 3; i++) {
            send("m" + i, "news", PAYLOAD, three);
        }
        refusal(StoreException.Full.class, inbox().send(message("m3", "news", PAYLOAD, three)));
        assertThat(send("m1", "news", PAYLOAD, three).duplicate()).isTrue();
        assertThat(ids(unread(50))).containsExactly("m2", "m1", "m0");
        get(inbox().markRead("default", "bot", List.of("m1", "m2")));
        send("m3", "news", PAYLOAD, three);
        assertThat(ids(all(null, null, 50))).containsExactly("m3", "m2", "m0");
        send("m4", "news", PAYLOAD, three);
        assertThat(ids(all(null, null, 50))).containsExactly("m4", "m3", "m0");
        refusal(StoreException.Full.class, inbox().send(message("m5", "news", PAYLOAD, three)));
        advanceSeconds(3600);
        send("m5", "news", PAYLOAD, three);
        assertThat(ids(all(null, null, 50))).containsExactly("m5");
    }

    @Test
    @DisplayName("unread messages fill an inbox in bytes; read ones make room")
    void fullInBytes() {
        Bounds bytes = new Bounds(100, 30_000);
        RawJson tenThousand = RawJson.of('"' + "x".repeat(9_000) + '"');
        for (int i = 0; i < 3; i++) {
            send("m" + i, "news", tenThousand, bytes);
        }
        refusal(StoreException.Full.class, inbox().send(message("m3", "news", tenThousand, bytes)));
        get(inbox().markRead("default", "bot", List.of("m0", "m2")));
        send("m3", "news", tenThousand, bytes);
        assertThat(ids(all(null, null, 50))).containsExactly("m3", "m2", "m1");
        RawJson more = RawJson.of('"' + "x".repeat(12_000) + '"');
        refusal(StoreException.Full.class, inbox().send(message("m4", "news", more, bytes)));
        assertThat(ids(all(null, null, 50))).containsExactly("m3", "m2", "m1");
    }

    @Test
    @DisplayName("what was accepted after a number comes in order, as long as it is unread")
    void afterNumber() {
        send("m0");
        Standing before = standing();
        assertThat(after(before.number(), 100)).isEmpty();
        for (int i = 1; i < 5; i++) {
            send("m" + i);
        }
        get(inbox().markRead("default", "bot", List.of("m2")));
        assertThat(after(before.number(), 100)).containsExactly("m1", "m3", "m4");
        List<Entry> two = get(inbox().after("default", "bot", before.number(), 2));
        assertThat(two).extracting(entry -> entry.message().id()).containsExactly("m1", "m3");
        assertThat(after(two.get(1).number(), 2)).containsExactly("m4");
        assertThat(after(standing().number(), 2)).isEmpty();
    }

    @Test
    @DisplayName("those who listen hear whose inbox got something; not of repeats and refusals")
    void told() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = get(inbox().subscribe(new InboxListener() {
            @Override
            public void onMessage(String workspaceId, String agentId) {
                told.add(agentId + " in " + workspaceId);
            }

            @Override
            public void onReset() {
                // The channel of this test is not interrupted but by the kit of faults.
            }
        }));
        send("m1");
        send("m1");
        awaitTold();
        assertThat(told).containsExactly("bot in default");
        listening.close();
        send("m2");
        awaitTold();
        assertThat(told).hasSize(1);
    }

    private InboxStore inbox() {
        return store().inbox();
    }

    private Standing standing() {
        return get(inbox().standing("default", "bot"));
    }

    private Sent send(String id) {
        return send(id, "news", PAYLOAD, Bounds.DEFAULT);
    }

    private Sent send(String id, String channel, RawJson payload, Bounds bounds) {
        return get(inbox().send(message(id, channel, payload, bounds)));
    }

    private static Send message(String id, String channel, RawJson payload, Bounds bounds) {
        return new Send(
                "default",
                "bot",
                id,
                new InboxMessage.From("ann", "Ann", "writers"),
                channel,
                InboxMessage.EVENT,
                payload,
                "c-" + id,
                HOUR,
                bounds);
    }

    private static Query unread(int limit) {
        return new Query("default", "bot", null, true, null, null, limit);
    }

    private static Query all(@Nullable String beforeId, @Nullable Long beforeMillis, int limit) {
        return new Query("default", "bot", null, false, beforeId, beforeMillis, limit);
    }

    private Page page(Query query) {
        return get(inbox().list(query));
    }

    private List<String> ids(Query query) {
        return page(query).messages().stream().map(InboxMessage::id).toList();
    }

    private List<String> after(long number, int limit) {
        return get(inbox().after("default", "bot", number, limit)).stream()
                .map(entry -> entry.message().id())
                .toList();
    }
}
