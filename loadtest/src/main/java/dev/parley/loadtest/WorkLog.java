package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What one participant was told of one session: its log, and how tasks stood. On one event loop. */
final class WorkLog {
    private final boolean exact;
    private final TreeMap<Long, String> entries = new TreeMap<>();
    private final Map<String, End> taskEnds = new HashMap<>();
    private String epoch = "";
    private boolean known;
    private boolean made;
    private long position;
    private long whole;
    private long doubled;
    private long misordered;
    private long contradictions;
    private long gaps;
    private final List<Long> endsTwice = new ArrayList<>();
    private boolean ended;
    private boolean attached;

    /**
     * How a task was told to have ended.
     *
     * @param how its status and when; empty while it goes on
     * @param toldAt epoch milliseconds
     */
    record End(String how, long toldAt) {}

    /** @param exact whether nothing may come twice; an agent's replay may repeat what came since it was last seen */
    WorkLog(boolean exact) {
        this.exact = exact;
    }

    /** The session is asked for: whoever made it is told from its second entry on, its answer being the first. */
    void make() {
        made = true;
        whole = 1;
        position = 1;
    }

    /** It was made by this participant, and is attached. */
    void madeNow() {
        known = true;
        attached = true;
    }

    /** It was there already, and of its entries nothing is known yet. */
    void found() {
        made = false;
        whole = 0;
        position = 0;
    }

    /** Whether it was attached once. */
    boolean isKnown() {
        return known;
    }

    /** Whether the first entry is known by the answer to its making. */
    boolean isMade() {
        return made;
    }

    /** The session was attached: pushes go on behind this. */
    void attached(String epochNow, long seq) {
        known = true;
        attached = true;
        epoch = epochNow;
        position = seq;
    }

    /** The connection on which it was attached is gone. */
    void detached() {
        attached = false;
    }

    /** Whether the connection that is there has it attached, so that all of it has to come as pushes. */
    boolean isAttached() {
        return attached;
    }

    /** The log is read on, not pushed, behind the last entry that has all before it; answers that one's number. */
    long readOn() {
        position = whole;
        return whole;
    }

    /** What the log was called last; empty when it was never told. */
    String epoch() {
        return epoch;
    }

    /** An entry of the log came. */
    void entry(String method, String epochNow, long seq, JsonNode params) {
        // What a log is called changes with its generation, after a fault of Redis; its entries do not.
        String text = method + " "
                + (params instanceof ObjectNode object
                        ? object.deepCopy().without("epoch").hashCode()
                        : params.hashCode());
        String before = entries.putIfAbsent(seq, text);
        if (before != null) {
            doubled += exact ? 1 : 0;
            contradictions += before.equals(text) ? 0 : 1;
        }
        // Everything is for everybody in these sessions, so the numbers of one connection have no holes.
        misordered += seq == position + 1 ? 0 : 1;
        known = true;
        position = seq;
        epoch = epochNow;
        while (entries.containsKey(whole + 1)) {
            whole++;
        }
        ended |= method.equals("session.ended");
    }

    /** The entries from there on are lost, as was told: the log goes on before them. */
    void gap(long from) {
        gaps++;
        entries.tailMap(from, true).clear();
        whole = Math.min(whole, from - 1);
        position = from - 1;
        ended = false;
        made &= from > 1;
    }

    /** How often a loss was told. */
    long gaps() {
        return gaps;
    }

    /**
     * How a task stands was told.
     *
     * @param version tells one end from another
     * @param at epoch milliseconds
     */
    void task(String taskId, String status, boolean finished, String version, long at) {
        End end = new End(finished ? status + " " + version : "", at);
        End known = taskEnds.get(taskId);
        if (known != null && !known.how.isEmpty() && !known.how.equals(end.how)) {
            endsTwice.add(known.toldAt);
        }
        if (known == null || known.how.isEmpty() || !end.how.isEmpty()) {
            taskEnds.put(taskId, known != null && known.how.equals(end.how) ? known : end);
        }
    }

    /** Where to go on: the params of an attach. */
    String place(String sessionId) {
        return "{\"sessionId\":\"" + sessionId + "\"" + (epoch.isEmpty() ? "" : ",\"epoch\":\"" + epoch + "\"")
                + ",\"seq\":" + position + "}";
    }

    /** Entries by number, as text that is equal where they are. */
    Map<Long, String> entries() {
        return entries;
    }

    /** How each task was told to have ended, the last time that it was. */
    Map<String, End> taskEnds() {
        return taskEnds;
    }

    /** Up to where nothing is missing. */
    long whole() {
        return whole;
    }

    /** Whether its end came, and everything before it. */
    boolean isComplete() {
        return ended && !entries.isEmpty() && whole == entries.lastKey();
    }

    boolean isEnded() {
        return ended;
    }

    long doubled() {
        return doubled;
    }

    long misordered() {
        return misordered;
    }

    /** Entries that came again and were not the same. */
    long contradictions() {
        return contradictions;
    }

    /** When ends were told, in epoch milliseconds, after which the task was told to go on, or to end otherwise. */
    List<Long> endsTwice() {
        return endsTwice;
    }
}
