package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares what a session's history holds in the end with what its two parties were told in the course of a run, and counts
 * every way in which these do not agree. Used by one thread.
 *
 * <p>What was acknowledged or pushed and is not in the history is lost; that is only borne when a {@code gap} told the party
 * that knew of it, and the other way round a gap that concerns nothing a party knew of is a false alarm. What is in the
 * history must have been pushed to the other party, once, in its order.
 */
final class SessionVerdict {
    private static final int MOST_WORDS = 12;

    /** Acknowledged sends that are not in the history, of which the sender was not told. */
    long lostUntold;
    /** Acknowledged sends that are not in the history, of which the sender was told. */
    long lostTold;
    /** Pushed messages of others that are not in the history, of which the receiver was not told. */
    long undoneUntold;
    /** Pushed messages of others that are not in the history, of which the receiver was told. */
    long undoneTold;
    /** Messages of the history that were never pushed to the other party. */
    long missed;
    /** Messages that are in the history twice, or were pushed twice. */
    long doubled;
    /** Messages whose order is not that of their sender, or not that of the log. */
    long misordered;
    /** Gaps that concern nothing which the party knew of. */
    long falseAlarms;
    /** Gaps that concern the party. */
    long gapsTold;
    /** Parties that were told of a loss. */
    long partiesTold;
    /** Messages in the histories. */
    long stored;
    /** Acknowledged sends. */
    long acknowledged;
    /** Messages of others that were pushed and are in the history. */
    long delivered;

    private final List<String> words = new ArrayList<>();

    /** The first failures in words. */
    List<String> words() {
        return List.copyOf(words);
    }

    /** Whether nothing was found that must not be. */
    boolean ok() {
        return lostUntold + undoneUntold + missed + doubled + misordered + falseAlarms == 0;
    }

    /**
     * Judges one session.
     *
     * @param session its id, for words
     * @param history what it holds, in the order of {@code seq}; steps are of no interest
     * @param parties both of them
     */
    void judge(String session, List<Ledger.Sight> history, List<Ledger> parties) {
        Map<Long, Long> placeOf = new HashMap<>();
        long[] last = {-1, -1};
        for (Ledger.Sight message : history) {
            stored++;
            if (placeOf.putIfAbsent(message.key(), message.seq()) != null) {
                doubled++;
                say(session, show(message) + " is in the history twice");
                continue;
            }
            int side = (int) (message.key() & 1);
            if (message.key() < last[side]) {
                misordered++;
                say(session, show(message) + " is in the history behind a later one of its sender");
            }
            last[side] = Math.max(last[side], message.key());
        }
        for (Ledger party : parties) {
            judge(session + (party.side() == 0 ? " user" : " agent"), placeOf, party);
        }
    }

    private void judge(String who, Map<Long, Long> placeOf, Ledger party) {
        Set<Long> known = new HashSet<>();
        Map<Long, Ledger.Sight> before = new HashMap<>();
        long lastSeq = 0;
        long lastStep = 0;
        for (Ledger.Sight sight : party.sights()) {
            Ledger.Sight earlier = before.put(sight.key(), sight);
            if (earlier != null && !isTold(party, earlier, sight.step(), false)) {
                doubled++;
                say(who, show(sight) + " was pushed twice");
            }
            if (sight.seq() <= lastSeq && !isToldBetween(party, lastStep, sight)) {
                misordered++;
                say(who, show(sight) + " was pushed behind " + lastSeq);
            }
            lastSeq = sight.seq();
            lastStep = sight.step();
            boolean own = (sight.key() & 1) == party.side();
            if (isThere(placeOf, sight)) {
                if (!own && known.add(sight.key())) {
                    delivered++;
                }
            } else if (!own) {
                boolean told = isTold(party, sight, Long.MAX_VALUE, false);
                undoneTold += told ? 1 : 0;
                undoneUntold += told ? 0 : 1;
                if (!told) {
                    say(who, show(sight) + " was pushed and is gone, and no gap told of it");
                }
            }
        }
        for (Ledger.Sight sent : party.acknowledged()) {
            acknowledged++;
            if (!isThere(placeOf, sent)) {
                boolean told = isTold(party, sent, Long.MAX_VALUE, true);
                lostTold += told ? 1 : 0;
                lostUntold += told ? 0 : 1;
                if (!told) {
                    say(who, show(sent) + " was acknowledged and is lost, and no gap told of it");
                }
            }
        }
        placeOf.forEach((key, seq) -> {
            if ((key & 1) != party.side() && !known.contains(key)) {
                missed++;
                say(who, show(new Ledger.Sight(0, seq, key)) + " is in the history and was never pushed");
            }
        });
        gaps(who, placeOf, party);
    }

    private void gaps(String who, Map<Long, Long> placeOf, Ledger party) {
        boolean told = false;
        for (Ledger.Gap gap : party.gaps()) {
            boolean concerns = gap.underWay() > 0;
            boolean ownAlone = gap.cause().equals(Ledger.ACKED);
            concerns |= !ownAlone && party.sights().stream().anyMatch(sight -> isLostBy(gap, sight, placeOf));
            concerns |= party.acknowledged().stream().anyMatch(sent -> isLostBy(gap, sent, placeOf));
            if (concerns && !gap.cause().equals("trimmed")) {
                gapsTold++;
                told = true;
            } else {
                falseAlarms++;
                say(who, gap + " concerns nothing that it knew of");
            }
        }
        partiesTold += told ? 1 : 0;
    }

    private static boolean isThere(Map<Long, Long> placeOf, Ledger.Sight sight) {
        return Long.valueOf(sight.seq()).equals(placeOf.get(sight.key()));
    }

    private static boolean isLostBy(Ledger.Gap gap, Ledger.Sight sight, Map<Long, Long> placeOf) {
        return sight.step() < gap.step() && covers(gap, sight) && !isThere(placeOf, sight);
    }

    /** Whether a gap told, after it was learned and before some step, that a message is not there any more. */
    private static boolean isTold(Ledger party, Ledger.Sight sight, long until, boolean own) {
        return party.gaps().stream()
                .anyMatch(gap -> gap.step() > sight.step()
                        && gap.step() < until
                        && (own || !gap.cause().equals(Ledger.ACKED))
                        && covers(gap, sight));
    }

    /** Whether a gap that was told between two pushes took the log back to before the second one. */
    private static boolean isToldBetween(Ledger party, long after, Ledger.Sight sight) {
        return party.gaps().stream()
                .anyMatch(gap -> gap.step() > after
                        && gap.step() < sight.step()
                        && !gap.cause().equals(Ledger.ACKED)
                        && gap.from() <= sight.seq());
    }

    private static boolean covers(Ledger.Gap gap, Ledger.Sight sight) {
        return gap.from() <= sight.seq()
                && sight.seq() <= gap.to()
                && !gap.cause().equals("trimmed");
    }

    private static String show(Ledger.Sight message) {
        return "message " + message.key() / 2 + ((message.key() & 1) == 0 ? " of the user" : " of the agent") + " at "
                + message.seq();
    }

    private void say(String who, String what) {
        if (words.size() < MOST_WORDS) {
            words.add(who + ": " + what);
        }
    }
}
