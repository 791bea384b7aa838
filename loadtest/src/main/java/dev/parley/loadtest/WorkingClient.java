package dev.parley.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whoever works in the sessions of a run of orchestrate. It keeps the log of each as it was told, and asks for things until
 * they are settled: again when the gateway could not, and on the next connection where asking twice does no harm. Runs on one
 * event loop.
 */
abstract class WorkingClient extends RoamingClient {
    /** The code of what was lost with its connection and must not be asked for again. */
    static final String UNKNOWN = "CONNECTION_LOST";

    /** The code of a session that is not there. */
    static final String NOT_FOUND = "SESSION_NOT_FOUND";

    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] PARAMS = Scan.name("params");
    private static final long FIRST_ID = LoadConnection.LISTENER_IDS;
    private static final double HEARTBEAT_SECONDS = 3;
    private static final double ANSWER_SECONDS = 20;

    /** What was asked for and is not settled. */
    private record Asked(String method, String params, boolean repeatable, Consumer<Reply> then) {}

    private final boolean agent;
    private final Map<Long, Asked> open = new LinkedHashMap<>();
    private final Map<String, WorkLog> logs = new TreeMap<>();
    private final Map<String, Long> refusals = new TreeMap<>();
    private long numbers = FIRST_ID;
    private long asked;
    private long acknowledged;

    WorkingClient(Roaming run, int index, String kind, String id, long seed) {
        super(run, index, kind, id, seed);
        agent = kind.equals("agent");
    }

    /** A session is attached, at the first time or again. */
    abstract void onAttached(String sessionId);

    /** Some of a session's log is lost, as was told; only where that is borne. */
    abstract void onGap(String sessionId);

    /** A push that is no entry of a log; of tasks all come here. */
    abstract void onTold(String method, JsonNode params);

    /** A connection is there, and what was left open was asked for again. */
    abstract void onBack();

    /**
     * Asks for something.
     *
     * @param repeatable whether it may be asked for again when it is not known whether it was done
     * @param then what to do with the answer; on the loop. A refusal for a while never comes here, a lost answer as
     *     {@link #UNKNOWN} when it is not repeatable
     */
    final void ask(String method, String params, boolean repeatable, Consumer<Reply> then) {
        asked++;
        put(new Asked(method, params, repeatable, then));
    }

    private void put(Asked wanted) {
        long number = ++numbers;
        open.put(number, wanted);
        send(number, wanted);
    }

    private void send(long number, Asked wanted) {
        request(number, wanted.method, wanted.params);
        laterHere(ANSWER_SECONDS, () -> {
            if (open.containsKey(number)) {
                run().problem(id() + " got no answer to " + wanted.method + " for " + ANSWER_SECONDS + " s");
                giveUp("no answer");
            }
        });
    }

    /** The log of a session, begun when there is none. */
    final WorkLog log(String sessionId) {
        return logs.computeIfAbsent(sessionId, id -> new WorkLog(!agent));
    }

    /** All logs by session; after a barrier. */
    final Map<String, WorkLog> logs() {
        return logs;
    }

    @Override
    String connectMembers() {
        return agent
                ? ""
                : ",\"sessions\":["
                        + logs.entrySet().stream()
                                .filter(entry -> entry.getValue().isKnown()
                                        && !entry.getValue().isEnded())
                                .map(entry -> entry.getValue().place(entry.getKey()))
                                .collect(Collectors.joining(","))
                        + "]";
    }

    @Override
    void onReady(JsonNode answer) {
        answer.path("sessions").forEach(this::entry);
        open.forEach(this::send);
        laterHere(random().nextDouble() * HEARTBEAT_SECONDS, this::beat);
        onBack();
    }

    @Override
    void onLost() {
        logs.values().forEach(WorkLog::detached);
        Map<Long, Asked> before = new LinkedHashMap<>(open);
        before.forEach((number, wanted) -> {
            if (!wanted.repeatable) {
                open.remove(number);
                refusals.merge(UNKNOWN + " " + wanted.method, 1L, Long::sum);
                wanted.then.accept(new Reply(false, "{\"data\":{\"code\":\"" + UNKNOWN + "\"}}"));
            }
        });
    }

    private void entry(JsonNode entry) {
        String sessionId = entry.path("sessionId").asString("");
        String code = entry.path("error").path("code").asString("");
        if (isPassing(code)) {
            laterHere(
                    0.2 + random().nextDouble(),
                    () -> ask("session.attach", log(sessionId).place(sessionId), true, this::attachAnswered));
        } else if (!code.isEmpty()) {
            if (!code.equals("SESSION_ENDED")) {
                run().sessionLost(id() + " has no session " + sessionId + " any more: " + code);
            }
        } else {
            if (!entry.path("recovered").asBoolean(false) || entry.has("gap")) {
                gap(sessionId, entry.path("gap"));
            }
            log(sessionId)
                    .attached(
                            entry.path("epoch").asString(""), entry.path("seq").asLong());
            onAttached(sessionId);
        }
    }

    /** Takes up the session that an attach was about. */
    final void attachAnswered(Reply reply) {
        if (reply.ok()) {
            entry(reply.tree());
        }
    }

    private void beat() {
        if (agent) {
            String seen = logs.entrySet().stream()
                    .filter(entry -> !entry.getValue().isEnded())
                    .map(entry ->
                            "\"" + entry.getKey() + "\":" + entry.getValue().whole())
                    .collect(Collectors.joining(","));
            ask("heartbeat", "{\"seen\":{" + seen + "}}", false, reply -> {});
        } else {
            ask("heartbeat", "{}", false, reply -> {});
        }
        laterHere(HEARTBEAT_SECONDS, this::beat);
    }

    @Override
    void onAnswered(long requestId, Scan frame) {
        Asked wanted = open.remove(requestId);
        if (wanted == null) {
            run().problem(id() + ": an answer to nothing: " + frame.all());
            return;
        }
        Reply reply = Reply.of(frame);
        String code = reply.code();
        if (!reply.ok()) {
            refusals.merge(code + " " + wanted.method, 1L, Long::sum);
        }
        boolean undone = code.equals("STORE_UNAVAILABLE")
                && reply.tree()
                        .path("data")
                        .path("details")
                        .path("outcome")
                        .asString("")
                        .equals("unknown");
        if (isPassing(code) && (wanted.repeatable || !undone)) {
            later(0.1 + random().nextDouble(), () -> put(wanted));
            return;
        }
        acknowledged += reply.ok() ? 1 : 0;
        wanted.then.accept(reply);
    }

    @Override
    void onPushed(Scan frame) {
        String method = frame.text(frame.outer(METHOD));
        JsonNode params =
                JsonMapper.shared().readTree(frame.text(frame.outer(PARAMS)).getBytes(StandardCharsets.UTF_8));
        if (method.equals("session.attached")) {
            entry(params.path("entry"));
            return;
        }
        String sessionId = params.path("sessionId").asString("");
        long seq = params.path("seq").asLong(0);
        if (method.equals("gap")) {
            gap(sessionId, params);
        } else if (!sessionId.isEmpty() && seq > 0) {
            log(sessionId).entry(method, params.path("epoch").asString(""), seq, params);
        }
        if (method.startsWith("task.") || seq == 0) {
            onTold(method, params);
        }
    }

    private void gap(String sessionId, JsonNode gap) {
        if (!run().lossIsBorne() || !gap.path("cause").asString("").equals("lost")) {
            run().problem(id() + " was told of a gap: " + gap);
            return;
        }
        log(sessionId).gap(gap.path("from").asLong(1));
        onGap(sessionId);
    }

    /** Notes how a task of a session stands now. */
    final void tellTask(JsonNode task) {
        String sessionId = task.path("sessionId").asString("");
        if (!sessionId.isEmpty()) {
            String endedAt = task.path("endedAt").asString("");
            log(sessionId)
                    .task(
                            task.path("taskId").asString(""),
                            task.path("status").asString(""),
                            !endedAt.isEmpty(),
                            endedAt,
                            WallClock.millis());
        }
    }

    /** Whether nothing that it asked for is left but heartbeats. */
    final boolean isSettled() {
        return isReady() && open.values().stream().allMatch(wanted -> wanted.method.equals("heartbeat"));
    }

    /** What it waits for, for a message to people; null for nothing. */
    final @Nullable String trouble() {
        if (!isReady()) {
            return id() + " is away";
        }
        return isSettled()
                ? null
                : id() + " waits for "
                        + open.values().stream().map(Asked::method).toList();
    }

    /** Adds its counts. */
    final void into(Tally tally, Map<String, Long> refusedBy) {
        tally.sent += asked;
        tally.acknowledged += acknowledged;
        tally.unanswered += isSettled() ? 0 : 1;
        refusals.forEach((what, times) -> refusedBy.merge(what, times, Long::sum));
    }
}
