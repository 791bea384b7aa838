package dev.parley.gateway.operation;

import reactor.core.publisher.Mono;

/**
 * Does one operation. Fails with {@link dev.parley.protocol.ProtocolException} for what a caller did wrong; store errors may
 * pass through, {@link ErrorMapper} knows them.
 */
@FunctionalInterface
public interface OperationHandler<P, R> {
    /**
     * Called on an event loop, once for each request; what it returns is subscribed to once and at once, so it may do its work
     * before that. May throw a refusal as well.
     */
    Mono<R> handle(Call call, P params);
}
