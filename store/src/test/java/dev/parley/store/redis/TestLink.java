package dev.parley.store.redis;

import dev.parley.store.StoreException;
import dev.parley.time.SystemTime;
import dev.parley.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * A link with a library of three functions: APPEND adds a text to the list of its key and answers the run id that it was told
 * and the length, READ answers the list, VOID fails with its argument. Blocks; for the thread of a test.
 */
final class TestLink implements AutoCloseable {
    static final String SOURCE = """
            local functions = {}
            function functions.append(keys, args)
              local length = redis.call('RPUSH', keys[1] .. 'list', args[2])
              return {args[1], length}
            end
            function functions.read(keys, args)
              return redis.call('LRANGE', keys[1] .. 'list', 0, -1)
            end
            functions['void'] = function(keys, args)
              return redis.error_reply(args[2])
            end
            if redis.register_function then
              redis.register_function('test_v1_append', functions.append)
              redis.register_function('test_v1_read', functions.read)
              redis.register_function('test_v1_void', functions['void'])
            else
              local args = {}
              for i = 2, #ARGV do args[i - 1] = ARGV[i] end
              return functions[ARGV[1]](KEYS, args)
            end
            """;
    static final Library LIBRARY = new Library("test_v1", SOURCE);

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final SystemTime SHARED_TIME = new SystemTime();

    final LettuceLink link;
    private final SystemTime time;
    private @Nullable ShiftedTime shifted;

    TestLink(String url) {
        this(url, new SystemTime());
    }

    private TestLink(String url, SystemTime time) {
        this(url, time, time);
    }

    private TestLink(String url, SystemTime real, TimeSource shown) {
        time = real;
        try {
            link = (LettuceLink) get(LettuceLink.open(RedisUrl.parse(url), LIBRARY, shown));
        } catch (RuntimeException e) {
            real.close();
            throw e;
        }
    }

    /** A link with the store's own library. */
    static LettuceLink ofStore(String url) {
        return ofStore(url, 0);
    }

    /** The same, but for waiting for replicas. */
    static LettuceLink ofStore(String url, int waitReplicas) {
        RedisUrl waiting = RedisUrl.parse(url).waitingFor(waitReplicas);
        return (LettuceLink) get(LettuceLink.open(waiting, Library.ofThisVersion(), SHARED_TIME));
    }

    /** A link on a host whose clock is wrong by so many milliseconds. */
    static TestLink onWrongClock(String url, long offMillis) {
        ShiftedTime time = new ShiftedTime();
        time.offMillis = offMillis;
        return new TestLink(url, time.real, time);
    }

    /** A link of a process that {@link #sleep} can stop. */
    static TestLink thatSleeps(String url) {
        ShiftedTime time = new ShiftedTime();
        TestLink link = new TestLink(url, time.real, time);
        link.shifted = time;
        return link;
    }

    /**
     * Has so much time passed all at once, as it has for a process that was stopped and goes on. Returns when the link has
     * looked at the clock several times since.
     */
    void sleep(Duration passed) {
        ShiftedTime time = Objects.requireNonNull(shifted);
        time.asleepNanos.addAndGet(passed.toNanos());
        int until = time.scheduled.get() + 3;
        RedisServers.await("looks at the clock", SOON, () -> time.scheduled.get() > until);
    }

    /** Appends and does not wait. */
    CompletionStage<@Nullable Object> appending(String key, String text) {
        return link.call(RedisFunction.APPEND, key(key), List.of(bytes(text)));
    }

    /** Appends; the run id that the function was told. */
    String append(String key, String text) {
        List<?> answer = (List<?>) Objects.requireNonNull(get(appending(key, text)));
        return text((byte[]) Objects.requireNonNull(answer.get(0)));
    }

    /** What the list of a key has. */
    List<String> read(String key) {
        List<?> answer = (List<?>) Objects.requireNonNull(get(link.call(RedisFunction.READ, key(key), List.of())));
        return answer.stream().map(item -> text((byte[]) item)).toList();
    }

    /** Why a call failed. */
    static StoreException.Unavailable failure(CompletionStage<?> call) {
        try {
            get(call);
        } catch (StoreException.Unavailable e) {
            return e;
        }
        throw new AssertionError("the call succeeded");
    }

    /** The answer of a call, or its failure. */
    static <T extends @Nullable Object> T get(CompletionStage<T> call) {
        try {
            return call.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw new AssertionError("no answer within 30 s", e);
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Subscribes, again and again as a store does while a busy machine takes longer than the time-out. */
    Heard listen(RedisLink.Channel channel) {
        Heard heard = new Heard();
        untilDone(
                "the subscription to " + channel.name(),
                () -> heard.subscription = get(link.subscribe(channel, heard)));
        return heard;
    }

    /**
     * Sends to a channel until what was sent is heard. What is sent while the subscription is away is lost, but then the
     * listener is told that something may be: neither of both fails.
     */
    void tell(RedisLink.Channel channel, Heard heard, String text) {
        while (!heard.messages.contains(text)) {
            int restored = heard.restored.get();
            untilDone("the way to " + channel.name(), () -> get(link.publish(channel, bytes(text))));
            RedisServers.await(
                    text + ", or that something may be lost",
                    SOON,
                    () -> heard.messages.contains(text) || heard.restored.get() > restored);
        }
    }

    private static void untilDone(String what, Runnable call) {
        RedisServers.await(what, SOON, () -> {
            try {
                call.run();
                return true;
            } catch (StoreException.Unavailable e) {
                return false;
            }
        });
    }

    @Override
    public void close() {
        get(link.close());
        time.close();
    }

    static byte[] key(String name) {
        return bytes("test:{" + name + "}:");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** What was heard of a channel. */
    static final class Heard implements RedisLink.ChannelListener {
        final Queue<String> messages = new ConcurrentLinkedQueue<>();
        final AtomicInteger restored = new AtomicInteger();

        @Nullable AutoCloseable subscription;

        @Override
        public void onMessage(byte[] payload) {
            messages.add(text(payload));
        }

        @Override
        public void restored() {
            restored.incrementAndGet();
        }
    }

    /** Real time, but for a host's wrong clock, and for time that passes while nothing runs. */
    private static final class ShiftedTime implements TimeSource {
        private final SystemTime real = new SystemTime();
        private final AtomicLong asleepNanos = new AtomicLong();
        private final AtomicInteger scheduled = new AtomicInteger();
        private volatile long offMillis;

        @Override
        public long nowMillis() {
            return real.nowMillis() + offMillis;
        }

        @Override
        public long nanoTime() {
            return real.nanoTime() + asleepNanos.get();
        }

        @Override
        public Cancellable schedule(long delayMillis, Runnable task) {
            scheduled.incrementAndGet();
            return real.schedule(delayMillis, task);
        }

        @Override
        public Scheduler scheduler() {
            return real.scheduler();
        }
    }
}
