package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog.Append;
import dev.parley.store.SessionBuilder;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.StoreSettings;
import dev.parley.time.SystemTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;

/**
 * Measures what a session weighs in Redis and what the server spends on a call: a program, not a test. Arguments: sessions,
 * messages in each.
 */
final class RedisFootprint {
    private static final int AT_ONCE = 64;

    private RedisFootprint() {}

    public static void main(String[] args) {
        int sessions = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
        int messages = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        SystemTime time = new SystemTime();
        try (RedisServer server = RedisServers.standalone(new RedisServers.Options())) {
            RedisStore store = new RedisStore(
                    TestLink.ofStore(server.url()),
                    new Partitions("parley:", Partitions.COUNT),
                    StoreSettings.DEFAULT,
                    time,
                    null);
            store.start().block();
            for (int partition = 0; partition < Partitions.COUNT; partition++) {
                store.sessions().fire(partition, 1).block();
            }
            long before = memory(server);
            List<String> ids = new ArrayList<>();
            List<String> users = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                users.add(UUID.randomUUID().toString());
                ids.add(store.sessions().newSessionId("default", users.get(i)));
            }
            measure(
                    server,
                    "create",
                    sessions,
                    Flux.range(0, sessions)
                            .flatMap(
                                    i -> store.sessions()
                                            .create(new SessionBuilder(ids.get(i), time.nowMillis())
                                                    .user(users.get(i))
                                                    .agent("support-bot")
                                                    .create()),
                                    AT_ONCE));
            // Changes are forgotten by the second look after more than five seconds.
            for (int look = 0; look < 2; look++) {
                LockSupport.parkNanos(5_200_000_000L);
                Flux.range(0, Partitions.COUNT)
                        .flatMap(partition -> store.sessions().fire(partition, 1))
                        .blockLast();
            }
            long resting = memory(server);
            System.out.println("bytes per resting session: " + (resting - before) / sessions);
            RawJson body = RawJson.of("{\"content\":\"" + "x".repeat(180) + "\"}");
            for (int m = 0; m < messages; m++) {
                String round = "-" + m;
                measure(
                        server,
                        "append",
                        sessions,
                        Flux.range(0, sessions)
                                .flatMap(
                                        i -> store.log()
                                                .append(new Append(
                                                        ids.get(i),
                                                        UUID.randomUUID() + round,
                                                        users.get(i),
                                                        null,
                                                        "c1",
                                                        body,
                                                        -1)),
                                        AT_ONCE));
                System.out.println(
                        "bytes per session with " + (m + 1) + " messages: " + (memory(server) - before) / sessions);
            }
            measure(
                    server,
                    "load",
                    sessions,
                    Flux.range(0, sessions).flatMap(i -> store.sessions().load(ids.get(i)), AT_ONCE));
            measure(
                    server,
                    "renew",
                    sessions,
                    Flux.range(0, sessions)
                            .flatMap(
                                    i -> store.sessions()
                                            .renew(new Renew(
                                                    ids.get(i),
                                                    UUID.randomUUID().toString(),
                                                    false,
                                                    60_000)),
                                    AT_ONCE));
            store.close().block();
        }
        time.close();
    }

    private static long memory(RedisServer server) {
        return Long.parseLong(server.info("memory", "used_memory"));
    }

    private static void measure(RedisServer server, String what, int calls, Flux<?> work) {
        server.command("CONFIG", "RESETSTAT");
        long from = System.nanoTime();
        work.blockLast();
        long micros = (System.nanoTime() - from) / 1000;
        System.out.println(what + ": " + calls * 1_000_000L / micros + " a second, at the server "
                + server.info("commandstats", "cmdstat_fcall"));
    }
}
