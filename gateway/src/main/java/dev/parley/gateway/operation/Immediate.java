package dev.parley.gateway.operation;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Takes the answer of a Mono that needs no waiting, such as one of the embedded store, without subscribing to it: a chain of
 * operators for every message costs more than what the message itself needs. Reactor marks such Monos as {@link Callable}, and
 * takes the same short cut in its own operators.
 */
public final class Immediate {
    private Immediate() {}

    /** Whether {@link #get} gives the answer without waiting. */
    public static boolean is(Mono<?> mono) {
        return mono instanceof Callable;
    }

    /**
     * Does what a subscription would, and answers as it would; to be called once.
     *
     * @param mono one that {@link #is} immediate
     * @return null when it completes without a value
     * @throws RuntimeException what the subscription would fail with
     */
    @SuppressWarnings("unchecked") // a Mono that is Callable calls to what it emits
    public static <T> @Nullable T get(Mono<T> mono) {
        try {
            return ((Callable<T>) mono).call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw reactor.core.Exceptions.propagate(e);
        }
    }
}
