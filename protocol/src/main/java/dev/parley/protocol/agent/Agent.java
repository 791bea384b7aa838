package dev.parley.protocol.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.parley.protocol.Doc;
import dev.parley.protocol.RawJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An agent that has registered.
 *
 * @param id 1 to 128 of {@code [A-Za-z0-9._:/~-]}
 * @param label free text, {@code default} when not given
 * @param capabilities JSON array of {@code {name, metadata?}}
 * @param isOnline whether a live connection of it exists on any gateway
 * @param health healthy, degraded or unhealthy
 * @param load 0..1
 * @param profile JSON object
 * @param sessionDefaults JSON object of time-out settings for its sessions
 * @param follows channels that it follows
 */
public record Agent(
        String id,
        @Nullable String name,
        String label,
        @Nullable String framework,
        String workspaceId,
        @Doc(type = "array") RawJson capabilities,
        @JsonProperty("isOnline") boolean isOnline,
        @Nullable Instant connectedAt,
        Instant lastSeenAt,
        Instant registeredAt,
        @Doc(oneOf = {"healthy", "degraded", "unhealthy"}) String health,
        double load,
        @Doc(type = "object") @Nullable RawJson profile,
        @Doc(type = "object") @Nullable RawJson sessionDefaults,
        @Nullable List<String> follows,
        @Doc(type = "object") @Nullable RawJson metadata) {}
