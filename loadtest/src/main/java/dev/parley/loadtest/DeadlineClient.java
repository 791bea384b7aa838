package dev.parley.loadtest;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that watches sessions come to their end while gateways come and go. As a user it creates them, one after another,
 * and renews some, before their first warning or between two; as an agent it is attached to those that are made with it. It
 * notes whatever it is told of their deadlines. Runs on one event loop.
 */
final class DeadlineClient extends RoamingClient {
    /** Seconds of the warnings of every session. */
    static final long[] RUNGS = {8, 2};

    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] EXPIRING = Scan.name("session.expiring");
    private static final byte[] EXPIRED = Scan.name("session.expired");
    private static final byte[] ATTACHED = Scan.name("session.attached");
    private static final byte[] GAP = Scan.name("gap");
    private static final byte[] ENTRY = Scan.name("entry");
    private static final byte[] PARAMS = Scan.name("params");
    private static final byte[] SESSION_ID = Scan.name("sessionId");
    private static final byte[] EXPIRES_AT = Scan.name("expiresAt");
    private static final byte[] RUNG = Scan.name("rung");
    private static final byte[] SEQ = Scan.name("seq");
    private static final byte[] EPOCH = Scan.name("epoch");
    private static final byte[] FROM = Scan.name("from");
    private static final byte[] TO = Scan.name("to");
    private static final byte[] CAUSE = Scan.name("cause");
    private static final byte[] LOST = Scan.name("lost");
    private static final long CREATES = LoadConnection.LISTENER_IDS;
    private static final long RENEWALS = 2 * LoadConnection.LISTENER_IDS;
    private static final long ATTACHES = 3 * LoadConnection.LISTENER_IDS;
    private static final int MOST_LIVE = 80;
    private static final double TIGHT_BEFORE = 4;

    /** One session as this client has it. */
    private static final class Held {
        final DeadlineLedger ledger;
        final @Nullable DeadlineFacts facts;
        String epoch = "";
        long position;
        double seconds;
        boolean attached;
        int renewals;

        Held(DeadlineLedger ledger, @Nullable DeadlineFacts facts) {
            this.ledger = ledger;
            this.facts = facts;
        }
    }

    private final String prefix;
    private final List<String> agents;
    private final double everySeconds;
    private final double shortestSeconds;
    private final double longestSeconds;
    private final Map<String, Held> live = new LinkedHashMap<>();
    private final Map<String, Held> ended = new LinkedHashMap<>();
    private final Map<Long, Held> asked = new LinkedHashMap<>();
    private final Map<Long, Integer> renewing = new LinkedHashMap<>();
    private long numbers;
    private long requests;
    private int gaps;
    private final LongAdder told = new LongAdder();

    /**
     * @param prefix what the ids of the sessions that it creates begin with
     * @param agents whom it creates sessions with; empty for an agent
     * @param everySeconds mean time between creations
     * @param shortestSeconds the shortest time-out of a session
     * @param longestSeconds the longest one
     */
    DeadlineClient(
            Roaming run,
            int index,
            String kind,
            String id,
            long seed,
            String prefix,
            List<String> agents,
            double everySeconds,
            double shortestSeconds,
            double longestSeconds) {
        super(run, index, kind, id, seed);
        this.prefix = prefix;
        this.agents = agents;
        this.everySeconds = everySeconds;
        this.shortestSeconds = shortestSeconds;
        this.longestSeconds = longestSeconds;
    }

    /** Begins to create sessions; from any thread. */
    void begin() {
        later(0, this::plan);
    }

    @Override
    String connectMembers() {
        return ",\"sessions\":["
                + live.values().stream()
                        .filter(held -> held.attached)
                        .map(DeadlineClient::place)
                        .collect(Collectors.joining(","))
                + "]";
    }

    private static String place(Held held) {
        return "{\"sessionId\":\"" + held.ledger.sessionId() + "\""
                + (held.epoch.isEmpty() ? "" : ",\"epoch\":\"" + held.epoch + "\"") + ",\"seq\":" + held.position + "}";
    }

    @Override
    void onReady(JsonNode answer) {
        answer.path("sessions").forEach(this::entry);
        // Whether these were made nobody knows: ask.
        List.copyOf(live.values()).forEach(held -> {
            if (!held.attached) {
                ask(held);
            }
        });
    }

    @Override
    void onLost() {
        asked.clear();
        renewing.clear();
    }

    private void plan() {
        later(random().nextDouble() * 2 * everySeconds, () -> {
            if (!run().talking()) {
                return;
            }
            if (isReady() && live.size() < MOST_LIVE) {
                create();
            }
            plan();
        });
    }

    private void create() {
        String sessionId = prefix + "-" + numbers++;
        String agent = agents.get(random().nextInt(agents.size()));
        Held held = new Held(new DeadlineLedger(sessionId), new DeadlineFacts(sessionId, agent));
        held.seconds = shortestSeconds + (longestSeconds - shortestSeconds) * random().nextDouble();
        held.renewals = random().nextInt(3);
        live.put(sessionId, held);
        sayCreate(held);
    }

    private void sayCreate(Held held) {
        DeadlineFacts facts = held.facts;
        if (facts == null) {
            return;
        }
        long number = CREATES + ++requests;
        asked.put(number, held);
        request(
                number,
                "session.create",
                String.format(
                        Locale.ROOT,
                        "{\"sessionId\":\"%s\",\"agentId\":\"%s\",\"userId\":\"%s\",\"timeoutConfig\":{\"timeoutMinutes\":%.6f,"
                                + "\"autoRenew\":false,\"warningThresholdMinutes\":%.6f}}",
                        facts.sessionId(),
                        facts.agentId(),
                        id(),
                        held.seconds / 60,
                        RUNGS[0] / 60.0));
    }

    private void ask(Held held) {
        long number = ATTACHES + ++requests;
        asked.put(number, held);
        request(number, "session.attach", place(held));
    }

    /** Renewals come either well before the first warning, or between the first and the second. */
    private void planRenewal(Held held, long expiresAt) {
        DeadlineFacts facts = held.facts;
        if (facts == null || held.renewals == 0) {
            return;
        }
        held.renewals--;
        double left = (expiresAt - WallClock.millis()) / 1e3;
        boolean tight = random().nextBoolean();
        double after = tight ? left - TIGHT_BEFORE : random().nextDouble() * Math.max(0.5, left - RUNGS[0] - 3);
        later(Math.max(0.1, after), () -> {
            if (run().talking() && isReady() && held.attached && live.containsKey(facts.sessionId())) {
                long number = RENEWALS + ++requests;
                asked.put(number, held);
                renewing.put(number, facts.renewing(WallClock.millis()));
                request(number, "session.renew", "{\"sessionId\":\"" + facts.sessionId() + "\"}");
            }
        });
    }

    @Override
    void onAnswered(long requestId, Scan frame) {
        Held held = asked.remove(requestId);
        if (held == null) {
            return;
        }
        Reply reply = Reply.of(frame);
        if (requestId >= ATTACHES) {
            answeredAttach(held, reply);
        } else if (requestId >= RENEWALS) {
            answeredRenewal(held, renewing.remove(requestId), reply);
        } else {
            answeredCreate(held, reply);
        }
    }

    private void answeredCreate(Held held, Reply reply) {
        DeadlineFacts facts = held.facts;
        if (facts == null) {
            return;
        }
        if (reply.ok()) {
            begun(held, instant(reply.tree().path("expiresAt").asString("")));
        } else if (isPassing(reply.code())) {
            laterHere(0.2 + random().nextDouble(), () -> sayCreate(held));
        } else if (reply.code().equals("SESSION_CONFLICT")) {
            // The first attempt was carried out after all.
            ask(held);
        } else {
            run().problem(id() + ": a creation was refused: " + reply.json());
            live.remove(facts.sessionId());
        }
    }

    private void begun(Held held, long expiresAt) {
        long now = WallClock.millis();
        held.attached = true;
        held.ledger.attached(now);
        if (held.facts != null && !held.facts.isCreated()) {
            held.facts.created(now, expiresAt);
            planRenewal(held, expiresAt);
        }
    }

    private void answeredAttach(Held held, Reply reply) {
        if (reply.ok()) {
            entry(reply.tree());
        } else if (isPassing(reply.code())) {
            laterHere(0.2 + random().nextDouble(), () -> ask(held));
        } else {
            refused(held, reply.code());
        }
    }

    private void answeredRenewal(Held held, @Nullable Integer number, Reply reply) {
        DeadlineFacts facts = held.facts;
        if (facts == null || number == null) {
            return;
        }
        if (reply.ok()) {
            long expiresAt = instant(reply.tree().path("expiresAt").asString(""));
            facts.renewed(number, WallClock.millis(), expiresAt);
            planRenewal(held, expiresAt);
        } else if (!isPassing(reply.code()) && !reply.code().equals("SESSION_EXPIRED")) {
            refused(held, reply.code());
        }
    }

    private void entry(JsonNode entry) {
        String sessionId = entry.path("sessionId").asString("");
        Held held = live.get(sessionId);
        JsonNode error = entry.path("error");
        if (held == null) {
            if (ended.containsKey(sessionId) || !error.isMissingNode()) {
                return;
            }
            held = new Held(new DeadlineLedger(sessionId), null);
            live.put(sessionId, held);
        }
        if (!error.isMissingNode()) {
            String code = error.path("code").asString("");
            if (isPassing(code)) {
                Held again = held;
                laterHere(0.2 + random().nextDouble(), () -> ask(again));
            } else {
                refused(held, code);
            }
            return;
        }
        if (!entry.path("gap").isMissingNode()) {
            gaps++;
        }
        held.epoch = entry.path("epoch").asString("");
        held.position = entry.path("seq").asLong();
        long expiresAt = instant(entry.path("expiresAt").asString(""));
        begun(held, expiresAt);
        long warned = entry.path("warned").asLong(0);
        if (warned > 0) {
            tell(held, warned, expiresAt, false);
        }
    }

    private void refused(Held held, String code) {
        DeadlineFacts facts = held.facts;
        if (code.equals("SESSION_EXPIRED")) {
            tell(held, DeadlineLedger.EXPIRED, DeadlineLedger.UNKNOWN, false);
        } else if (facts != null && !facts.isCreated() && code.equals("SESSION_NOT_FOUND")) {
            sayCreate(held);
        } else {
            run().sessionLost(id() + " has no " + held.ledger.sessionId() + " any more: " + code);
            if (facts != null) {
                facts.lost();
            }
            end(held);
        }
    }

    private void tell(Held held, long rung, long expiresAt, boolean pushed) {
        held.ledger.add(new DeadlineLedger.Told(rung, expiresAt, WallClock.millis(), pushed, connectionNumber()));
        if (rung == DeadlineLedger.EXPIRED) {
            told.increment();
            end(held);
        }
    }

    private void end(Held held) {
        live.remove(held.ledger.sessionId());
        ended.put(held.ledger.sessionId(), held);
    }

    @Override
    void onPushed(Scan frame) {
        int method = frame.outer(METHOD);
        if (frame.is(method, ATTACHED)) {
            Scan params = new Scan();
            frame.into(frame.outer(PARAMS), params);
            entry(JsonMapper.shared().readTree(params.text(params.outer(ENTRY))));
            return;
        }
        int session = frame.inner(SESSION_ID);
        String sessionId = session == Scan.ABSENT ? "" : frame.text(session);
        Held known = live.get(sessionId);
        Held held = known == null ? ended.get(sessionId) : known;
        if (held == null) {
            return;
        }
        if (frame.is(method, GAP)) {
            gaps++;
            held.epoch = frame.text(frame.inner(EPOCH));
            if (frame.is(frame.inner(CAUSE), LOST)) {
                held.position = frame.number(frame.inner(FROM), 1) - 1;
                // It may have been all that there was.
                ask(held);
            } else {
                held.position = Math.max(held.position, frame.number(frame.inner(TO), 0));
            }
            return;
        }
        if (frame.is(method, EXPIRING)) {
            tell(held, frame.number(frame.inner(RUNG), -1), instant(frame.text(frame.inner(EXPIRES_AT))), true);
        } else if (frame.is(method, EXPIRED)) {
            tell(held, DeadlineLedger.EXPIRED, instant(frame.text(frame.inner(EXPIRES_AT))), true);
        }
        long seq = frame.number(frame.inner(SEQ), 0);
        if (seq > 0) {
            held.position = seq;
            held.epoch = frame.text(frame.inner(EPOCH));
        }
    }

    private static long instant(String text) {
        return text.isEmpty() ? DeadlineLedger.UNKNOWN : Instant.parse(text).toEpochMilli();
    }

    /** Expiries that it was told; from any thread. */
    long told() {
        return told.sum();
    }

    /** Gaps that it was told. */
    int gaps() {
        return gaps;
    }

    /** Whether it waits for nothing any more. */
    boolean isDone() {
        return live.isEmpty();
    }

    /** All that it knows of the sessions that it created. */
    List<DeadlineFacts> facts() {
        return Stream.concat(live.values().stream(), ended.values().stream())
                .map(held -> held.facts)
                .filter(Objects::nonNull)
                .toList();
    }

    /** What it was told of one session; null when it never heard of it. */
    @Nullable DeadlineLedger ledger(String sessionId) {
        Held known = live.get(sessionId);
        Held held = known == null ? ended.get(sessionId) : known;
        return held == null ? null : held.ledger;
    }

    /** The sessions that have not ended for it, for a message to people. */
    List<String> waitsFor() {
        return List.copyOf(live.keySet());
    }
}
