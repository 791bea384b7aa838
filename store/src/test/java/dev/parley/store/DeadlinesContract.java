package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore.Fired;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Ends and suspensions, fired and found. */
abstract class DeadlinesContract extends ContractGroup {
    DeadlinesContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("a session with no connection at all expires on time, and its end is in its log and its document")
    void expires() {
        StoredSession made =
                create(session("s").name("trip").timeoutSeconds(600).rungSeconds());
        assertThat(nextAt()).isEqualTo(made.state().expiresAt());
        advanceSeconds(599);
        assertThat(fire()).isEmpty();
        assertThat(state("s").status()).isEqualTo(SessionStatus.CREATED);
        advanceSeconds(1);
        assertThat(fire()).containsExactly(0L);

        StoredSession expired = load("s");
        assertThat(expired.state().status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(expired.state().statusChangedAt()).isEqualTo(now());
        assertThat(expired.state().updatedAt()).isEqualTo(now());
        assertThat(expired.state().expiresAt()).isEqualTo(now());
        assertThat(expired.state().version()).isEqualTo(2);
        assertThat(expired.document().end())
                .isEqualTo(new SessionEnd(
                        SessionStatus.EXPIRED, Instant.ofEpochMilli(now()), "system", "idle", null, null, null));
        LoggedEvent entry = entries("s").get(1);
        assertThat(entry.type()).isEqualTo("session.expired");
        assertThat(entry.at()).isEqualTo(now());
        assertThat(entry.authorId()).isNull();
        assertThat(entry.body())
                .isEqualTo(RawJson.of("{\"name\":\"trip\",\"expiresAt\":\"" + WireTime.format(now())
                        + "\",\"secondsRemaining\":0,\"minutesRemaining\":0,\"cause\":\"idle\","
                        + "\"renewable\":false,\"rung\":0}"));
    }

    @Test
    @DisplayName("what is fired late is dated by its deadline, and its lateness is told")
    void late() {
        StoredSession made = create(session("s").timeoutSeconds(600).rungSeconds());
        advanceSeconds(607);
        assertThat(fire()).containsExactly(7000L);
        assertThat(state("s").expiresAt()).isEqualTo(made.state().expiresAt());
        assertThat(entries("s").get(1).at()).isEqualTo(made.state().expiresAt());
    }

    @TestFactory
    @DisplayName("whatever is asked first after the deadline finds it passed:")
    Stream<DynamicTest> foundBy() {
        Map<String, Consumer<String>> calls = new TreeMap<>();
        calls.put("load", id -> assertThat(state(id).status()).isEqualTo(SessionStatus.EXPIRED));
        calls.put("read", id -> assertThat(types(id)).endsWith("session.expired"));
        calls.put("append", id -> refusal(StoreException.Ended.class, log().append(message(id, "m", "ann"))));
        calls.put(
                "renew",
                id -> refusal(StoreException.Ended.class, sessions().renew(new SessionStore.Renew(id, "o", true, 0))));
        calls.put("commit", id -> {
            StoredSession before = new StoredSession(
                    session(id).document(), session(id).plan(), load("other").state());
            refusal(StoreException.Ended.class, sessions().commit(change(before, "{}")));
        });
        calls.put("subscribe", id -> {
            RecordingFeed feed = listen(id);
            assertThat(state(id).status()).isEqualTo(SessionStatus.EXPIRED);
            assertThat(feed.calls()).isEmpty();
        });
        calls.put(
                "find",
                id -> assertThat(get(sessions().find(query(10))).total()).isEqualTo(1));
        calls.put(
                "counts",
                id -> assertThat(get(sessions().counts()).byStatus()[3]).isEqualTo(1));
        calls.put(
                "ofAgent",
                id -> assertThat(get(sessions().ofAgent("default", "bot", null, 10))
                                .sessionIds())
                        .containsExactly("other"));
        return calls.entrySet().stream()
                .map(call -> DynamicTest.dynamicTest(call.getKey(), () -> {
                    create(session("other").timeoutSeconds(6000));
                    create(session("s").timeoutSeconds(600));
                    advanceSeconds(600);
                    call.getValue().accept("s");
                    assertThat(fire()).isEmpty();
                    assertThat(types("s")).containsExactly("session.created", "session.expired");
                    done(sessions().delete("s", operation(), null));
                    done(sessions().delete("other", operation(), null));
                }));
    }

    @Test
    @DisplayName("an idle deadline suspends where the plan says so, and the maximum duration then expires it")
    void suspends() {
        StoredSession made = create(session("s")
                .timeoutSeconds(600)
                .maxSeconds(1800)
                .suspendOnIdle()
                .rungSeconds());
        long idle = made.state().expiresAt();
        long maximum = made.plan().maxEndAt();
        advanceSeconds(600);
        assertThat(fire()).containsExactly(0L);
        SessionState suspended = state("s");
        assertThat(suspended.status()).isEqualTo(SessionStatus.SUSPENDED);
        assertThat(suspended.statusChangedAt()).isEqualTo(idle);
        assertThat(suspended.expiresAt()).isEqualTo(maximum);
        assertThat(suspended.version()).isEqualTo(2);
        assertThat(load("s").document().end()).isNull();
        assertThat(entries("s").get(1).body())
                .isEqualTo(RawJson.of("{\"expiresAt\":\"" + WireTime.format(maximum)
                        + "\",\"secondsRemaining\":1200,\"minutesRemaining\":20,\"cause\":\"idle\","
                        + "\"renewable\":true,\"rung\":0}"));
        advanceSeconds(1200);
        assertThat(fire()).containsExactly(0L);
        SessionEnd end = load("s").document().end();
        assertThat(end).isNotNull();
        assertThat(end.reason()).isEqualTo("max-duration");
        assertThat(types("s")).containsExactly("session.created", "session.suspended", "session.expired");
    }

    @Test
    @DisplayName(
            "when both deadlines passed unnoticed, the session was suspended and then expired, each in its instant")
    void suspendedAndExpired() {
        StoredSession made =
                create(session("s").timeoutSeconds(600).maxSeconds(1800).suspendOnIdle());
        RecordingFeed feed = listen("s");
        advanceSeconds(2000);
        assertThat(fire()).containsExactly(1_400_000L, 200_000L);
        assertThat(entries("s"))
                .extracting(LoggedEvent::at)
                .containsExactly(
                        made.state().lastActivity(),
                        made.state().expiresAt(),
                        made.plan().maxEndAt());
        assertThat(feed.told()).containsExactly("session.suspended", "session.expired");
    }

    @Test
    @DisplayName("where the maximum duration is not later than the idle time-out, it is the cause, and it expires")
    void cause() {
        create(session("equal").timeoutSeconds(600).maxSeconds(600).suspendOnIdle());
        advanceSeconds(600);
        fire();
        assertThat(state("equal").status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(entries("equal").get(1).body().toString()).contains("\"cause\":\"max-duration\"");
    }

    @Test
    @DisplayName("a suspended session whose deadlines are changed keeps the new maximum duration as its end")
    void replannedWhileSuspended() {
        create(session("s").timeoutSeconds(600).maxSeconds(1800).suspendOnIdle());
        SessionBuilder longer =
                session("s").timeoutSeconds(600).maxSeconds(3600).suspendOnIdle();
        advanceSeconds(700);
        StoredSession changed = commit(replan(load("s"), longer.plan()));
        assertThat(changed.state().status()).isEqualTo(SessionStatus.SUSPENDED);
        assertThat(changed.state().expiresAt()).isEqualTo(longer.plan().maxEndAt());
    }

    @Test
    @DisplayName("a session that was renewed or ended is not expired at its old deadline")
    void neverAfterRenewal() {
        create(session("renewed").timeoutSeconds(600).rungSeconds());
        create(session("ended").timeoutSeconds(600).rungSeconds());
        advanceSeconds(599);
        append("renewed", "m");
        commit(end(load("ended"), SessionStatus.COMPLETED));
        advanceSeconds(1);
        assertThat(fire()).isEmpty();
        assertThat(state("renewed").status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(nextAt()).isEqualTo(now() + 599_000);
        assertThat(types("ended")).containsExactly("session.created", "session.ended");
    }

    @Test
    @DisplayName("an explicit expiry tells only the event of the commit")
    void explicit() {
        StoredSession made = create(session("s"));
        RecordingFeed feed = listen("s");
        commit(end(made, SessionStatus.EXPIRED));
        advanceSeconds(1800);
        assertThat(fire()).isEmpty();
        assertThat(feed.told()).containsExactly("session.ended");
        refusal(StoreException.Ended.class, log().append(message("s", "m", "ann")));
    }

    @Test
    @DisplayName("firing does no more sessions than asked for, earliest first, and says when there may be more")
    void limit() {
        List<RecordingFeed> feeds = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            create(session("s" + i).timeoutSeconds(600 - i).rungSeconds());
            feeds.add(listen("s" + i));
        }
        advanceSeconds(600);
        if (sessions().partitions() == 1) {
            Fired fired = get(sessions().fire(0, 2));
            assertThat(fired.done()).isEqualTo(2);
            assertThat(fired.latenessMillis()).containsExactly(4000, 3000);
            assertThat(fired.nextAt()).isEqualTo(now() - 2000);
        }
        fire();
        assertThat(feeds).allSatisfy(feed -> assertThat(feed.told()).containsExactly("session.expired"));
    }

    @Test
    @DisplayName("whoever waits for the next instant is told when one comes that is earlier than was answered")
    void earlier() throws Exception {
        List<Long> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = sessions().onEarlier((partition, at) -> told.add(at));
        nextAt();
        create(session("a").timeoutSeconds(600).rungSeconds());
        awaitTold();
        assertThat(told).containsExactly(now() + 600_000);
        assertThat(nextAt()).isEqualTo(now() + 600_000);
        create(session("b").timeoutSeconds(900).rungSeconds());
        if (sessions().partitions() == 1) {
            assertThat(told).hasSize(1);
        }
        StoredSession c = create(session("c").timeoutSeconds(800).rungSeconds());
        commit(replan(c, session("c").timeoutSeconds(300).rungSeconds().plan()));
        awaitTold();
        assertThat(told).contains(now() + 300_000);
        listening.close();
        int before = told.size();
        create(session("d").timeoutSeconds(60).rungSeconds());
        awaitTold();
        assertThat(told).hasSize(before);
    }
}
