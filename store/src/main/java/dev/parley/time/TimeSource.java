package dev.parley.time;

import reactor.core.scheduler.Scheduler;

/** A clock and a scheduler that agree with each other. Safe for use from any thread. */
public interface TimeSource {
    /** Milliseconds since 1970, UTC. */
    long nowMillis();

    /** Monotonic nanoseconds for measuring durations; the origin is arbitrary. */
    long nanoTime();

    /**
     * Runs something later, on a thread of the time source that must not be blocked.
     *
     * @param delayMillis 0 or more
     * @param task hops to its own executor when it does more than a little
     * @return cancels the task when it has not run yet
     */
    Cancellable schedule(long delayMillis, Runnable task);

    /** A Reactor scheduler on the same time, for delays and time-outs of publishers. */
    Scheduler scheduler();

    /** A scheduled task that can be called off. */
    interface Cancellable {
        /** Calls the task off; without effect when it has run. */
        void cancel();
    }
}
