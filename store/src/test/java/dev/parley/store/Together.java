package dev.parley.store;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/** Threads that start things at the same moment, again and again. For one test at a time. */
final class Together implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** What one of the threads does; each has its own numbers, which the seed decides. */
    interface Task {
        void run(Random random) throws Exception;
    }

    /** Runs all tasks at once, each in its thread, and waits for all; the first failure is thrown. */
    void run(long seed, List<? extends Task> tasks) throws Exception {
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            Task task = tasks.get(i);
            Random random = new Random(seed * 31 + i);
            running.add(threads.submit(() -> {
                start.await(30, SECONDS);
                task.run(random);
                return null;
            }));
        }
        for (Future<?> one : running) {
            try {
                one.get(60, SECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("with seed " + seed, e.getCause());
            } catch (TimeoutException e) {
                throw new AssertionError("with seed " + seed + ": stuck", e);
            }
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
