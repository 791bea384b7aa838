package dev.parley.gateway.http;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Form;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.envelope.EnvelopeAnswer;
import dev.parley.protocol.session.MadeOrFound;
import dev.parley.protocol.session.Versioned;
import java.net.InetSocketAddress;
import java.util.List;
import reactor.core.publisher.Mono;

/** Answers requests by an operation of the catalogue: params from the request, status and body from the result. */
final class OperationEndpoint<P, R> implements Endpoint {
    /** The header by which a trusted program says for which person it asks. */
    static final String USER_ID = "X-User-Id";

    /**
     * Who asks over HTTP, as long as there are no credentials: a trusted program, or the person that it says it asks for, with
     * that person's rights and no others.
     */
    static Call call(Exchange exchange) {
        String address =
                exchange.channel().remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null
                        ? peer.getAddress().getHostAddress()
                        : null;
        return new Call(caller(exchange.headers().getAll(USER_ID)), null, address);
    }

    private static Caller caller(List<String> userIds) {
        if (userIds.isEmpty()) {
            return Caller.OPEN_HTTP;
        }
        String id = String.join(", ", userIds);
        if (!Form.Kind.ID.accepts(id)) {
            String expected = "one id: " + Form.Kind.ID.expected();
            throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, USER_ID + " must be " + expected + ".")
                    .with("field", USER_ID)
                    .with("providedValue", id)
                    .with("expectedFormat", expected);
        }
        return new Caller(id, Caller.USER, Caller.DEFAULT_WORKSPACE, false);
    }

    private static final int OK = 200;

    private final Dispatcher dispatcher;
    private final Operation<P, R> operation;
    private final HttpBinding binding;
    private final boolean takesBody;

    OperationEndpoint(Dispatcher dispatcher, Operation<P, R> operation, HttpBinding binding) {
        this.dispatcher = dispatcher;
        this.operation = operation;
        this.binding = binding;
        this.takesBody = binding.takesBody(operation.params());
    }

    @Override
    public Mono<Answer.Full> answer(Exchange exchange) {
        RawJson body = takesBody ? exchange.json() : RawJson.EMPTY_OBJECT;
        RawJson params = Params.merge(exchange, body, takesBody ? binding.bodyAs() : null);
        return dispatcher
                .dispatch(call(exchange), operation, params, !takesBody)
                .map(this::answer);
    }

    /** What comes of a request may take a while; whoever waited for that has more than that it was taken. */
    private Answer.Full answer(R result) {
        if (result instanceof EnvelopeAnswer sent && sent.isSettled()) {
            return Answer.json(OK, (Object) result);
        }
        boolean made = binding.mayMake() && result instanceof MadeOrFound found && found.made();
        Answer.Full answer = Answer.json(made ? HttpBinding.CREATED : binding.status(), (Object) result);
        return result instanceof Versioned versioned ? answer.with("ETag", etag(versioned.version())) : answer;
    }

    private static String etag(long version) {
        return '"' + Long.toString(version) + '"';
    }
}
