package dev.parley.client;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Real time, two daemon threads. The queue of callbacks needs no bound of its own: the socket is read only as far ahead of
 * the callbacks as {@link ClientCore#WINDOW} allows. What is given after the end is dropped.
 */
final class SystemThreads implements ClientThreads {
    private final ScheduledThreadPoolExecutor engine;
    private final ThreadPoolExecutor callbacks;
    private final ThreadLocal<Boolean> own = ThreadLocal.withInitial(() -> false);

    SystemThreads(String name) {
        engine = new ScheduledThreadPoolExecutor(
                1, threads("parley-client-" + name), new ThreadPoolExecutor.DiscardPolicy());
        engine.setRemoveOnCancelPolicy(true);
        engine.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        callbacks = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads("parley-callbacks-" + name),
                new ThreadPoolExecutor.DiscardPolicy());
    }

    private ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(
                    () -> {
                        own.set(true);
                        task.run();
                    },
                    name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void engine(Runnable task) {
        engine.execute(task);
    }

    @Override
    public Timer later(long delayMillis, Runnable task) {
        ScheduledFuture<?> future = engine.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        return () -> future.cancel(false);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void callback(Runnable task) {
        callbacks.execute(task);
    }

    @Override
    public void complete(Runnable task) {
        ForkJoinPool.commonPool().execute(task);
    }

    @Override
    public boolean isOwnThread() {
        return own.get();
    }

    @Override
    public void close() {
        engine.shutdown();
        callbacks.shutdown();
    }
}
