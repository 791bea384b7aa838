package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Judges the sessions of a run of orchestrate one by one: what the store held before the end against what was acknowledged and
 * told, and the logs of all participants against one another. Pure.
 */
final class OrchestrateVerdict {
    private static final int WORDS = 20;
    /** What was told so shortly before Redis was at fault may not have reached its replicas. */
    private static final long UNSAFE_MILLIS = 2_000;

    long sessions;
    long tasks;
    long lostTasks;
    long openTasks;
    long endedTwice;
    long endedOtherwise;
    long endsTold;
    long keys;
    long lostUpdates;
    long entries;
    long missing;
    long doubled;
    long misordered;
    long differing;
    final Map<String, Long> ends = new TreeMap<>();
    /** Acknowledged updates and tasks, sessions, and ends of tasks that Redis lost, of which those concerned were told. */
    long lostTold;

    long gapsTold;
    long sessionsGone;
    long endsUndone;
    private final boolean lossIsBorne;
    private final List<FaultRun.Done> faults;
    private final List<String> words = new ArrayList<>();

    OrchestrateVerdict() {
        this(false, List.of());
    }

    /**
     * @param lossIsBorne whether faults of Redis may lose what was acknowledged, as long as it is told; ends of tasks, which are
     *     told to bystanders too, only where they were told during a fault or shortly before
     * @param faults what was done in the run
     */
    OrchestrateVerdict(boolean lossIsBorne, List<FaultRun.Done> faults) {
        this.lossIsBorne = lossIsBorne;
        this.faults = faults;
    }

    /**
     * One session.
     *
     * @param logs those of all who took part, by who they are
     */
    void judge(SharedWork work, Map<String, WorkLog> logs) {
        sessions++;
        if (work.isGone() && lossIsBorne) {
            sessionsGone++;
            return;
        }
        List<JsonNode> stored = work.tasks();
        JsonNode context = work.context();
        if (stored == null || context == null || !work.isEnded()) {
            say(work.sessionId() + " did not come to its end");
            return;
        }
        tasks(work, stored, logs);
        work.patched().forEach((key, patch) -> {
            keys++;
            if (context.path(key).asLong(-1) != patch.value() && !isTold(patch.told(), logs)) {
                lostUpdates++;
                say(work.sessionId() + ": the context lacks " + key + ", which was acknowledged");
            }
        });
        logs(work.sessionId(), logs);
    }

    private void tasks(SharedWork work, List<JsonNode> stored, Map<String, WorkLog> logs) {
        Map<String, String> statuses = new HashMap<>();
        for (JsonNode task : stored) {
            String taskId = task.path("taskId").asString("");
            String status = task.path("status").asString("");
            String endedAt = task.path("endedAt").asString("");
            tasks++;
            ends.merge(status, 1L, Long::sum);
            if (endedAt.isEmpty()) {
                openTasks++;
                say(work.sessionId() + ": task " + taskId + " never ended: " + task);
            }
            if (statuses.put(taskId, status + " " + endedAt) != null) {
                endedTwice++;
                say(work.sessionId() + ": task " + taskId + " is listed twice");
            }
        }
        work.delegated().forEach((taskId, told) -> {
            if (!statuses.containsKey(taskId) && !isTold(told, logs)) {
                lostTasks++;
                say(work.sessionId() + ": task " + taskId + " is gone, which was acknowledged");
            }
        });
        logs.forEach((who, log) -> log.taskEnds().forEach((taskId, end) -> {
            if (!end.how().isEmpty()) {
                endsTold++;
                if (!end.how().equals(statuses.get(taskId)) && !isUndone(end.toldAt())) {
                    endedOtherwise++;
                    say(who + " was told that task " + taskId + " ended as " + end.how() + ", not "
                            + statuses.get(taskId));
                }
            }
        }));
    }

    /** Whether the loss of something that was acknowledged was told to whoever it was acknowledged to; counts it then. */
    private boolean isTold(SharedWork.Told acknowledged, Map<String, WorkLog> logs) {
        WorkLog log = logs.get(acknowledged.who());
        boolean told = lossIsBorne && log != null && log.gaps() > acknowledged.gaps();
        lostTold += told ? 1 : 0;
        return told;
    }

    /** Whether an end that was told at an instant may be undone by a fault of Redis; counts it then. */
    private boolean isUndone(long toldAt) {
        boolean undone = lossIsBorne && FaultRun.at(faults, -1, toldAt, toldAt + UNSAFE_MILLIS) != null;
        endsUndone += undone ? 1 : 0;
        return undone;
    }

    private void logs(String sessionId, Map<String, WorkLog> logs) {
        Map<Long, String> whole = new TreeMap<>();
        logs.values().forEach(log -> log.entries().forEach(whole::putIfAbsent));
        logs.forEach((who, log) -> {
            entries += log.entries().size();
            doubled += log.doubled();
            misordered += log.misordered();
            gapsTold += log.gaps();
            long twice =
                    log.endsTwice().stream().filter(toldAt -> !isUndone(toldAt)).count();
            endedTwice += twice;
            if (log.doubled() + log.misordered() + twice > 0) {
                say(who + " in " + sessionId + ": " + log.doubled() + " entries doubled, " + log.misordered()
                        + " out of order, " + twice + " ends of tasks told twice");
            }
            Set<Long> lacking = new HashSet<>(whole.keySet());
            lacking.removeAll(log.entries().keySet());
            if (log.isMade()) {
                lacking.remove(1L);
            }
            missing += lacking.size();
            long other = log.contradictions()
                    + log.entries().entrySet().stream()
                            .filter(entry -> !entry.getValue().equals(whole.get(entry.getKey())))
                            .count();
            differing += other;
            if (!lacking.isEmpty() || other > 0 || !log.isComplete()) {
                say(who + " in " + sessionId + " lacks the entries " + lacking + ", and has " + other
                        + " that are not as others have them, of " + whole.size());
            }
        });
    }

    private void say(String what) {
        if (words.size() < WORDS) {
            words.add(what);
        }
    }

    /** Fills tables and counts, and fails the run where something is wrong. */
    void into(Report results) {
        Tally tally = results.tally();
        String table = "sessions";
        results.count(table, "judged", sessions, "sessions");
        results.count(table, "entries told", entries, "entries");
        results.count(table, "entries that somebody lacks", missing, "entries");
        results.count(table, "entries that are not as others have them", differing, "entries");
        results.count(table, "keys acknowledged", keys, "keys");
        results.count(table, "updates lost", lostUpdates, "keys");
        if (lossIsBorne) {
            String lost = "lost by Redis";
            results.count(lost, "gaps told", gapsTold, "times");
            results.count(lost, "updates and tasks that were acknowledged, told", lostTold, "times");
            results.count(lost, "ends of tasks that were told, and came otherwise", endsUndone, "times");
            results.count(lost, "sessions, told", sessionsGone, "sessions");
        }
        results.count("tasks", "in the store", tasks, "tasks");
        ends.forEach((status, number) -> results.count("tasks", status, number, "tasks"));
        results.count("tasks", "ends told", endsTold, "times");
        results.count("tasks", "acknowledged and gone", lostTasks, "tasks");
        results.count("tasks", "never ended", openTasks, "tasks");
        results.count("tasks", "ended twice", endedTwice, "times");
        results.count("tasks", "told to have ended otherwise", endedOtherwise, "times");
        tally.got += entries;
        tally.lost += lostUpdates + lostTasks + missing;
        tally.doubled += doubled + endedTwice;
        tally.misordered += misordered;
        tally.unanswered += openTasks;
        tally.misrouted += differing + endedOtherwise;
        words.forEach(tally::fail);
    }
}
