package dev.parley.store.redis;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.store.AgentStore.Capability;
import dev.parley.store.AgentStore.Registration;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * An agent as the server keeps it, and the connection that holds it.
 *
 * @param agent null when it was unregistered
 * @param connectionId null when it is offline
 * @param since of one that was unregistered: connections that were granted up to then held it
 */
record AgentRow(
        String id,
        String workspaceId,
        @Nullable Agent agent,
        @Nullable String connectionId,
        Instant since) {
    /** Elements of the row of one that was unregistered. */
    private static final int GONE = 3;

    /** What an agent says of itself, but for what the server reads. */
    record Said(
            @Nullable String name,
            @Nullable String label,
            @Nullable String framework,
            @Nullable RawJson profile,
            @Nullable RawJson sessionDefaults,
            @Nullable List<String> follows,
            @Nullable RawJson metadata) {}

    static AgentRow read(byte[] row) {
        Packed packed = new Packed(row);
        if (packed.array() == GONE) {
            return new AgentRow(packed.text(), packed.text(), null, null, instant(packed.text()));
        }
        String workspaceId = packed.text();
        Said said = said(packed.copy());
        Instant registeredAt = instant(packed.text());
        String connectionId = packed.optional();
        String connectedAt = packed.optional();
        Instant lastSeenAt = instant(packed.text());
        String health = packed.text();
        double load = Double.parseDouble(packed.text());
        packed.text();
        packed.text();
        byte[] capabilities = packed.copy();
        String id = packed.text();
        Agent agent = new Agent(
                id,
                said.name(),
                Objects.requireNonNullElse(said.label(), "default"),
                said.framework(),
                workspaceId,
                Capability.arrayOf(capabilities(capabilities)),
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
        return new AgentRow(id, workspaceId, agent, connectionId, Instant.EPOCH);
    }

    /** The agent of a row of one that is registered. */
    Agent present() {
        return Objects.requireNonNull(agent);
    }

    /** What it says of itself, packed: names and values in JSON in turn, without what it leaves out. */
    static byte[] pack(Registration said) {
        List<byte[]> members = new ArrayList<>();
        add(members, "name", said.name());
        add(members, "label", said.label());
        add(members, "framework", said.framework());
        add(members, "profile", said.profile());
        add(members, "sessionDefaults", said.sessionDefaults());
        add(members, "follows", said.follows());
        add(members, "metadata", said.metadata());
        return Packed.strings(members.toArray(byte[][]::new));
    }

    /** Capabilities, packed: names and values in turn. */
    static byte[] pack(List<Capability> capabilities) {
        List<byte[]> members = new ArrayList<>();
        for (Capability each : capabilities) {
            members.add(bytes(each.name()));
            members.add(each.json().toByteArray());
        }
        return Packed.strings(members.toArray(byte[][]::new));
    }

    private static Said said(byte[] members) {
        Packed packed = new Packed(members);
        StringJoiner object = new StringJoiner(",", "{", "}");
        for (int left = packed.array(); left > 0; left -= 2) {
            object.add('"' + packed.text() + "\":" + packed.text());
        }
        return BodyCodec.decode(RawJson.of(object.toString()), Said.class);
    }

    private static List<Capability> capabilities(byte[] members) {
        Packed packed = new Packed(members);
        List<Capability> capabilities = new ArrayList<>();
        for (int left = packed.array(); left > 0; left -= 2) {
            capabilities.add(new Capability(packed.text(), packed.json()));
        }
        return capabilities;
    }

    private static void add(List<byte[]> members, String name, @Nullable Object value) {
        if (value != null) {
            members.add(bytes(name));
            members.add(Json.write(value));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Instant instant(String millis) {
        return Instant.ofEpochMilli(Long.parseLong(millis));
    }
}
