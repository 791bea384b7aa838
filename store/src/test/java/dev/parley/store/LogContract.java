package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Appended;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Appending and reading. */
abstract class LogContract extends ContractGroup {
    LogContract(StoreContract kit) {
        super(kit);
    }

    @Override
    StoreSettings settings() {
        return new StoreSettings(20, 10, 3_600_000);
    }

    @Test
    @DisplayName("a message becomes the next entry, activates the session and slides its deadline")
    void append() {
        StoredSession made = create(session("s"));
        advanceSeconds(60);
        Appended first = append(new Append("s", "m1", "ann", "bot", "c1", BODY, 1));
        assertThat(first.duplicate()).isFalse();
        assertThat(first.renewed()).isTrue();
        assertThat(first.event())
                .isEqualTo(new LoggedEvent(
                        "s", made.state().epoch(), 2, now(), "message", "ann", "bot", "m1", "c1", BODY));
        assertThat(first.state()).isEqualTo(state("s"));
        assertThat(first.state().head()).isEqualTo(2);
        assertThat(first.state().status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(first.state().lastActivity()).isEqualTo(now());
        assertThat(first.state().expiresAt()).isEqualTo(now() + 1_800_000);
        assertThat(first.state().version()).isEqualTo(1);
        assertThat(append("s", "m2").event().seq()).isEqualTo(3);
        assertThat(append("s", "m2").renewed()).isFalse();
    }

    @Test
    @DisplayName("a body that is a slice of something larger is kept as that slice")
    void slices() {
        create(session("s"));
        byte[] frame =
                "xxxx{\"content\":\"a\"}yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".getBytes(StandardCharsets.UTF_8);
        append(new Append("s", "m1", "ann", null, null, RawJson.slice(frame, 4, 15), -1));
        java.util.Arrays.fill(frame, (byte) 'z');
        assertThat(entries("s").get(1).body().toString()).isEqualTo("{\"content\":\"a\"}");
    }

    @Test
    @DisplayName("a message sent again by its author is acknowledged with its number, and not logged twice")
    void duplicate() {
        create(session("s"));
        Appended first = append("s", "m1");
        advanceSeconds(60);
        Appended again = append(new Append("s", "m1", "ann", null, "c2", RawJson.of("{\"content\":\"other\"}"), 7));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.event()).isEqualTo(first.event());
        assertThat(again.renewed()).isFalse();
        assertThat(again.state().lastActivity()).isEqualTo(now() - 60_000);
        assertThat(types("s")).containsExactly("session.created", "message");
    }

    @Test
    @DisplayName("a message sent again is acknowledged whatever became of the session since")
    void duplicateAfterTheEnd() {
        create(session("expired").timeoutSeconds(600));
        create(session("closed"));
        append("expired", "m1");
        append("closed", "m1");
        commit(end(load("closed"), SessionStatus.COMPLETED));
        advanceSeconds(600);
        assertThat(append("expired", "m1").duplicate()).isTrue();
        assertThat(append("expired", "m1").state().status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(append("closed", "m1").event().seq()).isEqualTo(2);
    }

    @Test
    @DisplayName("an id that another author used is a conflict and changes nothing")
    void messageConflict() {
        create(session("s"));
        append("s", "m1");
        advanceSeconds(1);
        SessionState before = state("s");
        refusal(StoreException.MessageConflict.class, log().append(message("s", "m1", "bot")));
        assertThat(state("s")).isEqualTo(before);
    }

    @Test
    @DisplayName("a repeated id is known within the messages that are kept, and new again beyond them")
    void window() {
        create(session("s"));
        for (int i = 1; i <= 21; i++) {
            append("s", "m" + i);
        }
        assertThat(append("s", "m2").duplicate()).isTrue();
        Appended forgotten = append(message("s", "m1", "bot"));
        assertThat(forgotten.duplicate()).isFalse();
        assertThat(forgotten.event().seq()).isEqualTo(23);
        assertThat(append("s", "m3").duplicate()).isTrue();
        assertThat(append("s", "m2").duplicate()).isFalse();
    }

    @Test
    @DisplayName("a message that comes after one which is not there is refused and changes nothing")
    void outOfOrder() {
        create(session("s"));
        advanceSeconds(1);
        SessionState before = state("s");
        refusal(StoreException.OutOfOrder.class, log().append(after("m1", "m2")));
        assertThat(state("s")).isEqualTo(before);
        append("s", "m1");
        assertThat(append(after("m1", "m2")).event().seq()).isEqualTo(3);
        assertThat(append(after("m0", "m2")).duplicate()).isTrue();
        refusal(StoreException.OutOfOrder.class, log().append(after("m0", "m3")));
        assertThat(append(after("m2", "m3")).event().seq()).isEqualTo(4);
    }

    private static Append after(String before, String messageId) {
        return new Append("s", messageId, "ann", null, null, BODY, -1, before);
    }

    @Test
    @DisplayName(
            "what survived of an epoch is the whole log where it is the present one, and nothing where it never was")
    void survived() {
        create(session("s"));
        append("s", "m1");
        String epoch = state("s").epoch();
        assertThat(get(log().survived("s", epoch))).isEqualTo(new EventLog.Survived(epoch, 2));
        assertThat(get(log().survived("s", "another"))).isEqualTo(new EventLog.Survived(epoch, 0));
        refusal(StoreException.NotFound.class, log().survived("nobody", epoch));
        done(sessions().delete("s", "delete", null));
        create(session("s"));
        assertThat(get(log().survived("s", epoch)).seq()).isZero();
    }

    @Test
    @DisplayName("an author whose right was checked against other participants has to look again")
    void staleMembership() {
        create(session("s"));
        advanceSeconds(1);
        SessionState before = state("s");
        refusal(StoreException.StaleMembership.class, log().append(new Append("s", "m", "ann", null, null, BODY, 2)));
        refusal(StoreException.StaleMembership.class, log().append(new Append("s", "m", "ann", null, null, BODY, 0)));
        assertThat(state("s")).isEqualTo(before);
        assertThat(append(new Append("s", "m", "ann", null, null, BODY, 1))
                        .event()
                        .seq())
                .isEqualTo(2);
    }

    @Test
    @DisplayName("nothing is appended from the very instant of the deadline on")
    void afterTheDeadline() {
        StoredSession made = create(session("s").timeoutSeconds(600));
        advanceSeconds(599);
        time().advance(java.time.Duration.ofMillis(999));
        assertThat(append("s", "m1").event().seq()).isEqualTo(2);
        time().advanceTo(state("s").expiresAt());
        StoreException.Ended refusal = refusal(StoreException.Ended.class, log().append(message("s", "m2", "ann")));
        assertThat(refusal.status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(refusal.expiresAt()).isEqualTo(now());
        assertThat(types("s")).containsExactly("session.created", "message", "session.expired");
        assertThat(made.state().epoch()).isEqualTo(state("s").epoch());
    }

    @Test
    @DisplayName("numbers are dense over messages and life-cycle entries, and instants never go back")
    void dense() {
        create(session("s"));
        for (int i = 0; i < 5; i++) {
            append("s", "m" + i);
            commit(change(load("s"), "{\"n\":" + i + "}"));
            advanceSeconds(1);
        }
        List<LoggedEvent> entries = entries("s");
        assertThat(entries).hasSize(11);
        for (int i = 0; i < entries.size(); i++) {
            assertThat(entries.get(i).seq()).isEqualTo(i + 1L);
            assertThat(entries.get(i).at())
                    .isGreaterThanOrEqualTo(entries.get(Math.max(0, i - 1)).at());
        }
    }

    @Test
    @DisplayName("reading goes on after a position, oldest first, as far as the limit")
    void read() {
        create(session("s"));
        assertThat(get(log().read("s", 0, 10))).hasSize(1);
        assertThat(get(log().read("s", 1, 10))).isEmpty();
        for (int i = 2; i <= 6; i++) {
            append("s", "m" + i);
        }
        commit(change(load("s"), "{\"a\":1}"));
        assertThat(seqs(get(log().read("s", 0, 3)))).containsExactly(1L, 2L, 3L);
        assertThat(seqs(get(log().read("s", 3, 3)))).containsExactly(4L, 5L, 6L);
        assertThat(seqs(get(log().read("s", 6, 3)))).containsExactly(7L);
        assertThat(get(log().read("s", 7, 3))).isEmpty();
        assertThat(get(log().read("s", 99, 3))).isEmpty();
    }

    @Test
    @DisplayName("messages and life-cycle entries are bounded each by itself, oldest dropped first")
    void bounds() {
        create(session("s"));
        StoredSession latest = load("s");
        for (int i = 0; i < 15; i++) {
            latest = commit(change(latest, "{\"n\":" + i + "}"));
        }
        for (int i = 0; i < 30; i++) {
            append("s", "m" + i);
        }
        List<LoggedEvent> kept = entries("s");
        List<Long> expected = new ArrayList<>();
        for (long seq = 7; seq <= 16; seq++) {
            expected.add(seq);
        }
        for (long seq = 27; seq <= 46; seq++) {
            expected.add(seq);
        }
        assertThat(seqs(kept)).isEqualTo(expected);
        assertThat(state("s").head()).isEqualTo(46);
        assertThat(seqs(get(log().read("s", 10, 8)))).containsExactly(11L, 12L, 13L, 14L, 15L, 16L, 27L, 28L);
    }

    @Test
    @DisplayName("a session without a connection can be read after its end, with its end in the log")
    void readAfterTheEnd() {
        create(session("s").timeoutSeconds(600));
        append("s", "m1");
        advanceSeconds(600);
        assertThat(types("s")).containsExactly("session.created", "message", "session.expired");
        assertThat(entries("s").get(2).at()).isEqualTo(now());
    }

    private static List<Long> seqs(List<LoggedEvent> entries) {
        return entries.stream().map(LoggedEvent::seq).toList();
    }
}
