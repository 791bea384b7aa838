package dev.parley.store;

import dev.parley.time.TimeSource;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A real store at the end of a line that a test has in its hand: calls are counted, delayed, refused, done without an answer or
 * never done, and answers come on another thread. Feeds are left alone. Unless told otherwise everything passes at once, but,
 * unlike with the embedded store, nobody can tell beforehand that it will. Many threads may call at once.
 */
public final class FaultyStore implements Store {
    private static final Set<String> WRITES = Set.of(
            "create",
            "commit",
            "renew",
            "delete",
            "fire",
            "append",
            "seen",
            "connect",
            "disconnect",
            "heartbeat",
            "replace",
            "update",
            "cancel",
            "send",
            "markRead",
            "publish",
            "put");

    private final Store target;
    private final @Nullable TimeSource time;
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private volatile Line line = (call, argument) -> Trip.AT_ONCE;
    private volatile Executor answers = Runnable::run;
    private @Nullable String failing;
    private int failures;
    private boolean afterwards;
    private Supplier<RuntimeException> failure = IllegalStateException::new;
    private @Nullable String beforeCall;
    private Runnable before = () -> {};
    private boolean losing;
    private @Nullable Object lost;

    /** How calls travel. */
    @FunctionalInterface
    public interface Line {
        /**
         * How one call travels; asked on the caller's thread, in the order of the calls.
         *
         * @param call name of the method
         * @param argument the first one; null when there is none
         */
        Trip trip(String call, @Nullable Object argument);
    }

    /**
     * How one call travels.
     *
     * @param thereMillis until it reaches the store
     * @param backMillis until its answer is here
     * @param arrives whether it reaches the store at all
     * @param answered whether there is an answer
     * @param refusal why it fails without having been done; null when it does not
     */
    public record Trip(
            long thereMillis,
            long backMillis,
            boolean arrives,
            boolean answered,
            @Nullable RuntimeException refusal) {
        public static final Trip AT_ONCE = new Trip(0, 0, true, true, null);
        /** Nothing is done, and nobody says so. */
        public static final Trip SWALLOWED = new Trip(0, 0, false, false, null);
        /** It is done, but there is no answer. */
        public static final Trip MUTE = new Trip(0, 0, true, false, null);
        /** The store is known to be away. */
        public static final Trip REFUSED =
                new Trip(0, 0, false, false, new StoreException.Unavailable("the line is cut", false));

        public static Trip late(long thereMillis, long backMillis) {
            return new Trip(thereMillis, backMillis, true, true, null);
        }
    }

    /** A line without delays. */
    public FaultyStore(Store target) {
        this(target, null);
    }

    /**
     * @param time of delays
     */
    public FaultyStore(Store target, @Nullable TimeSource time) {
        this.target = target;
        this.time = time;
    }

    /** From now on calls travel like this. */
    public void line(Line changed) {
        line = changed;
    }

    /** From now on calls are done, and their answers come, on this. */
    public void answersOn(Executor executor) {
        answers = executor;
    }

    /** The calls since the last time, by their names. */
    public List<String> calls() {
        synchronized (calls) {
            List<String> made = List.copyOf(calls);
            calls.clear();
            return made;
        }
    }

    /** The next calls of that name fail without being done. */
    public void refuse(String call, int times, RuntimeException with) {
        failing = call;
        failures = times;
        failure = () -> with;
        afterwards = false;
    }

    /** The next call of that name is done, but its answer is lost. */
    public void loseAnswer(String call, RuntimeException with) {
        refuse(call, 1, with);
        afterwards = true;
    }

    /** Something that happens just before the next call of that name takes effect. */
    public void before(String call, Runnable something) {
        beforeCall = call;
        before = something;
    }

    /** Loses the answer of the next write, whichever it is. */
    public void loseNext() {
        losing = true;
        lost = null;
    }

    /** The answer that was lost last. */
    public Object lost() {
        return Objects.requireNonNull(lost);
    }

    /** Whether a write was done whose answer was lost, since {@link #loseNext} was called. */
    public boolean hasLost() {
        return !losing;
    }

    @Override
    public SessionStore sessions() {
        return atTheEnd(SessionStore.class, target.sessions());
    }

    @Override
    public EventLog log() {
        return atTheEnd(EventLog.class, target.log());
    }

    @Override
    public ChannelStore channels() {
        return atTheEnd(ChannelStore.class, target.channels());
    }

    @Override
    public AgentStore agents() {
        return atTheEnd(AgentStore.class, target.agents());
    }

    @Override
    public Outbox outbox() {
        return atTheEnd(Outbox.class, target.outbox());
    }

    @Override
    public TaskStore tasks() {
        return atTheEnd(TaskStore.class, target.tasks());
    }

    @Override
    public InboxStore inbox() {
        return atTheEnd(InboxStore.class, target.inbox());
    }

    @Override
    public WebhookStore webhooks() {
        return atTheEnd(WebhookStore.class, target.webhooks());
    }

    @Override
    public PresenceStore presence() {
        return atTheEnd(PresenceStore.class, target.presence());
    }

    @Override
    public AggregationStore aggregations() {
        return atTheEnd(AggregationStore.class, target.aggregations());
    }

    @Override
    public long nowMillis() {
        return target.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return call("ping", null, target::ping);
    }

    @Override
    public Mono<Void> close() {
        return target.close();
    }

    private <T> T atTheEnd(Class<T> part, T real) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            Object first = arguments == null ? null : arguments[0];
            return Mono.class.equals(method.getReturnType())
                    ? call(method.getName(), first, () -> (Mono<?>) invoke(() -> method.invoke(real, arguments)))
                    : invoke(() -> method.invoke(real, arguments));
        };
        return part.cast(Proxy.newProxyInstance(part.getClassLoader(), new Class<?>[] {part}, handler));
    }

    private <T> Mono<T> call(String name, @Nullable Object argument, Supplier<? extends Mono<? extends T>> real) {
        return Mono.defer(() -> {
            if (name.equals(beforeCall)) {
                beforeCall = null;
                before.run();
            }
            boolean fails = name.equals(failing) && failures > 0;
            if (fails) {
                failures--;
            }
            if (fails && !afterwards) {
                calls.add(name);
                return Mono.error(failure.get());
            }
            Mono<T> call = real.get().map(answer -> answer);
            if (losing && WRITES.contains(name)) {
                losing = false;
                calls.add(name);
                return call.doOnNext(answer -> lost = answer)
                        .then(Mono.error(new StoreException.Unavailable("the answer was lost", true)));
            }
            return travel(name, fails ? call.then(Mono.error(failure.get())) : call, line.trip(name, argument));
        });
    }

    /** What is on its way cannot be called back: who does not wait any more changes nothing at the other end. */
    private <T> Mono<T> travel(String name, Mono<T> call, Trip trip) {
        RuntimeException refusal = trip.refusal();
        return Mono.create(answer -> {
            // Noted when the caller has begun to wait, so that a test that sees it may let the time pass.
            calls.add(name);
            after(trip.thereMillis(), () -> {
                if (refusal != null) {
                    answer.error(refusal);
                } else if (trip.arrives()) {
                    call.materialize().subscribe(outcome -> {
                        if (trip.answered()) {
                            after(trip.backMillis(), () -> {
                                Throwable failed = outcome.getThrowable();
                                T value = outcome.get();
                                if (failed != null) {
                                    answer.error(failed);
                                } else if (value != null) {
                                    answer.success(value);
                                } else {
                                    answer.success();
                                }
                            });
                        }
                    });
                }
            });
        });
    }

    private void after(long millis, Runnable step) {
        if (millis > 0) {
            Objects.requireNonNull(time, "delays need a time").schedule(millis, () -> answers.execute(step));
        } else {
            answers.execute(step);
        }
    }

    private interface Reflective {
        @Nullable Object run() throws IllegalAccessException, InvocationTargetException;
    }

    private static @Nullable Object invoke(Reflective reflective) {
        try {
            return reflective.run();
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }
}
