package dev.parley.store;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Agents and the connection that each one lives on. */
public interface AgentStore {
    /**
     * Registers an agent, or updates what it says of itself; whether it is online stays as it is. An id of another workspace is
     * {@link StoreException.Conflict}.
     */
    Mono<Agent> register(Registration registration);

    /**
     * Registers or updates an agent and makes a connection its holder: it is online, and whoever held it before is told by
     * {@link AgentListener#onHolder}. An id of another workspace is {@link StoreException.Conflict}. A connection that was
     * asked for before the agent's last one was is {@link StoreException.Unavailable}, not done: its call was held up on the
     * way, and the agent has gone elsewhere meanwhile.
     *
     * @param registration what it says of itself
     * @param connectionId the new holder
     */
    Mono<Agent> connect(Registration registration, String connectionId);

    /** The same of an agent that says all that a record says; its {@code connectedAt} tells when it was asked for. */
    default Mono<Agent> connect(Agent agent, String connectionId) {
        return connect(Registration.of(agent), connectionId);
    }

    /**
     * Takes an agent out of the registry: its connection holds it no longer, which {@link AgentListener#onUnregistered} tells, and
     * anybody may register its id; whoever does is registered later than this. Fails with {@link StoreException.NotFound}, for one of another workspace too; a repeat of an
     * operation id that took it out succeeds.
     */
    Mono<Void> unregister(String workspaceId, String agentId, String operationId);

    /**
     * Whether an agent that was granted to a connection was not unregistered since, though it may have been registered anew. A
     * gateway asks once the connection stands where {@link AgentListener#onUnregistered} finds it: what was done before is
     * answered here, what is done afterwards is told there, so no connection outlives its agent's registration in between. One
     * that the store lost was not unregistered.
     *
     * @param granted as {@link #connect} answered it
     */
    Mono<Boolean> isStillRegistered(Agent granted);

    /**
     * Adds capabilities, or replaces those of the same name in their places; takes none away. Fails with {@link
     * StoreException.NotFound}, and with {@link StoreException.Full} when there would be more than {@link Capability#MOST} of
     * them, or more than {@link Capability#MOST_BYTES}.
     */
    Mono<Agent> addCapabilities(String workspaceId, String agentId, List<Capability> capabilities);

    /** Makes an agent offline, when that connection still holds it; otherwise nothing. */
    Mono<Void> disconnect(String agentId, String connectionId);

    /** Sets last seen, health and load; nulls leave as is. Fails with {@link StoreException.NotFound}. */
    Mono<Agent> heartbeat(String workspaceId, String agentId, @Nullable String health, @Nullable Double load);

    /** Reads an agent; fails with {@link StoreException.NotFound}, for one of another workspace too. */
    Mono<Agent> get(String workspaceId, String agentId);

    /**
     * All agents of a workspace, most recently seen first.
     *
     * @param online null for all
     */
    Mono<List<Agent>> list(String workspaceId, @Nullable Boolean online);

    /** The agents of a workspace that are online and have a capability of exactly that name, most recently seen first. */
    Mono<List<Agent>> withCapability(String workspaceId, String capability);

    /** The agents of a workspace that are online and follow any channel, in no order. */
    Mono<List<Agent>> followers(String workspaceId);

    /** Hears about all agents from now on; the answer comes once nothing can be missed. Closing it ends the calls. */
    Mono<AutoCloseable> subscribe(AgentListener listener);

    /** Hears about agents. Called on any thread, in order for one agent; only enqueues. */
    interface AgentListener {
        /**
         * Who holds an agent changed, or what one says of itself that is online.
         *
         * @param agent as it is now; {@code isOnline} tells whether anybody does
         * @param connectionId the holder; null when it went offline
         */
        void onHolder(Agent agent, @Nullable String connectionId);

        /**
         * An agent was taken out of the registry.
         *
         * @param since connections that were granted up to then held it
         */
        default void onUnregistered(String workspaceId, String agentId, Instant since) {}

        /** An agent became a participant of a session. */
        void onAssigned(String agentId, String sessionId);
    }

    /**
     * Something that an agent can do.
     *
     * @param name unique among those of an agent
     * @param json the whole of it: an object with the name
     */
    record Capability(String name, RawJson json) {
        /** The most that one agent has. */
        public static final int MOST = 200;

        /** The most bytes of JSON that those of one agent have. */
        public static final int MOST_BYTES = 64 << 10;

        /** Those of a JSON array of objects with names. */
        public static List<Capability> listOf(RawJson array) {
            List<Capability> list = new ArrayList<>();
            for (JsonNode each : Json.MAPPER.readTree(array.array(), array.offset(), array.length())) {
                list.add(new Capability(each.path("name").asString(), RawJson.of(Json.write(each))));
            }
            return list;
        }

        /** A JSON array of them. */
        public static RawJson arrayOf(List<Capability> list) {
            StringJoiner array = new StringJoiner(",", "[", "]");
            for (Capability each : list) {
                array.add(each.json().toString());
            }
            return RawJson.of(array.toString());
        }
    }

    /**
     * What an agent says of itself. What is null leaves an agent that is known as it was; a new one has the label {@code
     * default}, no capabilities, is healthy and has no load.
     *
     * @param asked when the connection was asked for, by {@link Store#nowMillis}; null where the order of calls is to decide
     */
    record Registration(
            String id,
            String workspaceId,
            @Nullable String name,
            @Nullable String label,
            @Nullable String framework,
            @Nullable List<Capability> capabilities,
            @Nullable String health,
            @Nullable Double load,
            @Nullable RawJson profile,
            @Nullable RawJson sessionDefaults,
            @Nullable List<String> follows,
            @Nullable RawJson metadata,
            @Nullable Instant asked) {
        /** All that a record says. */
        public static Registration of(Agent agent) {
            return new Registration(
                    agent.id(),
                    agent.workspaceId(),
                    agent.name(),
                    agent.label(),
                    agent.framework(),
                    Capability.listOf(agent.capabilities()),
                    agent.health(),
                    agent.load(),
                    agent.profile(),
                    agent.sessionDefaults(),
                    agent.follows(),
                    agent.metadata(),
                    agent.connectedAt());
        }
    }
}
