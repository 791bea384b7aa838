package dev.parley.store.redis;

/** How listeners are told. */
final class Telling {
    private Telling() {}

    /** Calls a listener, whose defect is neither the store's failure nor a reason not to tell the others. */
    static void safely(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
