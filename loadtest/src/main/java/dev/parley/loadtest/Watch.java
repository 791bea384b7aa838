package dev.parley.loadtest;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A listener for clients that only stay connected: it notes what should not happen. Safe for all event loops. */
class Watch implements LoadConnection.Listener {
    private static final int LIMIT = 100;

    private final Map<String, Boolean> problems = new ConcurrentHashMap<>();
    private volatile boolean closing;

    /** From now on closed connections are as wanted. */
    final void expectClosing() {
        closing = true;
    }

    /** Notes a failure. */
    final void problem(String what) {
        if (problems.size() < LIMIT) {
            problems.put(what, Boolean.TRUE);
        }
    }

    /** Adds what was noted. */
    final void into(Tally tally) {
        problems.keySet().forEach(tally::fail);
    }

    @Override
    public void onPush(LoadConnection connection, Scan frame) {
        // Nothing that is pushed matters to a client that only stays.
    }

    @Override
    public void onClosed(LoadConnection connection, int code) {
        if (!closing) {
            problem("the server closed a connection with " + code);
        }
    }

    @Override
    public final void onDefect(LoadConnection connection, String what) {
        problem(what);
    }
}
