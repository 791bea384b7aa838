package dev.parley.client;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Everything on the test's thread, time moved by hand. */
final class VirtualThreads implements ClientThreads {
    private record Due(long at, long order, Runnable task) {}

    private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Due> later =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
    private final ArrayDeque<Runnable> heldCallbacks = new ArrayDeque<>();
    private long nowMillis;
    private long order;
    private boolean callbacksHeld;
    private boolean closed;

    /** Runs what is ready, and what that makes ready. */
    void settle() {
        Runnable task = ready.poll();
        while (task != null) {
            task.run();
            task = ready.poll();
        }
    }

    /** Lets time pass; what falls due runs at its instant. */
    void advance(long millis) {
        settle();
        long end = nowMillis + millis;
        Due next = later.peek();
        while (next != null && next.at() <= end) {
            later.remove();
            nowMillis = next.at();
            next.task().run();
            settle();
            next = later.peek();
        }
        nowMillis = end;
    }

    long nowMillis() {
        return nowMillis;
    }

    boolean isClosed() {
        return closed;
    }

    /** The program is busy: callbacks wait until they are let go. */
    void holdCallbacks() {
        callbacksHeld = true;
    }

    void letCallbacksGo() {
        callbacksHeld = false;
        ready.addAll(heldCallbacks);
        heldCallbacks.clear();
        settle();
    }

    @Override
    public void engine(Runnable task) {
        ready.add(task);
    }

    @Override
    public Timer later(long delayMillis, Runnable task) {
        Due due = new Due(nowMillis + delayMillis, order++, task);
        later.add(due);
        return () -> later.remove(due);
    }

    @Override
    public long nanoTime() {
        return nowMillis * 1_000_000;
    }

    @Override
    public void callback(Runnable task) {
        (callbacksHeld ? heldCallbacks : ready).add(task);
    }

    @Override
    public void complete(Runnable task) {
        ready.add(task);
    }

    @Override
    public boolean isOwnThread() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
        later.clear();
    }
}
