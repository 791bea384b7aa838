package dev.parley.loadtest.micro;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.SystemTime;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Appending messages to sessions of the embedded store whose logs are full, without subscribers. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AppendBenchmark {
    private static final int SESSIONS = 500;
    private static final int ANY_MEMBERSHIP = -1;

    private final MemoryStore store = new MemoryStore(new SystemTime(), StoreSettings.DEFAULT);
    private final RawJson body = RawJson.of("{\"messageId\":\"m\",\"authorId\":\"ann\",\"role\":\"user\",\"content\":\""
            + "x".repeat(256) + "\"}");
    private long number;

    /** For JMH. */
    public AppendBenchmark() {}

    /** Creates the sessions and fills their logs. */
    @Setup
    public void fill() {
        for (int i = 0; i < SESSIONS; i++) {
            SessionBuilder session = new SessionBuilder("s" + i, store.nowMillis());
            store.sessions()
                    .create(new SessionStore.Create(session.document(), session.plan(), null, null))
                    .block();
        }
        for (int i = 0; i < SESSIONS * StoreSettings.DEFAULT.historyLimit(); i++) {
            append();
        }
    }

    /** One message more, the oldest one dropped. */
    @Benchmark
    public EventLog.Appended append() {
        long next = number++;
        return store.log()
                .append(new EventLog.Append(
                        "s" + next % SESSIONS, "m" + next, "ann", null, null, body, ANY_MEMBERSHIP))
                .block();
    }
}
