package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.HistoryPage;
import dev.parley.store.EventLog.HistoryQuery;
import dev.parley.store.EventLog.Standing;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Pages of messages, and how far everybody has seen: on a log of message 1 to 10, a second apart, numbers 2 to 11. */
abstract class HistoryContract extends ContractGroup {
    private long start;

    HistoryContract(StoreContract kit) {
        super(kit);
    }

    @Override
    StoreSettings settings() {
        return new StoreSettings(10, 10, 3_600_000);
    }

    @BeforeEach
    void tenMessages() {
        start = now();
        create(session("s"));
        for (int i = 1; i <= 10; i++) {
            advanceSeconds(1);
            append("s", "m" + i);
        }
        commit(change(load("s"), "{\"a\":1}"));
    }

    @Test
    @DisplayName("without bounds the page is the newest, newest first, without life-cycle entries")
    void newest() {
        HistoryPage page = page(null, null, null, null, 3);
        assertThat(seqs(page)).containsExactly(11L, 10L, 9L);
        assertThat(page.hasMore()).isTrue();
        assertThat(page(null, null, null, null, 10).hasMore()).isFalse();
        assertThat(seqs(page(null, null, null, null, 100))).hasSize(10);
    }

    @Test
    @DisplayName("before walks back from there, exclusive, until nothing is left")
    void before() {
        HistoryPage page = page(5L, null, null, null, 2);
        assertThat(seqs(page)).containsExactly(4L, 3L);
        assertThat(page.hasMore()).isTrue();
        HistoryPage last = page(3L, null, null, null, 2);
        assertThat(seqs(last)).containsExactly(2L);
        assertThat(last.hasMore()).isFalse();
        assertThat(seqs(page(null, null, start + 4000, null, 2))).containsExactly(4L, 3L);
        assertThat(seqs(page(2L, null, null, null, 2))).isEmpty();
    }

    @Test
    @DisplayName("after alone walks forward from the oldest newer message, none skipped, still shown newest first")
    void after() {
        HistoryPage page = page(null, 4L, null, null, 3);
        assertThat(seqs(page)).containsExactly(7L, 6L, 5L);
        assertThat(page.hasMore()).isTrue();
        HistoryPage last = page(null, 8L, null, null, 3);
        assertThat(seqs(last)).containsExactly(11L, 10L, 9L);
        assertThat(last.hasMore()).isFalse();
        assertThat(seqs(page(null, null, null, start + 3000, 2))).containsExactly(6L, 5L);
        assertThat(seqs(page(null, 11L, null, null, 2))).isEmpty();
        assertThat(seqs(page(null, 0L, null, null, 2))).containsExactly(3L, 2L);
    }

    @Test
    @DisplayName("between two bounds the page is the newest of what lies between")
    void between() {
        HistoryPage page = page(9L, 4L, null, null, 3);
        assertThat(seqs(page)).containsExactly(8L, 7L, 6L);
        assertThat(page.hasMore()).isTrue();
        HistoryPage all = page(null, null, start + 8000, start + 4000, 3);
        assertThat(seqs(all)).containsExactly(8L, 7L, 6L);
        assertThat(all.hasMore()).isFalse();
        assertThat(seqs(page(5L, 9L, null, null, 3))).isEmpty();
    }

    @Test
    @DisplayName("a viewer sees messages to all and those from or to them, and hasMore counts only these")
    void viewer() {
        create(session("narrow"));
        append(messageTo("narrow", "to-bot", "ann", "bot"));
        append(message("narrow", "to-all", "bot"));
        append(messageTo("narrow", "to-ann", "bot", "ann"));
        assertThat(ids(viewed("narrow", null, 10))).containsExactly("to-ann", "to-all", "to-bot");
        assertThat(ids(viewed("narrow", "bot", 10))).containsExactly("to-ann", "to-all", "to-bot");
        assertThat(ids(viewed("narrow", "eve", 10))).containsExactly("to-all");
        HistoryPage eve = viewed("narrow", "eve", 1);
        assertThat(eve.hasMore()).isFalse();
        append(messageTo("narrow", "more", "ann", "bot"));
        assertThat(ids(viewed("narrow", "eve", 1))).containsExactly("to-all");
    }

    @Test
    @DisplayName("what was dropped is not found, and pages end where the log begins")
    void trimmed() {
        append("s", "m11");
        HistoryPage page = page(null, 0L, null, null, 2);
        assertThat(seqs(page)).containsExactly(4L, 3L);
        assertThat(seqs(page(4L, null, null, null, 5))).containsExactly(3L);
        assertThat(page(4L, null, null, null, 5).hasMore()).isFalse();
    }

    @Test
    @DisplayName("an empty log has an empty page")
    void empty() {
        create(session("empty"));
        HistoryPage page = viewed("empty", null, 10);
        assertThat(page.messages()).isEmpty();
        assertThat(page.hasMore()).isFalse();
    }

    @Test
    @DisplayName("how far somebody has seen never goes back, and never beyond the head")
    void seen() {
        assertThat(get(log().standing("s", "bot"))).isEqualTo(new Standing(0, 0));
        done(log().seen("s", "bot", 5));
        done(log().seen("s", "bot", 3));
        assertThat(get(log().standing("s", "bot")).seen()).isEqualTo(5);
        done(log().seen("s", "bot", 99));
        assertThat(get(log().standing("s", "bot")).seen()).isEqualTo(12);
        assertThat(get(log().standing("s", "ann")).seen()).isZero();
        done(log().seen("s", "ann", -1));
        assertThat(get(log().standing("s", "ann")).seen()).isZero();
    }

    @Test
    @DisplayName("the highest acknowledged send is that of the participant's last message that is still there")
    void acked() {
        append(message("s", "b1", "bot"));
        assertThat(get(log().standing("s", "bot")).acked()).isEqualTo(13);
        assertThat(get(log().standing("s", "ann")).acked()).isEqualTo(11);
        for (int i = 0; i < 10; i++) {
            append("s", "later" + i);
        }
        assertThat(get(log().standing("s", "bot")).acked()).isZero();
    }

    @Test
    @DisplayName("history and standing are there after the end too")
    void afterTheEnd() {
        commit(end(load("s"), SessionStatus.COMPLETED));
        done(log().seen("s", "bot", 13));
        assertThat(get(log().standing("s", "bot"))).isEqualTo(new Standing(13, 0));
        assertThat(seqs(page(null, null, null, null, 2))).containsExactly(11L, 10L);
    }

    private HistoryPage page(
            @Nullable Long beforeSeq,
            @Nullable Long afterSeq,
            @Nullable Long beforeMillis,
            @Nullable Long afterMillis,
            int limit) {
        return get(log().history(new HistoryQuery("s", null, beforeSeq, afterSeq, beforeMillis, afterMillis, limit)));
    }

    private HistoryPage viewed(String sessionId, @Nullable String viewer, int limit) {
        return get(log().history(new HistoryQuery(sessionId, viewer, null, null, null, null, limit)));
    }

    private static List<Long> seqs(HistoryPage page) {
        return page.messages().stream().map(LoggedEvent::seq).toList();
    }

    private static List<@Nullable String> ids(HistoryPage page) {
        List<@Nullable String> ids = new ArrayList<>();
        for (LoggedEvent message : page.messages()) {
            ids.add(message.messageId());
        }
        return ids;
    }
}
