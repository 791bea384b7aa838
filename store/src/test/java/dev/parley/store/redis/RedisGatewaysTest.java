package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.store.AgentStore.AgentListener;
import dev.parley.store.EventLog.Append;
import dev.parley.store.Happening;
import dev.parley.store.NewEvent;
import dev.parley.store.PresenceStore;
import dev.parley.store.PresenceStore.Held;
import dev.parley.store.RecordingFeed;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.store.StoredSession;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import dev.parley.time.SystemTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two gateways' stores on one server: what one does the other hears, and what has to happen once happens once. */
@DisplayName("Two stores on one Redis")
final class RedisGatewaysTest {
    private static final long START = 1_767_225_600_000L;
    private static final Duration SOON = Duration.ofSeconds(60);

    private final SystemTime real = new SystemTime();
    private final AtomicLong now = new AtomicLong(START);
    private final Partitions partitions = new Partitions(UUID.randomUUID() + ":", 8);
    private final List<RedisStore> opened = new ArrayList<>();
    private final DeafLink deafLink = new DeafLink(link());
    private final RedisStore one = open(link());
    private final RedisStore two = open(deafLink);

    @BeforeEach
    void session() {
        get(one.sessions()
                .create(new SessionBuilder("s", START).timeoutSeconds(600).create()));
    }

    @AfterEach
    void close() {
        opened.forEach(store -> store.close().block(SOON));
        real.close();
    }

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
    @DisplayName("whoever heard nothing over the channel finds a message, a warning, and the removal all the same")
    void holes() {
        RecordingFeed feed = listen(two);
        deafLink.deaf = true;
        append(one, "m1");
        RedisServers.await("the message", SOON, () -> lastHead(feed) == 2);
        now.addAndGet(301_000);
        fire(one);
        RedisServers.await("the warning", SOON, () -> feed.told().contains("state:300"));
        one.sessions()
                .delete("s", "op", new NewEvent("session.ended", RawJson.EMPTY_OBJECT, null))
                .block(SOON);
        RedisServers.await("the removal", SOON, () -> feed.told().contains("deleted"));
        assertThat(feed.events()).isEmpty();
        assertThat(two.liveSubscriptions()).isZero();
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
    @DisplayName("who heard nothing over the channel finds all the same who holds an agent and what it takes part in")
    void holesOfAgents() {
        get(two.agents().connect(agent("mine"), "c2"));
        two.agents().tick().block(SOON);
        Holders holders = new Holders();
        get(two.agents().subscribe(holders));
        RedisServers.await("the first look", SOON, () -> deafLink.asked.get() > 2 * partitions.count());
        deafLink.deaf = true;
        holders.told.clear();
        get(one.agents().connect(agent("other"), "c1"));
        RedisServers.await("the holder", SOON, () -> "c1".equals(holders.last.get("other")));
        get(one.sessions().create(new SessionBuilder("t", START).agent("mine").create()));
        RedisServers.await("the assignment", SOON, () -> holders.assigned.contains("mine in t"));
        one.agents().disconnect("other", "c1").block(SOON);
        RedisServers.await("the end", SOON, () -> "offline".equals(holders.last.get("other")));
        assertThat(holders.told).as("each once").containsExactly("c1", "offline");
        assertThat(holders.assigned).as("each once").containsOnlyOnce("mine in t");
    }

    @Test
    @DisplayName("who heard nothing over the channel finds what became of tasks all the same, the last of each once")
    void holesOfTasks() {
        List<String> told = new CopyOnWriteArrayList<>();
        get(two.tasks().subscribe("default", notice -> told.add(notice.taskId() + " " + notice.status())));
        deafLink.deaf = true;
        get(one.tasks().create(task("t1")));
        get(one.tasks().create(task("t2")));
        RedisServers.await("both", SOON, () -> told.size() == 2);
        now.addAndGet(60_000);
        fire(one);
        RedisServers.await("the ends", SOON, () -> told.size() == 4);
        assertThat(told).containsExactlyInAnyOrder("t1 pending", "t2 pending", "t1 timeout", "t2 timeout");
        deafLink.deaf = false;
        get(one.tasks().create(task("t3")));
        RedisServers.await("the next", SOON, () -> told.size() == 5);
        assertThat(told).containsOnlyOnce("t3 pending");
    }

    @Test
    @DisplayName("who heard nothing over the channel finds who came and who went all the same, the last of each once")
    void holesOfPresence() {
        one.presence().put(person("ann", 1)).block(SOON);
        RecordingFeed feed = listen(two);
        deafLink.deaf = true;
        one.presence().put(person("bob", 1)).block(SOON);
        one.presence().put(person("eve", 1)).block(SOON);
        RedisServers.await("both", SOON, () -> changes(feed).size() == 2);
        one.presence().put(person("ann", 0)).block(SOON);
        RedisServers.await("the going", SOON, () -> changes(feed).contains("ann false"));
        one.presence().put(person("eve", 0)).block(SOON);
        deafLink.deaf = false;
        // Whoever hears of this has to find that something is missing before it.
        one.presence().put(person("bob", 0)).block(SOON);
        RedisServers.await("all", SOON, () -> changes(feed).size() == 5);
        assertThat(changes(feed)).containsExactly("bob true", "eve true", "ann false", "eve false", "bob false");
    }

    @Test
    @DisplayName("who was interrupted is told who came and went meanwhile, and not who was there before")
    void interruptedPresence() {
        one.presence().put(person("ann", 1)).block(SOON);
        RecordingFeed feed = listen(two);
        one.presence().put(person("bob", 1)).block(SOON);
        RedisServers.await("the coming", SOON, () -> changes(feed).contains("bob true"));
        deafLink.deaf = true;
        one.presence().put(person("bob", 0)).block(SOON);
        deafLink.listeners.forEach(RedisLink.ChannelListener::restored);
        RedisServers.await("the reset", SOON, () -> feed.told().contains("reset:0"));
        RedisServers.await("the going", SOON, () -> changes(feed).contains("bob false"));
        assertThat(changes(feed)).containsExactly("bob true", "bob false");
    }

    private static Held person(String id, int connections) {
        return new Held("s", "g1", id, "user", connections, START, List.of());
    }

    private static List<String> changes(RecordingFeed feed) {
        List<String> changes = new ArrayList<>();
        for (RecordingFeed.Call call : feed.calls()) {
            Signal signal = call.signal();
            if (signal != null) {
                changes.add(signal.authorId() + " " + PresenceStore.isPresent(signal));
            }
        }
        return changes;
    }

    private static NewTask task(String id) {
        return new NewTask(
                id,
                "default",
                null,
                null,
                "boss",
                "bot",
                "review",
                RawJson.EMPTY_OBJECT,
                "medium",
                60_000,
                new RetryPolicy(0, "linear", 1000),
                List.of(),
                null,
                false,
                TaskLimits.DEFAULT);
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

    private RedisLink link() {
        return TestLink.ofStore(RedisServers.shared().url() + RedisStoreKit.PATIENT);
    }

    private RedisStore open(RedisLink link) {
        return open(link, partitions, now::get);
    }

    private RedisStore open(RedisLink link, Partitions partitions, @Nullable LongSupplier clock) {
        RedisStore store = new RedisStore(link, partitions, StoreSettings.DEFAULT, real, clock);
        opened.add(store);
        store.start().block(SOON);
        return store;
    }

    private static RecordingFeed listen(RedisStore store) {
        RecordingFeed feed = new RecordingFeed();
        get(store.log().subscribe("s", feed));
        return feed;
    }

    private static long append(RedisStore store, String messageId) {
        return get(store.log().append(new Append("s", messageId, "ann", null, null, RawJson.EMPTY_OBJECT, -1)))
                .event()
                .seq();
    }

    private static int fire(RedisStore store) {
        return get(Flux.range(0, store.sessions().partitions())
                .flatMap(partition -> store.sessions().fire(partition, 100))
                .map(Fired::latenessMillis)
                .reduce(0, (sum, lateness) -> sum + lateness.length));
    }

    private static long lastHead(RecordingFeed feed) {
        var states = feed.states();
        return states.isEmpty() ? 0 : states.get(states.size() - 1).head();
    }

    private static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block(SOON));
    }

    private static Agent bot() {
        return agent("bot");
    }

    private static Agent agent(String id) {
        return agent(id, null);
    }

    private static Agent asked(long millis) {
        return agent("bot", Instant.ofEpochMilli(millis));
    }

    private static Agent agent(String id, @Nullable Instant asked) {
        Instant at = Instant.EPOCH;
        return new Agent(
                id,
                null,
                "default",
                null,
                "default",
                RawJson.of("[]"),
                false,
                asked,
                at,
                at,
                "healthy",
                0,
                null,
                null,
                null,
                null);
    }

    private static final class Holders implements AgentListener {
        private final List<String> told = new CopyOnWriteArrayList<>();

        /** Apart: the assignment of the session that every test begins with may still be on its way. */
        private final List<String> assigned = new CopyOnWriteArrayList<>();

        private final Map<String, String> last = new ConcurrentHashMap<>();

        @Override
        public void onHolder(Agent agent, @Nullable String connectionId) {
            told.add(connectionId == null ? "offline" : connectionId);
            last.put(agent.id(), connectionId == null ? "offline" : connectionId);
        }

        @Override
        public void onAssigned(String agentId, String sessionId) {
            assigned.add(agentId + " in " + sessionId);
        }
    }

    /** A link whose channels can be made to lose everything without anybody noticing. */
    private static final class DeafLink implements RedisLink {
        private final RedisLink target;
        private final AtomicInteger asked = new AtomicInteger();
        private final List<ChannelListener> listeners = new CopyOnWriteArrayList<>();
        private volatile boolean deaf;

        DeafLink(RedisLink target) {
            this.target = target;
        }

        @Override
        public CompletionStage<@Nullable Object> call(RedisFunction function, byte[] key, List<byte[]> args) {
            if (function == RedisFunction.ASSIGNED) {
                asked.incrementAndGet();
            }
            return target.call(function, key, args);
        }

        @Override
        public CompletionStage<Void> publish(Channel channel, byte[] payload) {
            return target.publish(channel, payload);
        }

        @Override
        public CompletionStage<AutoCloseable> subscribe(Channel channel, ChannelListener listener) {
            listeners.add(listener);
            return target.subscribe(channel, new ChannelListener() {
                @Override
                public void onMessage(byte[] payload) {
                    if (!deaf) {
                        listener.onMessage(payload);
                    }
                }

                @Override
                public void restored() {
                    listener.restored();
                }
            });
        }

        @Override
        public long nowMillis() {
            return target.nowMillis();
        }

        @Override
        public CompletionStage<Void> ping() {
            return target.ping();
        }

        @Override
        public CompletionStage<Void> close() {
            return target.close();
        }
    }
}
