package dev.parley.loadtest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One session of a run of orchestrate: who works in it, what they were told is done, and what the store held at its end. Any
 * thread.
 */
final class SharedWork {
    private final String sessionId;
    private final List<String> agents;
    private final List<String> joined = new CopyOnWriteArrayList<>();
    private final Map<String, Patch> patched = new ConcurrentHashMap<>();
    private final Map<String, Told> delegated = new ConcurrentHashMap<>();
    private final AtomicInteger actsLeft;
    private volatile @Nullable JsonNode context;
    private volatile @Nullable List<JsonNode> tasks;
    private volatile boolean ended;
    private volatile boolean gone;

    /**
     * To whom something was acknowledged.
     *
     * @param who its client
     * @param gaps how many losses they had been told of then
     */
    record Told(String who, long gaps) {}

    /** A key of the context that was acknowledged. */
    record Patch(long value, Told told) {}

    /**
     * @param agents who work in it, all different
     * @param acts what each of them does
     */
    SharedWork(String sessionId, List<String> agents, int acts) {
        this.sessionId = sessionId;
        this.agents = agents;
        this.actsLeft = new AtomicInteger(agents.size() * acts);
    }

    String sessionId() {
        return sessionId;
    }

    List<String> agents() {
        return agents;
    }

    /** An agent takes part. */
    void joins(String agent) {
        if (!joined.contains(agent)) {
            joined.add(agent);
        }
    }

    /** Who takes part so far. */
    List<String> joined() {
        return joined;
    }

    /** A patch was acknowledged. */
    void patched(String key, long value, Told told) {
        patched.put(key, new Patch(value, told));
    }

    /** What the context must hold: keys of acknowledged patches. */
    Map<String, Patch> patched() {
        return patched;
    }

    /** A delegation was acknowledged. */
    void delegated(String taskId, Told told) {
        delegated.put(taskId, told);
    }

    /** Delegators by acknowledged task. */
    Map<String, Told> delegated() {
        return delegated;
    }

    /** One act of an agent is settled. */
    void acted() {
        actsLeft.decrementAndGet();
    }

    /** Whether everybody has done what they do. */
    boolean isDone() {
        return actsLeft.get() <= 0 && joined.size() == agents.size();
    }

    /** What the store held before the end. */
    void truth(JsonNode sharedContext, List<JsonNode> tasksThen) {
        context = sharedContext;
        tasks = tasksThen;
    }

    @Nullable JsonNode context() {
        return context;
    }

    @Nullable List<JsonNode> tasks() {
        return tasks;
    }

    /** Its end was acknowledged. */
    void end() {
        ended = true;
    }

    boolean isEnded() {
        return ended;
    }

    /** Its end is lost, as was told. */
    void reopen() {
        ended = false;
    }

    /** It is not there any more, as was told. */
    void lose() {
        gone = true;
    }

    boolean isGone() {
        return gone;
    }
}
