package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.Subscription;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.Together.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Many callers at once. Seeded: a failure names the seed, though threads meet as they please. */
abstract class RacesContract extends ContractGroup {
    private final Together together = new Together();

    RacesContract(StoreContract kit) {
        super(kit);
    }

    @AfterEach
    void stop() {
        together.close();
    }

    @Test
    @DisplayName("messages of many senders all get a number, dense, and everybody hears them in that order")
    void appends() throws Exception {
        create(session("s"));
        RecordingFeed feed = listen("s");
        int each = rounds(200);
        List<Task> senders = new ArrayList<>();
        for (int sender = 0; sender < 4; sender++) {
            String author = "author" + sender;
            senders.add(random -> {
                for (int i = 0; i < each; i++) {
                    append(message("s", author + "-" + i, author));
                }
            });
        }
        together.run(1, senders);
        assertDense(feed.events(), 2);
        assertThat(feed.events()).hasSize(4 * each);
        assertThat(state("s").head()).isEqualTo(4 * each + 1);
        for (int sender = 0; sender < 4; sender++) {
            String author = "author" + sender;
            assertThat(feed.events().stream().filter(event -> author.equals(event.authorId())))
                    .extracting(LoggedEvent::messageId)
                    .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
        }
    }

    @Test
    @DisplayName("the same message from several connections is logged once and acknowledged with one number")
    void sameMessage() throws Exception {
        create(session("s"));
        for (int round = 0; round < rounds(200); round++) {
            String id = "m" + round;
            Set<Long> numbers = Collections.synchronizedSet(new HashSet<>());
            Task send = random -> numbers.add(append("s", id).event().seq());
            together.run(round, List.of(send, send, send));
            assertThat(numbers).containsExactly(round + 2L);
        }
    }

    @Test
    @DisplayName("changes decided on the same version are all applied in the end, none lost")
    void commits() throws Exception {
        create(session("s"));
        int each = rounds(50);
        Task writer = random -> {
            for (int i = 0; i < each; i++) {
                boolean applied = false;
                while (!applied) {
                    StoredSession read = load("s");
                    int count = read.document().metadata().length();
                    try {
                        commit(change(read, "\"" + "x".repeat(count - 1) + "\""));
                        applied = true;
                    } catch (StoreException.VersionConflict e) {
                        assertThat(e.actual()).isGreaterThan(read.state().version());
                    }
                }
            }
        };
        together.run(2, List.of(writer, writer, writer, writer));
        assertThat(load("s").document().metadata().length()).isEqualTo(2 + 4 * each);
        assertThat(state("s").version()).isEqualTo(4 * each + 1);
        assertThat(state("s").head()).isEqualTo(4 * each + 1);
    }

    @Test
    @DisplayName("of those who create the same id, or on the same revision of the user, exactly one does")
    void creations() throws Exception {
        for (int round = 0; round < rounds(200); round++) {
            String user = "user" + round;
            String taken = "id" + round;
            long revision = get(sessions().candidates("default", user, null)).revision();
            AtomicInteger byId = new AtomicInteger();
            AtomicInteger byRevision = new AtomicInteger();
            List<Task> callers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String own = "own" + round + "-" + i;
                callers.add(random -> {
                    count(
                            byId,
                            StoreException.Conflict.class,
                            session(taken).user("u" + own).create());
                    count(
                            byRevision,
                            StoreException.VersionConflict.class,
                            session(own).user(user).createIf(revision));
                });
            }
            together.run(round, callers);
            assertThat(byId).hasValue(1);
            assertThat(byRevision).hasValue(1);
        }
    }

    @Test
    @DisplayName("who subscribes in the midst of messages hears all that come after the head they were told")
    void subscriptions() throws Exception {
        create(session("s"));
        int messages = rounds(2000);
        int visits = rounds(100);
        Task sender = random -> {
            for (int i = 0; i < messages; i++) {
                append("s", "m" + i);
            }
        };
        Task subscriber = random -> {
            for (int i = 0; i < visits; i++) {
                RecordingFeed feed = feed();
                Subscription subscription = get(log().subscribe("s", feed));
                long head = subscription.session().state().head();
                long until = state("s").head();
                awaitTold();
                subscription.close();
                List<LoggedEvent> heard = feed.events();
                assertDense(heard, head + 1);
                assertThat(head + heard.size()).isGreaterThanOrEqualTo(until);
                assertThat(feed.events()).hasSameSizeAs(heard);
            }
        };
        together.run(3, List.of(sender, subscriber, subscriber));
        assertThat(state("s").head()).isEqualTo(messages + 1);
    }

    @Test
    @DisplayName("of many who subscribe and leave at once, nobody hears anything after leaving")
    void leaving() throws Exception {
        create(session("s"));
        List<RecordingFeed> feeds = Collections.synchronizedList(new ArrayList<>());
        int visits = rounds(2000);
        Task visitor = random -> {
            for (int i = 0; i < visits; i++) {
                RecordingFeed feed = feed();
                Subscription subscription = get(log().subscribe("s", feed));
                feeds.add(feed);
                subscription.close();
            }
        };
        together.run(4, List.of(visitor, visitor, visitor, visitor));
        append("s", "m");
        assertThat(feeds)
                .hasSize(4 * visits)
                .allSatisfy(feed -> assertThat(feed.calls()).isEmpty());
    }

    @Test
    @DisplayName("a renewal in the instant of a rung: it silences the warning or follows it, never is undone by it")
    void renewalAgainstWarning() throws Exception {
        for (int round = 0; round < rounds(300); round++) {
            String id = "s" + round;
            create(session(id).timeoutSeconds(600));
            RecordingFeed feed = listen(id);
            advanceSeconds(300);
            together.run(round, List.of(random -> fire(), random -> renew(id), random -> fire()));
            assertThat(feed.told()).isIn(List.of("state:0"), List.of("state:300", "state:0"));
            assertThat(state(id).rung()).isZero();
            assertThat(state(id).expiresAt()).isEqualTo(now() + 600_000);
            done(sessions().delete(id, operation(), null));
        }
    }

    @Test
    @DisplayName("a renewal against the last millisecond: either it is renewed and not expired, or expired and refused")
    void renewalAgainstExpiry() throws Exception {
        for (int round = 0; round < rounds(300); round++) {
            String id = "s" + round;
            create(session(id).timeoutSeconds(600).rungSeconds());
            RecordingFeed feed = listen(id);
            time().advance(Duration.ofMillis(599_999));
            AtomicInteger renewed = new AtomicInteger();
            Task renewal = random -> {
                try {
                    get(sessions().renew(new Renew(id, operation(), true, 0)));
                    renewed.incrementAndGet();
                } catch (StoreException.Ended e) {
                    assertThat(e.status()).isEqualTo(SessionStatus.EXPIRED);
                }
            };
            together.run(round, List.of(renewal, random -> {
                time().advance(Duration.ofMillis(1));
                fire();
            }));
            boolean expired = state(id).status() == SessionStatus.EXPIRED;
            assertThat(renewed.get()).isEqualTo(expired ? 0 : 1);
            assertThat(feed.told()).containsExactly(expired ? "session.expired" : "state:0");
            done(sessions().delete(id, operation(), null));
        }
    }

    @Test
    @DisplayName("of many who fire at once each warning and each end is given by one")
    void fires() throws Exception {
        List<RecordingFeed> feeds = new ArrayList<>();
        int count = rounds(500);
        for (int i = 0; i < count; i++) {
            create(session("s" + i).timeoutSeconds(600).rungSeconds(300));
            feeds.add(listen("s" + i));
        }
        for (int step = 0; step < 2; step++) {
            advanceSeconds(300);
            AtomicInteger given = new AtomicInteger();
            Task firing = random -> given.addAndGet(fire().size());
            together.run(step, List.of(firing, firing, firing));
            assertThat(given).hasValue(count);
        }
        assertThat(feeds).allSatisfy(feed -> assertThat(feed.told()).containsExactly("state:300", "session.expired"));
    }

    @Test
    @DisplayName("a deletion in the midst of everything: the farewell is the last thing heard, and nothing is left")
    void deletions() throws Exception {
        for (int round = 0; round < rounds(200); round++) {
            String id = "s" + round;
            StoredSession made = create(session(id).timeoutSeconds(600));
            RecordingFeed feed = listen(id);
            NewEvent farewell = new NewEvent("session.ended", RawJson.EMPTY_OBJECT, null);
            Set<Long> acknowledged = Collections.synchronizedSet(new HashSet<>());
            together.run(
                    round,
                    List.of(
                            random -> tolerant(id, random, 20),
                            random -> {
                                for (int i = 0; i < 20; i++) {
                                    acknowledge(id, acknowledged);
                                }
                            },
                            random -> done(sessions().delete(id, operation(), farewell)),
                            random -> fire()));
            assertThat(feed.told()).endsWith("deleted:session.ended");
            assertThat(feed.told().stream().filter(told -> told.startsWith("deleted")))
                    .hasSize(1);
            assertThat(feed.events()).extracting(LoggedEvent::seq).containsAll(acknowledged);
            List<LoggedEvent> heard = new ArrayList<>(feed.events());
            heard.add(feed.calls().get(feed.calls().size() - 1).event());
            assertDense(heard, made.state().head() + 1);
            refusal(StoreException.NotFound.class, sessions().load(id));
        }
        assertThat(get(sessions().counts()).byStatus()).containsOnly(0);
        assertNothingDue();
    }

    @Test
    @DisplayName("everything at once, with time moving: numbers dense, each rung and each end once, no renewal undone")
    void everything() throws Exception {
        for (int seed = 0; seed < rounds(20); seed++) {
            String id = "s" + seed;
            create(session(id).timeoutSeconds(20).maxSeconds(300).rungSeconds(8, 4, 2));
            RecordingFeed feed = listen(id);
            Task clock = random -> {
                for (int i = 0; i < 300; i++) {
                    time().advance(Duration.ofMillis(random.nextInt(2000)));
                    if (random.nextInt(3) > 0) {
                        fire();
                    }
                }
            };
            together.run(
                    seed,
                    List.of(
                            clock,
                            random -> tolerant(id, random, 150),
                            random -> tolerant(id, random, 150),
                            random -> tolerant(id, random, 150)));
            advanceSeconds(300);
            fire();
            assertDense(feed.events(), 2);
            assertThat(feed.told().stream().filter("session.expired"::equals)).hasSize(1);
            assertThat(feed.told()).endsWith("session.expired");
            Set<String> rungs = new HashSet<>();
            SessionState before = null;
            for (SessionState state : feed.states()) {
                if (state.rung() > 0
                        && (before == null
                                || before.rung() != state.rung()
                                || before.expiresAt() != state.expiresAt())) {
                    assertThat(rungs.add(state.expiresAt() + "/" + state.rung()))
                            .as("given twice")
                            .isTrue();
                }
                if (before != null) {
                    assertThat(state.expiresAt()).isGreaterThanOrEqualTo(before.expiresAt());
                    assertThat(state.renewalCount()).isGreaterThanOrEqualTo(before.renewalCount());
                    assertThat(state.version()).isGreaterThanOrEqualTo(before.version());
                    assertThat(state.lastActivity()).isGreaterThanOrEqualTo(before.lastActivity());
                }
                before = state;
            }
            done(sessions().delete(id, operation(), null));
        }
    }

    /** Does this and that to a session that others end or delete meanwhile. */
    private void tolerant(String id, Random random, int times) {
        for (int i = 0; i < times; i++) {
            try {
                switch (random.nextInt(5)) {
                    case 0 -> append(message(id, operation(), "ann"));
                    case 1 -> renew(id);
                    case 2 -> get(sessions().renew(new Renew(id, operation(), false, 2000)));
                    case 3 -> changeMetadata(id);
                    default -> get(log().subscribe(id, new RecordingFeed())).close();
                }
            } catch (StoreException.Ended | StoreException.NotFound | StoreException.VersionConflict e) {
                // What the others did came first, which is what this is about.
                assertThat(e).hasNoCause();
            }
        }
    }

    private void acknowledge(String id, Set<Long> acknowledged) {
        try {
            acknowledged.add(append(message(id, operation(), "bot")).event().seq());
        } catch (StoreException.NotFound e) {
            assertThat(e).hasNoCause();
        }
    }

    private void changeMetadata(String id) {
        StoredSession read = load(id);
        Session document =
                read.document().withMetadata(RawJson.of("{\"v\":" + read.state().version() + "}"));
        NewEvent event = new NewEvent("session.updated", RawJson.EMPTY_OBJECT, null);
        commit(new Commit(id, operation(), read.state().version(), document, null, null, false, List.of(event)));
    }

    private void count(AtomicInteger done, Class<? extends StoreException> otherwise, SessionStore.Create create) {
        try {
            get(sessions().create(create));
            done.incrementAndGet();
        } catch (StoreException e) {
            assertThat(e).isInstanceOf(otherwise);
        }
    }

    private static void assertDense(List<LoggedEvent> events, long from) {
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).seq()).isEqualTo(from + i);
        }
    }

    private static int number(String messageId) {
        return Integer.parseInt(messageId.substring(messageId.indexOf('-') + 1));
    }
}
