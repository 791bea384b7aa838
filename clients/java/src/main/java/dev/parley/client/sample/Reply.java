package dev.parley.client.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the agent answers to a text.
 *
 * @param text of the answer; empty when it stays silent
 * @param pieceMillis between two pieces of it
 * @param endsSession whether the session is completed afterwards
 */
record Reply(String text, long pieceMillis, boolean endsSession) {
    /** Texts of a message may have so many UTF-16 units. */
    static final int MAX_LENGTH = 4000;

    private static final long FAST_MILLIS = 40;
    private static final long BRISK_MILLIS = 15;
    private static final long SLOW_MILLIS = 250;
    private static final int QUOTED = 200;
    private static final int WORDS_PER_PIECE = 2;

    private static final String HELP = """
            I am the sample agent of this gateway. I repeat what you say, and I know a few words:
            slow - I answer in small pieces over some ten seconds
            long - I answer with a long text
            silence - I say nothing at all, so you see what waiting looks like
            end - I say goodbye and complete the session
            help - I tell you this again""";

    private static final String SLOW =
            "This answer takes its time. Each piece that you see is sent by itself while I am still writing, and the gateway "
                    + "passes it on at once to everybody who is attached. Nothing of it is stored yet. Cut your connection now "
                    + "and come back: some pieces are gone, but what counts will not be. For when I have finished, I send the "
                    + "whole text once more as a message, and that is what the log keeps, what history shows, and what replaces "
                    + "the pieces on your screen.";

    private static final List<String> LONG = List.of(
            "A session is one log. ",
            "Every message and every change that others should know of becomes an entry in it, and every entry has a number. ",
            "The numbers rise by one, they are given by the store, and everybody who is attached sees the entries in that order. ",
            "A client remembers the number of the last entry that it was told, and nothing else. ",
            "When its connection breaks, it names that number, and the gateway goes on behind it. ",
            "So a tunnel, a closed lid or a restarted server costs time, but no message. ",
            "A message is acknowledged when it is stored, and not before. ",
            "Whoever does not get the acknowledgement sends the same message again under the same id, and it is stored once. ");

    /** Whether there is nothing to say. */
    boolean isSilent() {
        return text.isEmpty();
    }

    /**
     * The answer to a message.
     *
     * @param content its text; null when it has only a payload
     */
    static Reply to(@Nullable String content) {
        if (content == null) {
            return new Reply(
                    "I got your data, but I only understand text. Say \"help\" to see what I know.",
                    FAST_MILLIS,
                    false);
        }
        return switch (content.strip().toLowerCase(Locale.ROOT)) {
            case "help", "?" -> new Reply(HELP, FAST_MILLIS, false);
            case "slow" -> new Reply(SLOW, SLOW_MILLIS, false);
            case "long" -> new Reply(longText(), BRISK_MILLIS, false);
            case "silence" -> new Reply("", 0, false);
            case "end" ->
                new Reply(
                        "Goodbye. I complete our session now; its history stays readable for a while.",
                        FAST_MILLIS,
                        true);
            default ->
                new Reply(
                        "You said: " + shortened(content) + "\nI am only a sample. Say \"help\" to see what I know.",
                        FAST_MILLIS,
                        false);
        };
    }

    private static String longText() {
        StringBuilder text = new StringBuilder();
        for (int chapter = 1; ; chapter++) {
            StringBuilder part = new StringBuilder(chapter == 1 ? "" : "\n\n")
                    .append(chapter)
                    .append(". ");
            LONG.forEach(part::append);
            if (text.length() + part.length() > MAX_LENGTH) {
                return text.toString();
            }
            text.append(part);
        }
    }

    /** The beginning of a text, never ending in the middle of a surrogate pair. */
    private static String shortened(String content) {
        if (content.length() <= QUOTED) {
            return content;
        }
        int end = Character.isHighSurrogate(content.charAt(QUOTED - 1)) ? QUOTED - 1 : QUOTED;
        return content.substring(0, end) + "…";
    }

    /** The text cut between words; put together again the pieces are the text. */
    List<String> pieces() {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        int words = 0;
        for (int i = 0; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i)) && ++words == WORDS_PER_PIECE) {
                pieces.add(text.substring(from, i + 1));
                from = i + 1;
                words = 0;
            }
        }
        if (from < text.length()) {
            pieces.add(text.substring(from));
        }
        return pieces;
    }
}
