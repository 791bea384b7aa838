package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.Append;
import dev.parley.store.Happening;
import dev.parley.store.NewEvent;
import dev.parley.store.RecordingFeed;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.store.StoredSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two gateways' stores on one server: what one does the other hears, and what has to happen once happens once. */
@DisplayName("Two stores on one Redis")
final class RedisGatewaysTest extends TwoStores {
    @Test
    @DisplayName("what is appended through one is told and read through the other, in one order")
    void oneLog() {
        RecordingFeed feed = listen(two);
        append(one, "m1");
        append(two, "m2");
        append(one, "m3");
        assertThat(append(two, "m1")).isEqualTo(2);
        RedisServers.await("three messages", SOON, () -> feed.events().size() == 3);
        assertThat(feed.events()).isEqualTo(get(one.log().read("s", 1, 10)));
    }

    @Test
    @DisplayName("a warning and an end are given once, whoever fires, and both hear them")
    void firedOnce() {
        RecordingFeed first = listen(one);
        RecordingFeed second = listen(two);
        now.addAndGet(300_000);
        assertThat(fire(one) + fire(two)).isEqualTo(1);
        now.addAndGet(300_000);
        assertThat(get(Mono.zip(Mono.fromSupplier(() -> fire(one)), Mono.fromSupplier(() -> fire(two)), Integer::sum)))
                .isEqualTo(1);
        for (RecordingFeed feed : List.of(first, second)) {
            RedisServers.await("both", SOON, () -> feed.told().size() == 2);
            assertThat(feed.told()).containsExactly("state:300", "session.expired");
        }
    }

    @Test
    @DisplayName("a renewal through one silences the warning that the other was about to give")
    void renewed() {
        now.addAndGet(300_000);
        get(one.sessions().renew(new Renew("s", "op", false, 0)));
        assertThat(fire(two)).isZero();
        assertThat(get(two.sessions().load("s")).state().expiresAt()).isEqualTo(START + 900_000);
    }

    @Test
    @DisplayName("a deadline that nobody fires is told to all who could")
    void overdue() throws Exception {
        listen(two);
        List<Long> told = new CopyOnWriteArrayList<>();
        AutoCloseable listening = two.sessions().onEarlier((partition, at) -> told.add(at));
        now.addAndGet(301_000);
        RedisServers.await("the overdue instant", SOON, () -> told.contains(START + 300_000));
        listening.close();
    }

    @Test
    @DisplayName("the newest connection holds an agent on whichever gateway, and the older one closing changes nothing")
    void newestConnection() {
        Holders holders = new Holders();
        get(one.agents().subscribe(holders));
        get(one.agents().connect(bot(), "c1"));
        get(two.agents().connect(bot(), "c2"));
        one.agents().disconnect("bot", "c1").block(SOON);
        assertThat(get(one.agents().get("default", "bot")).isOnline()).isTrue();
        two.agents().disconnect("bot", "c2").block(SOON);
        RedisServers.await("the end", SOON, () -> "offline".equals(holders.last.get("bot")));
        assertThat(holders.told).containsExactly("c1", "c2", "offline");
    }

    @Test
    @DisplayName(
            "a connection whose call was held up on its way does not take the agent from the one made elsewhere since")
    void heldUp() {
        // The server's own clock: with a virtual one a call brings along when it was made.
        Partitions apart = new Partitions(UUID.randomUUID() + ":", 8);
        RedisStore here = open(link(), apart, null);
        Holders holders = new Holders();
        get(here.agents().subscribe(holders));
        try (FaultProxy proxy = new FaultProxy(RedisServers.shared().port(), FaultProxy.Plan.NONE)) {
            RedisLink slow = TestLink.ofStore("redis://127.0.0.1:" + proxy.port() + "?commandTimeoutMillis=10000");
            RedisStore elsewhere = open(slow, apart, null);
            proxy.stall();
            long asked = here.nowMillis();
            CompletableFuture<@Nullable Agent> first =
                    elsewhere.agents().connect(asked(asked - 1), "c1").toFuture();
            get(here.agents().connect(asked(asked), "c2"));
            proxy.restore();
            assertThatThrownBy(first::join)
                    .cause()
                    .isInstanceOfSatisfying(
                            StoreException.Unavailable.class,
                            late -> assertThat(late.outcomeUnknown()).isFalse());
        }
        here.agents().disconnect("bot", "c2").block(SOON);
        RedisServers.await("the end", SOON, () -> "offline".equals(holders.last.get("bot")));
        assertThat(holders.told).containsExactly("c2", "offline");
    }

    @Test
    @DisplayName("an agent whose gateway was killed is told offline once its lease has run out, and not before")
    void killedGateway() {
        Holders holders = new Holders();
        get(one.agents().subscribe(holders));
        get(two.agents().connect(bot(), "c2"));
        two.close().block(SOON);
        now.addAndGet(RedisAgents.LEASE_MILLIS - 1);
        assertThat(get(one.agents().get("default", "bot")).isOnline()).isTrue();
        now.addAndGet(1);
        RedisServers.await("offline", SOON, () -> holders.told.contains("offline"));
        assertThat(get(one.agents().list("default", true))).isEmpty();
    }

    @Test
    @DisplayName("a gateway that slept through its lease holds its agents again, but for one that went elsewhere")
    void sleptGateway() {
        get(one.agents().connect(bot(), "c1"));
        get(one.agents().connect(agent("moved"), "c1"));
        Holders holders = new Holders();
        get(one.agents().subscribe(holders));
        now.addAndGet(RedisAgents.LEASE_MILLIS + 1);
        two.agents().tick().block(SOON);
        get(two.agents().connect(agent("moved"), "c2"));
        // Any call begins the lease anew; the next tick has to see that there was a time without.
        get(one.agents().get("default", "moved"));
        one.agents().tick().block(SOON);
        assertThat(get(two.agents().get("default", "bot")).isOnline()).isTrue();
        RedisServers.await(
                "what became of both",
                SOON,
                () -> "c1".equals(holders.last.get("bot")) && "c2".equals(holders.last.get("moved")));
    }

    @Test
    @DisplayName("an agent that comes to take part in a session is told on every gateway")
    void assigned() {
        Holders holders = new Holders();
        get(two.agents().subscribe(holders));
        get(one.sessions().create(new SessionBuilder("t", START).create()));
        RedisServers.await("the assignment", SOON, () -> holders.assigned.contains("bot in t"));
    }

    @Test
    @DisplayName("refuses to start where sessions lie in another number of partitions")
    void otherPartitions() {
        String prefix = partitions.tag(0).replaceAll("\\{.*", "");
        RedisStore other = new RedisStore(link(), new Partitions(prefix, 16), StoreSettings.DEFAULT, real, now::get);
        opened.add(other);
        assertThatThrownBy(() -> other.start().block(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("8 partitions of layout 3")
                .hasMessageContaining("works with 16")
                .hasMessageContaining("?prefix=");
    }

    @Test
    @DisplayName("an id that a caller brings is one session's only, though users lie in different partitions")
    void oneId() {
        List<String> answers = get(Flux.range(0, 40)
                .flatMap(i -> {
                    RedisStore store = i % 2 == 0 ? one : two;
                    SessionBuilder builder = new SessionBuilder("same", START).user("user" + i);
                    return store.sessions()
                            .create(builder.create())
                            .map(made -> "made")
                            .onErrorResume(
                                    refusal -> Mono.just(refusal.getClass().getSimpleName()));
                })
                .collectList());
        assertThat(answers).hasSize(40).containsOnly("made", "Conflict");
        assertThat(answers.stream().filter("made"::equals)).hasSize(1);
        assertThat(get(one.sessions().load("same")))
                .isEqualTo(get(two.sessions().load("same")));
    }

    @Test
    @DisplayName("the stream has each happening once, in order, whoever appends it and however often")
    void streamOfHappenings() {
        StoredSession made = get(one.sessions()
                .create(new SessionBuilder("closed", START).workspace("w").create()));
        SessionEnd end =
                new SessionEnd(SessionStatus.COMPLETED, Instant.ofEpochMilli(START), "ann", null, null, null, null);
        get(two.sessions()
                .commit(new Commit(
                        "closed",
                        "end",
                        made.state().version(),
                        made.document().withEnd(end),
                        null,
                        end,
                        false,
                        List.of(new NewEvent("session.ended", RawJson.EMPTY_OBJECT, "ann")))));
        int partition = partitions.of("w", "ann", "");
        List<Happening> happenings =
                get(one.outbox().take(partition, "one", null, 10)).happenings();
        assertThat(happenings).hasSize(2);
        one.outbox().stream(partition, happenings.subList(0, 1), 100).block(SOON);
        two.outbox().stream(partition, happenings, 100).block(SOON);
        one.outbox().stream(partition, happenings, 100).block(SOON);

        String stream = partitions.tag(0).replaceAll("\\{.*", "") + "session-events";
        String entries = String.valueOf(RedisServers.shared().command("XRANGE", stream, "-", "+"));
        assertThat(entries.split("session_id", -1)).as("two entries").hasSize(3);
        assertThat(entries)
                .containsSubsequence(
                        "event, session.created, session_id, closed, workspace_id, w, status, created",
                        "event, session.closed, session_id, closed, workspace_id, w, status, completed",
                        "closed_at, 2026-01-01T00:00:00");
    }

    @Test
    @DisplayName(
            "nothing is left of a session after its retention, nor of one that was deleted, but counters of the partition")
    void nothingIsLeft() {
        for (int i = 0; i < 20; i++) {
            String id = "t" + i;
            get(one.sessions()
                    .create(new SessionBuilder(id, START).user("user" + i).create()));
            get(one.log().append(new Append(id, "m", "user" + i, null, null, RawJson.EMPTY_OBJECT, -1)));
            get(two.log().standing(id, "bot"));
            two.log().seen(id, "bot", 2).block(SOON);
        }
        for (int i = 0; i < 10; i++) {
            two.sessions().delete("t" + i, "op" + i, null).block(SOON);
        }
        now.addAndGet(1_800_000);
        fire(one);
        now.addAndGet(StoreSettings.DEFAULT.endedRetentionMillis());
        fire(one);
        fire(two);
        List<String> left = new ArrayList<>();
        for (Object key : (List<?>) Objects.requireNonNull(
                RedisServers.shared().command("KEYS", partitions.tag(0).replaceAll("\\{.*", "") + "*"))) {
            // Those of the agents' own tag come with the stores' leases.
            if (!key.toString().contains("{agents}")) {
                left.add(key.toString().replaceAll("^.*\\{.*?}:", ""));
            }
        }
        assertThat(left).allMatch(name -> name.matches("[pcgh]|z:op\\d"), "what is kept of partitions and deletions");
    }

    private static Agent bot() {
        return agent("bot");
    }

    private static Agent asked(long millis) {
        return agent("bot", Instant.ofEpochMilli(millis));
    }
}
