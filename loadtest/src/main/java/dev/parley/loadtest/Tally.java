package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The counts of a run and the verdict on them. A run is good when nothing was lost, doubled, out of order, sent to the
 * wrong place or left without an answer, every resume was recovered, and no other failure was noted. Used by one thread.
 */
final class Tally {
    /** Messages that clients sent. */
    long sent;
    /** Sends that the server acknowledged. */
    long acknowledged;
    /** Sends that the server refused with an error. */
    long refused;
    /** Messages (or pushes) that arrived where they belong, without repetitions. */
    long got;
    /** Acknowledged messages that a receiver never got. */
    long lost;
    /** Arrivals of something that this receiver had already. */
    long doubled;
    /** Arrivals after a later one. */
    long misordered;
    /** Arrivals at a receiver, or in a session, where they do not belong. */
    long misrouted;
    /** Sends that got neither an acknowledgement nor an error. */
    long unanswered;
    /** Attempts to go on from a position. */
    long resumes;
    /** Resumes that the server answered with {@code recovered: true}. */
    long recovered;

    private final List<String> failures = new ArrayList<>();

    /** Notes a failure that is not a count; the first twenty are kept word for word. */
    void fail(String what) {
        if (failures.size() < 20) {
            failures.add(what);
        }
    }

    /** Adds another part of the same run. */
    void add(Tally other) {
        sent += other.sent;
        acknowledged += other.acknowledged;
        refused += other.refused;
        got += other.got;
        lost += other.lost;
        doubled += other.doubled;
        misordered += other.misordered;
        misrouted += other.misrouted;
        unanswered += other.unanswered;
        resumes += other.resumes;
        recovered += other.recovered;
        other.failures.forEach(this::fail);
    }

    /** Adds what one receiver got of one sender's messages. */
    void addStream(StreamCheck check, long lostHere) {
        got += check.got();
        doubled += check.doubled();
        misordered += check.misordered();
        lost += lostHere;
    }

    /** The failures that were noted, in order. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Whether the run was good. A run in which nothing arrived at all is not. */
    boolean ok() {
        return lost == 0
                && doubled == 0
                && misordered == 0
                && misrouted == 0
                && unanswered == 0
                && recovered == resumes
                && got > 0
                && failures.isEmpty();
    }

    /** The counts by name, in the order in which they are shown. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("sent", sent);
        counts.put("acknowledged", acknowledged);
        counts.put("refused", refused);
        counts.put("unanswered", unanswered);
        counts.put("got", got);
        counts.put("lost", lost);
        counts.put("doubled", doubled);
        counts.put("misordered", misordered);
        counts.put("misrouted", misrouted);
        if (resumes > 0) {
            counts.put("resumes", resumes);
            counts.put("recovered", recovered);
        }
        return counts;
    }

    /** The one line that says it all. */
    String line() {
        StringBuilder line = new StringBuilder(ok() ? "verdict: ok" : "verdict: FAILED");
        counts().forEach((name, value) -> line.append(String.format(Locale.ROOT, " %s=%d", name, value)));
        if (got == 0) {
            line.append(" (nothing arrived)");
        }
        if (!failures.isEmpty()) {
            line.append(" (").append(failures.get(0).lines().findFirst().orElse(""));
            if (failures.size() > 1) {
                line.append(" and ").append(failures.size() - 1).append(" more");
            }
            line.append(')');
        }
        return line.toString();
    }
}
