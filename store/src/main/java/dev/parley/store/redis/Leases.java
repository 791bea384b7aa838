package dev.parley.store.redis;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which gateways live, as the beats of {@link RedisAgents} hear it: a gateway lives as long as its lease, which each beat
 * lengthens. Safe for use from any thread.
 */
final class Leases {
    private final String own = UUID.randomUUID().toString();
    private volatile String present = "";
    private volatile Set<String> live = Set.of();
    private volatile Map<String, Long> dead = Map.of();

    /** This gateway's name. */
    String own() {
        return own;
    }

    /** What the own lease is called; another name than before when it had run out meanwhile. Empty before the first beat. */
    String present() {
        return present;
    }

    /** Those whose leases ran at the last beat. */
    Set<String> live() {
        return live;
    }

    /** Those whose leases ran out lately, with when they did, in epoch milliseconds. */
    Map<String, Long> dead() {
        return dead;
    }

    /**
     * Notes what a beat was answered.
     *
     * @param answer of {@link RedisFunction#AGENT_SYNC}
     */
    void heard(List<Object> answer) {
        live = Set.copyOf(Answers.texts(answer.get(5)));
        List<Object> rows = Answers.list(answer.get(6));
        Map<String, Long> gone = new ConcurrentHashMap<>();
        for (int i = 0; i < rows.size(); i += 2) {
            gone.put(Answers.text(rows.get(i)), (long) Double.parseDouble(Answers.text(rows.get(i + 1))));
        }
        dead = gone;
        present = Answers.text(answer.get(1));
    }
}
