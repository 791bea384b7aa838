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
    private final List<String> words = new ArrayList<>();

    /**
     * One session.
     *
     * @param logs those of all who took part, by who they are
     */
    void judge(SharedWork work, Map<String, WorkLog> logs) {
        sessions++;
        List<JsonNode> stored = work.tasks();
        JsonNode context = work.context();
        if (stored == null || context == null || !work.isEnded()) {
            say(work.sessionId() + " did not come to its end");
            return;
        }
        tasks(work, stored, logs);
        work.patched().forEach((key, value) -> {
            keys++;
            if (context.path(key).asLong(-1) != value) {
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
        work.delegated().keySet().forEach(taskId -> {
            if (!statuses.containsKey(taskId)) {
                lostTasks++;
                say(work.sessionId() + ": task " + taskId + " is gone, which was acknowledged");
            }
        });
        logs.forEach((who, log) -> log.taskEnds().forEach((taskId, end) -> {
            if (!end.isEmpty()) {
                endsTold++;
                if (!end.equals(statuses.get(taskId))) {
                    endedOtherwise++;
                    say(who + " was told that task " + taskId + " ended as " + end + ", not " + statuses.get(taskId));
                }
            }
        }));
    }

    private void logs(String sessionId, Map<String, WorkLog> logs) {
        Map<Long, String> whole = new TreeMap<>();
        logs.values().forEach(log -> log.entries().forEach(whole::putIfAbsent));
        logs.forEach((who, log) -> {
            entries += log.entries().size();
            doubled += log.doubled();
            misordered += log.misordered();
            endedTwice += log.endsTwice();
            if (log.doubled() + log.misordered() + log.endsTwice() > 0) {
                say(who + " in " + sessionId + ": " + log.doubled() + " entries doubled, " + log.misordered()
                        + " out of order, " + log.endsTwice() + " ends of tasks told twice");
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
