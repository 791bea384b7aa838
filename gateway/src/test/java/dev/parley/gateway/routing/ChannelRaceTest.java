package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.store.ChannelStore;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * Publications, subscriptions, cuts and slow sockets race on real threads, each round from a seed: every reader gets every
 * message after its position once, in order, whatever happened between.
 */
class ChannelRaceTest {
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

    @ParameterizedTest(name = "{0} rounds, {1} of the hints lost")
    @CsvSource({"800, 0", "150, 0.1", "150, 0.6"})
    @DisplayName("no message is lost, doubled or reordered between what is kept and what is live")
    void handOver(int rounds, double loss) throws Exception {
        MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);
        for (int seed = 0; seed < rounds; seed++) {
            round(store, new LossyChannels(store.channels(), loss, seed), seed);
        }
    }

    private static void round(MemoryStore memory, LossyChannels channels, int seed) throws Exception {
        Random random = new Random(seed);
        String name = "race-" + seed;
        Store store = ChannelsStore.of(memory, channels);
        ChannelRouter router = new ChannelRouter(store, time);
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            readers.add(new Reader(router, name, loops[i % loops.length], random.nextLong()));
        }
        CountDownLatch written = new CountDownLatch(2);
        for (int w = 0; w < 2; w++) {
            int writer = w;
            long writerSeed = random.nextLong();
            writers.execute(() -> {
                Random pace = new Random(writerSeed);
                for (int m = 0; m < MESSAGES; m++) {
                    channels.publish(new ChannelStore.Publish(
                                    "default",
                                    name,
                                    writer + "-" + m,
                                    new ChannelMessage.From("ann", "user"),
                                    RawJson.of("" + m),
                                    "",
                                    Integer.MAX_VALUE))
                            .block();
                    if (pace.nextInt(4) == 0) {
                        Thread.onSpinWait();
                    }
                }
                written.countDown();
            });
        }
        for (Reader reader : readers) {
            reader.loop.execute(reader::subscribe);
        }
        assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();
        ChannelStore.Kept kept =
                Objects.requireNonNull(channels.after("default", name, 0).block());
        assertThat(kept.head() - kept.began()).isEqualTo(2 * MESSAGES - 1);
        channels.hint();
        for (Reader reader : readers) {
            reader.loop.execute(() -> reader.expect(kept.head()));
            assertThat(reader.done.await(30, TimeUnit.SECONDS))
                    .as("seed %d: reader at %d of %d, got %s", seed, reader.position, kept.head(), reader.got)
                    .isTrue();
            assertThat(reader.problem).as("seed %d", seed).isNull();
            assertThat(reader.got).as("seed %d", seed).hasSize(2 * MESSAGES);
        }
        for (Reader reader : readers) {
            reader.loop.submit(reader::leave).get(30, TimeUnit.SECONDS);
        }
        assertThat(router.localChannels())
                .as("interest left over, seed %d", seed)
                .isZero();
    }

    /** A client that is slow, is cut and comes back, from its position; everything on its loop. */
    private static final class Reader implements ChannelSink {
        private final ChannelRouter router;
        private final String channel;
        private final EventExecutor loop;
        private final Random random;
        private final Set<ChannelReader> behind = new HashSet<>();
        private final CountDownLatch done = new CountDownLatch(1);
        private final List<Long> got = new ArrayList<>();
        private @Nullable ChannelReader reader;
        private boolean room = true;
        private boolean subscribing;
        private int cutsLeft = 3;
        private volatile long position;
        private long target = Long.MAX_VALUE;
        private volatile @Nullable String problem;

        Reader(ChannelRouter router, String channel, EventExecutor loop, long seed) {
            this.router = router;
            this.channel = channel;
            this.loop = loop;
            this.random = new Random(seed);
        }

        void subscribe() {
            subscribing = true;
            router.subscribe("default", channel, this, position, 0)
                    .subscribe(
                            placed -> {
                                subscribing = false;
                                reader = placed;
                                if (placed.standing().gap() != null
                                        || (position > 0 && placed.standing().seq() != position)) {
                                    problem = placed.standing() + " for position " + position;
                                }
                                placed.start();
                                check();
                            },
                            failure -> problem = failure.toString());
        }

        void expect(long head) {
            target = head;
            check();
        }

        void leave() {
            if (reader != null) {
                reader.close();
            }
        }

        private void check() {
            if (problem != null || (position >= target && !subscribing)) {
                done.countDown();
            }
        }

        @Override
        public void push(Push push, @Nullable ByteBuf shared) {
            JsonNode params = Json.MAPPER.readTree(push.params().toByteArray());
            long seq = params.get("seq").asLong();
            got.add(seq);
            if (params.has("gap") || (position > 0 && seq != position + 1)) {
                problem = "after " + position + " came " + params;
            }
            position = seq;
            if (random.nextInt(6) == 0) {
                room = false;
                Runnable again = () -> {
                    room = true;
                    new ArrayList<>(behind).forEach(ChannelReader::onWritable);
                };
                // Sometimes at once, sometimes after others had their turn.
                loop.execute(random.nextBoolean() ? again : () -> loop.execute(again));
            }
            if (cutsLeft > 0 && random.nextInt(10) == 0) {
                cutsLeft--;
                loop.execute(() -> {
                    if (reader != null && !subscribing) {
                        reader.close();
                        reader = null;
                        subscribe();
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
        public void behind(ChannelReader one) {
            behind.add(one);
        }

        @Override
        public void caughtUp(ChannelReader one) {
            behind.remove(one);
        }
    }

    /** Channels whose hints get lost at random, or come twice. */
    private static final class LossyChannels implements ChannelStore {
        private final ChannelStore real;
        private final double loss;
        private final Random random;
        private final Set<ChannelListener> listeners = new HashSet<>();

        LossyChannels(ChannelStore real, double loss, long seed) {
            this.real = real;
            this.loss = loss;
            this.random = new Random(seed);
        }

        /** Tells that something may have been missed. */
        synchronized void hint() {
            listeners.forEach(ChannelListener::onReset);
        }

        private synchronized boolean chance() {
            return random.nextDouble() < loss;
        }

        @Override
        public Mono<Published> publish(Publish publish) {
            return real.publish(publish);
        }

        @Override
        public Mono<Kept> after(String workspaceId, String channel, long number) {
            return real.after(workspaceId, channel, number);
        }

        @Override
        public Mono<AutoCloseable> subscribe(String workspaceId, String channel, ChannelListener listener) {
            synchronized (this) {
                listeners.add(listener);
            }
            return real.subscribe(workspaceId, channel, new ChannelListener() {
                @Override
                public void onPublished(long number) {
                    if (!chance()) {
                        listener.onPublished(number);
                        if (chance()) {
                            listener.onPublished(number);
                        }
                    }
                }

                @Override
                public void onReset() {
                    listener.onReset();
                }
            });
        }
    }
}
