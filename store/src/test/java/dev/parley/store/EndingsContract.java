package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.HistoryQuery;
import dev.parley.store.EventLog.Standing;
import dev.parley.store.SessionStore.Create;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Resuming, deleting, and what is left after the end. */
abstract class EndingsContract extends ContractGroup {
    private static final NewEvent FAREWELL =
            new NewEvent("session.ended", RawJson.of("{\"end\":{\"reason\":\"deleted\"}}"), "ann");

    EndingsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("resuming copies the messages under new numbers and closes the live prior session in the same step")
    void resumeLive() {
        create(session("old"));
        append("old", "m1");
        advanceSeconds(1);
        append(messageTo("old", "m2", "bot", "ann"));
        StoredSession changed = commit(change(load("old"), "{\"a\":1}"));
        append("old", "m3");
        advanceSeconds(5);
        StoredSession made =
                get(sessions().create(session("new").resume("old", end(changed, SessionStatus.COMPLETED))));

        List<LoggedEvent> before = messages("old");
        List<LoggedEvent> after = messages("new");
        assertThat(after).extracting(LoggedEvent::seq).containsExactly(4L, 3L, 2L);
        assertThat(after)
                .extracting(LoggedEvent::epoch)
                .containsOnly(made.state().epoch());
        assertThat(after).extracting(LoggedEvent::messageId).containsExactly("m3", "m2", "m1");
        for (int i = 0; i < 3; i++) {
            assertThat(after.get(i).at()).isEqualTo(before.get(i).at());
            assertThat(after.get(i).authorId()).isEqualTo(before.get(i).authorId());
            assertThat(after.get(i).to()).isEqualTo(before.get(i).to());
            assertThat(after.get(i).body()).isEqualTo(before.get(i).body());
        }
        assertThat(types("new")).containsExactly("session.created", "message", "message", "message");
        assertThat(made.state().head()).isEqualTo(4);
        assertThat(made.state().status()).isEqualTo(SessionStatus.CREATED);
        assertThat(state("old").status()).isEqualTo(SessionStatus.COMPLETED);
        assertThat(append(message("new", "m1", "ann")).duplicate()).isTrue();
        assertThat(append("new", "m4").event().at()).isEqualTo(now());
    }

    @Test
    @DisplayName("resuming carries over how far everybody had seen, so that nobody is told the old messages again")
    void resumeKeepsPositions() {
        StoredSession prior = create(session("old"));
        append("old", "m1");
        append("old", "m2");
        done(log().seen("old", "bot", 2));
        get(sessions().create(session("new").resume("old", end(prior, SessionStatus.COMPLETED))));
        assertThat(get(log().standing("new", "bot"))).isEqualTo(new Standing(2, 0));
        assertThat(get(log().standing("new", "ann"))).isEqualTo(new Standing(0, 3));
    }

    @Test
    @DisplayName("resuming an ended session leaves its status as it is")
    void resumeEnded() {
        StoredSession prior = create(session("old").timeoutSeconds(600));
        append("old", "m1");
        advanceSeconds(600);
        get(sessions().create(session("new").resume("old", end(prior, SessionStatus.COMPLETED))));
        assertThat(state("old").status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(messages("new")).hasSize(1);
    }

    @Test
    @DisplayName("resuming on an older version of the prior session, or an unknown one, is refused and makes nothing")
    void resumeStale() {
        StoredSession prior = create(session("old"));
        commit(change(prior, "{\"a\":1}"));
        refusal(
                StoreException.VersionConflict.class,
                sessions().create(session("new").resume("old", end(prior, SessionStatus.COMPLETED))));
        refusal(
                StoreException.NotFound.class,
                sessions().create(session("new").resume("older", end(prior, SessionStatus.COMPLETED))));
        refusal(StoreException.NotFound.class, sessions().load("new"));
        assertThat(state("old").status()).isEqualTo(SessionStatus.CREATED);
    }

    @Test
    @DisplayName("a repeated resumption is answered as the first time and copies nothing twice")
    void resumeRepeated() {
        StoredSession prior = create(session("old"));
        append("old", "m1");
        Create resume = session("new").resume("old", end(prior, SessionStatus.COMPLETED));
        StoredSession first = get(sessions().create(resume));
        assertThat(get(sessions().create(resume))).isEqualTo(first);
        assertThat(messages("new")).hasSize(1);
        assertThat(types("old")).containsExactly("session.created", "message", "session.ended");
    }

    @Test
    @DisplayName("a deleted session is gone with its log and out of every index, and those attached are told its end")
    void delete() {
        create(session("s").surface("web"));
        append("s", "m1");
        RecordingFeed feed = listen("s");
        done(sessions().delete("s", operation(), FAREWELL));
        assertThat(feed.told()).containsExactly("deleted:session.ended");
        assertThat(feed.calls().get(0).event()).satisfies(last -> {
            assertThat(last).isNotNull();
            assertThat(last.seq()).isEqualTo(3);
            assertThat(last.body()).isEqualTo(FAREWELL.body());
        });
        refusal(StoreException.NotFound.class, sessions().load("s"));
        refusal(StoreException.NotFound.class, log().read("s", 0, 10));
        assertThat(get(sessions().find(query(10))).sessions()).isEmpty();
        assertThat(get(sessions().candidates("default", "ann", "web")).sessions())
                .isEmpty();
        assertThat(get(sessions().ofAgent("default", "bot", null, 10)).sessionIds())
                .isEmpty();
        assertThat(get(sessions().counts()).byStatus()).containsOnly(0);
        assertNothingDue();
    }

    @Test
    @DisplayName("the id of a deleted session is free at once, and its log begins anew")
    void deletedIdIsFree() {
        String epoch = create(session("s")).state().epoch();
        append("s", "m1");
        done(sessions().delete("s", operation(), FAREWELL));
        StoredSession again = create(session("s"));
        assertThat(again.state().epoch()).isNotEqualTo(epoch);
        assertThat(append("s", "m1").duplicate()).isFalse();
        assertThat(types("s")).containsExactly("session.created", "message");
    }

    @Test
    @DisplayName("a repeated deletion succeeds, and does not touch the session that has taken the id")
    void repeatedDeletion() {
        create(session("s"));
        done(sessions().delete("s", "op", FAREWELL));
        done(sessions().delete("s", "op", FAREWELL));
        create(session("s"));
        done(sessions().delete("s", "op", FAREWELL));
        assertThat(state("s").version()).isEqualTo(1);
        refusal(StoreException.NotFound.class, sessions().delete("other", operation(), FAREWELL));
    }

    @Test
    @DisplayName("deleting an ended session tells those attached that it is gone, and its end not again")
    void deleteEnded() {
        commit(end(create(session("s")), SessionStatus.ABANDONED));
        RecordingFeed feed = listen("s");
        done(sessions().delete("s", operation(), null));
        assertThat(feed.told()).containsExactly("deleted");
    }

    @Test
    @DisplayName("deleting a session whose deadline has just passed tells its expiry, not a second end")
    void deleteLapsed() {
        create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        advanceSeconds(600);
        done(sessions().delete("s", operation(), FAREWELL));
        assertThat(feed.told()).containsExactly("session.expired", "deleted");
    }

    @Test
    @DisplayName("an ended session is kept for its retention and then removed, by firing or by whoever asks")
    void retention() {
        StoredSession made = create(session("fired"));
        create(session("asked"));
        commit(end(made, SessionStatus.TERMINATED));
        commit(end(load("asked"), SessionStatus.EXPIRED));
        RecordingFeed feed = listen("fired");
        advanceSeconds(3599);
        fire();
        assertThat(state("fired").status()).isEqualTo(SessionStatus.TERMINATED);
        assertThat(nextAt()).isEqualTo(now() + 1000);
        advanceSeconds(1);
        refusal(StoreException.NotFound.class, sessions().load("asked"));
        assertThat(fire()).isEmpty();
        assertThat(feed.told()).containsExactly("deleted");
        assertThat(get(sessions().counts()).byStatus()).containsOnly(0);
        refusal(StoreException.NotFound.class, sessions().load("fired"));
    }

    @Test
    @DisplayName("an end that the caller dates into the future ends now")
    void endInTheFuture() {
        StoredSession made = create(session("s"));
        SessionEnd end = new SessionEnd(
                SessionStatus.EXPIRED, made.document().createdAt().plusSeconds(60), "ann", null, null, null, null);
        StoredSession ended = commit(new SessionStore.Commit(
                "s", operation(), 1, made.document().withEnd(end), null, end, false, List.of()));
        assertThat(ended.state().expiresAt()).isEqualTo(now());
    }

    private List<LoggedEvent> messages(String sessionId) {
        return get(log().history(new HistoryQuery(sessionId, null, null, null, null, null, 100)))
                .messages();
    }
}
