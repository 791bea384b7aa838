package dev.parley.store;

import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Appended;
import dev.parley.time.TimeSource;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * A store as one sees it who repeats what the store could not do, or may have done without an answer, as all real callers do:
 * the same call with the same operation or message id. Whoever calls it must not be able to tell that anything went wrong.
 * Many threads may call at once.
 */
public final class RepeatingStore implements Store {
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final long PATIENCE_NANOS = 15_000_000_000L;

    private final Store target;
    private final TimeSource time;
    private volatile boolean closed;

    /**
     * @param time real
     */
    public RepeatingStore(Store target, TimeSource time) {
        this.target = target;
        this.time = time;
    }

    @Override
    public SessionStore sessions() {
        return repeating(SessionStore.class, target.sessions());
    }

    @Override
    public EventLog log() {
        return repeating(EventLog.class, target.log());
    }

    @Override
    public ChannelStore channels() {
        return repeating(ChannelStore.class, target.channels());
    }

    @Override
    public AgentStore agents() {
        return repeating(AgentStore.class, target.agents());
    }

    @Override
    public Outbox outbox() {
        return repeating(Outbox.class, target.outbox());
    }

    @Override
    public TaskStore tasks() {
        return repeating(TaskStore.class, target.tasks());
    }

    @Override
    public InboxStore inbox() {
        return repeating(InboxStore.class, target.inbox());
    }

    @Override
    public WebhookStore webhooks() {
        return repeating(WebhookStore.class, target.webhooks());
    }

    @Override
    public PresenceStore presence() {
        return repeating(PresenceStore.class, target.presence());
    }

    @Override
    public AggregationStore aggregations() {
        return repeating(AggregationStore.class, target.aggregations());
    }

    @Override
    public long nowMillis() {
        return target.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return repeated(target.ping(), new AtomicBoolean());
    }

    @Override
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            return target.close();
        });
    }

    private <T> T repeating(Class<T> part, T real) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (arguments != null && arguments[0] instanceof Append append) {
                return append(append);
            }
            Object result;
            try {
                result = method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            return result instanceof Mono<?> call ? repeated(call, new AtomicBoolean()) : result;
        };
        return part.cast(Proxy.newProxyInstance(part.getClassLoader(), new Class<?>[] {part}, handler));
    }

    /**
     * The answer to a repeat says that the message was there already. Whether it was there before the first attempt is what its
     * caller wants to know, and tells from how the session was.
     */
    private Mono<Appended> append(Append append) {
        return Mono.defer(() -> {
            AtomicBoolean unknown = new AtomicBoolean();
            Mono<Optional<SessionState>> before = repeated(
                            target.sessions().load(append.sessionId()), new AtomicBoolean())
                    .map(session -> Optional.of(session.state()))
                    .onErrorReturn(Optional.empty());
            return before.flatMap(was -> repeated(target.log().append(append), unknown)
                    .map(answer -> unknown.get() && was.isPresent() ? asIfDoneOnce(answer, was.get()) : answer));
        });
    }

    private static Appended asIfDoneOnce(Appended answer, SessionState was) {
        boolean duplicate = answer.event().seq() <= was.head();
        boolean renewed = !duplicate && answer.state().renewalCount() > was.renewalCount();
        return new Appended(answer.event(), duplicate, renewed, answer.state());
    }

    private <T> Mono<T> repeated(Mono<T> call, AtomicBoolean unknown) {
        return Mono.defer(() -> {
            long until = time.nanoTime() + PATIENCE_NANOS;
            return call.retryWhen(Retry.from(failures -> failures.concatMap(failed -> {
                if (!closed
                        && failed.failure() instanceof StoreException.Unavailable away
                        && time.nanoTime() - until < 0) {
                    unknown.compareAndSet(false, away.outcomeUnknown());
                    return Mono.delay(PAUSE, time.scheduler());
                }
                return Mono.error(failed.failure());
            })));
        });
    }
}
