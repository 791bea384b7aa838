package dev.parley.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The fenced blocks of one section of a Markdown document. A {@code sh} block may be followed by a {@code text} block with
 * what it prints, in which an ellipsis stands for any text.
 *
 * @param blocks in the order of the document
 */
record Tour(List<Block> blocks) {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");

    /** One block: its language and its text, which ends with a line break. */
    record Block(String language, String text) {}

    /** The blocks between the heading of that name and the next of its rank. */
    static Tour ofSection(String document, String heading) {
        int start = document.indexOf("\n## " + heading + "\n");
        int end = document.indexOf("\n## ", start + 1);
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(document.substring(start, end));
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return new Tour(blocks);
    }

    /** Whether the output is what the block promises, trailing white space aside. */
    static boolean matches(String promised, String output) {
        String regex = Pattern.compile("…")
                .splitAsStream(promised.strip())
                .map(Pattern::quote)
                .collect(Collectors.joining(".*?"));
        String open = promised.strip().endsWith("…") ? ".*" : "";
        return Pattern.compile(regex + open, Pattern.DOTALL)
                .matcher(output.strip())
                .matches();
    }
}
