package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.Happening.Kind;
import dev.parley.store.Outbox.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What happened to sessions waits, in order, until somebody has told it on. */
abstract class OutboxContract extends ContractGroup {
    private static final String ME = "gateway-1";
    private static final String OTHER = "gateway-2";

    OutboxContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("creation and end wait in order, with who did it, and are forgotten once told")
    void tellsCreationAndEnd() {
        StoredSession made = create(session("s1").workspace("w"));
        advanceSeconds(5);
        commit(end(made, SessionStatus.COMPLETED));
        List<Happening> all = takeAll(ME, true);
        assertThat(all).extracting(Happening::kind).containsExactly(Kind.CREATED, Kind.CLOSED);
        assertThat(all).extracting(Happening::sessionId).containsOnly("s1");
        assertThat(all).extracting(Happening::workspaceId).containsOnly("w");
        assertThat(all).extracting(Happening::status).containsExactly(SessionStatus.CREATED, SessionStatus.COMPLETED);
        assertThat(all).extracting(Happening::by).containsOnly("ann");
        assertThat(all).extracting(Happening::at).containsExactly(now() - 5000, now());
        assertThat(all)
                .extracting(Happening::sessionKey)
                .containsExactly(null, made.document().channelId());
        assertThat(takeAll(OTHER, true)).isEmpty();
    }

    @Test
    @DisplayName("a warning tells the minutes left, and a deadline's end is told once however often it is fired")
    void tellsDeadlines() {
        StoredSession made =
                create(session("s1").name("Tax \"2026\"").timeoutSeconds(600).rungSeconds(300));
        advanceSeconds(301);
        fire();
        fire();
        advanceSeconds(300);
        fire();
        load("s1");
        List<Happening> all = takeAll(ME, true);
        assertThat(all).extracting(Happening::kind).containsExactly(Kind.CREATED, Kind.EXPIRING, Kind.CLOSED);
        Happening warning = all.get(1);
        assertThat(warning.name()).isEqualTo("Tax \"2026\"");
        assertThat(warning.minutesRemaining()).isEqualTo(4);
        assertThat(warning.by()).isEqualTo("system");
        Happening end = all.get(2);
        assertThat(end.status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(end.at()).isEqualTo(now() - 1000);
        assertThat(end.by()).isEqualTo("system");
        assertThat(end.sessionKey()).isEqualTo(made.document().channelId());
    }

    @Test
    @DisplayName("a deadline that nobody fired is told when it takes effect")
    void tellsWhatTookEffectLazily() {
        create(session("s1").timeoutSeconds(60).rungSeconds());
        advanceSeconds(61);
        load("s1");
        assertThat(takeAll(ME, true)).extracting(Happening::kind).containsExactly(Kind.CREATED, Kind.CLOSED);
    }

    @Test
    @DisplayName("a suspension is told, and no end")
    void tellsSuspension() {
        create(session("s1").timeoutSeconds(60).rungSeconds().suspendOnIdle());
        advanceSeconds(61);
        fire();
        List<Happening> all = takeAll(ME, true);
        assertThat(all).extracting(Happening::kind).containsExactly(Kind.CREATED, Kind.SUSPENDED);
        assertThat(all.get(1).status()).isEqualTo(SessionStatus.SUSPENDED);
        assertThat(all.get(1).at()).isEqualTo(now() - 1000);
    }

    @Test
    @DisplayName(
            "deleting a live session ends it first; an ended one is only deleted; the end of retention is not told")
    void tellsDeletion() {
        StoredSession live = create(session("live"));
        commit(end(create(session("ended")), SessionStatus.COMPLETED));
        commit(end(create(session("forgotten")), SessionStatus.COMPLETED));
        takeAll(ME, true);
        NewEvent farewell = new NewEvent("session.ended", BODY, "root");
        done(sessions().delete("live", operation(), farewell));
        done(sessions().delete("ended", operation(), null));
        advanceSeconds(3601);
        fire();
        List<Happening> all = takeAll(ME, true);
        assertThat(of(all, "live")).extracting(Happening::kind).containsExactly(Kind.CLOSED, Kind.DELETED);
        assertThat(of(all, "live")).extracting(Happening::by).containsOnly("root");
        assertThat(of(all, "live"))
                .extracting(Happening::sessionKey)
                .containsExactly(live.document().channelId(), null);
        assertThat(of(all, "live")).extracting(Happening::status).containsOnly(SessionStatus.TERMINATED);
        assertThat(of(all, "ended")).extracting(Happening::kind).containsExactly(Kind.DELETED);
        assertThat(of(all, "forgotten")).isEmpty();
    }

    @Test
    @DisplayName("a resumption closes the prior session and creates the next, each told once")
    void tellsResumption() {
        StoredSession prior = create(session("s1"));
        get(sessions().create(session("s2").resume("s1", end(prior, SessionStatus.COMPLETED))));
        List<Happening> all = takeAll(ME, true);
        assertThat(of(all, "s1")).extracting(Happening::kind).containsExactly(Kind.CREATED, Kind.CLOSED);
        assertThat(of(all, "s2")).extracting(Happening::kind).containsExactly(Kind.CREATED);
    }

    @Test
    @DisplayName("what was done once is told once: repeats, refusals and changes that end nothing tell nothing")
    void repeatsTellNothing() {
        SessionBuilder builder = session("s1").channel("once");
        create(builder);
        StoredSession made = create(builder);
        commit(change(made, "{\"a\":1}"));
        append("s1", "m1");
        SessionStore.Commit end = end(load("s1"), SessionStatus.COMPLETED);
        commit(end);
        commit(end);
        refusal(StoreException.Ended.class, sessions().commit(end(load("s1"), SessionStatus.TERMINATED)));
        String deletion = operation();
        done(sessions().delete("s1", deletion, null));
        done(sessions().delete("s1", deletion, null));
        assertThat(takeAll(ME, true))
                .extracting(Happening::kind)
                .containsExactly(Kind.CREATED, Kind.CLOSED, Kind.DELETED);
    }

    @Test
    @DisplayName("what was taken and not told on is there again, under the same ids")
    void isThereAgain() {
        create(session("s1"));
        List<Happening> first = takeAll(ME, false);
        assertThat(first).hasSize(1);
        assertThat(takeAll(ME, false)).isEqualTo(first);
        assertThat(takeAll(ME, true)).isEqualTo(first);
    }

    @Test
    @DisplayName("another holder waits while one has a partition, and may have it when that one is done")
    void oneHolderAtATime() {
        create(session("s1"));
        int partition = partitionThatWaits();
        Happening mine =
                get(store().outbox().take(partition, ME, null, 10)).happenings().get(0);
        Batch other = get(store().outbox().take(partition, OTHER, null, 10));
        assertThat(other.happenings()).isEmpty();
        assertThat(other.busyMillis()).isBetween(1L, Outbox.LEASE_MILLIS);
        create(session("s2"));
        Batch next = get(store().outbox().take(partition, ME, mine, 10));
        assertThat(next.happenings()).extracting(Happening::sessionId).containsExactly("s2");
        // Who is late says what it has told on, and takes nothing.
        assertThat(get(store().outbox().take(partition, OTHER, next.happenings().get(0), 10))
                        .busyMillis())
                .isPositive();
        assertThat(get(store().outbox().take(partition, ME, null, 10))).isEqualTo(Batch.NONE);
        create(session("s3"));
        assertThat(get(store().outbox().take(partition, OTHER, null, 10)).happenings())
                .extracting(Happening::sessionId)
                .containsExactly("s3");
    }

    @Test
    @DisplayName("what is asked for at once is bounded, and told bit by bit")
    void isBounded() {
        for (int i = 0; i < 5; i++) {
            create(session("s" + i));
        }
        int partition = partitionThatWaits();
        Batch first = get(store().outbox().take(partition, ME, null, 2));
        assertThat(first.happenings()).extracting(Happening::sessionId).containsExactly("s0", "s1");
        Batch next = get(store().outbox().take(partition, ME, first.happenings().get(0), 2));
        assertThat(next.happenings()).extracting(Happening::sessionId).containsExactly("s1", "s2");
    }

    @Test
    @DisplayName("a listener hears of the partition in which something waits, and nothing once it is closed")
    void listenerHears() throws Exception {
        Set<Integer> heard = new ConcurrentSkipListSet<>();
        AutoCloseable listening = store().outbox().onWaiting(heard::add);
        try {
            StoredSession made = create(session("s1"));
            assertThat(heard).isNotEmpty();
            takeAll(ME, true);
            heard.clear();
            commit(end(made, SessionStatus.COMPLETED));
            assertThat(heard).containsExactly(partitionThatWaits());
            takeAll(ME, true);
            heard.clear();
            done(sessions().delete("s1", operation(), null));
            assertThat(heard).containsExactly(partitionThatWaits());
            takeAll(ME, true);
            create(session("s2").timeoutSeconds(60).rungSeconds());
            takeAll(ME, true);
            heard.clear();
            advanceSeconds(61);
            fire();
            assertThat(heard).containsExactly(partitionThatWaits());
            heard.clear();
        } finally {
            listening.close();
        }
        create(session("s3"));
        assertThat(heard).isEmpty();
    }

    private int partitionThatWaits() {
        Set<Integer> waiting = new TreeSet<>();
        for (int partition = 0; partition < sessions().partitions(); partition++) {
            if (!get(store().outbox().take(partition, ME, null, 1)).happenings().isEmpty()) {
                waiting.add(partition);
            }
        }
        assertThat(waiting).hasSize(1);
        return waiting.iterator().next();
    }

    private List<Happening> takeAll(String holder, boolean tellOn) {
        List<Happening> all = new ArrayList<>();
        for (int partition = 0; partition < sessions().partitions(); partition++) {
            @Nullable Happening last = null;
            List<Happening> batch;
            do {
                batch = get(store().outbox().take(partition, holder, last, 100)).happenings();
                all.addAll(batch);
                last = batch.isEmpty() ? null : batch.get(batch.size() - 1);
            } while (tellOn && !batch.isEmpty());
        }
        return all;
    }

    private static List<Happening> of(List<Happening> all, String sessionId) {
        return all.stream()
                .filter(happening -> happening.sessionId().equals(sessionId))
                .toList();
    }
}
