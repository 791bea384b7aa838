package dev.parley.gateway.session;

import dev.parley.store.AgentStore;
import dev.parley.store.EventLog;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A real store with a window: which calls were made, and a way to have one fail. Many threads may call at once. */
final class StoreProbe implements Store {
    private final Store store;
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private @Nullable String failing;
    private int failures;
    private boolean afterwards;
    private Function<String, RuntimeException> failure = IllegalStateException::new;
    private Runnable before = () -> {};
    private @Nullable String beforeCall;

    StoreProbe(Store store) {
        this.store = store;
    }

    /** The calls since the last time, by their names. */
    List<String> calls() {
        List<String> made = List.copyOf(calls);
        calls.clear();
        return made;
    }

    /** The next calls of that name fail without being done. */
    void refuse(String call, int times, RuntimeException with) {
        failing = call;
        failures = times;
        failure = name -> with;
        afterwards = false;
    }

    /** The next call of that name is done, but its answer is lost. */
    void loseAnswer(String call, RuntimeException with) {
        refuse(call, 1, with);
        afterwards = true;
    }

    /** Something that happens just before the next call of that name takes effect. */
    void before(String call, Runnable something) {
        beforeCall = call;
        before = something;
    }

    @Override
    public SessionStore sessions() {
        return probe(SessionStore.class, store.sessions());
    }

    @Override
    public EventLog log() {
        return probe(EventLog.class, store.log());
    }

    @Override
    public AgentStore agents() {
        return probe(AgentStore.class, store.agents());
    }

    @Override
    public long nowMillis() {
        return store.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return store.ping();
    }

    @Override
    public Mono<Void> close() {
        return store.close();
    }

    private <T> T probe(Class<T> part, T real) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            String name = method.getName();
            if (!Mono.class.equals(method.getReturnType())) {
                return call(() -> method.invoke(real, arguments));
            }
            return Mono.defer(() -> {
                calls.add(name);
                if (name.equals(beforeCall)) {
                    beforeCall = null;
                    before.run();
                }
                boolean fails = name.equals(failing) && failures > 0;
                if (fails) {
                    failures--;
                }
                if (fails && !afterwards) {
                    return Mono.error(failure.apply(name));
                }
                Mono<?> done = (Mono<?>) call(() -> method.invoke(real, arguments));
                return fails ? done.then(Mono.error(failure.apply(name))) : done;
            });
        };
        return part.cast(Proxy.newProxyInstance(part.getClassLoader(), new Class<?>[] {part}, handler));
    }

    private interface Reflective {
        Object run() throws IllegalAccessException, InvocationTargetException;
    }

    private static Object call(Reflective reflective) {
        try {
            return reflective.run();
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }
}
