package dev.parley.loadtest;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Damages what Redis holds behind the gateways' backs, so that the verdict of a run can be shown to find what it is there to
 * find. Works on one server alone.
 */
final class Sabotage {
    /** What is done. */
    enum Kind {
        /** Takes the latest messages out of a session's log. */
        LOSE,
        /** Puts the latest message of a session into its log once more. */
        DOUBLE,
        /** Forgets when sessions are due. */
        MISS,
        /** Forgets everything. */
        FLUSH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final RedisProcess server;

    Sabotage(RedisSetup redis) {
        server = redis.masters().get(0);
    }

    /** Does it, and says what. */
    void carryOut(Kind kind) {
        System.out.println("sabotage: " + kind);
        switch (kind) {
            case LOSE -> keys("parley:*l:*").stream().limit(3).forEach(key -> server.call("RPOP", key, "5"));
            case DOUBLE -> keys("parley:*l:*").stream().limit(3).forEach(this::append);
            case MISS -> keys("parley:*}:q").forEach(key -> server.call("DEL", key));
            default -> server.call("FLUSHALL");
        }
    }

    /** Puts the last entry of a list behind itself once more; on the server, as it is no text. */
    private void append(String key) {
        server.call("EVAL", "redis.call('RPUSH', KEYS[1], redis.call('LINDEX', KEYS[1], -1))", "1", key);
    }

    private List<String> keys(String pattern) {
        return ((List<?>) Objects.requireNonNull(server.call("KEYS", pattern)))
                .stream().map(String::valueOf).sorted().toList();
    }
}
