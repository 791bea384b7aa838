package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.netty.util.concurrent.EventExecutor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one run of one server. Commands are written in the order in which they are sent, and answered in that
 * order. It is never connected again: when it breaks, everything that was not answered is broken.
 * Safe for use from any thread; answers come on the driver's.
 */
final class ServerConnection {
    /** How much may wait for answers, in bytes of arguments: a server that is slower than its callers refuses the rest. */
    static final long MAX_BYTES = 64L << 20;
    /** How long replicas are waited for that were not there the last time, as all else waits with them. */
    private static final Duration GLANCE = Duration.ofMillis(20);
    /** How often they are waited for in earnest all the same: they may only have become slow. */
    private static final long IN_EARNEST_NANOS = 5_000_000_000L;

    private final ServerAddress address;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final int waitReplicas;
    private final Duration waitLimit;
    private final TimeSource time;
    private final Queue<Attempt> toWrite = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean writing = new AtomicBoolean();
    private final Queue<Attempt> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private volatile @Nullable EventExecutor loop;
    private volatile byte @Nullable [] scriptSha;
    private boolean handingOver;
    private boolean waitingForReplicas;
    private boolean replicasAway;
    private long waitedInEarnestNanos;
    private volatile ServerInfo info = new ServerInfo("");
    private volatile byte[] runId = new byte[0];

    /**
     * @param waitReplicas how many replicas have to have what was done before it is answered; 0 for none
     * @param waitLimit how long they are waited for
     */
    ServerConnection(
            ServerAddress address,
            StatefulRedisConnection<byte[], byte[]> connection,
            int waitReplicas,
            Duration waitLimit,
            TimeSource time) {
        this.address = address;
        this.connection = connection;
        this.waitReplicas = waitReplicas;
        this.waitLimit = waitLimit;
        this.time = time;
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                ended.complete("the connection to " + address + " was lost");
            }
        });
        ended.thenRun(() -> LettuceDriver.release(connection));
    }

    ServerAddress address() {
        return address;
    }

    /** What the server said of itself when the connection was made. */
    ServerInfo info() {
        return info;
    }

    /** The id of the run of the server that this connection leads to; the same as long as it is open. */
    byte[] runId() {
        return runId;
    }

    void identified(ServerInfo is) {
        info = is;
        runId = is.runId();
    }

    /** The digest that the library is called by as a script; null where it is called as functions. */
    byte @Nullable [] scriptSha() {
        return scriptSha;
    }

    void callsFunctions() {
        scriptSha = null;
    }

    void callsScript(byte[] sha) {
        scriptSha = sha;
    }

    boolean isOpen() {
        return !ended.isDone() && connection.isOpen();
    }

    /** Completes with the reason when it has ended. */
    CompletableFuture<String> ended() {
        return ended;
    }

    /** Why it ended. */
    String end() {
        return ended.getNow("the connection to " + address + " was lost");
    }

    /**
     * Sends a command. What is sent first is written first, whichever threads send: all is written by the connection's own.
     *
     * @return null when it was taken, and will be answered or broken; otherwise why it was not
     */
    @Nullable String send(Attempt attempt) {
        if (!isOpen()) {
            return end();
        }
        if (waitingBytes.addAndGet(attempt.size()) > MAX_BYTES) {
            waitingBytes.addAndGet(-attempt.size());
            return address + " is slower than it is asked";
        }
        attempt.sentTo(this, time.nanoTime());
        waiting.add(attempt);
        toWrite.add(attempt);
        EventExecutor executor = loop;
        if (executor == null) {
            write();
        } else if (writing.compareAndSet(false, true)) {
            try {
                executor.execute(this::write);
            } catch (RejectedExecutionException e) {
                write(); // the driver was closed, so all are refused
            }
        }
        return null;
    }

    /** Told with the first command where the connection lives. */
    void livesOn(EventExecutor executor) {
        if (loop == null) {
            loop = executor;
        }
    }

    /** Whether the driver is just being given commands, on the calling thread. */
    boolean isHandingOver() {
        return handingOver;
    }

    /** Sends a command of the link's own; fails with {@link LinkFailure} when it is refused or broken. */
    CompletableFuture<@Nullable Object> ask(ProtocolKeyword command, String... words) {
        CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
        var args = Attempt.args();
        int size = 64;
        for (String word : words) {
            args.add(word.getBytes(StandardCharsets.UTF_8));
            size += word.length();
        }
        Attempt attempt = new Attempt(command, args, size) {
            @Override
            void answered(@Nullable Object result, @Nullable String error) {
                if (error == null) {
                    answer.complete(result);
                } else {
                    answer.completeExceptionally(new LinkFailure(error, false));
                }
            }

            @Override
            void broken(boolean written) {
                answer.completeExceptionally(new LinkFailure(end(), false));
            }
        };
        String refused = send(attempt);
        if (refused != null) {
            answer.completeExceptionally(new LinkFailure(refused, false));
        }
        return answer;
    }

    /** The command that has waited longest for its answer; null when none waits. */
    @Nullable Attempt oldest() {
        return waiting.peek();
    }

    /** All commands that wait for answers, the one that has waited longest first. */
    Iterable<Attempt> waiting() {
        return waiting;
    }

    /** Ends it: everything that was not answered is broken, soon. */
    void close(String why) {
        ended.complete(why);
    }

    void left(Attempt attempt) {
        waitingBytes.addAndGet(-attempt.size());
        // Answers come in order, so it stands at or near the head.
        waiting.remove(attempt);
    }

    /** On the connection's thread, but for the first command: hands over what was sent since. */
    private void write() {
        writing.set(false);
        if (waitingForReplicas && isOpen()) {
            return;
        }
        List<Attempt> batch = new ArrayList<>();
        for (Attempt next = toWrite.poll(); next != null; next = toWrite.poll()) {
            batch.add(next);
        }
        if (!isOpen()) {
            batch.forEach(Attempt::refuse);
            return;
        }
        if (waitReplicas > 0 && batch.stream().anyMatch(Attempt::promises)) {
            waitFor(batch);
        }
        handingOver = true;
        try {
            if (batch.size() == 1) {
                connection.dispatch(batch.get(0));
            } else if (!batch.isEmpty()) {
                connection.dispatch(batch);
            }
        } finally {
            handingOver = false;
        }
    }

    /** Has the replicas waited for at the end of a batch. */
    private void waitFor(List<Attempt> batch) {
        long now = time.nanoTime();
        boolean glance =
                replicasAway && now - waitedInEarnestNanos < IN_EARNEST_NANOS && waitLimit.compareTo(GLANCE) > 0;
        if (!glance) {
            waitedInEarnestNanos = now;
        }
        ReplicaWait wait = new ReplicaWait(waitReplicas, glance ? GLANCE : waitLimit, this::waited);
        batch.stream().filter(Attempt::promises).forEach(attempt -> attempt.answeredAfter(wait));
        batch.add(wait);
        wait.sentTo(this, now);
        waitingBytes.addAndGet(wait.size());
        waiting.add(wait);
        waitingForReplicas = true;
    }

    private void waited(boolean areThere) {
        waitingForReplicas = false;
        replicasAway = !areThere;
        write();
    }
}
