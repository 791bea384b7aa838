package dev.parley.gateway.operation;

import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Operations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Binds each operation of the catalogue to its handler; refuses to start while one is missing. Filled at assembly only. */
public final class OperationHandlers {
    private final Map<Operation<?, ?>, OperationHandler<?, ?>> handlers = new HashMap<>();

    /** Binds an operation; once each. */
    public <P, R> OperationHandlers bind(Operation<P, R> operation, OperationHandler<P, R> handler) {
        if (handlers.putIfAbsent(operation, handler) != null) {
            throw new IllegalStateException(operation.name() + " has two handlers");
        }
        return this;
    }

    /** Checks that nothing of the catalogue is left without a handler. */
    public OperationHandlers complete() {
        List<String> missing = new ArrayList<>();
        for (Operation<?, ?> operation : Operations.all()) {
            if (!handlers.containsKey(operation)) {
                missing.add(operation.name());
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException("no handler for " + String.join(", ", missing));
        }
        return this;
    }

    @SuppressWarnings("unchecked") // bind() is the only writer, and its types agree
    <P, R> OperationHandler<P, R> of(Operation<P, R> operation) {
        OperationHandler<?, ?> handler = handlers.get(operation);
        if (handler == null) {
            throw new IllegalStateException("no handler for " + operation.name());
        }
        return (OperationHandler<P, R>) handler;
    }
}
