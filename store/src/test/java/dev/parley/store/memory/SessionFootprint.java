package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog.Append;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.StoreSettings;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.UUID;

/**
 * Measures the heap that sessions at rest take in the embedded store, what the first messages add, and what is left when all
 * have ended and their retention is over. A program, not a test: figures depend on the machine.
 *
 * <p>{@code java -Xmx2g … dev.parley.store.memory.SessionFootprint [sessions]}, one million unless told.
 */
public final class SessionFootprint {
    private SessionFootprint() {}

    public static void main(String[] arguments) {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        ManualTime time = new ManualTime();
        MemoryStore store = new MemoryStore(time, StoreSettings.DEFAULT);
        long empty = used();
        create(store, time, "warm-up", 1000);
        expire(store, time);
        long before = used();
        live(store, time, count, before);
        long start = System.nanoTime();
        expire(store, time);
        System.out.printf("expiry and removal of all: %,d ms%n", (System.nanoTime() - start) / 1_000_000);
        System.out.printf(
                "left when all are gone: %,d KB more than before the first, %,d KB more than after the warm-up%n",
                (used() - empty) / 1024, (used() - before) / 1024);
        System.out.println("sessions, places in the queue, identities held: " + store.sizes());
    }

    /** Of its own, so that its array of ids is gone when the rest is measured. */
    private static void live(MemoryStore store, ManualTime time, int count, long before) {
        String[] ids = create(store, time, "user", count);
        long full = used();
        print("a session at rest", full - before - idBytes(count), count);
        int some = Math.min(count, 100_000);
        append(store, ids, some, 0, 1);
        long one = used();
        print("its first message of 100 bytes adds", one - full, some);
        append(store, ids, some, 1, 10);
        print("each of the next nine adds", used() - one, some * 9);
    }

    private static String[] create(MemoryStore store, ManualTime time, String user, int count) {
        String[] ids = new String[count];
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            ids[i] = UUID.randomUUID().toString();
            SessionBuilder builder = new SessionBuilder(ids[i], time.nowMillis())
                    .user(user + "-" + i)
                    .agent("agent-" + i % 1000)
                    .surface("web");
            store.sessions().create(builder.create()).block();
        }
        System.out.printf("%,d created, %,d ns each%n", count, (System.nanoTime() - start) / count);
        return ids;
    }

    private static void append(MemoryStore store, String[] ids, int sessions, int from, int to) {
        for (int i = 0; i < sessions; i++) {
            for (int m = from; m < to; m++) {
                RawJson body = RawJson.of("{\"content\":\"" + "x".repeat(86) + "\"}");
                store.log()
                        .append(new Append(ids[i], UUID.randomUUID().toString(), "user-" + i, null, "c1", body, 1))
                        .block();
            }
        }
    }

    private static void expire(MemoryStore store, ManualTime time) {
        for (int step = 0; step < 3; step++) {
            time.advance(Duration.ofHours(1));
            while (Integer.valueOf(10_000)
                    .equals(store.sessions().fire(0, 10_000).map(Fired::done).block())) {}
        }
    }

    /** What the array of ids of this program itself takes; the strings are the store's as well. */
    private static long idBytes(int count) {
        return 16 + 4L * count;
    }

    private static void print(String what, long bytes, int count) {
        System.out.printf("%s: %,d bytes (%,d MB for %,d)%n", what, bytes / count, bytes >> 20, count);
    }

    private static long used() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
