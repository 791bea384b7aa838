package dev.parley.client;

/** Time and threads of one client, so that tests can run it on virtual time. */
interface ClientThreads {
    /** Runs something on the engine thread, after what was given before. */
    void engine(Runnable task);

    /**
     * Runs something on the engine thread later.
     *
     * @param delayMillis 0 or more
     */
    Timer later(long delayMillis, Runnable task);

    /** Monotonic nanoseconds. */
    long nanoTime();

    /** Runs a callback of the program, after those that were given before. */
    void callback(Runnable task);

    /** Completes a future; may run beside others, since what depends on it may block. */
    void complete(Runnable task);

    /** Whether the caller runs on the engine or callback thread and so must not wait for them. */
    boolean isOwnThread();

    /** Ends the threads once what was given has run; timers are dropped. */
    void close();

    /** Something that is due later. */
    interface Timer {
        /** Calls it off; without effect when it has run. */
        void cancel();
    }
}
