package dev.parley.gateway.agent;

import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.AgentStore.Capability;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The registry of agents. Called on event loops; keeps nothing between calls. */
public final class AgentService {
    private final Store store;
    private final LimitsConfig limits;

    /** Agents of a store. */
    public AgentService(Store store, LimitsConfig limits) {
        this.store = store;
        this.limits = limits;
    }

    /** Binds the operations on agents. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.AGENT_LIST, this::list)
                .bind(Operations.AGENT_GET, this::get)
                .bind(Operations.AGENT_REGISTER, this::register)
                .bind(Operations.AGENT_UNREGISTER, this::unregister)
                .bind(Operations.AGENT_FIND_BY_CAPABILITY, this::findByCapability)
                .bind(Operations.AGENT_CAPABILITIES, this::capabilities)
                .bind(Operations.AGENT_HEARTBEAT, this::heartbeat);
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
                .onErrorMap(failure -> told(failure, params.id()));
    }

    /** {@code agent.register}: what is left out stays as it was; whether it is online too. */
    public Mono<Agent> register(Call call, AgentParams.Register params) {
        return Mono.defer(() -> {
                    AgentRules.own(call, params.id());
                    return store.agents()
                            .register(AgentRules.registration(
                                    params, call.caller().workspaceId(), limits.maxMetadataLength(), null));
                })
                .onErrorMap(failure -> told(failure, params.id()));
    }

    /** {@code agent.unregister}: its connections are closed on whatever gateway. */
    public Mono<AgentParams.Unregistered> unregister(Call call, AgentParams.Ref params) {
        return Mono.defer(() -> store.agents()
                        .unregister(
                                call.caller().workspaceId(),
                                AgentRules.own(call, params.id()),
                                UUID.randomUUID().toString()))
                .thenReturn(new AgentParams.Unregistered(params.id(), true))
                .onErrorMap(failure -> told(failure, params.id()));
    }

    /** {@code agent.findByCapability}: online ones only; may be empty. */
    public Mono<AgentParams.Agents> findByCapability(Call call, AgentParams.ByCapability params) {
        return Mono.defer(() -> store.agents().withCapability(call.caller().workspaceId(), params.name()))
                .map(AgentParams.Agents::new)
                .onErrorMap(failure -> ErrorMapper.map(failure, ""));
    }

    /** {@code agent.capabilities}: takes none away. */
    public Mono<Agent> capabilities(Call call, AgentParams.AddCapabilities params) {
        return Mono.defer(() -> {
            String id = AgentRules.own(call, params.id());
            List<Capability> given = AgentRules.capabilities(params.capabilities());
            return store.agents()
                    .addCapabilities(call.caller().workspaceId(), id, given)
                    .onErrorMap(
                            StoreException.Full.class,
                            full -> AgentRules.invalid(
                                    "capabilities",
                                    given.size() + " more",
                                    "so few that the agent has at most " + Capability.MOST + ", and "
                                            + Capability.MOST_BYTES
                                            + " bytes of them; register it with a new list to replace all"))
                    .onErrorMap(failure -> told(failure, id));
        });
    }

    /** {@code agent.heartbeat}: for agents without a socket; it does not make one online. */
    public Mono<Agent> heartbeat(Call call, AgentParams.Beat params) {
        return Mono.defer(() -> {
            String id = AgentRules.own(call, params.id());
            AgentRules.health(params.health(), params.load());
            return store.agents()
                    .heartbeat(call.caller().workspaceId(), id, params.health(), params.load())
                    .onErrorMap(failure -> told(failure, id));
        });
    }

    /** A failure about one agent as its caller is told. */
    static Throwable told(Throwable failure, String agentId) {
        if (failure instanceof StoreException.NotFound) {
            return ProtocolException.of(
                            ErrorCode.AGENT_NOT_FOUND,
                            "There is no agent with this id; check the id, or have the agent connect first.")
                    .with("agentId", agentId);
        }
        return failure instanceof StoreException.Conflict ? AgentRules.taken(agentId) : ErrorMapper.map(failure, "");
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
