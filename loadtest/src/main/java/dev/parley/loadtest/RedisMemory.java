package dev.parley.loadtest;

/** What sessions weigh in Redis, by its {@code used_memory}. Main thread; blocks. */
final class RedisMemory {
    /** Changes are remembered for up to ten seconds. */
    private static final double FORGETTING_SECONDS = 12;

    private final RedisProcess redis;
    private final int sessions;
    private final long before;
    private final long keysBefore;

    /** Looks before there are any. */
    RedisMemory(RedisProcess redis, int sessions) {
        this.redis = redis;
        this.sessions = sessions;
        before = used();
        keysBefore = keys();
    }

    private long used() {
        return Long.parseLong(redis.info("memory", "used_memory"));
    }

    private long keys() {
        return redis.call("DBSIZE") instanceof Long size ? size : 0;
    }

    /** Looks when all are gone, and what has been forgotten by then. */
    void afterwards(Report results) {
        results.count("after the retention", "used_memory of Redis, more than before", used() - before, "bytes");
        results.count("after the retention", "keys of Redis, more than before", keys() - keysBefore, "keys");
    }

    /** Looks when there are all, and again when what is only remembered for a while has been forgotten. */
    void atRest(Report results) {
        String table = "sessions at rest in Redis";
        results.figure(table, "used_memory just now", (double) (used() - before) / sessions, "bytes per session");
        ScenarioCommand.pause(FORGETTING_SECONDS);
        results.figure(table, "used_memory", (double) (used() - before) / sessions, "bytes per session");
        results.figure(table, "keys", (double) (keys() - keysBefore) / sessions, "keys per session");
    }
}
