package dev.parley.loadtest;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Listens at a Redis server to the commands of its clients (MONITOR), which slows the server down: for finding out what is
 * called, not while anything else is measured. Blocks; used by one thread.
 */
final class RedisMonitor implements AutoCloseable {
    /** What functions call is marked so; it is not told here. */
    private static final String BY_FUNCTION = " lua]";

    private final RedisSocket socket;

    /** Begins to listen. */
    RedisMonitor(int port) throws IOException {
        socket = new RedisSocket(port);
        socket.call("MONITOR");
    }

    /**
     * Tells commands, as their words, until one is the last, or for so many seconds.
     *
     * @param last told each command; answers whether to stop
     */
    void until(double seconds, Predicate<List<String>> last) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            String line;
            try {
                line = String.valueOf(socket.answer());
            } catch (SocketTimeoutException silence) {
                continue;
            }
            int words = line.indexOf("] ");
            if (words > 0 && !line.startsWith(BY_FUNCTION, words - BY_FUNCTION.length() + 1)) {
                if (last.test(words(line, words + 2))) {
                    return;
                }
            }
        }
    }

    /** The words of a command, each in quotation marks with escapes, as MONITOR shows them. */
    static List<String> words(String line, int from) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inside = false;
        for (int i = from; i < line.length(); i++) {
            char next = line.charAt(i);
            if (next == '"') {
                if (inside) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                inside = !inside;
            } else if (inside && next == '\\') {
                char escaped = line.charAt(++i);
                switch (escaped) {
                    case 'n' -> word.append('\n');
                    case 'r' -> word.append('\r');
                    case 't' -> word.append('\t');
                    case 'a' -> word.append('\u0007');
                    case 'b' -> word.append('\b');
                    case 'x' -> {
                        word.append((char) Integer.parseInt(line, i + 1, i + 3, 16));
                        i += 2;
                    }
                    default -> word.append(escaped);
                }
            } else if (inside) {
                word.append(next);
            }
        }
        return words;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
