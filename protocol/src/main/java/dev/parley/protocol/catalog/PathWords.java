package dev.parley.protocol.catalog;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Words that stand in paths where ids stand too. Fixed paths win, whatever their case, so what bears such a word as its id could
 * not be asked for over HTTP: whoever chooses an id is refused these.
 */
public final class PathWords {
    /** Not for agents. */
    public static final Set<String> OF_AGENTS = Set.of("by-capability", "register");

    /** Not for sessions. */
    public static final Set<String> OF_SESSIONS = Set.of("active", "health", "resolve");

    private PathWords() {}

    /** Whether an id is one of the words, whatever its case. */
    public static boolean isOneOf(Set<String> words, String id) {
        return words.contains(id.toLowerCase(Locale.ROOT));
    }

    /** What an id must be, in words for an error's details; follows on its form. */
    public static String not(Set<String> words) {
        return "and not " + String.join(", ", new TreeSet<>(words)) + ", which are words of paths";
    }
}
