package dev.parley.loadtest;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * An agent of a run of orchestrate. In each session that it is attached to it patches the context, delegates to the others and
 * moves the workflow on, at random; tasks that it is given it finishes, fails, or lets time out.
 */
final class WorkingAgent extends WorkingClient {
    private static final long SHORTEST_TASK_MILLIS = 1_500;
    private static final long LONGEST_TASK_MILLIS = 6_000;
    private static final String NOT_IN = "FORBIDDEN";
    private static final Set<String> LATE = Set.of("TASK_FINISHED", "FORBIDDEN", "TASK_NOT_FOUND");

    private final Map<String, SharedWork> works;
    private final int acts;
    private final double withinSeconds;
    private final Set<String> begun = new HashSet<>();
    private final Set<String> turns = new HashSet<>();
    private long patches;
    private long delegations;
    private long late;

    /**
     * @param works all sessions of the run by id
     * @param acts what it does in each of its sessions
     * @param withinSeconds the time that it takes for them, about
     */
    WorkingAgent(
            Roaming run,
            int index,
            String id,
            long seed,
            Map<String, SharedWork> works,
            int acts,
            double withinSeconds) {
        super(run, index, "agent", id, seed);
        this.works = works;
        this.acts = acts;
        this.withinSeconds = withinSeconds;
    }

    @Override
    void onAttached(String sessionId) {
        SharedWork work = works.get(sessionId);
        if (work != null && begun.add(sessionId)) {
            for (int i = 0; i < acts; i++) {
                later(random().nextDouble() * withinSeconds, () -> act(work));
            }
        }
    }

    @Override
    void onGap(String sessionId) {
        // What was acknowledged and is lost stays lost, and is counted.
    }

    /** Whether a refusal comes of what Redis lost; one of a session that is not there any more is noted. */
    private boolean isLoss(SharedWork work, Reply reply) {
        if (!run().lossIsBorne()) {
            return false;
        }
        if (reply.code().equals(NOT_FOUND)) {
            work.lose();
        }
        return reply.code().equals(NOT_FOUND) || reply.code().equals(NOT_IN);
    }

    private SharedWork.Told told(SharedWork work) {
        return new SharedWork.Told(id(), log(work.sessionId()).gaps());
    }

    private void act(SharedWork work) {
        int choice = random().nextInt(10);
        List<String> others =
                work.joined().stream().filter(agent -> !agent.equals(id())).toList();
        if (choice < 5 || others.isEmpty()) {
            patch(work);
        } else if (choice < 8) {
            delegate(work, others);
        } else {
            advance(work);
        }
    }

    private void patch(SharedWork work) {
        long number = ++patches;
        String key = id() + "-" + number;
        ask(
                "session.context.patch",
                "{\"sessionId\":\"" + work.sessionId() + "\",\"patch\":{\"" + key + "\":" + number + "}}",
                true,
                reply -> {
                    if (reply.ok()) {
                        work.patched(key, number, told(work));
                    } else if (!isLoss(work, reply)) {
                        run().problem(work.sessionId() + ": a patch was refused: " + reply.json());
                    }
                    work.acted();
                });
    }

    private void delegate(SharedWork work, List<String> others) {
        String first = others.get(random().nextInt(others.size()));
        String second = others.get(random().nextInt(others.size()));
        String fallback = random().nextBoolean() || second.equals(first) ? "" : '"' + second + '"';
        long number = ++delegations;
        ask(
                "task.delegate",
                String.format(
                        Locale.ROOT,
                        "{\"sessionId\":\"%s\",\"delegatee\":\"%s\",\"taskType\":\"any\",\"payload\":{\"number\":%d},"
                                + "\"timeoutMs\":%d,\"retryPolicy\":{\"maxRetries\":%d,\"backoff\":\"linear\","
                                + "\"initialDelayMs\":200},\"fallbackAgents\":[%s]}",
                        work.sessionId(),
                        first,
                        number,
                        random().nextLong(SHORTEST_TASK_MILLIS, LONGEST_TASK_MILLIS),
                        random().nextInt(2),
                        fallback),
                // A second one would be another task.
                false,
                reply -> {
                    if (reply.ok()) {
                        work.delegated(reply.tree().path("taskId").asString(""), told(work));
                    } else if (!reply.code().equals(UNKNOWN) && !isPassing(reply.code()) && !isLoss(work, reply)) {
                        run().problem(work.sessionId() + ": a task was refused: " + reply.json());
                    }
                    work.acted();
                });
    }

    private void advance(SharedWork work) {
        ask("session.workflow.advance", "{\"sessionId\":\"" + work.sessionId() + "\"}", false, reply -> work.acted());
    }

    @Override
    void onBack() {
        // What was assigned while it was away was not pushed to it.
        ask(
                "task.list",
                "{\"delegatee\":\"" + id() + "\",\"status\":\"pending\",\"limit\":100}",
                true,
                reply -> reply.tree().path("tasks").forEach(this::turn));
    }

    @Override
    void onTold(String method, JsonNode params) {
        if (method.equals("task.assigned")) {
            turn(params.path("task"));
        } else if (method.equals("task.updated")) {
            tellTask(params.path("task"));
        }
    }

    /** It has the word on a task: once for each turn. */
    private void turn(JsonNode task) {
        String taskId = task.path("taskId").asString("");
        long attempt = task.path("attempt").asLong();
        if (!task.path("delegatee").asString("").equals(id()) || !turns.add(taskId + " " + attempt)) {
            return;
        }
        int choice = random().nextInt(10);
        if (choice < 6) {
            update(taskId, attempt, "\"status\":\"in_progress\",\"progress\":50", false);
            later(
                    random().nextDouble() * SHORTEST_TASK_MILLIS / 1000,
                    () -> update(
                            taskId, attempt, "\"status\":\"completed\",\"result\":{\"by\":\"" + id() + "\"}", true));
        } else if (choice < 8) {
            update(taskId, attempt, "\"status\":\"failed\",\"error\":\"by chance\"", true);
        }
        // Else it stays silent, and the task's time runs out.
    }

    private void update(String taskId, long attempt, String members, boolean repeatable) {
        String params = "{\"taskId\":\"" + taskId + "\",\"attempt\":" + attempt + "," + members + "}";
        ask("task.update", params, repeatable, reply -> {
            if (reply.ok()) {
                // An end that was acknowledged is one that was told. Of a task that goes on the answer may come
                // after that of a later update, as requests are not answered in order.
                if (reply.tree().has("endedAt")) {
                    tellTask(reply.tree());
                }
            } else if (LATE.contains(reply.code())) {
                late++;
            } else if (!reply.code().equals(UNKNOWN) && !isPassing(reply.code())) {
                run().problem(id() + ": an update of a task was refused: " + reply.json());
            }
        });
    }

    /** Updates that came when the task was over, or another's. */
    long late() {
        return late;
    }
}
