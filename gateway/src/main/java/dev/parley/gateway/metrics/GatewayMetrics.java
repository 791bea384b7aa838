package dev.parley.gateway.metrics;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore;
import dev.parley.time.TimeSource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Every meter of the gateway. What is counted on hot paths is a {@link LongAdder}, read when somebody scrapes. Safe for use
 * from any thread.
 */
public final class GatewayMetrics implements AutoCloseable {
    private static final long LOOP_PROBE_MILLIS = 1_000;
    private static final Duration[] LATENESS_BUCKETS = millis(1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000);
    private static final Duration[] LAG_BUCKETS = millis(1, 5, 10, 25, 50, 100, 250, 1_000);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final TimeSource time;
    private final LongAdder connectionsOpened = new LongAdder();
    private final LongAdder connectionsClosed = new LongAdder();
    private final LongAdder messages = new LongAdder();
    private final LongAdder deliveries = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder followersMissed = new LongAdder();
    private final Map<ErrorCode, Counter> rejected = new EnumMap<>(ErrorCode.class);
    private final Map<CloseCode, Counter> socketsClosed = new EnumMap<>(CloseCode.class);
    private final Timer lateness;
    private final Timer loopLag;
    private final List<TimeSource.Cancellable> probes = new ArrayList<>();
    private volatile boolean closed;
    private volatile SessionStore.Counts counts = new SessionStore.Counts(new long[SessionStatus.values().length], 0);

    /** Binds all meters. */
    public GatewayMetrics(TimeSource time) {
        this.time = time;
        Gauge.builder("parley.connections", this, GatewayMetrics::openConnections)
                .description("WebSocket connections that are open")
                .register(registry);
        counter("parley.connections.opened", "WebSocket connections since the start", connectionsOpened);
        counter("parley.messages", "Messages stored since the start", messages);
        counter("parley.deliveries", "Pushes written to connections since the start", deliveries);
        counter("parley.http.requests", "HTTP requests since the start", requests);
        counter(
                "parley.followers.missed",
                "Session events since the start for which a follower's inbox had no room",
                followersMissed);
        SessionStatus[] statuses = SessionStatus.values();
        for (int i = 0; i < statuses.length; i++) {
            int place = i;
            Gauge.builder("parley.sessions", this, metrics -> metrics.counts.byStatus()[place])
                    .tag("status", statuses[place].wireName())
                    .description("Sessions that the store holds, by status")
                    .register(registry);
        }
        Gauge.builder("parley.sessions.expiring.soon", this, metrics -> metrics.counts.expiringSoon())
                .description("Live sessions near their end")
                .register(registry);
        for (ErrorCode code : ErrorCode.values()) {
            rejected.put(
                    code,
                    Counter.builder("parley.rejected")
                            .tag("code", code.name())
                            .description("Requests refused since the start, by error code")
                            .register(registry));
        }
        for (CloseCode code : CloseCode.values()) {
            socketsClosed.put(
                    code,
                    Counter.builder("parley.sockets.closed")
                            .tag("code", Integer.toString(code.code()))
                            .description("WebSockets closed by the gateway since the start, by close code")
                            .register(registry));
        }
        lateness = Timer.builder("parley.deadline.lateness")
                .description("By how much warnings and ends of sessions were late")
                .serviceLevelObjectives(LATENESS_BUCKETS)
                .register(registry);
        loopLag = Timer.builder("parley.event.loop.lag")
                .description("How long a task waits for its event loop")
                .serviceLevelObjectives(LAG_BUCKETS)
                .register(registry);
    }

    /** A WebSocket was opened. */
    public void connectionOpened() {
        connectionsOpened.increment();
    }

    /** A WebSocket was closed. */
    public void connectionClosed() {
        connectionsClosed.increment();
    }

    /** How many WebSockets are open. */
    public long openConnections() {
        return connectionsOpened.sum() - connectionsClosed.sum();
    }

    /** A message was stored. */
    public void messageStored() {
        messages.increment();
    }

    /** Pushes were written to connections. */
    public void delivered(int pushes) {
        deliveries.add(pushes);
    }

    /** An HTTP request came in. */
    public void httpRequest() {
        requests.increment();
    }

    /** A follower's inbox had no room for an event of a session. */
    public void followerMissed() {
        followersMissed.increment();
    }

    /** A request was refused, or failed. */
    public void rejected(ErrorCode code) {
        Counter counter = rejected.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    /** The gateway closed a WebSocket. */
    public void socketClosed(CloseCode code) {
        Counter counter = socketsClosed.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    /** A warning or an end was given, this late; in milliseconds. */
    public void deadlineLateness(long millis) {
        lateness.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** Where to read what waits: bytes in outgoing queues, attachments that are behind. Called when somebody scrapes. */
    public void bindQueues(LongSupplier outboundBytes, LongSupplier laggingAttachments) {
        Gauge.builder("parley.outbound.bytes", outboundBytes, LongSupplier::getAsLong)
                .strongReference(true)
                .baseUnit("bytes")
                .description("Bytes that wait in outgoing queues")
                .register(registry);
        Gauge.builder("parley.attachments.lagging", laggingAttachments, LongSupplier::getAsLong)
                .strongReference(true)
                .description("Attachments that are behind and fed from the log")
                .register(registry);
    }

    /** Measures from now on, once a second, how long a task waits for each of these loops. */
    public void watchLoops(Iterable<? extends Executor> loops) {
        for (Executor loop : loops) {
            probeLater(loop, probes.size());
        }
    }

    /** A histogram of one kind of store call; made once per kind. */
    Timer storeTimer(String call) {
        return Timer.builder("parley.store.latency")
                .tag("call", call)
                .description("Time until the store answered, by call; of frequent calls a sample")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofNanos(1_000))
                .maximumExpectedValue(Duration.ofSeconds(10))
                .register(registry);
    }

    /** What the store counted last; the sessions' gauges show it. */
    public void sessionCounts(SessionStore.Counts now) {
        counts = now;
    }

    /** All meters in the text format of Prometheus. */
    public String scrape() {
        return registry.scrape();
    }

    /** Stops measuring. */
    @Override
    public void close() {
        closed = true;
        synchronized (probes) {
            probes.forEach(TimeSource.Cancellable::cancel);
        }
        registry.close();
    }

    private void probeLater(Executor loop, int slot) {
        synchronized (probes) {
            if (closed) {
                return;
            }
            TimeSource.Cancellable probe = time.schedule(LOOP_PROBE_MILLIS, () -> {
                long asked = time.nanoTime();
                try {
                    loop.execute(() -> {
                        loopLag.record(time.nanoTime() - asked, TimeUnit.NANOSECONDS);
                        probeLater(loop, slot);
                    });
                } catch (RejectedExecutionException stopped) {
                    // The loop has ended, and its probe with it.
                }
            });
            if (slot == probes.size()) {
                probes.add(probe);
            } else {
                probes.set(slot, probe);
            }
        }
    }

    private void counter(String name, String description, LongAdder adder) {
        FunctionCounter.builder(name, adder, LongAdder::sum)
                .description(description)
                .register(registry);
    }

    private static Duration[] millis(int... values) {
        Duration[] durations = new Duration[values.length];
        for (int i = 0; i < values.length; i++) {
            durations[i] = Duration.ofMillis(values[i]);
        }
        return durations;
    }
}
