package dev.parley.gateway.http;

import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Operations;
import reactor.core.publisher.Mono;

/** All that is answered over HTTP: the operations of the catalogue, and what stands around them. */
final class ApiRoutes {
    private ApiRoutes() {}

    static Routes of(HttpParts parts, ReplyDesks desks) {
        Routes routes = new Routes();
        for (Operation<?, ?> operation : Operations.all()) {
            HttpBinding binding = operation.http();
            if (binding != null) {
                routes.add(binding.method(), binding.path(), endpoint(parts, desks, operation, binding));
            }
        }
        StatusEndpoints status = new StatusEndpoints(parts);
        StaticFiles files = new StaticFiles();
        Answer described = Answer.json(200, OpenApi.document());
        Answer socket = Answer.json(200, AsyncApi.document());
        return routes.add("GET", Operations.SESSIONS + "/:sessionId/events", new EventsEndpoint(parts))
                .add("GET", Operations.SESSIONS + "/health", status::sessions)
                .add("GET", "/health", status::health)
                .add("GET", "/ready", status::ready)
                .add("GET", "/metrics", status::metrics)
                .add("GET", "/openapi.json", exchange -> Mono.just(described))
                .add("GET", "/asyncapi.json", exchange -> Mono.just(socket))
                .add("GET", "/", files::page)
                .add("GET", "/web/*", files::file);
    }

    private static <P, R> Endpoint endpoint(
            HttpParts parts, ReplyDesks desks, Operation<P, R> operation, HttpBinding binding) {
        if (operation.equals(Operations.MESSAGE_SEND)) {
            return new MessageEndpoint(parts, desks);
        }
        return new OperationEndpoint<>(parts.dispatcher(), operation, binding);
    }
}
