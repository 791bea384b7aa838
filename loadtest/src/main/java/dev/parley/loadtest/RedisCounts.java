package dev.parley.loadtest;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a Redis server has done by an instant, by its own {@code INFO}: calls of each command, those that functions make
 * included, and the time it spent on them.
 *
 * @param at {@link System#nanoTime}
 * @param calls how often each command was called
 * @param micros time spent on each command, in microseconds; that of a function includes the commands it calls
 * @param cpuNanos user and system time of the process, or −1
 * @param memory {@code used_memory}, bytes
 */
record RedisCounts(long at, Map<String, Long> calls, Map<String, Long> micros, long cpuNanos, long memory) {
    private static final String PREFIX = "cmdstat_";

    /** How functions are called by clients. */
    static final String FUNCTION_CALL = "fcall";

    /** Looks now. Blocks. */
    static RedisCounts of(RedisProcess redis) {
        Map<String, Long> calls = new TreeMap<>();
        Map<String, Long> micros = new TreeMap<>();
        String.valueOf(redis.call("INFO", "commandstats"))
                .lines()
                .filter(line -> line.startsWith(PREFIX))
                .forEach(line -> {
                    String command = line.substring(PREFIX.length(), line.indexOf(':'));
                    calls.put(command, field(line, "calls="));
                    micros.put(command, field(line, "usec="));
                });
        // Looking is not a part of what is looked at.
        calls.remove("info");
        return new RedisCounts(
                System.nanoTime(),
                calls,
                micros,
                ProcessStats.cpuNanos(redis.pid()),
                Long.parseLong(redis.info("memory", "used_memory")));
    }

    private static long field(String line, String name) {
        int from = line.indexOf(name) + name.length();
        int to = line.indexOf(',', from);
        return Long.parseLong(line.substring(from, to < 0 ? line.length() : to));
    }

    /** What was done since an earlier look: differences of everything, {@code at} being the time between the two. */
    RedisCounts since(RedisCounts earlier) {
        return new RedisCounts(
                at - earlier.at,
                minus(calls, earlier.calls),
                minus(micros, earlier.micros),
                cpuNanos - earlier.cpuNanos,
                memory - earlier.memory);
    }

    private static Map<String, Long> minus(Map<String, Long> later, Map<String, Long> earlier) {
        Map<String, Long> left = new TreeMap<>();
        later.forEach((name, value) -> {
            long more = value - earlier.getOrDefault(name, 0L);
            if (more > 0) {
                left.put(name, more);
            }
        });
        return left;
    }

    /** Seconds of a difference. */
    double seconds() {
        return at / 1e9;
    }

    /** Calls of a command. */
    long calls(String command) {
        return calls.getOrDefault(command, 0L);
    }

    /** Calls of a command in a second of a difference. */
    double perSecond(String command) {
        return calls(command) / seconds();
    }

    /** Messages that were published, sharded or not. */
    long published() {
        return calls("spublish") + calls("publish");
    }

    /** Microseconds that the server spent on one call of a function. */
    double microsPerCall() {
        return (double) micros.getOrDefault(FUNCTION_CALL, 0L) / calls(FUNCTION_CALL);
    }
}
