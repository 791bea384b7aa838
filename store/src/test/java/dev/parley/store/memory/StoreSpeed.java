package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog.Append;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.SessionStore.SessionQuery;
import dev.parley.store.Signal;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import dev.parley.time.SystemTime;
import dev.parley.time.TimeSource;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures what the calls of the embedded store cost on one thread, as CPU of that thread and as time. A program, not a test: figures depend on the machine.
 *
 * <p>{@code java … dev.parley.store.memory.StoreSpeed}
 */
public final class StoreSpeed {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int SESSIONS = 10_000;
    private static final RawJson BODY = RawJson.of("{\"messageId\":\"m\",\"content\":\"" + "x".repeat(150) + "\"}");

    private StoreSpeed() {}

    public static void main(String[] arguments) {
        try (SystemTime time = new SystemTime()) {
            MemoryStore store = new MemoryStore(time, new StoreSettings(100, 100, 3_600_000));
            String[] ids = create(store, time);
            Ignoring listener = new Ignoring();
            for (String id : ids) {
                store.log().subscribe(id, listener).block();
            }
            for (int round = 0; round < 3; round++) {
                int base = round * 2_000_000;
                measure(
                        "append, one listener",
                        2_000_000,
                        i -> store.log()
                                .append(new Append(ids[i % SESSIONS], "m" + (base + i), "ann", null, "c", BODY, 1))
                                .block());
                measure(
                        "append, one session",
                        1_000_000,
                        i -> store.log()
                                .append(new Append(ids[0], "s" + (base + i), "ann", null, "c", BODY, 1))
                                .block());
                measure(
                        "heartbeat that is not written",
                        2_000_000,
                        i -> store.sessions()
                                .renew(new Renew(ids[i % SESSIONS], "o" + i, false, 60_000))
                                .block());
                measure(
                        "load",
                        2_000_000,
                        i -> store.sessions().load(ids[i % SESSIONS]).block());
                measure(
                        "candidates of a user",
                        1_000_000,
                        i -> store.sessions()
                                .candidates("default", "user-" + i % SESSIONS, "web")
                                .block());
                measure(
                        "find one page of " + SESSIONS,
                        100,
                        i -> store.sessions()
                                .find(new SessionQuery("default", null, null, null, Set.of(), null, null, null, 50))
                                .block());
                measure(
                        "read 20 of 100",
                        200_000,
                        i -> store.log().read(ids[i % SESSIONS], 150, 20).block());
            }
            System.out.println("entries heard: " + listener.heard);
        }
        fire();
    }

    private static void fire() {
        for (int round = 0; round < 3; round++) {
            ManualTime time = new ManualTime();
            MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);
            for (int i = 0; i < 100_000; i++) {
                store.sessions()
                        .create(new SessionBuilder("s" + i, time.nowMillis())
                                .user("u" + i)
                                .create())
                        .block();
            }
            time.advance(Duration.ofMinutes(25));
            measure("fire 100,000 warnings", 1, i -> drain(store));
            time.advance(Duration.ofMinutes(5));
            measure("fire 100,000 expiries", 1, i -> drain(store));
            time.advance(Duration.ofMinutes(60));
            measure("remove 100,000", 1, i -> drain(store));
        }
    }

    private static void drain(MemoryStore store) {
        while (Integer.valueOf(1000)
                .equals(store.sessions().fire(0, 1000).map(Fired::done).block())) {}
    }

    private static String[] create(MemoryStore store, TimeSource time) {
        String[] ids = new String[SESSIONS];
        for (int i = 0; i < SESSIONS; i++) {
            ids[i] = "session-" + i;
            store.sessions()
                    .create(new SessionBuilder(ids[i], time.nowMillis())
                            .user("user-" + i)
                            .surface("web")
                            .create())
                    .block();
        }
        return ids;
    }

    private static void measure(String what, int times, IntConsumer call) {
        long wall = System.nanoTime();
        long start = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            call.accept(i);
        }
        long cpu = THREADS.getCurrentThreadCpuTime() - start;
        wall = System.nanoTime() - wall;
        System.out.printf("%-32s %,13d ns of CPU, %,13d ns passed%n", what, cpu / times, wall / times);
    }

    private static final class Ignoring implements FeedListener {
        private long heard;

        @Override
        public void onEvent(LoggedEvent event, SessionState state) {
            heard += event.seq() > 0 ? 1 : 0;
        }

        @Override
        public void onState(SessionState state) {}

        @Override
        public void onSignal(Signal signal) {}

        @Override
        public void onDeleted(@Nullable LoggedEvent last) {}

        @Override
        public void onReset(SessionState state) {}
    }
}
