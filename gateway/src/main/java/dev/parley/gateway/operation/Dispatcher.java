package dev.parley.gateway.operation;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The one path of every request: drain, rights, limits, binding, handler. Called on event loops. */
public final class Dispatcher {
    private final OperationHandlers handlers;
    private final RateLimiter limiter;
    private volatile boolean draining;

    /**
     * @param handlers complete
     * @param limiter of all callers
     */
    public Dispatcher(OperationHandlers handlers, RateLimiter limiter) {
        this.handlers = handlers.complete();
        this.limiter = limiter;
    }

    /** From now on requests over HTTP are refused with {@code DRAINING}. */
    public void drain() {
        draining = true;
    }

    /** Whether a graceful stop is under way. */
    public boolean isDraining() {
        return draining;
    }

    /** The refusal of a gateway that is going away. */
    public static ProtocolException drainingRefusal() {
        return ProtocolException.of(
                ErrorCode.DRAINING,
                "This gateway is going away; nothing was done. Connect again and repeat the request.");
    }

    /**
     * Does a request whose params are still JSON.
     *
     * @param call null before {@code connect}
     * @param lenientScalars whether numbers and booleans may come as strings, as in query parameters
     */
    public <P, R> Mono<R> dispatch(
            @Nullable Call call, Operation<P, R> operation, RawJson params, boolean lenientScalars) {
        return dispatch(call, operation, params, lenientScalars, handlers.of(operation));
    }

    /**
     * Does a request whose answer takes another form than the operation's own, by the same rights, limits and binding.
     *
     * @param handler called instead of the operation's own
     */
    public <P, R> Mono<R> dispatch(
            @Nullable Call call,
            Operation<P, ?> operation,
            RawJson params,
            boolean lenientScalars,
            OperationHandler<P, R> handler) {
        if (call == null) {
            return Mono.error(unauthenticated());
        }
        ProtocolException limited = limiter.refusal(call, operation.cost());
        if (limited != null) {
            return Mono.error(limited);
        }
        P bound;
        try {
            bound = BodyCodec.decode(params, operation.params(), lenientScalars);
        } catch (ProtocolException problem) {
            return Mono.error(problem);
        }
        try {
            return handler.handle(call, bound);
        } catch (ProtocolException refusal) {
            return Mono.error(refusal);
        }
    }

    /** The refusal of a request before {@code connect}. */
    public static ProtocolException unauthenticated() {
        return ProtocolException.of(
                ErrorCode.UNAUTHENTICATED, "Say who you are first: send a connect request with kind and id.");
    }
}
