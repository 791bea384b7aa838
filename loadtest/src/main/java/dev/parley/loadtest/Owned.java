package dev.parley.loadtest;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things that a run started and that end with it, the latest first. Used by the main thread. */
final class Owned implements AutoCloseable {
    private final Deque<ServerProcess> processes = new ArrayDeque<>();

    /** Takes over a process. */
    void add(ServerProcess process) {
        processes.push(process);
    }

    /** The process of the server that was started last. */
    ServerProcess last() {
        return processes.getFirst();
    }

    @Override
    public void close() {
        while (!processes.isEmpty()) {
            processes.pop().close();
        }
    }
}
