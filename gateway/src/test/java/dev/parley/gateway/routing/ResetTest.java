package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.SessionResults;
import dev.parley.store.FaultyStore;
import dev.parley.store.FaultyStore.Trip;
import dev.parley.store.SessionState;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Attachments to a log that loses what it had: whoever had got it is told, and gets what is there now. */
class ResetTest {
    private static final String ID = "s";

    private final ManualTime time = new ManualTime();
    private final MemoryStore memory = new MemoryStore(time, StoreSettings.DEFAULT);
    private final FragileStore store = new FragileStore(
            memory,
            Objects.requireNonNull(memory.sessions()
                    .create(TestSessions.create(ID, time.nowMillis()))
                    .block()));
    private final FaultyStore line = new FaultyStore(store, time);
    private final SessionRouter router = new SessionRouter(line, time);
    private RecordingSink sink = new RecordingSink("c1");

    private Attachment attach(@Nullable String epoch, @Nullable Long seq) {
        Attachment[] attached = new Attachment[1];
        router.attach(ID, sink, new SessionRouter.AttachRequest("u", epoch, seq, false, TestSessions.ADMIT_ALL))
                .subscribe(made -> attached[0] = made);
        step(0);
        assertThat(attached[0]).isNotNull();
        return attached[0];
    }

    private void live(int entries) {
        attach(null, 0L).start();
        for (int i = 2; i <= entries; i++) {
            store.append("m" + i);
        }
        assertThat(sink.take()).hasSize(entries);
    }

    private void step(long millis) {
        for (int i = 0; i < 5; i++) {
            sink.run();
            time.advance(Duration.ofMillis(i == 0 ? millis : 0));
        }
        sink.run();
    }

    private List<String> got() {
        step(0);
        return sink.take();
    }

    @Test
    @DisplayName("who had got what was lost is told once, and follows the log as it is now")
    void lost() {
        live(5);
        store.lose(2);
        store.reset();
        store.append("n4");
        store.reset();
        assertThat(got()).containsExactly("gap 4-5 lost", "4:n4");
        store.append("n5");
        store.append("n6");
        assertThat(got()).containsExactly("5:n5", "6:n6");
    }

    @Test
    @DisplayName("a change of epoch that lost nothing bothers nobody")
    void nothingLost() {
        live(5);
        store.lose(0);
        store.reset();
        store.append("n6");
        assertThat(got()).containsExactly("6:n6");
    }

    @Test
    @DisplayName(
            "what was lost is seen although the new log has grown beyond it, and although nobody told of the reset")
    void grownBeyond() {
        live(5);
        store.lose(2);
        for (int i = 4; i <= 8; i++) {
            store.append("n" + i);
        }
        assertThat(got()).containsExactly("gap 4-5 lost", "4:n4", "5:n5", "6:n6", "7:n7", "8:n8");
    }

    @Test
    @DisplayName("what was lost is told before anything is written to the new log")
    void lostAndNothingWritten() {
        live(5);
        store.loseUnwritten(2);
        store.reset();
        assertThat(got()).containsExactly("gap 4-5 lost");
        store.append("n4");
        assertThat(got()).containsExactly("4:n4");
    }

    @Test
    @DisplayName("the loss of a send that was acknowledged is told, although the feed never brought it")
    void ownSend() {
        Attachment attachment = attach(null, 0L);
        attachment.start();
        assertThat(got()).hasSize(1);
        attachment.acknowledged(store.epoch(), 2);
        store.reset();
        assertThat(got()).containsExactly("gap 2-2 lost");
        store.append("n2");
        assertThat(got()).containsExactly("2:n2");
    }

    @Test
    @DisplayName("a send of the new log that is acknowledged before the feed told of it is no loss of the old one")
    void ownSendOfTheNewLog() {
        Attachment attachment = attach(null, 0L);
        attachment.start();
        assertThat(got()).hasSize(1);
        store.lose(0);
        attachment.acknowledged(store.epoch(), 2);
        store.append("n2");
        assertThat(got()).containsExactly("2:n2");
    }

    @Test
    @DisplayName("a state that was read before the latest entries were written takes none of them back")
    void stateOfBefore() {
        live(4);
        SessionState read = store.state();
        store.append("m5");
        assertThat(got()).containsExactly("5:m5");
        store.reset(read);
        assertThat(got()).isEmpty();
        store.append("m6");
        assertThat(got()).containsExactly("6:m6");
    }

    @Test
    @DisplayName("the loss of a renewal is told, and the warning that it had taken away once more")
    void renewalLost() {
        live(2);
        SessionState s = store.state();
        SessionState warned = new SessionState(
                s.status(), 0, 0, s.lastActivity(), s.expiresAt(), s.renewedAt(), 0, 60_000, 2, s.epoch(), s.head());
        SessionState renewed = new SessionState(
                s.status(),
                0,
                0,
                s.lastActivity(),
                s.expiresAt() + 60_000,
                s.renewedAt(),
                1,
                0,
                3,
                s.epoch(),
                s.head());
        store.state(warned);
        assertThat(got()).containsExactly("expiring 60");
        store.state(renewed);
        assertThat(got()).containsExactly("session.renewed");
        store.reset(warned);
        assertThat(got()).containsExactly("session.renewed", "expiring 60");
        store.reset(warned);
        store.state(warned);
        assertThat(got()).isEmpty();
        sink.writable(false);
        store.state(renewed);
        store.reset(warned);
        assertThat(got()).isEmpty();
        sink.writable(true);
        assertThat(got()).containsExactly("session.renewed", "expiring 60");
    }

    @Test
    @DisplayName("who was only behind when what it had not got was lost is bothered by nothing")
    void lostBeforeItWasPushed() {
        live(3);
        sink.writable(false);
        store.append("m4");
        store.append("m5");
        sink.run();
        store.loseUnwritten(2);
        sink.writable(true);
        assertThat(got()).isEmpty();
        store.append("n4");
        assertThat(got()).containsExactly("4:n4");
    }

    @Test
    @DisplayName("a page of the old log that comes after the reset is not taken for one of the new")
    void pageUnderWay() {
        live(3);
        sink.writable(false);
        store.append("m4");
        store.append("m5");
        sink.run();
        line.line((call, argument) -> call.equals("read") ? Trip.late(0, 500) : Trip.AT_ONCE);
        sink.writable(true);
        step(100);
        store.lose(3);
        store.reset();
        step(100);
        store.append("n3");
        assertThat(sink.take()).containsExactly("gap 3-3 lost");
        step(300);
        assertThat(sink.take()).isEmpty();
        step(300);
        step(600);
        assertThat(got()).containsExactly("3:n3");
    }

    @Test
    @DisplayName("a reset while the entry waits for its answer is told after it")
    void held() {
        live(4);
        sink.take();
        sink = new RecordingSink("c2");
        Attachment attachment = attach(null, null);
        assertThat(attachment.entry().seq()).isEqualTo(4);
        store.lose(2);
        store.reset();
        sink.run();
        assertThat(attachment.entry().seq()).isEqualTo(4);
        attachment.start();
        store.append("n3");
        assertThat(got()).containsExactly("gap 3-4 lost", "3:n3");
    }

    @Test
    @DisplayName("who resumes from another epoch is told of what it had got and is lost, and of nothing else")
    void resume() {
        live(5);
        String before = store.epoch();
        store.lose(2);
        store.append("n4");
        store.reset();
        got();
        sink = new RecordingSink("c2");
        Attachment behind = attach(before, 2L);
        assertThat(behind.entry().recovered()).isTrue();
        behind.start();
        assertThat(got()).containsExactly("3:m3", "4:n4");
        behind.close();
        sink = new RecordingSink("c3");
        Attachment ahead = attach(before, 5L);
        assertThat(ahead.entry().recovered()).isFalse();
        assertThat(ahead.entry().gap()).isEqualTo(new SessionResults.Gap(4, 5, "lost"));
        assertThat(ahead.entry().seq()).isEqualTo(3);
        ahead.start();
        assertThat(got()).containsExactly("4:n4");
    }

    @Test
    @DisplayName("a session that is lost as a whole is a gap, and then gone")
    void vanished() {
        live(4);
        store.vanish();
        store.reset();
        step(0);
        assertThat(sink.isGone()).isFalse();
        step(1_000);
        assertThat(got()).containsExactly("gap 1-4 lost");
        assertThat(sink.isGone()).isTrue();
        assertThat(router.localSessions()).isZero();
    }

    @Test
    @DisplayName(
            "a store that is away when it is asked what is left is asked again, and being slow is not the client's fault")
    void awayMeanwhile() {
        live(4);
        store.lose(1);
        line.line((call, argument) -> Trip.REFUSED);
        store.reset();
        step(5_000);
        assertThat(sink.take()).isEmpty();
        line.line((call, argument) -> Trip.AT_ONCE);
        step(500);
        store.append("n4");
        assertThat(got()).containsExactly("gap 4-4 lost", "4:n4");
    }

    @Test
    @DisplayName(
            "the latest of each agent that came or went is told when there is room, or when the attachment has begun")
    void agents() {
        Attachment attachment = attach(null, null);
        router.announceToSessionsOf("default", "a", Push.of("agent.offline", Map.of("agentId", "a")));
        assertThat(got()).isEmpty();
        attachment.start();
        assertThat(got()).containsExactly("agent.offline");
        sink.writable(false);
        router.announceToSessionsOf("default", "a", Push.of("agent.online", Map.of("agentId", "a")));
        router.announceToSessionsOf("default", "a", Push.of("agent.offline", Map.of("agentId", "a")));
        assertThat(got()).isEmpty();
        sink.writable(true);
        assertThat(got()).containsExactly("agent.offline");
    }

    @Test
    @DisplayName("an expiry is told without asking the store for anything")
    void expired() {
        live(2);
        line.calls();
        store.expire();
        assertThat(got()).containsExactly("session.expired");
        assertThat(line.calls()).isEmpty();
    }

    @Test
    @DisplayName("documents that are read again after a reset do not make a crowd while the store is away")
    void reloads() {
        live(2);
        line.line((call, argument) -> Trip.REFUSED);
        line.calls();
        for (int i = 0; i < 100; i++) {
            store.reset();
        }
        step(10_000);
        assertThat(line.calls()).hasSizeLessThanOrEqualTo(24).containsOnly("load");
        assertThat(time.pending()).isLessThanOrEqualTo(2);
    }

    @Test
    @DisplayName(
            "nothing that is there is missed or doubled, and nothing that was got is lost in silence, in seeded rounds")
    void rounds() {
        for (int seed = 0; seed < 2_000; seed++) {
            new ResetTest().round(seed);
        }
    }

    private void round(int seed) {
        Random random = new Random(seed);
        line.line((call, argument) -> switch (random.nextInt(12)) {
            case 0 -> Trip.REFUSED;
            case 1 -> Trip.late(random.nextInt(300), random.nextInt(300));
            default -> random.nextBoolean() ? Trip.AT_ONCE : Trip.late(random.nextInt(20), random.nextInt(20));
        });
        List<String> got = new ArrayList<>();
        Set<String> lostAfterGot = new TreeSet<>();
        Attachment[] attached = new Attachment[1];
        router.attach(ID, sink, new SessionRouter.AttachRequest("u", null, 0L, false, TestSessions.ADMIT_ALL))
                .retry(50)
                .subscribe(made -> {
                    attached[0] = made;
                    made.start();
                });
        for (int i = 0; i < 60; i++) {
            switch (random.nextInt(10)) {
                case 0 -> {
                    store.lose(random.nextInt(4));
                    if (random.nextInt(4) > 0) {
                        store.reset();
                    }
                }
                case 1 -> sink.writable(random.nextBoolean());
                case 2 -> store.reset();
                case 3, 4 -> step(random.nextInt(200));
                default -> store.append(seed + "-" + i);
            }
            take(got, lostAfterGot, seed);
        }
        line.line((call, argument) -> Trip.AT_ONCE);
        sink.writable(true);
        for (int i = 0; i < 10; i++) {
            step(500);
        }
        store.append("last");
        step(10);
        take(got, lostAfterGot, seed);
        assertThat(attached[0]).as("seed %d", seed).isNotNull();
        assertThat(got).as("got, seed %d", seed).isEqualTo(store.messages());
    }

    /** Takes what was pushed into what a client has: a gap takes away what it names, and nothing else may. */
    private void take(List<String> got, Set<String> lostAfterGot, int seed) {
        for (String push : sink.take()) {
            if (push.startsWith("gap ")) {
                String[] range = push.split("[ -]", -1);
                int from = Integer.parseInt(range[1]);
                assertThat(Integer.parseInt(range[2])).as("gap, seed %d", seed).isEqualTo(got.size());
                assertThat(range[3]).as("seed %d", seed).isEqualTo("lost");
                lostAfterGot.addAll(got.subList(from - 1, got.size()));
                got.subList(from - 1, got.size()).clear();
            } else {
                String[] entry = push.split(":", -1);
                assertThat(Integer.parseInt(entry[0]))
                        .as("seq, seed %d: %s after %s", seed, push, got)
                        .isEqualTo(got.size() + 1);
                assertThat(lostAfterGot).as("seed %d", seed).doesNotContain(entry[1]);
                got.add(entry[1]);
            }
        }
    }
}
