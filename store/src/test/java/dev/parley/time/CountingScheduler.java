package dev.parley.time;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/** Passes on to another scheduler and knows what still waits there. */
final class CountingScheduler implements Scheduler {
    private final Scheduler target;
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();

    CountingScheduler(Scheduler target) {
        this.target = target;
    }

    int waiting() {
        return waiting.size();
    }

    @Override
    public Disposable schedule(Runnable task) {
        Waiting added = new Waiting(task, false);
        return added.startedAs(target.schedule(added));
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        Waiting added = new Waiting(task, false);
        return added.startedAs(target.schedule(added, delay, unit));
    }

    @Override
    public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
        Waiting added = new Waiting(task, true);
        return added.startedAs(target.schedulePeriodically(added, initialDelay, period, unit));
    }

    @Override
    public long now(TimeUnit unit) {
        return target.now(unit);
    }

    @Override
    public Worker createWorker() {
        Set<Disposable> mine = ConcurrentHashMap.newKeySet();
        return new Worker() {
            @Override
            public Disposable schedule(Runnable task) {
                return keep(CountingScheduler.this.schedule(task));
            }

            @Override
            public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
                return keep(CountingScheduler.this.schedule(task, delay, unit));
            }

            @Override
            public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
                return keep(CountingScheduler.this.schedulePeriodically(task, initialDelay, period, unit));
            }

            @Override
            public void dispose() {
                mine.forEach(Disposable::dispose);
                mine.clear();
            }

            private Disposable keep(Disposable scheduled) {
                mine.add(scheduled);
                return scheduled;
            }
        };
    }

    @Override
    public void dispose() {
        target.dispose();
    }

    private final class Waiting implements Runnable, Disposable {
        private final Runnable task;
        private final boolean periodic;
        private final Disposable.Swap scheduled = Disposables.swap();

        Waiting(Runnable task, boolean periodic) {
            this.task = task;
            this.periodic = periodic;
            waiting.add(this);
        }

        Disposable startedAs(Disposable started) {
            scheduled.update(started);
            return this;
        }

        @Override
        public void run() {
            if (!periodic) {
                waiting.remove(this);
            }
            task.run();
        }

        @Override
        public void dispose() {
            waiting.remove(this);
            scheduled.dispose();
        }

        @Override
        public boolean isDisposed() {
            return !waiting.contains(this);
        }
    }
}
