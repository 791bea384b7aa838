package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.protocol.agent.ChannelParams.Subscribed;
import dev.parley.store.ChannelStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

@DisplayName("readers of channels")
class ChannelReaderTest {
    private final ManualTime time = new ManualTime();
    private final Channels channels = new Channels();
    private final ChannelRouter router =
            new ChannelRouter(ChannelsStore.of(new MemoryStore(time, StoreSettings.DEFAULT), channels), time);
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final List<Sink> sinks = new ArrayList<>();

    @AfterEach
    void nothingIsLeft() {
        sinks.forEach(sink -> sink.reader.close());
        assertThat(router.localChannels()).isZero();
        assertThat(channels.listeners).isEmpty();
        assertThat(sinks).allMatch(sink -> sink.behind.isEmpty());
    }

    @Test
    @DisplayName(
            "who has no room gets nothing, and all of it in order once there is some; who has room does not wait for them")
    void slow() {
        Sink slow = subscribe("c1", null);
        Sink quick = subscribe("c2", null);
        slow.room = 0;
        for (int i = 1; i <= 5; i++) {
            channels.publish("m" + i, "");
        }
        assertThat(quick.take()).containsExactly("m1", "m2", "m3", "m4", "m5");
        assertThat(slow.take()).isEmpty();
        assertThat(slow.reader.hasLagged()).isTrue();
        slow.writable(2);
        assertThat(slow.take()).containsExactly("m1", "m2");
        channels.publish("m6", "");
        assertThat(slow.take()).isEmpty();
        slow.writable(100);
        assertThat(slow.take()).containsExactly("m3", "m4", "m5", "m6");
        assertThat(slow.behind).isEmpty();
        channels.publish("m7", "");
        assertThat(slow.take()).containsExactly("m7");
        assertThat(quick.take()).containsExactly("m6", "m7");
    }

    @Test
    @DisplayName(
            "what was let go of before there was room is told as a gap, once, and with the next message if it was one's own")
    void evicted() {
        Sink slow = subscribe("c1", null);
        Sink publisher = subscribe("c2", null);
        slow.room = 0;
        publisher.room = 0;
        channels.publish("m1", "");
        for (int i = 2; i <= 102; i++) {
            channels.publish("m" + i, i == 3 ? "c2" : "");
        }
        slow.writable(1_000);
        assertThat(slow.take())
                .startsWith("m3 gap", "m4", "m5")
                .endsWith("m102")
                .hasSize(100);
        publisher.writable(1_000);
        assertThat(publisher.take()).startsWith("m4 gap", "m5").endsWith("m102").hasSize(99);
    }

    @Test
    @DisplayName("what the store lost is a gap before the next message, whether it had been pushed or not")
    void lost() {
        channels.publish("m1", "");
        Sink sink = subscribe("c1", null);
        channels.publish("m2", "");
        long head = channels.head();
        assertThat(sink.take()).containsExactly("m1", "m2");
        channels.lose(1);
        channels.listeners.forEach(ChannelStore.ChannelListener::onReset);
        assertThat(sink.take()).isEmpty();
        Sink back = subscribe("c2", head);
        assertThat(back.standing).isEqualTo(new Subscribed("news", head - 1, true));
        channels.publish("m3", "");
        assertThat(sink.take()).containsExactly("m3 gap");
        assertThat(back.take()).containsExactly("m3 gap");
        channels.publish("m4", "");
        assertThat(sink.take()).containsExactly("m4");
        assertThat(back.take()).containsExactly("m4");
    }

    @Test
    @DisplayName("a hint that got lost is made up for by the next one; a store that is away, by asking again")
    void hints() {
        Sink sink = subscribe("c1", null);
        channels.silent = true;
        channels.publish("m1", "");
        assertThat(sink.take()).isEmpty();
        channels.silent = false;
        channels.publish("m2", "");
        assertThat(sink.take()).containsExactly("m1", "m2");
        channels.away = true;
        channels.publish("m3", "");
        assertThat(sink.take()).isEmpty();
        channels.away = false;
        time.advance(Duration.ofSeconds(1));
        assertThat(sink.take()).containsExactly("m3");
        sink.room = 0;
        channels.publish("m4", "");
        assertThat(sink.take()).isEmpty();
        channels.away = true;
        sink.writable(10);
        assertThat(sink.take()).isEmpty();
        assertThat(sink.reader.hasLagged())
                .as("slow, though it waits for the store")
                .isFalse();
        channels.away = false;
        time.advance(Duration.ofSeconds(1));
        assertThat(sink.take()).containsExactly("m4");
        assertThat(sink.behind).isEmpty();
    }

    @Test
    @DisplayName("a subscription that fails leaves nothing behind")
    void failed() {
        channels.away = true;
        Sink sink = new Sink("c1");
        List<Throwable> failures = new ArrayList<>();
        router.subscribe("default", "news", sink, null, 100).subscribe(reader -> {}, failures::add);
        loop.runPendingTasks();
        assertThat(failures)
                .hasOnlyElementsOfType(StoreException.Unavailable.class)
                .hasSize(1);
        channels.away = false;
        assertThat(router.localChannels()).isZero();
    }

    @Test
    @DisplayName("a workspace hears nothing of another's channel of the same name")
    void workspaces() {
        Sink here = subscribe("c1", null);
        Sink there = new Sink("c2");
        subscribe("other", there, null);
        channels.publish("m1", "");
        assertThat(here.take()).containsExactly("m1");
        assertThat(there.take()).isEmpty();
        assertThat(there.standing).isEqualTo(new Subscribed("news", 0, null));
    }

    private Sink subscribe(String connectionId, @Nullable Long seq) {
        Sink sink = new Sink(connectionId);
        subscribe("default", sink, seq);
        return sink;
    }

    private void subscribe(String workspaceId, Sink sink, @Nullable Long seq) {
        router.subscribe(workspaceId, "news", sink, seq, 100).subscribe(reader -> {
            sink.reader = reader;
            sink.standing = reader.standing();
            reader.start();
        });
        loop.runPendingTasks();
        sinks.add(sink);
    }

    /** A sink with room for so many pushes. */
    @SuppressWarnings("NullAway.Init")
    private final class Sink implements ChannelSink {
        private final String connectionId;
        private final List<String> pushes = new ArrayList<>();
        private final Set<ChannelReader> behind = new LinkedHashSet<>();
        private int room = 1_000;
        private ChannelReader reader;
        private Subscribed standing;

        Sink(String connectionId) {
            this.connectionId = connectionId;
        }

        void writable(int pushesMore) {
            room = pushesMore;
            List.copyOf(behind).forEach(ChannelReader::onWritable);
        }

        /** The ids of what came since the last call, after running the loop. */
        List<String> take() {
            loop.runPendingTasks();
            List<String> taken = List.copyOf(pushes);
            pushes.clear();
            return taken;
        }

        @Override
        public EventExecutor loop() {
            return loop.eventLoop();
        }

        @Override
        public String connectionId() {
            return connectionId;
        }

        @Override
        public boolean writable() {
            return room > 0;
        }

        @Override
        public void push(Push push, @Nullable ByteBuf shared) {
            JsonNode params = Json.MAPPER.readTree(push.params().toByteArray());
            pushes.add(params.get("id").asString() + (params.has("gap") ? " gap" : ""));
            room--;
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

    /** The channel {@code news} of the workspace {@code default}, whose last messages get lost when a test says so. */
    private static final class Channels implements ChannelStore {
        private final List<Entry> kept = new ArrayList<>();
        private final List<ChannelListener> listeners = new ArrayList<>();
        private final Map<ChannelListener, String> workspaces = new LinkedHashMap<>();
        private long next = 1_000;
        private boolean silent;
        private boolean away;

        void publish(String id, String origin) {
            ChannelMessage message = new ChannelMessage(
                    "news", new ChannelMessage.From("ann", "user"), RawJson.of("1"), id, Instant.EPOCH, next++, null);
            kept.add(new Entry(message, origin));
            if (kept.size() > KEPT) {
                kept.remove(0);
            }
            if (!silent) {
                List.copyOf(listeners).stream()
                        .filter(listener -> "default".equals(workspaces.get(listener)))
                        .forEach(listener -> listener.onPublished(message.seq()));
            }
        }

        void lose(int last) {
            kept.subList(kept.size() - last, kept.size()).clear();
            next += 1_000_000;
        }

        long head() {
            return kept.isEmpty() ? 0 : kept.get(kept.size() - 1).number();
        }

        @Override
        public Mono<Published> publish(Publish publish) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Kept> after(String workspaceId, String channel, long number) {
            return Mono.fromSupplier(() -> {
                if (away) {
                    throw new StoreException.Unavailable("away", false);
                }
                if (!workspaceId.equals("default") || kept.isEmpty()) {
                    return new Kept(List.of(), 0, 0);
                }
                List<Entry> entries =
                        kept.stream().filter(entry -> entry.number() > number).toList();
                return new Kept(entries, head(), 1_000);
            });
        }

        @Override
        public Mono<AutoCloseable> subscribe(String workspaceId, String channel, ChannelListener listener) {
            return Mono.fromSupplier(() -> {
                listeners.add(listener);
                workspaces.put(listener, workspaceId);
                return () -> listeners.remove(listener);
            });
        }
    }
}
