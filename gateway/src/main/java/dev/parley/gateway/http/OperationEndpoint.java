package dev.parley.gateway.http;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionInfo;
import dev.parley.protocol.session.SessionResults;
import dev.parley.protocol.session.Versioned;
import java.lang.reflect.RecordComponent;
import java.net.InetSocketAddress;
import reactor.core.publisher.Mono;

/** Answers requests by an operation of the catalogue: params from the request, status and body from the result. */
final class OperationEndpoint<P, R> implements Endpoint {
    /** Callers over HTTP, as long as there are no credentials. */
    static Call call(Exchange exchange) {
        String address =
                exchange.channel().remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null
                        ? peer.getAddress().getHostAddress()
                        : null;
        return new Call(Caller.OPEN_HTTP, null, address);
    }

    private static final int CREATED = 201;

    private final Dispatcher dispatcher;
    private final Operation<P, R> operation;
    private final HttpBinding binding;
    private final boolean takesBody;

    OperationEndpoint(Dispatcher dispatcher, Operation<P, R> operation, HttpBinding binding) {
        this.dispatcher = dispatcher;
        this.operation = operation;
        this.binding = binding;
        this.takesBody = !binding.method().equals("GET") && !isBoundByPath(operation.params(), binding.path());
    }

    @Override
    public Mono<Answer.Full> answer(Exchange exchange) {
        RawJson body = takesBody ? exchange.json() : RawJson.EMPTY_OBJECT;
        RawJson params = Params.merge(exchange, body, takesBody ? binding.bodyAs() : null);
        return dispatcher
                .dispatch(call(exchange), operation, params, !takesBody)
                .map(this::answer);
    }

    private Answer.Full answer(R result) {
        Answer.Full answer = Answer.json(isMade(result) ? CREATED : binding.status(), (Object) result);
        return result instanceof Versioned versioned ? answer.with("ETag", etag(versioned.version())) : answer;
    }

    /** Whether an operation that finds or makes something made it. */
    private static boolean isMade(Object result) {
        return (result instanceof SessionInfo info && Boolean.TRUE.equals(info.created()))
                || (result instanceof SessionResults.AddedParticipant added && added.created());
    }

    private static String etag(long version) {
        return '"' + Long.toString(version) + '"';
    }

    /** Whether the path holds all params there are: then a body, whatever it is, has nothing to say. */
    static boolean isBoundByPath(Class<?> params, String path) {
        for (RecordComponent component : params.getRecordComponents()) {
            if (!(path + "/").contains("/:" + component.getName() + "/")) {
                return false;
            }
        }
        return true;
    }
}
