package dev.parley.gateway.http;

import reactor.core.publisher.Mono;

/** Answers one method of one path. Called on the connection's event loop, after the body was read; never blocks. */
@FunctionalInterface
interface Endpoint {
    /** The answer; errors are mapped by {@link dev.parley.gateway.operation.ErrorMapper}. */
    Mono<? extends Answer> answer(Exchange exchange);
}
