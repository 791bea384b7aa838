package dev.parley.time;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Time that stands still until a test moves it. The clock, what was scheduled here and what is delayed on the Reactor
 * scheduler are one time line, on which tasks run in the order of their instants, on the thread that moves it.
 */
public final class ManualTime implements TimeSource {
    /** 2026-01-01T00:00:00Z: where the clock starts. */
    public static final long START = 1_767_225_600_000L;

    private final VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
    private final CountingScheduler scheduler = new CountingScheduler(virtual);

    @Override
    public long nowMillis() {
        return START + scheduler.now(TimeUnit.MILLISECONDS);
    }

    @Override
    public long nanoTime() {
        return scheduler.now(TimeUnit.NANOSECONDS);
    }

    @Override
    public Cancellable schedule(long delayMillis, Runnable task) {
        Disposable scheduled = scheduler.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        return scheduled::dispose;
    }

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    /** Moves the clock, running what becomes due on the way at its own instant. */
    public void advance(Duration by) {
        virtual.advanceTimeBy(by);
    }

    /** Moves the clock to an instant that is not before now. */
    public void advanceTo(long epochMillis) {
        advance(Duration.ofMillis(epochMillis - nowMillis()));
    }

    /** How many tasks wait for their instant; repeating ones until they are called off. */
    public int pending() {
        return scheduler.waiting();
    }
}
