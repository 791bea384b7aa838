package dev.parley.protocol.catalog;

import dev.parley.protocol.Cost;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.Permission;
import java.lang.reflect.RecordComponent;
import java.util.EnumSet;
import java.util.Set;

/**
 * What operations may be refused with: what their entries declare, and what follows from the rest of an entry by rules. For
 * documents, and for tests that hold answers to them. Stateless; any thread.
 */
public final class Refusals {
    /** Operations that an ended session does not refuse. */
    private static final Set<Operation<?, ?>> WHATEVER_THE_STATUS =
            Set.of(Operations.SESSION_DELETE, Operations.SESSION_RESUME);

    private Refusals() {}

    /** What an operation may be refused with over either way in. */
    public static Set<ErrorCode> of(Operation<?, ?> operation) {
        Set<ErrorCode> codes =
                EnumSet.of(ErrorCode.VALIDATION_ERROR, ErrorCode.STORE_UNAVAILABLE, ErrorCode.INTERNAL_ERROR);
        codes.addAll(operation.refusals());
        if (operation.permission() != Permission.ANYONE) {
            codes.add(ErrorCode.UNAUTHENTICATED);
            codes.add(ErrorCode.FORBIDDEN);
        }
        if (operation.cost() != Cost.FREE) {
            codes.add(ErrorCode.RATE_LIMITED);
        }
        if (has(operation, "ifMatch")) {
            codes.add(ErrorCode.VERSION_CONFLICT);
        }
        if (isOnSession(operation)) {
            codes.add(ErrorCode.SESSION_NOT_FOUND);
            if (!WHATEVER_THE_STATUS.contains(operation)) {
                codes.add(ErrorCode.SESSION_EXPIRED);
                if (operation.cost() != Cost.READ) {
                    codes.add(ErrorCode.SESSION_ENDED);
                }
            }
        }
        return codes;
    }

    /** What an operation may be refused with over HTTP. */
    public static Set<ErrorCode> overHttp(Operation<?, ?> operation, HttpBinding binding) {
        Set<ErrorCode> codes = of(operation);
        // Every body is read, whether it has something to say or not; so it may be too large.
        codes.add(ErrorCode.PAYLOAD_TOO_LARGE);
        codes.add(ErrorCode.DRAINING);
        if (binding.takesBody(operation.params())) {
            codes.add(ErrorCode.INVALID_JSON);
            codes.add(ErrorCode.INVALID_CONTENT_TYPE);
        }
        return codes;
    }

    /** What an operation may be refused with over a WebSocket. */
    public static Set<ErrorCode> overSocket(Operation<?, ?> operation) {
        Set<ErrorCode> codes = of(operation);
        // Only HTTP has a caller wait for an agent.
        codes.remove(ErrorCode.AGENT_TIMEOUT);
        return codes;
    }

    /** Whether an operation is about a session that must be there; one that a caller may name anew is raw JSON. */
    private static boolean isOnSession(Operation<?, ?> operation) {
        for (RecordComponent component : operation.params().getRecordComponents()) {
            if (component.getName().equals("sessionId") && component.getType() == String.class) {
                return true;
            }
        }
        return false;
    }

    private static boolean has(Operation<?, ?> operation, String name) {
        for (RecordComponent component : operation.params().getRecordComponents()) {
            if (component.getName().equals(name)) {
                return true;
            }
        }
        return false;
    }
}
