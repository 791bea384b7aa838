package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.frame.BodyCodec;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An agent as the server keeps it, and the connection that holds it.
 *
 * @param connectionId null when it is offline
 */
record AgentRow(Agent agent, @Nullable String connectionId) {
    static AgentRow read(byte[] row) {
        Packed packed = new Packed(row);
        packed.array();
        packed.text();
        Agent said = BodyCodec.decode(RawJson.of(packed.copy()), Agent.class);
        Instant registeredAt = instant(packed.text());
        String connectionId = packed.optional();
        String connectedAt = packed.optional();
        Instant lastSeenAt = instant(packed.text());
        String health = packed.text();
        double load = Double.parseDouble(packed.text());
        Agent agent = new Agent(
                said.id(),
                said.name(),
                said.label(),
                said.framework(),
                said.workspaceId(),
                said.capabilities(),
                connectionId != null,
                connectedAt == null ? null : instant(connectedAt),
                lastSeenAt,
                registeredAt,
                health,
                load,
                said.profile(),
                said.sessionDefaults(),
                said.follows(),
                said.metadata());
        return new AgentRow(agent, connectionId);
    }

    private static Instant instant(String millis) {
        return Instant.ofEpochMilli(Long.parseLong(millis));
    }
}
