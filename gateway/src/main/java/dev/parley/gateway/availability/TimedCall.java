package dev.parley.gateway.availability;

import dev.parley.store.StoreException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/**
 * A call of the store that fails when no answer comes in time. An answer that comes later is dropped, or given to somebody
 * who clears it away.
 */
final class TimedCall<T> extends MonoOperator<T, T> {
    private final CallDeadlines deadlines;
    private final boolean write;
    private final @Nullable Consumer<? super T> late;

    /**
     * @param write whether the call may have been done although no answer came
     * @param late clears an answer away that nobody waits for any more; null when there is nothing to clear away
     */
    TimedCall(Mono<T> call, CallDeadlines deadlines, boolean write, @Nullable Consumer<? super T> late) {
        super(call);
        this.deadlines = deadlines;
        this.write = write;
        this.late = late;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new Waiting<>(actual, deadlines, write, late));
    }

    private static final class Waiting<T> extends CallDeadlines.Call implements CoreSubscriber<T>, Subscription {
        private static final int OUT = 0;
        private static final int ANSWERED = 1;
        private static final int OVER = 2;

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<Waiting> STATE =
                AtomicIntegerFieldUpdater.newUpdater(Waiting.class, "state");

        private final CoreSubscriber<? super T> actual;
        private final CallDeadlines deadlines;
        private final boolean write;
        private final @Nullable Consumer<? super T> late;

        @SuppressWarnings("UnusedVariable") // read and set by its updater
        private volatile int state;

        private @Nullable Subscription upstream;

        Waiting(
                CoreSubscriber<? super T> actual,
                CallDeadlines deadlines,
                boolean write,
                @Nullable Consumer<? super T> late) {
            this.actual = actual;
            this.deadlines = deadlines;
            this.write = write;
            this.late = late;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            actual.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            Subscription call = upstream;
            if (call != null) {
                // Before the call goes out, as its answer takes it off again.
                deadlines.add(this);
                call.request(n);
            }
        }

        @Override
        public void onNext(T answer) {
            if (STATE.compareAndSet(this, OUT, ANSWERED)) {
                deadlines.remove(this);
                actual.onNext(answer);
            } else if (late != null) {
                late.accept(answer);
            }
        }

        @Override
        public void onComplete() {
            if (STATE.compareAndSet(this, ANSWERED, OVER)) {
                actual.onComplete();
            } else if (STATE.compareAndSet(this, OUT, OVER)) {
                deadlines.remove(this);
                actual.onComplete();
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (STATE.getAndSet(this, OVER) != OVER) {
                deadlines.remove(this);
                actual.onError(failure);
            }
        }

        @Override
        public void cancel() {
            if (STATE.getAndSet(this, OVER) != OVER) {
                deadlines.remove(this);
                giveUp();
            }
        }

        @Override
        void expire() {
            if (STATE.compareAndSet(this, OUT, OVER)) {
                giveUp();
                actual.onError(new StoreException.Unavailable("no answer in " + deadlines.millis() + " ms", write));
            }
        }

        /** What has to be cleared away must be let come first. */
        private void giveUp() {
            Subscription call = upstream;
            if (call != null && late == null) {
                call.cancel();
            }
        }
    }
}
