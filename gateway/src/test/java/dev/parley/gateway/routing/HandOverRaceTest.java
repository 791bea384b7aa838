package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import dev.parley.store.Store;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.SystemTime;
import io.netty.buffer.ByteBuf;
import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/**
 * Appends, attaches, cuts and slow sockets race on real threads, thousands of times, each round from a seed: every reader gets
 * every entry after its position once, in order, whatever happened between.
 */
class HandOverRaceTest {
    private static final int ROUNDS = 10_000;
    private static final int MESSAGES = 16;
    private static final int READERS = 3;

    private static DefaultEventLoop[] loops;
    private static ExecutorService writers;
    private static SystemTime time;

    @BeforeAll
    static void open() {
        loops = new DefaultEventLoop[] {new DefaultEventLoop(), new DefaultEventLoop()};
        writers = Executors.newFixedThreadPool(2);
        time = new SystemTime();
    }

    @AfterAll
    static void close() {
        for (DefaultEventLoop loop : loops) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
        writers.shutdownNow();
        time.close();
    }

    @Test
    @DisplayName("no entry is lost, doubled or reordered between replay and live, in 10,000 seeded rounds")
    void handOver() throws Exception {
        MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);
        for (int seed = 0; seed < ROUNDS; seed++) {
            round(store, store.log(), seed, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.5})
    @DisplayName("a feed that drops and repeats events is only a hint: the log fills what is missing")
    void lossyFeed(double loss) throws Exception {
        MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);
        for (int seed = 0; seed < ROUNDS / 10; seed++) {
            round(store, new LossyLog(store.log(), loss, seed), seed, loss);
        }
    }

    private static void round(MemoryStore memory, EventLog log, int seed, double loss) throws Exception {
        Random random = new Random(seed);
        String id = "race-" + seed;
        memory.sessions().create(TestSessions.create(id, memory.nowMillis())).block();
        Store store = new LogStore(memory, log);
        SessionRouter router = new SessionRouter(store, time);
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            readers.add(new Reader(router, id, loops[i % loops.length], random.nextLong()));
        }
        CountDownLatch written = new CountDownLatch(2);
        for (int w = 0; w < 2; w++) {
            int writer = w;
            long writerSeed = random.nextLong();
            writers.execute(() -> {
                Random pace = new Random(writerSeed);
                for (int m = 0; m < MESSAGES; m++) {
                    log.append(new EventLog.Append(
                                    id, writer + "-" + m, "u", null, null, RawJson.of("{\"m\":" + m + "}"), -1))
                            .block();
                    if (pace.nextInt(4) == 0) {
                        Thread.onSpinWait();
                    }
                }
                written.countDown();
            });
        }
        for (Reader reader : readers) {
            reader.loop.execute(reader::attach);
        }
        assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();
        long head = Objects.requireNonNull(memory.sessions().load(id).block())
                .state()
                .head();
        assertThat(head).isEqualTo(1 + 2 * MESSAGES);
        for (Reader reader : readers) {
            reader.loop.execute(() -> reader.expect(head));
            if (loss > 0) {
                ((LossyLog) log).hint();
            }
            assertThat(reader.done.await(30, TimeUnit.SECONDS))
                    .as("seed %d: reader at %d of %d, got %s", seed, reader.position, head, reader.got)
                    .isTrue();
            assertThat(reader.problem).as("seed %d", seed).isNull();
        }
        for (Reader reader : readers) {
            reader.loop.submit(reader::leave).get(30, TimeUnit.SECONDS);
        }
        assertThat(router.localSessions())
                .as("interest left over, seed %d", seed)
                .isZero();
        memory.sessions().delete(id, "delete-" + id, null).block();
    }

    /** A client that is slow, is cut and comes back, from its position; everything on its loop. */
    private static final class Reader implements PushSink {
        private final SessionRouter router;
        private final String sessionId;
        private final EventExecutor loop;
        private final Random random;
        private final Set<Attachment> behind = new HashSet<>();
        private final CountDownLatch done = new CountDownLatch(1);
        private final List<Long> got = new ArrayList<>();
        private @Nullable Attachment attachment;
        private boolean room = true;
        private boolean attaching;
        private int cutsLeft = 3;
        private volatile long position;
        private long target = Long.MAX_VALUE;
        private volatile @Nullable String problem;

        Reader(SessionRouter router, String sessionId, EventExecutor loop, long seed) {
            this.router = router;
            this.sessionId = sessionId;
            this.loop = loop;
            this.random = new Random(seed);
        }

        void attach() {
            attaching = true;
            router.attach(
                            sessionId,
                            this,
                            new SessionRouter.AttachRequest("reader", null, position, false, TestSessions.ADMIT_ALL))
                    .subscribe(
                            attached -> {
                                attaching = false;
                                attachment = attached;
                                if (!Objects.equals(attached.entry().seq(), position)
                                        || attached.entry().gap() != null) {
                                    problem = "entry " + attached.entry() + " for position " + position;
                                }
                                attached.start();
                                check();
                            },
                            failure -> problem = failure.toString());
        }

        void expect(long head) {
            target = head;
            check();
        }

        void leave() {
            if (attachment != null) {
                attachment.close();
            }
        }

        private void check() {
            if (problem != null || position >= target) {
                done.countDown();
            }
        }

        @Override
        public void push(Push push, @Nullable ByteBuf shared) {
            if (!push.method().equals("message") && !push.method().equals("session.created")) {
                if (!push.method().equals("session.renewed")) {
                    problem = "unexpected " + push.method() + " " + push.params();
                }
                return;
            }
            long seq =
                    Json.MAPPER.readTree(push.params().toByteArray()).get("seq").asLong();
            got.add(seq);
            if (seq != position + 1) {
                problem = "after " + position + " came " + seq;
            }
            position = seq;
            if (random.nextInt(6) == 0) {
                room = false;
                Runnable again = () -> {
                    room = true;
                    new ArrayList<>(behind).forEach(Attachment::onWritable);
                };
                // Sometimes at once, sometimes after others had their turn.
                loop.execute(random.nextBoolean() ? again : () -> loop.execute(again));
            }
            if (cutsLeft > 0 && random.nextInt(10) == 0) {
                cutsLeft--;
                loop.execute(() -> {
                    if (attachment != null && !attaching) {
                        attachment.close();
                        attachment = null;
                        attach();
                    }
                });
            }
            check();
        }

        @Override
        public EventExecutor loop() {
            return loop;
        }

        @Override
        public String connectionId() {
            return "reader";
        }

        @Override
        public boolean writable() {
            return room;
        }

        @Override
        public void behind(Attachment one) {
            behind.add(one);
        }

        @Override
        public void caughtUp(Attachment one) {
            behind.remove(one);
        }

        @Override
        public void fellOff(Attachment one) {
            problem = "fell off";
        }

        @Override
        public void gone(Attachment one) {
            problem = "gone";
        }
    }

    /** A log whose feed loses and repeats events at random, and tells the state later, as a remote one may. */
    private static final class LossyLog extends ForwardingLog {
        private final double loss;
        private final Random random;
        private final List<Hinted> hinted = new ArrayList<>();

        LossyLog(EventLog real, double loss, long seed) {
            super(real);
            this.loss = loss;
            this.random = new Random(seed);
        }

        void hint() {
            List<Hinted> now;
            synchronized (this) {
                now = List.copyOf(hinted);
            }
            now.forEach(Hinted::tell);
        }

        @Override
        public Mono<Subscription> subscribe(String sessionId, FeedListener listener) {
            Hinted lossy = new Hinted(listener);
            synchronized (this) {
                hinted.add(lossy);
            }
            return super.subscribe(sessionId, lossy);
        }

        private synchronized double chance() {
            return random.nextDouble();
        }

        private final class Hinted implements FeedListener {
            private final FeedListener real;
            private final AtomicLong furthest = new AtomicLong();
            private @Nullable SessionState last;

            Hinted(FeedListener real) {
                this.real = real;
            }

            synchronized void tell() {
                if (last != null) {
                    real.onState(last);
                }
            }

            @Override
            public synchronized void onEvent(LoggedEvent event, SessionState state) {
                last = state;
                furthest.set(event.seq());
                double chance = chance();
                if (chance >= loss) {
                    real.onEvent(event, state);
                }
                if (chance > 0.95) {
                    real.onEvent(event, state);
                }
            }

            @Override
            public synchronized void onState(SessionState state) {
                last = state;
                real.onState(state);
            }

            @Override
            public void onSignal(Signal signal) {
                real.onSignal(signal);
            }

            @Override
            public void onDeleted(@Nullable LoggedEvent farewell) {
                real.onDeleted(farewell);
            }

            @Override
            public synchronized void onReset(SessionState state) {
                real.onReset(state);
            }
        }
    }
}
