package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * A person of a run of orchestrate: opens sessions with the first agents, lets the others join at random, and, once everybody
 * has done their part and no task is open, notes what the store holds and completes the session.
 */
final class WorkingUser extends WorkingClient {
    /** Who is there from the start. */
    static final int FOUNDERS = 2;

    private static final int STEPS = 6;
    private static final double LOOK_SECONDS = 0.7;

    private final List<SharedWork> works;
    private final double openWithinSeconds;

    /**
     * @param works the sessions to open, a hundred at most
     * @param openWithinSeconds when the last of them is opened, about
     */
    WorkingUser(Roaming run, int index, String id, long seed, List<SharedWork> works, double openWithinSeconds) {
        super(run, index, "user", id, seed);
        this.works = works;
        this.openWithinSeconds = openWithinSeconds;
    }

    /** Begins to open sessions; from any thread. */
    void begin() {
        later(0, () -> works.forEach(work -> later(random().nextDouble() * openWithinSeconds, () -> create(work))));
    }

    private void create(SharedWork work) {
        String founders = work.agents().stream()
                .limit(FOUNDERS)
                .map(agent -> "{\"id\":\"" + agent + "\",\"kind\":\"agent\"}")
                .collect(Collectors.joining(","));
        String steps = IntStream.range(0, STEPS)
                .mapToObj(i -> "{\"name\":\"step" + i + "\",\"requiredAgents\":[]}")
                .collect(Collectors.joining(","));
        WorkLog log = log(work.sessionId());
        log.make();
        ask(
                "session.create",
                "{\"sessionId\":\"" + work.sessionId() + "\",\"userId\":\"" + id() + "\",\"participants\":[" + founders
                        + "],\"workflow\":{\"steps\":[" + steps + "]}}",
                true,
                reply -> {
                    if (!reply.ok() && !reply.code().equals("SESSION_CONFLICT")) {
                        run().problem(work.sessionId() + " was not created: " + reply.json());
                        return;
                    }
                    if (reply.ok()) {
                        log.madeNow();
                    } else if (!log.isKnown()) {
                        // An earlier attempt made it, whose answer was lost with its connection.
                        log.found();
                        ask("session.attach", log.place(work.sessionId()), true, this::attachAnswered);
                    }
                    work.agents().stream().limit(FOUNDERS).forEach(work::joins);
                    work.agents().stream().skip(FOUNDERS).forEach(agent -> invite(work, agent));
                    later(LOOK_SECONDS, () -> look(work));
                });
    }

    private void invite(SharedWork work, String agent) {
        later(
                random().nextDouble() * LOOK_SECONDS * 4,
                () -> ask(
                        "session.participants.add",
                        "{\"sessionId\":\"" + work.sessionId() + "\",\"id\":\"" + agent
                                + "\",\"kind\":\"agent\",\"role\":\"joined\"}",
                        true,
                        reply -> settled(work, "an agent did not join", reply, added -> work.joins(agent))));
    }

    private void look(SharedWork work) {
        if (work.isGone()) {
            return;
        }
        if (!work.isDone()) {
            if (run().lossIsBorne()) {
                // Whoever joined and is lost joins again.
                String agent = work.agents().get(random().nextInt(work.agents().size()));
                if (work.joined().contains(agent)) {
                    invite(work, agent);
                }
            }
            later(LOOK_SECONDS * (0.5 + random().nextDouble()), () -> look(work));
            return;
        }
        tasks(work, "", new ArrayList<>());
    }

    /** Reads all tasks of the session, page by page; once none is open its end can come. */
    private void tasks(SharedWork work, String cursor, List<JsonNode> sofar) {
        ask(
                "task.list",
                "{\"sessionId\":\"" + work.sessionId() + "\",\"limit\":100" + cursor + "}",
                true,
                reply -> settled(work, "its tasks cannot be read", reply, page -> {
                    page.path("tasks").forEach(sofar::add);
                    String next = page.path("nextCursor").asString("");
                    if (!next.isEmpty()) {
                        tasks(work, ",\"cursor\":\"" + next + "\"", sofar);
                    } else if (sofar.stream().allMatch(task -> task.has("endedAt"))) {
                        complete(work, sofar);
                    } else {
                        later(LOOK_SECONDS, () -> look(work));
                    }
                }));
    }

    private void complete(SharedWork work, List<JsonNode> tasks) {
        String session = "{\"sessionId\":\"" + work.sessionId() + "\"";
        ask(
                "session.context.get",
                session + "}",
                true,
                reply -> settled(work, "its context cannot be read", reply, view -> {
                    work.truth(view.path("sharedContext"), tasks);
                    ask(
                            "session.complete",
                            session
                                    + String.format(
                                            Locale.ROOT,
                                            ",\"summary\":\"%d keys, %d tasks\",\"artifacts\":[{\"keys\":%d}]}",
                                            view.path("sharedContext").size(),
                                            tasks.size(),
                                            view.path("sharedContext").size()),
                            true,
                            done -> settled(work, "it was not completed", done, ended -> work.end()));
                }));
    }

    private void settled(SharedWork work, String otherwise, Reply reply, Consumer<JsonNode> then) {
        if (reply.ok()) {
            then.accept(reply.tree());
        } else if (run().lossIsBorne() && reply.code().equals(NOT_FOUND)) {
            work.lose();
        } else if (!run().lossIsBorne() || !reply.code().equals("SESSION_ENDED")) {
            run().problem(work.sessionId() + ": " + otherwise + ": " + reply.json());
        }
    }

    @Override
    void onAttached(String sessionId) {
        // What it does there goes by what was acknowledged.
    }

    @Override
    void onGap(String sessionId) {
        works.stream()
                .filter(work -> work.sessionId().equals(sessionId) && work.isEnded())
                .forEach(work -> {
                    work.reopen();
                    look(work);
                });
    }

    @Override
    void onTold(String method, JsonNode params) {
        if (method.equals("task.updated")) {
            tellTask(params.path("task"));
        }
    }

    @Override
    void onBack() {
        // What was left open was asked for again.
    }
}
