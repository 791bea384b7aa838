package dev.parley.gateway.agent;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Tells about agents. Called on event loops; keeps nothing between calls. */
public final class AgentService {
    private final Store store;

    /** Agents of a store. */
    public AgentService(Store store) {
        this.store = store;
    }

    /** Binds the operations on agents. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.AGENT_LIST, this::list).bind(Operations.AGENT_GET, this::get);
    }

    /** {@code agent.list}: those of the caller's workspace, most recently seen first. */
    public Mono<AgentParams.Agents> list(Call call, AgentParams.Query params) {
        return Mono.defer(() -> store.agents().list(call.caller().workspaceId(), online(params.online())))
                .map(AgentParams.Agents::new)
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    /** {@code agent.get}: an agent of another workspace is as unknown as one that never was. */
    public Mono<Agent> get(Call call, AgentParams.Ref params) {
        return Mono.defer(() -> store.agents().get(call.caller().workspaceId(), params.id()))
                .onErrorMap(failure -> failure instanceof StoreException.NotFound
                        ? ProtocolException.of(
                                        ErrorCode.AGENT_NOT_FOUND,
                                        "There is no agent with this id; check the id, or have the agent connect first.")
                                .with("agentId", params.id())
                        : ErrorMapper.map(failure, ""));
    }

    private static @Nullable Boolean online(@Nullable String given) {
        if (given == null || given.isEmpty()) {
            return null;
        }
        return switch (given) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default ->
                throw ProtocolException.of(ErrorCode.VALIDATION_ERROR, "online must be true or false, or be left out.")
                        .with("field", "online")
                        .with("providedValue", given)
                        .with("expectedFormat", "true or false");
        };
    }
}
