package dev.parley.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What a server says of itself in {@code INFO}. Immutable. */
final class ServerInfo {
    private final Map<String, String> fields = new HashMap<>();

    /**
     * @param text the answer of {@code INFO}
     */
    ServerInfo(String text) {
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        });
    }

    /** The id of this run of the server: another one after each restart. */
    byte[] runId() {
        return get("run_id").getBytes(StandardCharsets.US_ASCII);
    }

    /** The version as a text, for messages. */
    String version() {
        return get("redis_version");
    }

    /** Whether it is this version of Redis or a later one. */
    boolean isAtLeast(int major, int minor) {
        String[] parts = version().split("\\.", -1);
        int hasMajor = number(parts[0]);
        return hasMajor > major || (hasMajor == major && parts.length > 1 && number(parts[1]) >= minor);
    }

    /** Whether channels can belong to slots. */
    boolean hasShardedChannels() {
        return isAtLeast(7, 0);
    }

    boolean isMaster() {
        return get("role").equals("master");
    }

    boolean isCluster() {
        return get("cluster_enabled").equals("1");
    }

    /** Whether keys would be thrown away when memory runs short. */
    boolean evicts() {
        return !get("maxmemory_policy").equals("noeviction") && number(get("maxmemory")) != 0;
    }

    /** A field; empty when it is missing. */
    String get(String field) {
        return fields.getOrDefault(field, "");
    }

    private static int number(String text) {
        try {
            return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(text));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
