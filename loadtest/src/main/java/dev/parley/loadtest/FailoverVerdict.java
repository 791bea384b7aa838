package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;

/** Gathers what all clients of a run of failover know, has it judged, and fills the report. Main thread, after a barrier. */
final class FailoverVerdict {
    private static final int WIDTH = 8;
    private static final double LONGEST_ROLLING_SECONDS = 5;
    /** After its fault gateways connect again, look at everything anew, and catch up with what became due. */
    private static final double AFTER_REDIS_MILLIS = 5_000;
    /** Longer than the longest freeze and every wait: who is away longer does not come back by itself. */
    private static final double LONGEST_SECONDS = 45;

    private final Report results;
    private final Roaming roaming;
    private final Cast cast;

    FailoverVerdict(Report results, Roaming roaming, Cast cast) {
        this.results = results;
        this.roaming = roaming;
        this.cast = cast;
    }

    /**
     * Reads all histories over HTTP and compares them with what was acknowledged and seen.
     *
     * @param lossIsBorne whether acknowledged messages may be lost, as long as it is told
     */
    void messages(Target gateway, boolean lossIsBorne) {
        HistoryCheck reader = new HistoryCheck(gateway, TalkingClient.BYTES);
        Map<Integer, List<JsonNode>> histories = new ConcurrentHashMap<>();
        Generator.each(
                cast.users().size(),
                WIDTH,
                i -> reader.pages(cast.users().get(i).sessionId(), 0, new ArrayList<>())
                        .handle((history, failure) -> {
                            if (failure == null) {
                                histories.put(i, history);
                            } else {
                                roaming.sessionLost(String.valueOf(failure.getMessage()));
                                histories.put(i, List.of());
                            }
                            return history;
                        }));
        SessionVerdict verdict = new SessionVerdict();
        for (int i = 0; i < cast.users().size(); i++) {
            TalkingClient user = cast.users().get(i);
            TalkingClient agent = cast.agents().get(i);
            verdict.judge(
                    user.sessionId(),
                    placed(user, agent, histories.getOrDefault(i, List.of())),
                    List.of(user.ledger(), agent.ledger()));
        }
        fill(verdict, lossIsBorne);
    }

    /** A history as the verdict wants it; a message that nobody there sent becomes a problem. */
    private List<Ledger.Sight> placed(TalkingClient user, TalkingClient agent, List<JsonNode> history) {
        List<Ledger.Sight> placed = new ArrayList<>();
        for (JsonNode message : history) {
            String messageId = message.path("id").asString("");
            int dash = messageId.lastIndexOf('-');
            String author = dash < 0 ? "" : messageId.substring(0, dash);
            boolean byUser = author.equals(user.id());
            if ((!byUser && !author.equals(agent.id()))
                    || !message.path("authorId").asString("").equals(author)
                    || message.path("content").asString("").length() != TalkingClient.BYTES) {
                roaming.problem(user.sessionId() + " holds a message that nobody sent: " + message);
                continue;
            }
            placed.add(new Ledger.Sight(
                    0,
                    message.path("seq").asLong(),
                    Ledger.key(Long.parseLong(messageId.substring(dash + 1)), byUser ? 0 : 1)));
        }
        return placed;
    }

    private void fill(SessionVerdict verdict, boolean lossIsBorne) {
        Tally tally = results.tally();
        Map<String, Long> sends = new TreeMap<>();
        cast.talkers().forEach(client -> client.into(tally, sends));
        tally.acknowledged += verdict.acknowledged;
        tally.got += verdict.delivered;
        tally.lost += verdict.lostUntold + verdict.undoneUntold + verdict.missed + (lossIsBorne ? 0 : verdict.lostTold);
        tally.doubled += verdict.doubled;
        tally.misordered += verdict.misordered;
        if (verdict.falseAlarms > 0) {
            tally.fail(verdict.falseAlarms + " gaps were told that concern nothing");
        }
        String table = "messages";
        results.count(table, "in the histories", verdict.stored, "messages");
        results.count(table, "acknowledged", verdict.acknowledged, "messages");
        results.count(table, "acknowledged, lost, the sender not told", verdict.lostUntold, "messages");
        results.count(table, "acknowledged, lost, the sender told", verdict.lostTold, "messages");
        results.count(table, "pushed, then lost, the receiver not told", verdict.undoneUntold, "messages");
        results.count(table, "pushed, then lost, the receiver told", verdict.undoneTold, "messages");
        results.count(table, "stored and never pushed", verdict.missed, "messages");
        results.count(table, "doubled", verdict.doubled, "messages");
        results.count(table, "misordered", verdict.misordered, "messages");
        results.count(table, "gaps told to those concerned", verdict.gapsTold, "gaps");
        results.count(table, "clients told", verdict.partiesTold, "clients");
        results.count(table, "gaps told to others", verdict.falseAlarms, "gaps");
        results.count(table, "sessions told as gone", roaming.sessionsLost(), "times");
        sends.forEach((code, times) -> results.count(table, code, times, ""));
        verdict.words().forEach(tally::fail);
    }

    /** Has warnings and expiries judged. */
    void deadlines(List<FaultRun.Done> faults, double calmMillis, double disturbedMillis, boolean lossIsBorne) {
        DeadlineVerdict verdict =
                new DeadlineVerdict(DeadlineClient.RUNGS, faults, (long) disturbedMillis, lossIsBorne);
        Map<String, DeadlineClient> agents = new HashMap<>();
        cast.watchedBy().forEach(agent -> agents.put(agent.id(), agent));
        long sessions = 0;
        for (DeadlineClient user : cast.watchers()) {
            for (DeadlineFacts facts : user.facts()) {
                sessions += facts.isCreated() ? 1 : 0;
                verdict.judge(user.id(), facts, user.ledger(facts.sessionId()), user.stays());
                DeadlineClient agent = agents.get(facts.agentId());
                if (agent != null) {
                    verdict.judge(agent.id(), facts, agent.ledger(facts.sessionId()), agent.stays());
                }
            }
        }
        String table = "deadlines";
        results.count(table, "sessions", sessions, "sessions");
        results.count(table, "to be told", verdict.expected, "times");
        results.count(table, "told by push", verdict.pushed, "times");
        results.count(table, "told by the answer to an attach", verdict.answered, "times");
        results.count(table, "rungs passed over while away or at fault", verdict.passedOver, "times");
        results.count(table, "missed", verdict.missed, "times");
        results.count(table, "doubled", verdict.doubled, "times");
        results.count(table, "early, late beyond a renewal, or after the end", verdict.wrong, "times");
        results.count(table, "otherwise, as a failover of Redis had lost something", verdict.undone, "times");
        results.latency("deadlines late, no fault", verdict.calm);
        results.latency("deadlines late, fault elsewhere", verdict.disturbed);
        results.latency("deadlines late, gateway at fault", verdict.byFaulty);
        results.latency("deadlines late, due while Redis was at fault", verdict.withoutRedis);
        results.latency("the same, counted from the fault's end", verdict.afterRedis);
        results.latency("deadlines after coming back", verdict.afterReturn);
        Tally tally = results.tally();
        if (!verdict.ok()) {
            tally.fail("deadlines: " + verdict.missed + " missed, " + verdict.doubled + " doubled, " + verdict.wrong
                    + " wrong");
        }
        verdict.words().forEach(tally::fail);
        if (sessions > 0 && verdict.pushed == 0) {
            tally.fail("no deadline was pushed");
        }
        limit("deadlines without faults", verdict.calm, calmMillis);
        limit("deadlines while another gateway was at fault", verdict.disturbed, disturbedMillis);
        limit("deadlines after Redis was at fault", verdict.afterRedis, AFTER_REDIS_MILLIS);
    }

    private void limit(String what, Histogram late, double millis) {
        double p99 = late.getValueAtPercentile(99) / 1e6;
        if (late.getTotalCount() > 0 && p99 > millis) {
            results.tally().fail(what + ": late by " + p99 + " ms at the 99th percentile, " + millis + " allowed");
        }
    }

    /** How clients lost their gateways and came back. */
    void clients(FaultPlan.Plan plan) {
        Histogram resumes = new Histogram(3);
        Histogram acknowledgements = new Histogram(3);
        Map<String, Long> farewells = new TreeMap<>();
        long[] sums = new long[3];
        cast.all().forEach(client -> {
            resumes.add(client.resumeTimes());
            client.farewells().forEach((how, times) -> farewells.merge(how, times, Long::sum));
            sums[0] += client.letInWhileDraining();
            sums[1] += client.refusedConnects();
            sums[2] = Math.max(sums[2], client.longestAway());
        });
        cast.talkers().forEach(client -> acknowledgements.add(client.acknowledgements()));
        results.latency("time to resume", resumes);
        results.latency("acknowledgement", acknowledgements);
        farewells.forEach((how, times) -> results.count("connections", how, times, "times"));
        results.count("connections", "attempts to connect that failed", sums[1], "times");
        results.count("connections", "let in by a draining gateway", sums[0], "times");
        results.figure("connections", "longest time away", sums[2] / 1e9, "s");
        Tally tally = results.tally();
        if (sums[0] > 0) {
            tally.fail(sums[0] + " clients were let in by a gateway that was draining");
        }
        double longest = plan == FaultPlan.Plan.ROLLING ? LONGEST_ROLLING_SECONDS : LONGEST_SECONDS;
        if (sums[2] / 1e9 > longest) {
            tally.fail("a client was away for " + sums[2] / 1e9 + " s, " + longest + " allowed");
        }
        cast.talkers().forEach(client -> {
            String trouble = client.trouble();
            if (trouble != null) {
                tally.fail(trouble);
            }
        });
        cast.watching()
                .filter(client -> !client.isDone())
                .forEach(client -> tally.fail(client.id() + " still waits for " + client.waitsFor()));
    }
}
