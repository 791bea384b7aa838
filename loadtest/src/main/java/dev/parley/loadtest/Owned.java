package dev.parley.loadtest;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things that a run started and that end with it, the latest first. Used by the main thread. */
final class Owned implements AutoCloseable {
    /** Something that can be ended. */
    interface Ended {
        /** Ends it; blocks until it has ended. */
        void close();
    }

    private final Deque<Ended> ends = new ArrayDeque<>();
    private final Deque<ServerProcess> processes = new ArrayDeque<>();

    /** Takes over a process. */
    void add(ServerProcess process) {
        processes.push(process);
        ends.push(process::close);
    }

    /** Takes over something else. */
    void add(Ended other) {
        ends.push(other);
    }

    /** The process of the server that was started last. */
    ServerProcess last() {
        return processes.getFirst();
    }

    @Override
    public void close() {
        while (!ends.isEmpty()) {
            ends.pop().close();
        }
    }
}
